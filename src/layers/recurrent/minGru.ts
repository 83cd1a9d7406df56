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

export interface MinGruLayer {
	readonly type: "minGru";
	readonly hiddenSize: number;
	readonly inputSize?: number;
	readonly initialState?: "learned";
	readonly initializers?: LinearCellInitializers;
}

export interface MinGruOptions {
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

/** A minimal gated recurrent unit layer: reads a sequence, gives its hidden state at every step. Its gates know only the input,
 * so that a step costs no product with the state before.
 *
 * ```
 * z = σ(x·Wzᵀ + bz)   n = x·Wnᵀ + bn      h = (1-z)⊙h + z⊙n
 * ```
 *
 * This is the paper's sequential form, with a linear candidate. Its other form, in logarithms and with a positive
 * candidate, is for scans in parallel; step by step h stays between its candidates, since 0 < z < 1, and nothing overflows.
 * (z is the share that is taken anew, as in the paper; a `gru`'s z is the share that is kept.)
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, hiddenSize]`. Parameters: `weight_ih [2H, I]`, `bias [2H]`, in the
 * order z, n. They start as a linear layer's, uniform in ±1/√inputSize, or as `initializers` says.
 *
 * @throws OptionError `minGru: "hiddenSize" must be a positive integer, got 0.`
 * @see Feng et al. 2024, "Were RNNs all we needed?" */
export function minGru(options: MinGruOptions): MinGruLayer {
	const layer: MinGruLayer = { type: "minGru", ...checkRecurrent("minGru", options) };
	return withInitializers(layer, parameters(layer, 1), options.initializers);
}

export const minGruType: LayerType<MinGruLayer> = {
	from: (options) => minGru(options as MinGruOptions),

	connect: connectRecurrent,

	parameters,

	program,
};

/** Where each gate's block lies in a row of gates; n is linear, and so has no ends. */
const PLACES = { z: { block: 0, tanh: false } };

function parameters(layer: MinGruLayer, I: number): readonly ParameterSpec[] {
	return [...linearParameters([-1, 0], layer.hiddenSize, I), ...initialParameters(layer, ["h"])];
}

function program(layer: MinGruLayer, builder: Builder, [x]: readonly [Value], reverse = false): Value {
	const H = layer.hiddenSize;
	const gates = builder.rows("gates", x.axis, 2 * strideOf(H));
	const h = recurrentState(builder, "h", x, layer, reverse);
	const Wx = packTransposed(builder, "weight_ih", { blocks: 2, rows: H, columns: x.size });
	const bx = packVector(builder, "bias", 2, H);

	builder.call("minGruForward", forwardWalk(x, h, gates, Wx, bx), {
		equation: "z, n = x·Wᵀ + b; z = σ(z); h = (1-z)⊙h + z⊙n",
		cost: forwardCost(x, { blocks: 2, rows: H, columns: 0 }),
	});
	const y = recurrentValue(h);

	builder.onBackward(() => {
		const dz = builder.rows("dz", x.axis, 2 * strideOf(H));
		const walk = backwardWalk(builder, y, h);
		builder.call(
			"minGruBackward",
			{ ...walk, gates, dz },
			{ equation: "dz, dn[t] from dh[t] = dy[t] + (dh⊙(1-z))[t+1]", cost: valuesCost(x.axis, H, 8) },
		);
		builder.initialGradient(h, walk.dh);
		showWalk(builder, h, walk.hiddenNorms, { type: "minGru", gates: at(gates), blocks: 2, places: PLACES });
		projectInputBack(builder, x, 2, h, dz);
	});
	return y;
}
