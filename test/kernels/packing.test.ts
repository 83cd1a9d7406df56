// Does every weight stand in the packed matrix where the tiles look for it, and nothing else change?

import { describe, expect, it } from "vitest";
import { expectSame, randomFloats, range } from "./compare.ts";
import { builds, CANARY, Engine, inEveryPlace } from "./harness.ts";

interface Sizes {
	readonly blocks: number;
	readonly rows: number;
	readonly stride: number;
	/** Columns of the source. */
	readonly columns: number;
	/** Where the first block goes: a column of x·Wᵀ, a row of dy·W. */
	readonly from: number;
}

/** Element (k, n) of a packed matrix: panels of eight columns, [columns/8][depth][8]. */
function indexOf(k: number, n: number, depth: number): number {
	return (Math.floor(n / 8) * depth + k) * 8 + (n % 8);
}

/** Packs into canaries; gives what must stand there. */
function packed(
	depth: number,
	columns: number,
	{ blocks, rows, stride, columns: width, from }: Sizes,
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

function checkTransposed(engine: Engine, sizes: Sizes): void {
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

function checkPlain(engine: Engine, sizes: Sizes): void {
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

const kernels = {
	packTransposed: checkTransposed,
	packPlain: checkPlain,
};

/** Whole vectors of four. */
const padded = (rows: number) => Math.ceil(rows / 4) * 4;

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.entries(kernels))("%s", (_name, check) => {
		it("one block of sizes from 1 to 17 and more", () => {
			for (const rows of [...range(1, 17), 31, 32, 33, 65])
				for (const columns of [...range(1, 17), 33, 64]) {
					engine.begin();
					check(engine, { blocks: 1, rows, stride: rows, columns, from: 0 });
				}
		});

		it("blocks that begin at whole vectors", () => {
			for (const rows of [...range(1, 9), 13, 33])
				for (const columns of [1, 3, 4, 9])
					for (const blocks of [2, 3, 4]) {
						const stride = padded(rows);
						engine.begin();
						check(engine, { blocks, rows, stride, columns, from: 0 });
					}
		});

		it("blocks behind what stands there already", () => {
			for (const from of [4, 8, 12, 20])
				for (const rows of [1, 4, 7]) {
					const stride = padded(rows);
					engine.begin();
					check(engine, { blocks: 2, rows, stride, columns: 5, from });
				}
		});

		it("with every region at the end of memory", () => {
			for (const rows of [1, 3, 4, 6, 8])
				for (const columns of [1, 3, 4, 6, 8, 9])
					inEveryPlace(engine, () => check(engine, { blocks: 1, rows, stride: rows, columns, from: 0 }));
		});
	});
});

it("one element is where the definition says", () => {
	// Column 13 is number 5 of the second panel, which begins after depth · 8 floats.
	expect(indexOf(2, 13, 7)).toBe(7 * 8 + 2 * 8 + 5);
});
