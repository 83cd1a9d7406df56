// Are sums of squares exact to float64, of values that float32 could not square, and not finite if any value is not? And is
// the norm clipped as torch does?

import { describe, expect, it } from "vitest";
import { at } from "../reference/matrix.ts";
import { BLOCK, checkSquareSums, squareSums } from "./cases/norm.ts";
import { randomFloats } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

describe.each(builds)("squareSums, $name", (build) => {
	const engine = new Engine(build);

	it("of one vector to many", () => {
		for (const length of [4, 8, 12, 16, 20, 64, 1000])
			inEveryPlace(engine, () => checkSquareSums(engine, randomFloats(length)(length)));
	});

	it("of sizes around the blocks", () => {
		for (const length of [BLOCK - 4, BLOCK, BLOCK + 4, 2 * BLOCK, 2 * BLOCK + 400])
			inEveryPlace(engine, () => checkSquareSums(engine, randomFloats(length)(length)));
	});

	it("of values whose squares float32 has not", () => {
		const values = [1e30, -1e-30, 2e30, 3, 1e-30, 1e-30, -1e-30, 1e-30];
		engine.begin();
		checkSquareSums(engine, values);
		engine.begin();
		checkSquareSums(engine, new Array(8).fill(1e-30));
	});

	it("of nothing is 0", () => {
		engine.begin();
		expect(squareSums(engine, [], 1)).toEqual([0]);
	});

	it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
		"is not finite if one value is %s",
		(bad) => {
			for (const place of [...Array(12).keys(), BLOCK - 1, BLOCK, BLOCK + 11]) {
				const values = randomFloats(place)(BLOCK + 12);
				values[place] = bad;
				engine.begin();
				const finite = squareSums(engine, values).map(Number.isFinite);
				expect(finite, `at ${place}`).toEqual(place < BLOCK ? [false, true] : [true, false]);
			}
		},
	);
});

describe.each(builds)("clipNorm, $name", (build) => {
	const engine = new Engine(build);

	function clipNorm(squares: readonly number[], most: number) {
		const region = engine.floats("squares", 2 * squares.length);
		region.f64.set(squares);
		const norm = engine.floats("norm", 2);
		const scale = engine.floats("scale", 1);
		engine.call("clipNorm", { squares: region, blocks: squares.length, most, norm, scale });
		return { norm: at([...norm.f64], 0), scale: at([...scale.f32], 0) };
	}

	it("is the root of the sum of all blocks, to the bit", () => {
		for (const count of [1, 2, 5, 40])
			inEveryPlace(engine, () => {
				const squares = [...randomFloats(count)(count)].map((value) => value ** 2 / 3);
				const sum = squares.reduce((a, b) => a + b, 0);
				expect(clipNorm(squares, 1).norm).toBe(Math.sqrt(sum));
			});
	});

	it("scales a norm that is too large, and no other", () => {
		const scaleOf = (squares: readonly number[], most: number) => {
			engine.begin();
			return clipNorm(squares, most).scale;
		};
		expect(scaleOf([9, 16], 1)).toBe(Math.fround(1 / (5 + 1e-6)));
		expect(scaleOf([9, 16], 0.3)).toBe(Math.fround(0.3 / (5 + 1e-6)));
		expect(scaleOf([9, 16], 1e-20)).toBe(Math.fround(1e-20 / (5 + 1e-6)));
		expect(scaleOf([9e60, 16e60], 1)).toBe(Math.fround(1 / 5e30));
		expect(scaleOf([9, 16], 5)).toBe(Math.fround(5 / (5 + 1e-6)));
		expect(scaleOf([9, 16], 5.001)).toBe(1);
		expect(scaleOf([9, 16], Number.POSITIVE_INFINITY)).toBe(1);
		expect(scaleOf([0, 0], 1)).toBe(1);
		expect(scaleOf([], 1)).toBe(1);
		expect(scaleOf([0], 1e-7)).toBe(Math.fround(1e-7 / 1e-6));
	});

	it("is not finite if one sum is not", () => {
		for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
			for (const block of [0, 1, 2]) {
				const squares = [1, 2, 3];
				squares[block] = bad;
				engine.begin();
				expect(Number.isFinite(clipNorm(squares, 1).norm), `${bad} in block ${block}`).toBe(false);
			}
	});
});
