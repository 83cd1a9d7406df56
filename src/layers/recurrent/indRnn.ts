import { checkChoice } from "../../options.ts";
import type { Builder } from "../../plan/builder.ts";
import { valuesCost } from "../../plan/cost.ts";
import { packTransposed, packVector } from "../../plan/panels.ts";
import { strideOf, type Value } from "../../plan/program.ts";
import type { InitializerFunction, VectorInitializer } from "../initializers/index.ts";
import type { LayerType, ParameterSpec } from "../layer.ts";
import { withInitializers } from "../parameters.ts";
import {
	backwardWalk,
	checkRecurrent,
	connectRecurrent,
	forwardCost,
	forwardWalk,
	initialParameters,
	type LinearCellInitializers,
	linearParameters,
	projectInputBack,
	recurrentState,
	recurrentValue,
	showWalk,
	walkOf,
} from "./recurrent.ts";

export interface IndRnnLayer {
	readonly type: "indRnn";
	readonly hiddenSize: number;
	readonly inputSize?: number;
	readonly activation: "relu" | "tanh";
	readonly initialState?: "learned";
	readonly initializers?: IndRnnInitializers;
}

/** How the parameters of an indRnn start. */
export interface IndRnnInitializers extends LinearCellInitializers<VectorInitializer> {
	/** Of the weights of the state before, a vector. */
	readonly weight_hh?: VectorInitializer | undefined;
}

export interface IndRnnOptions {
	/** Width of h. Multiples of 4 are fastest. */
	readonly hiddenSize: number;
	/** Features of a step; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** Default `"relu"`, as in the paper: the gradient of a unit that is on fades by nothing but its own weight. */
	readonly activation?: "relu" | "tanh" | undefined;
	/** What sequences begin with that are given no state: zeros (the default), or a state that is learned, the same for all:
	 * parameter `initial_h [H]`, zeros at first. */
	readonly initialState?: "zero" | "learned" | undefined;
	/** How parameters start, by name: `{ weight_hh: constant(1) }`. */
	readonly initializers?: IndRnnInitializers | undefined;
}

/** An independently recurrent layer: reads a sequence, gives its hidden state at every step. A unit sees of the state before
 * only its own; units meet in the next layer.
 *
 * ```
 * h = relu(x·Wᵀ + b + u⊙h)      or tanh
 * ```
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, hiddenSize]`. Parameters: `weight_ih [H, I]`, `weight_hh [H]` = u,
 * `bias [H]`. Weights of the input and bias start as a linear layer's, uniform in ±1/√inputSize; u starts uniform in [0, 1), as
 * in the authors' code, so that units remember for different times and none explodes; or as `initializers` says. With ReLU, a u
 * beyond 1 in absolute value lets h explode; the paper clips u, this layer does not.
 *
 * @throws OptionError `indRnn: "activation" must be "relu" or "tanh", got "sigmoid".`
 * @see Li et al. 2018, "Independently recurrent neural network (IndRNN): Building a longer and deeper RNN". */
export function indRnn(options: IndRnnOptions): IndRnnLayer {
	const sizes = checkRecurrent("indRnn", options, ["activation"]);
	const activation = checkChoice("indRnn", "activation", options.activation ?? "relu", ["relu", "tanh"] as const);
	const layer: IndRnnLayer = { type: "indRnn", ...sizes, activation };
	return withInitializers(layer, parameters(layer, 1), options.initializers);
}

export const indRnnType: LayerType<IndRnnLayer> = {
	from: (options) => indRnn(options as IndRnnOptions),

	connect: connectRecurrent,

	parameters,

	program,
};

/** Uniform in [0, 1). */
const anyMemory: InitializerFunction = (values, _shape, random) => {
	for (let j = 0; j < values.length; j++) values[j] = random.uniform(0, 1);
};

function parameters(layer: IndRnnLayer, I: number): readonly ParameterSpec[] {
	const H = layer.hiddenSize;
	const [input, bias] = linearParameters([0], H, I);
	const state = { name: "weight_hh", shape: [H], initializer: anyMemory };
	return [input, state, bias, ...initialParameters(layer, ["h"])];
}

function program(layer: IndRnnLayer, builder: Builder, [x]: readonly [Value], reverse = false): Value {
	const { hiddenSize: H, activation } = layer;
	const relu = +(activation === "relu");
	const gates = builder.rows("gates", x.axis, strideOf(H));
	const h = recurrentState(builder, "h", x, layer, reverse);
	const Wx = packTransposed(builder, "weight_ih", { blocks: 1, rows: H, columns: x.size });
	const bx = packVector(builder, "bias", 1, H);
	const u = packVector(builder, "weight_hh", 1, H);

	builder.call(
		"indRnnForward",
		{ ...forwardWalk(x, h, gates, Wx, bx), relu, u },
		{ equation: `h = ${activation}(x·Wᵀ + b + u⊙h)`, cost: forwardCost(x, { blocks: 1, rows: H, columns: 1 }) },
	);
	const y = recurrentValue(h);

	builder.onBackward(() => {
		const dz = builder.rows("dz", x.axis, strideOf(H));
		const walk = backwardWalk(builder, y, h);
		builder.call(
			"indRnnBackward",
			{ ...walk, relu, dz, u },
			{ equation: "dz[t] from dh[t] = dy[t] + u⊙dz[t+1]", cost: valuesCost(x.axis, H, 2) },
		);
		builder.initialGradient(h, walk.dh);
		showWalk(builder, h, walk.hiddenNorms, {
			...{ type: "indRnn", gates: h.steps, blocks: 1, candidate: 0 },
			places: activation === "tanh" ? { h: { block: 0, tanh: true } } : {},
		});
		builder.call(
			"elementwiseGradient",
			{
				...walkOf(x.axis, h),
				ldh: h.stride,
				dz,
				lddz: h.stride,
				blocks: 1,
				after: 0,
				du: builder.gradient("weight_hh"),
			},
			{ equation: "du += Σ dz[t]⊙h[t-1]", cost: valuesCost(x.axis, H, 2) },
		);
		projectInputBack(builder, x, 1, h, dz);
	});
	return y;
}
