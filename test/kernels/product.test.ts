// Is y = x·Wᵀ + init what float64 says, at every size where a tile, a vector or a block ends?

import { describe, expect, it } from "vitest";
import { expectClose, randomFloats, range, strided, unstrided } from "./compare.ts";
import { builds, CANARY, Engine, inEveryPlace } from "./harness.ts";

/** Sums of one element may cancel to almost nothing; their terms are random in ±1. */
const LEAST = 0.1;

interface Sizes {
	readonly rows: number;
	readonly columns: number;
	readonly depth: number;
	/** Floats between rows past their width. */
	readonly gap?: number;
	readonly init?: Init;
}

/** What is added: nothing, one row for all, a row for each, or what y holds already. */
const inits = ["none", "one", "each", "y"] as const;
type Init = (typeof inits)[number];

/** Sizes around the tiles' columns: panels of 8, pairs and quads of them. */
const COLUMNS = [1, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 39, 40, 41, 47, 48, 49, 55, 56, 57];

function check(engine: Engine, sizes: Sizes): void {
	const { rows, columns, depth, gap = 3, init = "one" } = sizes;
	const floats = randomFloats(rows * 10007 + columns * 101 + depth);
	const [ldx, ldy] = [depth + gap, columns + gap];
	const x = floats(rows * depth);
	const W = floats(columns * depth);
	const added = floats(init === "one" ? columns : rows * columns);

	const sequence = engine.rows(rows);
	const panels = engine.transposed("panels", engine.floats("W", W), {
		rows: columns,
		depth,
	});
	const own = init === "one" || init === "each";
	const initRegion = own ? engine.floats("init", strided(added, columns, ldy)) : undefined;
	const xRegion = engine.floats("x", strided(x, depth, ldx));
	const y = engine.floats("y", rows * ldy - gap);
	if (init === "y") y.f32.set(strided(added, columns, ldy).subarray(0, -gap));
	const before = y.i32.slice();
	engine.call("project", {
		sequence,
		x: xRegion,
		ldx: 4 * ldx,
		depth,
		panels,
		init: init === "y" ? y : (initRegion ?? 0),
		ldi: init === "each" || init === "y" ? 4 * ldy : 0,
		y,
		ldy: 4 * ldy,
		columns,
	});

	const expected = new Float64Array(rows * columns);
	for (let m = 0; m < rows; m++) {
		for (let n = 0; n < columns; n++) {
			let sum = 0;
			for (let k = 0; k < depth; k++) sum += (x[m * depth + k] as number) * (W[n * depth + k] as number);
			if (init === "one") sum += added[n] as number;
			else if (init !== "none") sum += added[m * columns + n] as number;
			expected[m * columns + n] = sum;
		}
	}
	const what = JSON.stringify(sizes);
	const whole = new Float32Array(rows * ldy);
	whole.set(y.f32);
	expectClose(unstrided(whole, columns, ldy), expected, what, LEAST);
	const gaps = y.i32.filter((_, j) => j % ldy >= columns);
	const gapsBefore = before.filter((_, j) => j % ldy >= columns);
	expect(gaps, `${what}: past its columns`).toEqual(gapsBefore);
	if (init !== "y") expect(gaps.every((word) => word === CANARY)).toBe(true);
}

describe.each(builds)("project, $name", (build) => {
	const engine = new Engine(build);
	const some = <T>(values: readonly T[], step: number) =>
		build.checked ? values.filter((_, j) => j % step === 0) : values;

	function checkAll(
		rows: readonly number[],
		columns: readonly number[],
		depths: readonly number[],
		more: Partial<Sizes> = {},
	): void {
		for (const m of rows)
			for (const n of columns)
				for (const depth of depths) {
					engine.begin();
					check(engine, { rows: m, columns: n, depth, ...more });
				}
	}

	it("of sizes from 1 to 17", () => {
		checkAll(range(1, 17), some(range(1, 17), 4), some(range(1, 17), 8));
	});

	it("of rows and columns around every tile", () => {
		checkAll(range(1, 13), COLUMNS, [5]);
		checkAll(some([2, 3, 4, 5, 6], 2), [63, 64, 65], [8]);
	});

	it("of rows around the blocks of 60", () => {
		checkAll(some(range(57, 66), 3), some([3, 16, 41], 2), [4, 9]);
		checkAll(some([119, 120, 121, 125], 3), [9], [7]);
	});

	it("of depths around the blocks of 256", () => {
		const depths = some([255, 256, 257, 511, 512, 513], 3);
		checkAll([1, 2, 4, 5, 6, 9], some([7, 16, 33], 3), depths);
	});

	it.each(inits)("adding %s", (init) => {
		checkAll([1, 2, 3, 6, 11, 61], [1, 8, 13, 34], [3, 257], { init });
	});

	it("with every region at the end of memory", () => {
		for (const init of inits)
			for (const rows of [1, 2, 4, 5, 6, 7])
				for (const columns of [1, 6, 8, 17, 33])
					for (const depth of [1, 3, 8])
						inEveryPlace(engine, () => check(engine, { rows, columns, depth, gap: 2, init }));
	});
});
