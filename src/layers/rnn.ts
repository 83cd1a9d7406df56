import { checkChoice } from "../options.ts";
import type { Builder } from "../plan/builder.ts";
import { packBias, packPlain, packTransposed } from "../plan/packs.ts";
import { project, projectBack, weightGradient } from "../plan/products.ts";
import { padded, strideOf, type Value } from "../plan/program.ts";
import {
	checkRecurrent,
	connectSteps,
	type LayerType,
	uniform,
} from "./layer.ts";
import {
	inputFactor,
	pastFactor,
	recurrentCost,
	recurrentValue,
} from "./recurrent.ts";

export interface RnnLayer {
	readonly type: "rnn";
	readonly hiddenSize: number;
	readonly inputSize?: number;
	readonly activation: "tanh" | "relu";
}

export interface RnnOptions {
	/** Width of h. Multiples of 4 are fastest. */
	readonly hiddenSize: number;
	/** Features of a step; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** Default `"tanh"`. */
	readonly activation?: "tanh" | "relu" | undefined;
}

/** A simple recurrent layer: reads a sequence, gives its hidden state at every step.
 *
 * ```
 * h = tanh(x·Wᵀ + b + h·Uᵀ)      or relu
 * ```
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, hiddenSize]`. Parameters as in torch.nn.RNN, but one
 * bias: `weight_ih [H, I]`, `weight_hh [H, H]`, `bias [H]`. They start uniform in ±1/√hiddenSize, as PyTorch's.
 *
 * @throws OptionError `rnn: "activation" must be "tanh" or "relu", got "sigmoid".`
 * @see Elman 1990. */
export function rnn(options: RnnOptions): RnnLayer {
	const sizes = checkRecurrent("rnn", options, ["activation"]);
	const activation = checkChoice(
		"rnn",
		"activation",
		options.activation ?? "tanh",
		["tanh", "relu"] as const,
	);
	return Object.freeze({ type: "rnn", ...sizes, activation });
}

export const rnnType: LayerType<RnnLayer> = {
	from: (options) => rnn(options as RnnOptions),

	connect({ hiddenSize, inputSize }, before, where) {
		const input = connectSteps(where, inputSize, before);
		return { input, output: { ...input, size: hiddenSize } };
	},

	parameters({ hiddenSize: H }, I) {
		const initialize = uniform(1 / Math.sqrt(H));
		return [
			{ name: "weight_ih", shape: [H, I], initialize },
			{ name: "weight_hh", shape: [H, H], initialize },
			{ name: "bias", shape: [H], initialize },
		];
	},

	program,
};

function program(
	{ hiddenSize: H, activation }: RnnLayer,
	builder: Builder,
	x: Value,
	reverse = false,
): Value {
	const P = padded(H);
	const stride = strideOf(H);
	const relu = +(activation === "relu");
	const input = { blocks: 1, rows: H, columns: x.size };
	const recurrent = { blocks: 1, rows: H, columns: H };
	const sequence = builder.sequence("steps");
	const z = builder.rows("z", "steps", stride);
	const h = builder.state("h", H, reverse);
	const cost = recurrentCost(recurrent);

	project(
		builder,
		x,
		packTransposed(builder, "weight_ih", input),
		packBias(builder, "bias", 1, H),
		z,
		H,
		P,
	);
	builder.call(
		"rnnForward",
		[
			sequence,
			+reverse,
			relu,
			H,
			z,
			h.initial,
			h.steps,
			packTransposed(builder, "weight_hh", recurrent),
		],
		`h = ${activation}(z + h·Uᵀ)`,
		cost,
	);
	const y = recurrentValue(h);

	builder.onBackward(() => {
		const dh = builder.rows("dh", "rows", stride);
		builder.zeroRows("rows", dh, stride);
		builder.call(
			"rnnBackward",
			[
				sequence,
				+reverse,
				relu,
				H,
				z,
				h.steps,
				builder.gradientOf(y),
				dh,
				packPlain(builder, "weight_hh", recurrent),
			],
			"dz[t] from dh[t] = dy[t] + dz[t+1]·U",
			cost,
		);
		weightGradient(builder, {
			dy: z,
			dyStride: stride,
			blocks: 1,
			rows: H,
			x: inputFactor(x, builder.gradient("weight_ih")),
			past: pastFactor(h, builder.gradient("weight_hh")),
			db: builder.gradient("bias"),
		});
		projectBack(builder, x, z, stride, H, P, () =>
			packPlain(builder, "weight_ih", input),
		);
	});
	return y;
}
