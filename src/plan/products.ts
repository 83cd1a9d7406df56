// The matrix products of a layer: of its input with weights, of a gradient with weights, of a gradient with its input.

import { DEPTH, ROWS } from "../engine/blocking.ts";
import type { Builder } from "./builder.ts";
import { gradientCost, productCost } from "./cost.ts";
import { type Address, type Axis, type Buffer, padded, type State, type Value } from "./program.ts";

type Place = Buffer | Address;

/** y = x·Wᵀ + bias for all rows of x. */
export function project(builder: Builder, x: Value, W: Place, bias: Place, y: Value): void {
	builder.call(
		"project",
		{
			...{ packing: x.axis.packing, x: x.address, ldx: x.stride, depth: x.size, W, bias },
			...{ y: y.address, ldy: y.stride, columns: padded(y.size) },
		},
		{ equation: "y = x·Wᵀ + b", cost: productCost(x.axis, x.size, y.size) },
	);
}

/** Gradients of gates: in each row `blocks` gates of `rows` units, each gate beginning at a multiple of four floats. */
interface GateGradients {
	readonly address: Place;
	readonly stride: number;
	readonly blocks: number;
	readonly rows: number;
}

/** dx += dy·W, unless the user gave x. `panels` is called where the product is needed, and puts W into panels. */
export function projectBack(builder: Builder, x: Value, dy: GateGradients, panels: () => Place): void {
	if (!builder.wantsGradient(x)) return;
	const { address, adds } = builder.gradients.into(x);
	builder.call(
		"projectBack",
		{
			...{ packing: x.axis.packing, dy: dy.address, lddy: dy.stride, depth: dy.blocks * padded(dy.rows), W: panels() },
			...{ adds: +adds, dx: address, lddx: x.stride, columns: padded(x.size) },
		},
		{ equation: adds ? "dx += dy·W" : "dx = dy·W", cost: productCost(x.axis, dy.blocks * dy.rows, x.size) },
	);
}

/** What a gradient of weights is the product of, and where it is added. */
export interface Factors {
	readonly axis: Axis;
	/** Whether the layer walks from the last step to the first. Default: as the state does. */
	readonly reverse?: boolean;
	readonly dy: GateGradients;
	/** The input, and the gradient of its weights. */
	readonly x?: { readonly value: Value; readonly gradient: Place };
	/** A state: dy at each step is multiplied by the state before it. */
	readonly state?: { readonly of: State; readonly gradient: Place };
	/** Rows in place of a state: dy at each step is multiplied by the row of that step. */
	readonly rows?: {
		readonly address: Place;
		readonly stride: number;
		readonly columns: number;
		readonly gradient: Place;
	};
	readonly db?: Place;
}

/** dW += dyᵀ·x and dU += dyᵀ·past over all rows, and db += the sums of dy. */
export function weightGradient(builder: Builder, { axis, reverse, dy, x, state, rows, db }: Factors): void {
	const columns = x?.value.size ?? 0;
	const past = state ? { ...state, address: state.of.steps, stride: state.of.stride, columns: state.of.size } : rows;
	const pastColumns = past?.columns ?? 0;
	const panels = Math.ceil(columns / 8) + Math.ceil(pastColumns / 8);
	builder.call(
		"weightGradient",
		{
			...{ packing: axis.packing, reverse: +(reverse ?? state?.of.reverse ?? false) },
			...{ dy: dy.address, lddy: dy.stride, blocks: dy.blocks, rows: dy.rows, stride: padded(dy.rows), db: db ?? 0 },
			...{ x: x?.value.address ?? 0, ldx: x?.value.stride ?? 0, columns, dW: x?.gradient ?? 0 },
			...{ past: past?.address ?? 0, ldPast: past?.stride ?? 0, pastColumns, dU: past?.gradient ?? 0 },
			...{ isState: +(state !== undefined), room: state?.of.room ?? 0 },
			scratch: builder.work("scratch", () => 4 * DEPTH * (ROWS + 8 * panels)),
		},
		{ equation: "dW += dyᵀ·x", cost: gradientCost(axis, dy.blocks * dy.rows, columns + pastColumns) },
	);
}
