// Panels: copies of the weights in the order in which products read them (assembly/product/panels.ts).

import type { Builder } from "./builder.ts";
import { at, type Buffer, padded, strideOf } from "./program.ts";

/** A matrix of weights [blocks · rows, columns]: a block for each gate. In panels each block begins at a multiple of four. */
export interface WeightShape {
	readonly blocks: number;
	readonly rows: number;
	readonly columns: number;
}

/** Puts rows of a parameter, from block `block` on, into panels for x·Wᵀ, from column `column` on. */
export function packTransposed(
	builder: Builder,
	name: string,
	{ blocks, rows, columns: depth }: WeightShape,
	panels = builder.panels(`${name}ᵀ`, depth, blocks * padded(rows)),
	{ block = 0, column = 0 } = {},
): Buffer {
	const source = at(builder.weights(name), block * rows * depth * 4);
	const operands = { source, blocks, rows, stride: padded(rows), depth, panels, column };
	builder.pack("packTransposed", operands, `${name}ᵀ in panels`);
	return panels;
}

/** Puts rows of a parameter, from block `block` on, into panels of depth `depth` for dy·W, from row `row` on. */
export function packPlain(
	builder: Builder,
	name: string,
	{ blocks, rows, columns }: WeightShape,
	depth = blocks * padded(rows),
	panels = builder.panels(name, depth, columns),
	{ block = 0, row = 0 } = {},
): Buffer {
	const source = at(builder.weights(name), block * rows * columns * 4);
	const operands = { source, blocks, rows, stride: padded(rows), columns, panels, depth, row };
	builder.pack("packPlain", operands, `${name} in panels`);
	return panels;
}

/** Puts square blocks [size, size] of a parameter, one below the other, into panels, each in panels of its own, for x·Wᵀ. */
export function packHeadsTransposed(builder: Builder, name: string, blocks: number, size: number): Buffer {
	const source = builder.parameter(name);
	const stride = Math.ceil(size / 8) * 8;
	const panels = builder.panels(`${name}ᵀ`, size, blocks * stride);
	const operands = { source, blocks, rows: size, stride, depth: size, panels, column: 0 };
	builder.pack("packTransposed", operands, `${name}ᵀ in panels`);
	return panels;
}

/** The same for dy·W. */
export function packHeads(builder: Builder, name: string, blocks: number, size: number): Buffer {
	const source = builder.parameter(name);
	const panels = builder.panels(name, size, blocks * Math.ceil(size / 8) * 8);
	builder.pack("packBlocks", { source, blocks, rows: size, columns: size, panels }, `${name} in panels`);
	return panels;
}

/** Copies `blocks` blocks of a vector parameter, from block `block` on, each to a multiple of four floats, from the `to`-th on. */
export function packVector(
	builder: Builder,
	name: string,
	blocks: number,
	size: number,
	into = builder.panels(name, 1, blocks * padded(size)),
	{ block = 0, to = 0 } = {},
): Buffer {
	const source = at(builder.weights(name), block * size * 4);
	builder.pack("packVector", { source, blocks, size, target: at(into, to * strideOf(size)) }, `${name} padded`);
	return into;
}
