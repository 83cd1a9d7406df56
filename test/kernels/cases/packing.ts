// Weights put into panels by the engine, compared with where the tiles look for each.

import { expectSame, randomFloats } from "../compare.ts";
import { CANARY, type Engine } from "../harness.ts";

export interface PackingSizes {
	readonly blocks: number;
	readonly rows: number;
	readonly stride: number;
	/** Columns of the source. */
	readonly columns: number;
	/** Where the first block goes: a column of x·Wᵀ, a row of dy·W. */
	readonly from: number;
}

/** Element (k, n) of a packed matrix: panels of eight columns, [columns/8][depth][8]. */
export function indexOf(k: number, n: number, depth: number): number {
	return (Math.floor(n / 8) * depth + k) * 8 + (n % 8);
}

/** Packs into canaries; gives what must stand there. */
function packed(
	depth: number,
	columns: number,
	{ blocks, rows, stride, columns: width, from }: PackingSizes,
	source: Float64Array,
	place: (line: number, element: number) => readonly [k: number, n: number],
): Int32Array {
	const length = Math.ceil(columns / 8) * depth * 8;
	const expected = new Int32Array(length).fill(CANARY);
	const floats = new Float32Array(expected.buffer);
	for (let g = 0; g < blocks; g++)
		for (let j = 0; j < rows; j++)
			for (let e = 0; e < width; e++) {
				const [k, n] = place(from + g * stride + j, e);
				floats[indexOf(k, n, depth)] = source[(g * rows + j) * width + e] as number;
			}
	return expected;
}

function checkTransposed(engine: Engine, sizes: PackingSizes): void {
	const { blocks, rows, stride, columns: depth, from } = sizes;
	const W = randomFloats(rows * 31 + depth)(blocks * rows * depth);
	const columns = from + blocks * stride;
	const source = engine.floats("source", W);
	const expected = packed(depth, columns, sizes, W, (line, k) => [k, line]);
	const panels = engine.floats("panels", expected.length);
	engine.call("packTransposed", {
		source,
		blocks,
		rows,
		stride,
		depth,
		panels,
		column: from,
	});
	expectSame(panels.i32, expected, JSON.stringify(sizes));
}

function checkPlain(engine: Engine, sizes: PackingSizes): void {
	const { blocks, rows, stride, columns, from } = sizes;
	const W = randomFloats(rows * 37 + columns)(blocks * rows * columns);
	const depth = from + blocks * stride;
	const source = engine.floats("source", W);
	const expected = packed(depth, columns, sizes, W, (line, n) => [line, n]);
	const panels = engine.floats("panels", expected.length);
	engine.call("packPlain", {
		source,
		blocks,
		rows,
		stride,
		columns,
		panels,
		depth,
		row: from,
	});
	expectSame(panels.i32, expected, JSON.stringify(sizes));
}

/** Each block in panels of its own. */
function checkBlocks(engine: Engine, { blocks, rows, columns }: PackingSizes): void {
	const W = randomFloats(rows * 41 + columns)(blocks * rows * columns);
	const one = Math.ceil(columns / 8) * rows * 8;
	const expected = new Int32Array(blocks * one).fill(CANARY);
	const floats = new Float32Array(expected.buffer);
	for (let g = 0; g < blocks; g++)
		for (let j = 0; j < rows; j++)
			for (let e = 0; e < columns; e++)
				floats[g * one + indexOf(j, e, rows)] = W[(g * rows + j) * columns + e] as number;
	const panels = engine.floats("panels", expected.length);
	engine.call("packBlocks", { source: engine.floats("source", W), blocks, rows, columns, panels });
	expectSame(panels.i32, expected, `${blocks} blocks of ${rows} × ${columns}`);
}

/** Of a vector, blocks of `rows` values; what lies between them is not touched. */
function checkVector(engine: Engine, sizes: PackingSizes): void {
	const { blocks, rows, from } = sizes;
	const stride = Math.ceil(rows / 4) * 4;
	const values = randomFloats(rows)(blocks * rows);
	const expected = new Int32Array(from + blocks * stride).fill(CANARY);
	const floats = new Float32Array(expected.buffer);
	for (let g = 0; g < blocks; g++) floats.set(values.subarray(g * rows, (g + 1) * rows), from + g * stride);
	const target = engine.floats("target", expected.length);
	engine.call("packVector", {
		source: engine.floats("source", values),
		blocks,
		size: rows,
		target: target.at(from),
	});
	expectSame(target.i32, expected, JSON.stringify(sizes));
}

/** A check of each kernel that packs. */
export const packings = {
	packTransposed: checkTransposed,
	packPlain: checkPlain,
	packBlocks: checkBlocks,
	packVector: checkVector,
};
