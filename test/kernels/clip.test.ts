// Is the gradient of a parameter clipped beside its weights, unit by unit, and by its own norm, as float64 does? And does what
// need not be clipped keep its bits, and what is not finite stay so?

import { describe, expect, it } from "vitest";
import { checkAdaptive, checkParameterNorm, runAdaptive, runParameterNorm } from "./cases/clip.ts";
import { expectSame, randomFloats, range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

const BAD = [Number.NaN, Infinity, -Infinity];

describe.each(builds)("clipAdaptive, $name", (build) => {
	const engine = new Engine(build);

	it("of units of 1 to 17 values, some of weights of zero, some of gradients of zero", () => {
		for (const size of range(1, 17))
			for (const units of [1, 2, 6, 30]) {
				engine.begin();
				checkAdaptive(engine, { units, size });
			}
	});

	it("of many values", () => {
		for (const size of [64, 257, 1000]) {
			engine.begin();
			checkAdaptive(engine, { units: 7, size });
		}
	});

	it("with every region at the end of memory", () => {
		for (const size of [1, 3, 4, 7])
			for (const units of [1, 3]) inEveryPlace(engine, () => checkAdaptive(engine, { units, size }));
	});

	it("takes a norm of weights below 1e-3 as 1e-3", () => {
		for (const weight of [0, 1e-30, 5e-4, 9.9e-4, 2 ** -9]) {
			engine.begin();
			const weights = Float64Array.of(0, 0, weight, 0, 0);
			const clipped = runAdaptive(engine, { units: 1, size: 5 }, weights, Float64Array.of(0, 0, 0, 3, -4), 0.5);
			const factor = (0.5 * Math.max(weight, 1e-3)) / 5;
			expectSame(clipped, Float32Array.of(0, 0, 0, 3 * factor, -4 * factor), `weight ${weight}`);
		}
	});

	it("leaves a unit whose norm is the limit, to the bit, and none above it", () => {
		const weights = Float64Array.of(3, 4);
		const clipTo = (most: number) => {
			engine.begin();
			return [...runAdaptive(engine, { units: 1, size: 2 }, weights, Float64Array.of(6, 8), most)];
		};
		expect(clipTo(2)).toEqual([6, 8]);
		expect(clipTo(1)).toEqual([3, 4]);
	});

	it("of values whose squares float32 has not", () => {
		engine.begin();
		const [weights, gradient] = [Float64Array.of(3e25, 4e25, 1, 0), Float64Array.of(6e30, 8e30, 6e30, 8e30)];
		const clipped = runAdaptive(engine, { units: 2, size: 2 }, weights, gradient.map(Math.fround), 1e-3);
		for (const [index, value] of [3e22, 4e22, 6e-4, 8e-4].entries())
			expect((clipped[index] as number) / value).toBeCloseTo(1, 6);
	});

	it.each(BAD)("keeps a unit not finite that has %s, and changes no other", (bad) => {
		for (const size of [1, 3, 4, 6, 9])
			for (const place of range(0, size - 1)) {
				const units = { units: 3, size };
				const weights = randomFloats(1)(3 * size);
				const gradient = randomFloats(2)(3 * size);
				engine.begin();
				const clean = runAdaptive(engine, units, weights, gradient, 0.1).slice();
				engine.begin();
				gradient[size + place] = bad;
				const clipped = runAdaptive(engine, units, weights, gradient, 0.1);
				expect(Number.isFinite(clipped[size + place]), `at ${place} of ${size}`).toBe(false);
				for (const index of [...range(0, size - 1), ...range(2 * size, 3 * size - 1)])
					expect(clipped[index]).toBe(clean[index]);
			}
	});
});

describe.each(builds)("clipParameterNorm, $name", (build) => {
	const engine = new Engine(build);

	it("of 1 to 17 values, and of many", () => {
		for (const size of [...range(1, 17), 64, 257, 10001])
			for (const most of [0.01, 1, 1e6]) {
				engine.begin();
				checkParameterNorm(engine, size, most);
			}
	});

	it("at the end of memory", () => {
		for (const size of [1, 3, 4, 7]) inEveryPlace(engine, () => checkParameterNorm(engine, size, 0.1));
	});

	it("is torch's formula, also where the 1e-6 counts, of products rounded once", () => {
		const clipTo = (values: readonly number[], most: number) => {
			engine.begin();
			return [...runParameterNorm(engine, values, most)];
		};
		for (const most of [1, 0.3, 1e-20, 5])
			expect(clipTo([3, 0, -4], most)).toEqual([3, 0, -4].map((g) => Math.fround(g * (most / (5 + 1e-6)))));
		expect(clipTo([3, 4], 5.001)).toEqual([3, 4]);
		expect(clipTo([0, 0, 0, 0, 0], 1e-7)).toEqual([0, 0, 0, 0, 0]);
		const tiny = [3e-7, 4e-7].map(Math.fround);
		const norm = Math.sqrt((tiny[0] as number) ** 2 + (tiny[1] as number) ** 2);
		expect(clipTo(tiny, 1e-6)).toEqual(tiny.map((g) => Math.fround(g * (1e-6 / (norm + 1e-6)))));
		for (const [index, value] of clipTo([3e30, 4e30], 1e-3).entries())
			expect(value / ([6e-4, 8e-4][index] as number)).toBeCloseTo(1, 6);
	});

	it.each(BAD)("keeps a gradient not finite that has %s", (bad) => {
		for (const size of [1, 3, 4, 6, 9])
			for (const place of range(0, size - 1)) {
				const gradient = randomFloats(3)(size);
				gradient[place] = bad;
				engine.begin();
				const clipped = runParameterNorm(engine, gradient, 0.1);
				expect(Number.isFinite(clipped[place]), `at ${place} of ${size}`).toBe(false);
			}
	});
});
