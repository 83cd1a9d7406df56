import { OptionError } from "../../errors.ts";
import { checkNumber } from "../../options.ts";
import type { Builder } from "../../plan/builder.ts";
import { packPlain, packTransposed, packVector } from "../../plan/panels.ts";
import { at, strideOf, type Value } from "../../plan/program.ts";
import type { GateBiasInitializer, InitializerFunction, VectorInitializer } from "../initializers/index.ts";
import type { LayerType, ParameterSpec } from "../layer.ts";
import { initialize, withInitializers } from "../parameters.ts";
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
	stateGradient,
} from "./recurrent.ts";

export interface LstmLayer {
	readonly type: "lstm";
	readonly hiddenSize: number;
	readonly inputSize?: number;
	/** Only where no initializer says how `bias` starts. */
	readonly forgetBias?: number;
	readonly initialState?: "learned";
	readonly initializers?: LstmInitializers;
}

/** How the parameters of an lstm start. */
export interface LstmInitializers extends CellInitializers<GateBiasInitializer> {
	readonly initial_c?: VectorInitializer | undefined;
}

export interface LstmOptions {
	/** Width of h and c. Multiples of 4 are fastest. */
	readonly hiddenSize: number;
	/** Features of a step; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** Where the forget gate's bias starts. Default 1, so that the cell remembers before it has learned to
	 * (Jozefowicz et al. 2015). Not beside an initializer for `bias`. */
	readonly forgetBias?: number | undefined;
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
	const sizes = checkRecurrent("lstm", options, ["forgetBias"]);
	const forgetBias = checkNumber("lstm", "forgetBias", options.forgetBias ?? 1);
	const layer: LstmLayer = { type: "lstm", ...sizes, forgetBias };
	const checked = withInitializers(layer, parameters(layer, 1), options.initializers);
	if (checked.initializers?.bias === undefined) return checked;
	if (options.forgetBias !== undefined) {
		throw new OptionError('lstm: "forgetBias" is part of "bias", which has an initializer. Leave one of them out.');
	}
	const { forgetBias: _, ...drawn } = checked;
	return Object.freeze(drawn);
}

export const lstmType: LayerType<LstmLayer> = {
	from: (options) => lstm(options as LstmOptions),

	connect: connectRecurrent,

	parameters,

	program,
};

/** Where each gate's block lies in a row of gates. */
const PLACES = {
	i: { block: 0, tanh: false },
	f: { block: 1, tanh: false },
	g: { block: 2, tanh: true },
	o: { block: 3, tanh: false },
};

function parameters(layer: LstmLayer, I: number): readonly ParameterSpec[] {
	const { hiddenSize: H, forgetBias = 1 } = layer;
	const [input, state, bias] = recurrentParameters([-1, 1, 0, 0], H, I);
	const initializer: InitializerFunction = (values, _shape, random) => {
		initialize(bias, values, random);
		values.fill(forgetBias, H, 2 * H);
	};
	return [input, state, { ...bias, initializer }, ...initialParameters(layer, ["h", "c"])];
}

function program(layer: LstmLayer, builder: Builder, [x]: readonly [Value], reverse = false): Value {
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
