import { checkChoice } from "../../options.ts";
import type { Builder } from "../../plan/builder.ts";
import { packPlain, packTransposed, packVector } from "../../plan/panels.ts";
import { strideOf, type Value } from "../../plan/program.ts";
import type { LayerType, ParameterSpec } from "../layer.ts";
import { withInitializers } from "../parameters.ts";
import {
	cellInput,
	checkRegularising,
	hiddenOf,
	type Regularised,
	type RegularisingOptions,
	readBy,
	regularising,
} from "./hidden.ts";
import { addOmega, beginOmega } from "./omega.ts";
import {
	backwardCost,
	backwardWalk,
	type CellInitializers,
	checkRecurrent,
	connectRecurrent,
	forwardCost,
	forwardWalk,
	initialParameters,
	projectGatesBack,
	recurrentParameters,
	recurrentState,
	recurrentValue,
	showWalk,
} from "./recurrent.ts";
import { droppingWeights } from "./weightDropout.ts";

export interface RnnLayer extends Regularised {
	readonly type: "rnn";
	readonly hiddenSize: number;
	readonly inputSize?: number;
	readonly activation: "tanh" | "relu";
	readonly initialState?: "learned";
	readonly initializers?: CellInitializers;
}

export interface RnnOptions extends RegularisingOptions {
	/** Width of h. Multiples of 4 are fastest. */
	readonly hiddenSize: number;
	/** Features of a step; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** Default `"tanh"`. */
	readonly activation?: "tanh" | "relu" | undefined;
	/** What sequences begin with that are given no state: zeros (the default), or a state that is learned, the same for all:
	 * parameter `initial_h [H]`, zeros at first. */
	readonly initialState?: "zero" | "learned" | undefined;
	/** How parameters start, by name: `{ weight_hh: identity() }`. */
	readonly initializers?: CellInitializers | undefined;
}

/** A simple recurrent layer: reads a sequence, gives its hidden state at every step.
 *
 * ```
 * h = tanh(x·Wᵀ + b + h·Uᵀ)      or relu
 * ```
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, hiddenSize]`. Parameters as in torch.nn.RNN, but one
 * bias: `weight_ih [H, I]`, `weight_hh [H, H]`, `bias [H]`. They start uniform in ±1/√hiddenSize, as PyTorch's, or
 * as `initializers` says.
 *
 * @throws OptionError `rnn: "activation" must be "tanh" or "relu", got "sigmoid".`
 * @see Elman 1990. */
export function rnn(options: RnnOptions): RnnLayer {
	const sizes = checkRecurrent("rnn", options, ["activation", ...regularising]);
	const activation = checkChoice("rnn", "activation", options.activation ?? "tanh", ["tanh", "relu"] as const);
	const layer: RnnLayer = { type: "rnn", ...sizes, activation, ...checkRegularising("rnn", options) };
	return withInitializers(layer, parameters(layer, 1), options.initializers);
}

export const rnnType: LayerType<RnnLayer> = {
	from: (options) => rnn(options as RnnOptions),

	connect: connectRecurrent,

	parameters,

	program: /* @__PURE__ */ droppingWeights({ parameters, program }),
};

function parameters(layer: RnnLayer, I: number): readonly ParameterSpec[] {
	return [...recurrentParameters([0], layer.hiddenSize, I), ...initialParameters(layer, ["h"])];
}

function program(layer: RnnLayer, builder: Builder, inputs: readonly [Value], reverse = false): Value {
	const x = cellInput(builder, inputs[0], layer);
	const { hiddenSize: H, activation } = layer;
	const relu = +(activation === "relu");
	const recurrent = { blocks: 1, rows: H, columns: H };
	const gates = builder.rows("gates", x.axis, strideOf(H));
	const h = recurrentState(builder, "h", x, layer, reverse);
	const hidden = hiddenOf(builder, h, H, layer);
	const Wx = packTransposed(builder, "weight_ih", { ...recurrent, columns: x.size });
	const bx = packVector(builder, "bias", 1, H);

	builder.call(
		"rnnForward",
		{
			...forwardWalk(x, h, gates, Wx, bx),
			...hidden.forward,
			relu,
			Wh: packTransposed(builder, "weight_hh", recurrent),
		},
		{ equation: `h = ${activation}(x·Wᵀ + b + h·Uᵀ)`, cost: forwardCost(x, recurrent) },
	);
	const y = recurrentValue(h);

	builder.onBackward(() => {
		const dz = builder.rows("dz", x.axis, strideOf(H));
		const walk = backwardWalk(builder, y, h);
		const omega = beginOmega(builder, h, walk.hiddenNorms);
		builder.call(
			"rnnBackward",
			{ ...walk, ...hidden.back(walk), ...omega.terms, relu, dz, Wh: packPlain(builder, "weight_hh", recurrent) },
			{ equation: "dz[t] from dh[t] = dy[t] + dz[t+1]·U", cost: backwardCost(x, recurrent) },
		);
		builder.initialGradient(h, walk.dh);
		const places = { h: { block: 0, tanh: true } };
		const seen = activation === "tanh" ? places : {};
		showWalk(builder, h, walk.hiddenNorms, {
			type: "rnn",
			gates: hidden.m,
			blocks: 1,
			places: seen,
			candidate: 0,
		});
		projectGatesBack(builder, x, 1, h, dz, readBy(h, hidden, builder.gradient("weight_hh")));
		addOmega(builder, h, dz, omega);
	});
	return y;
}
