// Copies of the weights in the order the products read them (assembly/pack.ts).

import type { Builder } from "./builder.ts";
import { at, type Buffer, padded, strideOf } from "./program.ts";

/** A matrix of weights [blocks · rows, columns], each gate's block of rows packed to begin at a multiple of `stride`. */
export interface WeightShape {
	readonly blocks: number;
	readonly rows: number;
	readonly columns: number;
}

/** Packs rows of a parameter for x·Wᵀ into columns [column, …) of a matrix of `columns` columns. */
export function packTransposed(
	builder: Builder,
	name: string,
	{ blocks, rows, columns: depth }: WeightShape,
	into = builder.packed(`${name}ᵀ`, depth, blocks * padded(rows)),
	{ block = 0, column = 0 } = {},
): Buffer {
	const source = at(builder.parameter(name), block * rows * depth * 4);
	const operands = [source, blocks, rows, padded(rows), depth, into, column];
	builder.pack("packTransposed", operands, `${name}ᵀ packed`);
	return into;
}

/** Packs rows of a parameter for dy·W into rows [row, …) of a matrix of depth `depth`. */
export function packPlain(
	builder: Builder,
	name: string,
	{ blocks, rows, columns }: WeightShape,
	depth = blocks * padded(rows),
	into = builder.packed(name, depth, columns),
	{ block = 0, row = 0 } = {},
): Buffer {
	const source = at(builder.parameter(name), block * rows * columns * 4);
	builder.pack("packPlain", [source, blocks, rows, padded(rows), columns, into, depth, row], `${name} packed`);
	return into;
}

/** Packs blocks of a vector [blocks · size], each to begin at a multiple of four floats, from block `to` on. */
export function packVector(
	builder: Builder,
	name: string,
	blocks: number,
	size: number,
	into?: Buffer,
	{ block = 0, to = 0 } = {},
): Buffer {
	const target = into ?? builder.packed(name, 1, blocks * padded(size));
	const source = at(builder.parameter(name), block * size * 4);
	const operands = [source, size * 4, blocks, size, at(target, to * strideOf(size)), strideOf(size), 0];
	builder.pack("copyRows", operands, `${name} packed`);
	return target;
}
