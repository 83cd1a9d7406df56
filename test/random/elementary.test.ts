// Are the package's own logarithm and exponential right to the last bits?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exp, log } from "../../src/random/elementary.ts";

const RELATIVE = 1e-15;

describe("log", () => {
	it("agrees with Math.log", () => {
		const positive = fc.double({
			min: 2 ** -1022,
			max: Number.MAX_VALUE,
			noNaN: true,
		});
		fc.assert(
			fc.property(positive, (x) => {
				const error = Math.abs(log(x) - Math.log(x));
				expect(error).toBeLessThanOrEqual(RELATIVE * Math.abs(Math.log(x)));
			}),
		);
	});

	it("keeps its relative precision next to 1", () => {
		for (let k = 10; k <= 52; k++) {
			for (const x of [1 + 2 ** -k, 1 - 2 ** -k]) {
				expect(Math.abs(log(x) / Math.log(x) - 1)).toBeLessThan(RELATIVE);
			}
		}
		expect(log(1)).toBe(0);
	});
});

describe("exp", () => {
	it("agrees with Math.exp", () => {
		fc.assert(
			fc.property(fc.double({ min: -700, max: 709, noNaN: true }), (x) => {
				expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(RELATIVE);
			}),
		);
	});

	it("is exact at its ends", () => {
		expect(exp(0)).toBe(1);
		expect(exp(-Infinity)).toBe(0);
		expect(exp(-746)).toBe(0);
		expect(exp(-744)).toBeGreaterThan(0);
		expect(exp(Number.NaN)).toBeNaN();
	});
});
