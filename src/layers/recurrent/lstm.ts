import { OptionError } from "../../errors.ts";
import { checkFlag, checkNumber, checkSize } from "../../options.ts";
import type { Builder } from "../../plan/builder.ts";
import { packPlain, packTransposed, packVector } from "../../plan/panels.ts";
import { at, strideOf, type Value } from "../../plan/program.ts";
import { constant } from "../initializers/elementwise.ts";
import type {
	GateBiasInitializer,
	InitializerFunction,
	MatrixInitializer,
	VectorInitializer,
} from "../initializers/index.ts";
import type { LayerType, ParameterSpec } from "../layer.ts";
import { initialize, withInitializers } from "../parameters.ts";
import {
	cellInput,
	checkRegularising,
	type Regularised,
	type RegularisingOptions,
	regularising,
	type Zoneout,
} from "./hidden.ts";
import { isVariant, variantProgram } from "./lstmVariant.ts";
import { type NormInitializers, normParameters } from "./norm.ts";
import {
	backwardCost,
	backwardWalk,
	type CellInitializers,
	checkRecurrent,
	connectRecurrent,
	forwardCost,
	forwardWalk,
	gateActivationOf,
	initialParameters,
	projectGatesBack,
	recurrentParameters,
	recurrentState,
	recurrentValue,
	showWalk,
	stateGradient,
} from "./recurrent.ts";
import { droppingWeights } from "./weightDropout.ts";

export interface LstmLayer extends Regularised {
	readonly type: "lstm";
	readonly hiddenSize: number;
	readonly inputSize?: number;
	/** Only where no initializer says how `bias` starts. */
	readonly forgetBias?: number;
	readonly peepholes?: true;
	readonly coupledGates?: true;
	readonly gateActivation?: "hardSigmoid";
	readonly layerNorm?: true;
	readonly projectionSize?: number;
	readonly initialState?: "learned";
	readonly initializers?: LstmInitializers;
}

/** How the parameters of an lstm start. */
export interface LstmInitializers extends CellInitializers<GateBiasInitializer>, NormInitializers {
	readonly initial_c?: VectorInitializer | undefined;
	/** Only with `projectionSize`. */
	readonly weight_hr?: MatrixInitializer | undefined;
	/** Only with `peepholes`. */
	readonly peephole?: VectorInitializer | undefined;
	/** Only with `layerNorm`. */
	readonly norm_c?: VectorInitializer | undefined;
	readonly norm_c_bias?: VectorInitializer | undefined;
}

export interface LstmOptions extends RegularisingOptions<Zoneout> {
	/** Width of h and c. Multiples of 4 are fastest. */
	readonly hiddenSize: number;
	/** Features of a step; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** Where the forget gate's bias starts. Default 1, so that the cell remembers before it has learned to
	 * (Jozefowicz et al. 2015). Not beside an initializer for `bias`. */
	readonly forgetBias?: number | undefined;
	/** Whether gates see the cell: i and f as it was before the step, o as it is after it, unit by unit (Gers & Schmidhuber
	 * 2000; as ONNX has it): parameter `peephole [3H]`, in the order i, f, o. Default false. */
	readonly peepholes?: boolean | undefined;
	/** Whether what is let in is what has been let go, i = 1 - f (Greff et al. 2017): gates f, g, o in this order, so
	 * `weight_ih [3H, I]`, `weight_hh [3H, H]`, `bias [3H]`, `peephole [2H]`. Default false. */
	readonly coupledGates?: boolean | undefined;
	/** Of i, f and o. `"sigmoid"` (default), or `"hardSigmoid"`: 0.2z + 0.5 within 0 and 1, which Keras had before its version 3 and
	 * TensorFlow.js has. */
	readonly gateActivation?: "sigmoid" | "hardSigmoid" | undefined;
	/** Whether the products are normalised before they are added, all gates of one together, and the cell before it is put out, at each
	 * step of each row (Ba, Kiros & Hinton 2016, equations 20 to 22; so do Haste and PyTorch's LayerNormLSTMCell). Parameters
	 * `norm_ih [4H]`, `norm_hh [4H]` (coupled 3H) and `norm_c [H]`, gains, ones at first, and `norm_c_bias [H]`, zeros at first.
	 * Default false.
	 *
	 * ```
	 * z = LN(x·Wᵀ)⊙norm_ih + LN(h·Uᵀ)⊙norm_hh + b      LN(v) = (v - mean) / √(variance + 1e-5)
	 * h = o⊙tanh(LN(c)⊙norm_c + norm_c_bias)            c itself is carried on as it is, and is what peepholes see
	 * ``` */
	readonly layerNorm?: boolean | undefined;
	/** Width R of h, where it is narrower than c (Sak et al. 2014; torch.nn.LSTM's `proj_size`): h = (o⊙tanh(c))·Wrᵀ, with parameter
	 * `weight_hr [R, H]`; `weight_hh` is [4H, R] then, `initial_h` [R], the output R wide. Default: h is as wide as c. */
	readonly projectionSize?: number | undefined;
	/** What sequences begin with that are given no state: zeros (the default), or a state that is learned, the same for all:
	 * parameters `initial_h [H]` and `initial_c [H]`, zeros at first. */
	readonly initialState?: "zero" | "learned" | undefined;
	/** How parameters start, by name: `{ weight_hh: orthogonal(), bias: chrono({ longest: 400 }) }`. */
	readonly initializers?: LstmInitializers | undefined;
}

