// Is the sum of squares exact to float64, of values that float32 could not square, and not finite if any value is not?

import { describe, expect, it } from "vitest";
import { randomFloats } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

describe.each(builds)("squareSum, $name", (build) => {
	const engine = new Engine(build);

	function squareSum(values: ArrayLike<number>): number {
		const g = engine.floats("g", values);
		return engine.call("squareSum", { g, bytes: 4 * values.length });
	}

	function expectSum(values: ArrayLike<number>): void {
		let expected = 0;
		for (const value of Array.from(values)) expected += Math.fround(value) ** 2;
		const error = Math.abs(squareSum(values) - expected) / expected;
		expect(error, `${values.length} values`).toBeLessThan(1e-13);
	}

	it("of one vector to many", () => {
		for (const length of [4, 8, 12, 16, 20, 64, 1000])
			inEveryPlace(engine, () => expectSum(randomFloats(length)(length)));
	});

	it("of values whose squares float32 has not", () => {
		const values = [1e30, -1e-30, 2e30, 3, 1e-30, 1e-30, -1e-30, 1e-30];
		engine.begin();
		expectSum(values);
		engine.begin();
		expectSum(new Array(8).fill(1e-30));
	});

	it("of nothing is 0", () => {
		engine.begin();
		expect(squareSum([])).toBe(0);
	});

	it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
		"is not finite if one value is %s",
		(value) => {
			for (let at = 0; at < 12; at++) {
				const values = randomFloats(at)(12);
				values[at] = value;
				engine.begin();
				expect(Number.isFinite(squareSum(values)), `at ${at}`).toBe(false);
			}
		},
	);
});
