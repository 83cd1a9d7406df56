// What minGru and minLstm share: gates that know only the input, and one state.

import type { Builder } from "../../plan/builder.ts";
import { valuesCost } from "../../plan/cost.ts";
import { packTransposed, packVector } from "../../plan/panels.ts";
import { at, type Probe, strideOf, type Value } from "../../plan/program.ts";
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

/** The description of such a layer. */
export interface MinimalLayer<T extends string> {
	readonly type: T;
	readonly hiddenSize: number;
	readonly inputSize?: number;
	readonly initialState?: "learned";
	readonly initializers?: LinearCellInitializers;
}

export interface MinimalOptions {
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

/** One of the cells: its kernels, and what they compute. */
export interface MinimalCell<T extends string> {
	readonly type: T;
	/** As ParameterSpec has them. */
	readonly gates: readonly number[];
	/** Where each gate's block lies in a row of gates; the candidate is linear, and so has no ends. */
	readonly places: Probe["places"];
	readonly forward: { readonly kernel: "minGruForward" | "minLstmForward"; readonly equation: string };
	readonly back: {
		readonly kernel: "minGruBackward" | "minLstmBackward";
		readonly equation: string;
		/** Operations a unit. */
		readonly operations: number;
	};
}

/** Checks a cell's options and makes its description. */
export function describeMinimal<T extends string>(cell: MinimalCell<T>, options: MinimalOptions): MinimalLayer<T> {
	const layer = { type: cell.type, ...checkRecurrent(cell.type, options) };
	return withInitializers<MinimalLayer<T>>(layer, parameters(cell, layer, 1), options.initializers);
}

/** The type of such a description. */
export function minimalType<T extends string>(cell: MinimalCell<T>): LayerType<MinimalLayer<T>> {
	return {
		from: (options) => describeMinimal(cell, options as MinimalOptions),

		connect: connectRecurrent,

		parameters: (layer, I) => parameters(cell, layer, I),

		program: (layer, builder, [x], reverse = false) => program(cell, layer, builder, x, reverse),
	};
}

function parameters<T extends string>({ gates }: MinimalCell<T>, layer: MinimalLayer<T>, I: number): ParameterSpec[] {
	return [...linearParameters(gates, layer.hiddenSize, I), ...initialParameters(layer, ["h"])];
}

function program<T extends string>(
	{ type, gates: { length: blocks }, places, forward, back }: MinimalCell<T>,
	layer: MinimalLayer<T>,
	builder: Builder,
	x: Value,
	reverse: boolean,
): Value {
	const H = layer.hiddenSize;
	const gates = builder.rows("gates", x.axis, blocks * strideOf(H));
	const h = recurrentState(builder, "h", x, layer, reverse);
	const Wx = packTransposed(builder, "weight_ih", { blocks, rows: H, columns: x.size });
	const bx = packVector(builder, "bias", blocks, H);
	builder.call(forward.kernel, forwardWalk(x, h, gates, Wx, bx), {
		equation: forward.equation,
		cost: forwardCost(x, { blocks, rows: H, columns: 0 }),
	});
	const y = recurrentValue(h);

	builder.onBackward(() => {
		const dz = builder.rows("dz", x.axis, blocks * strideOf(H));
		const walk = backwardWalk(builder, y, h);
		const { kernel, equation, operations } = back;
		builder.call(kernel, { ...walk, gates, dz }, { equation, cost: valuesCost(x.axis, H, operations) });
		builder.initialGradient(h, walk.dh);
		showWalk(builder, h, walk.hiddenNorms, { type, gates: at(gates), blocks, places });
		projectInputBack(builder, x, blocks, h, dz);
	});
	return y;
}