/** A long short-term memory layer: reads a sequence, gives its hidden state at every step.
 *
 * ```
 * i = σ(x·Wiᵀ + bi + h·Uiᵀ)   f = σ(x·Wfᵀ + bf + h·Ufᵀ)   g = tanh(x·Wgᵀ + bg + h·Ugᵀ)   o = σ(x·Woᵀ + bo + h·Uoᵀ)
 * c = f⊙c + i⊙g               h = o⊙tanh(c)
 * ```
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, hiddenSize]`. Parameters as in torch.nn.LSTM, but one
 * bias: `weight_ih [4H, I]`, `weight_hh [4H, H]`, `bias [4H]`, gates in the order i, f, g, o. They start uniform in
 * ±1/√hiddenSize, as PyTorch's, or as `initializers` says.
 *
 * @throws OptionError `lstm: "hiddenSize" must be a positive integer, got 0.`
 * @see Hochreiter & Schmidhuber 1997; forget gate, Gers et al. 2000. */
export function lstm(options: LstmOptions): LstmLayer {
	const cells = ["peepholes", "coupledGates", "gateActivation", "layerNorm", "projectionSize"];
	const own = ["forgetBias", ...cells, ...regularising];
	const sizes = checkRecurrent("lstm", options, own);
	const forgetBias = checkNumber("lstm", "forgetBias", options.forgetBias ?? 1);
	const variant = { ...variantOf(options), ...checkRegularising("lstm", options, ["h", "c"]) };
	const layer: LstmLayer = { type: "lstm", ...sizes, forgetBias, ...variant };
	const checked = withInitializers(layer, parameters(layer, 1), options.initializers);
	if (checked.initializers?.bias === undefined) return checked;
	if (options.forgetBias !== undefined) {
		throw new OptionError('lstm: "forgetBias" is part of "bias", which has an initializer. Leave one of them out.');
	}
	const { forgetBias: _, ...drawn } = checked;
	return Object.freeze(drawn);
}

/** The options that make it another cell; those that don't are left out. */
function variantOf(
	options: LstmOptions,
): Pick<LstmLayer, "peepholes" | "coupledGates" | "gateActivation" | "layerNorm" | "projectionSize"> {
	return {
		...(checkFlag("lstm", "peepholes", options.peepholes ?? false) && { peepholes: true }),
		...(checkFlag("lstm", "coupledGates", options.coupledGates ?? false) && { coupledGates: true }),
		...gateActivationOf("lstm", options.gateActivation),
		...(checkFlag("lstm", "layerNorm", options.layerNorm ?? false) && { layerNorm: true }),
		...(options.projectionSize !== undefined && { projectionSize: checkProjection(options) }),
	};
}

function checkProjection({ projectionSize, hiddenSize }: LstmOptions): number {
	const size = checkSize("lstm", "projectionSize", projectionSize);
	if (size < hiddenSize) return size;
	throw new OptionError(
		`lstm: "projectionSize" is ${size}, but it must be smaller than "hiddenSize", ${hiddenSize}. ${size === hiddenSize ? "Leave it out" : "Take a smaller one"}.`,
	);
}

