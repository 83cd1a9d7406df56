import type { Builder } from "../../plan/builder.ts";
import { valuesCost } from "../../plan/cost.ts";
import { packTransposed, packVector } from "../../plan/panels.ts";
import { at, strideOf, type Value } from "../../plan/program.ts";
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
} from "./recurrent.ts";

export interface MinLstmLayer {
	readonly type: "minLstm";
	readonly hiddenSize: number;
	readonly inputSize?: number;
	readonly initialState?: "learned";
	readonly initializers?: LinearCellInitializers;
}

export interface MinLstmOptions {
	/** Width of h. Multiples of 4 are fastest. */
	readonly hiddenSize: number;
	/** Features of a step; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** What sequences begin with that are given no state: zeros (the default), or a state that is learned, the same for all:
	 * parameter `initial_h [H]`, zeros at first. */
	readonly initialState?: "zero" | "learned" | undefined;
	/** How parameters start, by name: `{ bias: chrono({ longest: 400 }) }`. */
	readonly initializers?: LinearCellInitializers | undefined;
}

/** A minimal long short-term memory layer: reads a sequence, gives its hidden state at every step. Its gates know only the
 * input, so that a step costs no product with the state before; it has one state, h.
 *
 * ```
 * f = σ(x·Wfᵀ + bf)   i = σ(x·Wiᵀ + bi)   n = x·Wnᵀ + bn      h = f/(f+i)⊙h + i/(f+i)⊙n
 * ```
 *
 * This is the paper's sequential form, with a linear candidate. Its other form, in logarithms and with a positive
 * candidate, is for scans in parallel; step by step h stays between its candidates, since the two shares are positive and
 * add up to 1, and nothing overflows. Where f and i are both below 1.2e-38, the smallest float there is without loss of digits,
 * the shares are 1/2 each.
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, hiddenSize]`. Parameters: `weight_ih [3H, I]`, `bias [3H]`, in the
 * order f, i, n. They start as a linear layer's, uniform in ±1/√inputSize, or as `initializers` says.
 *
 * @throws OptionError `minLstm: "hiddenSize" must be a positive integer, got 0.`
 * @see Feng et al. 2024, "Were RNNs all we needed?" */
export function minLstm(options: MinLstmOptions): MinLstmLayer {
	const layer: MinLstmLayer = { type: "minLstm", ...checkRecurrent("minLstm", options) };
	return withInitializers(layer, parameters(layer, 1), options.initializers);
}

export const minLstmType: LayerType<MinLstmLayer> = {
	from: (options) => minLstm(options as MinLstmOptions),

	connect: connectRecurrent,

	parameters,

	program,
};

/** Where each gate's block lies in a row of gates; n is linear, and so has no ends. */
const PLACES = { f: { block: 0, tanh: false }, i: { block: 1, tanh: false } };

function parameters(layer: MinLstmLayer, I: number): readonly ParameterSpec[] {
	return [...linearParameters([1, -1, 0], layer.hiddenSize, I), ...initialParameters(layer, ["h"])];
}

function program(layer: MinLstmLayer, builder: Builder, [x]: readonly [Value], reverse = false): Value {
	const H = layer.hiddenSize;
	const gates = builder.rows("gates", x.axis, 3 * strideOf(H));
	const h = recurrentState(builder, "h", x, layer, reverse);
	const Wx = packTransposed(builder, "weight_ih", { blocks: 3, rows: H, columns: x.size });
	const bx = packVector(builder, "bias", 3, H);

	builder.call("minLstmForward", forwardWalk(x, h, gates, Wx, bx), {
		equation: "f, i, n = x·Wᵀ + b; f, i = σ(f, i); k = f/(f+i); h = k⊙h + (1-k)⊙n",
		cost: forwardCost(x, { blocks: 3, rows: H, columns: 0 }),
	});
	const y = recurrentValue(h);

	builder.onBackward(() => {
		const dz = builder.rows("dz", x.axis, 3 * strideOf(H));
		const walk = backwardWalk(builder, y, h);
		builder.call(
			"minLstmBackward",
			{ ...walk, gates, dz },
			{ equation: "df, di, dn[t] from dh[t] = dy[t] + (dh⊙k)[t+1]", cost: valuesCost(x.axis, H, 18) },
		);
		builder.initialGradient(h, walk.dh);
		showWalk(builder, h, walk.hiddenNorms, { type: "minLstm", gates: at(gates), blocks: 3, places: PLACES });
		projectInputBack(builder, x, 3, h, dz);
	});
	return y;
}
