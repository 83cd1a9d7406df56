// The products of a layer: of its input, of the gradient that came back, of both.

import { DEPTH, ROWS } from "../engine/blocking.ts";
import type { Builder } from "./builder.ts";
import { gradientCost, productCost } from "./cost.ts";
import { tableOffset } from "./packing.ts";
import { type Address, type Axis, at, type Operand, padded, type Value } from "./program.ts";

/** Rows that a gradient is multiplied by, and where the result is added. */
interface Factor {
	readonly address: Operand;
	readonly stride: number;
	readonly columns: number;
	readonly gradient: Operand;
}

export interface WeightGradient {
	readonly axis?: Axis;
	/** Gradients of `blocks` gates of `rows` units, each block at a multiple of four floats. */
	readonly dy: Operand;
	readonly dyStride: number;
	readonly blocks: number;
	readonly rows: number;
	/** The input. */
	readonly x?: Factor;
	/** A second factor; with `reverse`, the states before each step instead of its rows as they are. */
	readonly past?: Factor & { readonly reverse?: boolean };
	readonly db?: Operand;
}

function tableAt(reverse: boolean): Address["offset"] {
	return (capacity) => tableOffset(capacity, reverse);
}

/** y = x·B + bias for all rows of x: `outputs` columns, `columns` with what pads them. */
export function project(
	builder: Builder,
	x: Value,
	panels: Operand,
	bias: Operand,
	y: Operand,
	outputs: number,
	columns: number,
	stride = columns * 4,
): void {
	const operands = [builder.sequence(x.axis), x.address, x.stride, x.size, panels, bias, 0, y, stride, columns];
	builder.call("project", operands, "y = x·Wᵀ + b", productCost(x.axis, x.size, outputs));
}

/** dx += dy·B, unless x is what the user gave: dy has `outputs` columns, `depth` with what pads them. */
export function projectBack(
	builder: Builder,
	x: Value,
	dy: Operand,
	stride: number,
	outputs: number,
	depth: number,
	panels: () => Operand,
): void {
	if (!builder.wantsGradient(x)) return;
	const before = builder.gradientSoFar(x);
	const dx = before ?? at(builder.rows("dx", x.axis, x.stride));
	const columns = x.stride / 4;
	const init = before === undefined ? [0, 0] : [dx, x.stride];
	const operands = [builder.sequence(x.axis), dy, stride, depth, panels(), ...init, dx, x.stride, columns];
	builder.call("project", operands, "dx = dy·W", productCost(x.axis, outputs, x.size));
	builder.setGradient(x, dx);
}

/** dW += dyᵀ·x and dU += dyᵀ·past over all rows, and db += the sums of dy. */
export function weightGradient(
	builder: Builder,
	{ axis = "steps", dy, dyStride, blocks, rows, x, past, db = 0 }: WeightGradient,
): void {
	const xColumns = x?.columns ?? 0;
	const pastColumns = past?.columns ?? 0;
	const panels = Math.ceil(xColumns / 8) + Math.ceil(pastColumns / 8);
	const scratch = builder.work("scratch", () => 4 * DEPTH * (ROWS + 8 * panels));
	const table = past?.reverse === undefined ? 0 : { buffer: builder.sequence("steps"), offset: tableAt(past.reverse) };
	const size = blocks * rows;
	builder.call(
		"weightGradient",
		[
			...[builder.sequence(axis), dy, dyStride, blocks, rows, padded(rows), db],
			...[x?.address ?? 0, x?.stride ?? 0, xColumns, x?.gradient ?? 0],
			...[past?.address ?? 0, past?.stride ?? 0, table, pastColumns, past?.gradient ?? 0],
			scratch,
		],
		"dW = dyᵀ·x",
		gradientCost(axis, size, xColumns + pastColumns),
	);
}