export const lstmType: LayerType<LstmLayer> = {
	from: (options) => lstm(options as LstmOptions),

	connect: ({ hiddenSize, projectionSize, inputSize }, before, where) => {
		const size = { hiddenSize: projectionSize ?? hiddenSize };
		return connectRecurrent(inputSize === undefined ? size : { ...size, inputSize }, before, where);
	},

	parameters,

	program: /* @__PURE__ */ droppingWeights({ parameters, program }),
};

/** Where each gate's block lies in a row of gates. */
const PLACES = {
	i: { block: 0, tanh: false },
	f: { block: 1, tanh: false },
	g: { block: 2, tanh: true },
	o: { block: 3, tanh: false },
};

function parameters(layer: LstmLayer, I: number): readonly ParameterSpec[] {
	const { hiddenSize: H, forgetBias = 1, coupledGates = false, peepholes, layerNorm, projectionSize: R } = layer;
	const [input, state, bias] = recurrentParameters(coupledGates ? [1, 0, 0] : [-1, 1, 0, 0], H, I, R);
	const f = coupledGates ? 0 : H;
	const initializer: InitializerFunction = (values, _shape, random) => {
		initialize(bias, values, random);
		values.fill(forgetBias, f, f + H);
	};
	const peephole = { name: "peephole", shape: [(coupledGates ? 2 : 3) * H], initializer: input.initializer };
	const projection = { name: "weight_hr", shape: [R ?? 0, H], initializer: input.initializer };
	const norms = [
		...normParameters(bias.shape[0]),
		{ name: "norm_c", shape: [H], initializer: constant(1) },
		{ name: "norm_c_bias", shape: [H], initializer: constant(0) },
	];
	return [
		...[input, state, { ...bias, initializer }],
		...(peepholes ? [peephole] : []),
		...(R !== undefined ? [projection] : []),
		...(layerNorm ? norms : []),
		...initialParameters({ ...layer, hiddenSize: R ?? H }, ["h"]),
		...initialParameters(layer, ["c"]),
	];
}

function program(layer: LstmLayer, builder: Builder, inputs: readonly [Value], reverse = false): Value {
	const x = cellInput(builder, inputs[0], layer);
	if (isVariant(layer, builder)) return variantProgram(layer, builder, x, reverse);
	const H = layer.hiddenSize;
	const recurrent = { blocks: 4, rows: H, columns: H };
	const gates = builder.rows("gates", x.axis, 4 * strideOf(H));
	const h = recurrentState(builder, "h", x, layer, reverse);
	const c = recurrentState(builder, "c", x, layer, reverse);
	const Wx = packTransposed(builder, "weight_ih", { ...recurrent, columns: x.size });
	const bx = packVector(builder, "bias", 4, H);

	builder.call(
		"lstmForward",
		{
			...forwardWalk(x, h, gates, Wx, bx),
			c: c.steps,
			Wh: packTransposed(builder, "weight_hh", recurrent),
		},
		{
			equation: "z = x·Wxᵀ + b + h·Whᵀ; i, f, o = σ(z), g = tanh(z); c = f⊙c + i⊙g; h = o⊙tanh(c)",
			cost: forwardCost(x, recurrent),
		},
	);
	const y = recurrentValue(h);

	builder.onBackward(() => {
		const dz = builder.rows("dz", x.axis, 4 * strideOf(H));
		const walk = backwardWalk(builder, y, h);
		const dc = stateGradient(builder, "dc", c);
		const cellNorms = builder.norms("norms of dc", x.axis);
		builder.call(
			"lstmBackward",
			{
				...walk,
				gates,
				c: c.steps,
				dz,
				dc,
				cellNorms,
				Wh: packPlain(builder, "weight_hh", recurrent),
			},
			{ equation: "dz[t] from dh[t] = dy[t] + dz[t+1]·Wh and dc[t]", cost: backwardCost(x, recurrent) },
		);
		builder.initialGradient(h, walk.dh);
		builder.initialGradient(c, dc);
		showWalk(builder, h, walk.hiddenNorms, {
			type: "lstm",
			...(cellNorms !== 0 && { cellNorms }),
			gates: at(gates),
			blocks: 4,
			places: PLACES,
			candidate: 2 * H,
		});
		projectGatesBack(builder, x, 4, h, dz);
	});
	return y;
}
