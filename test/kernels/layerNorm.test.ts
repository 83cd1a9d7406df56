// Is every row normalised as the textbook says, and is its gradient the textbook's?

import { describe, expect, it } from "vitest";
import { writeSpan } from "../../src/plan/packing.ts";
import { layerNorms } from "./cases/layerNorm.ts";
import { expectSame, randomFloats, range, strided } from "./compare.ts";
import { builds, Engine, inEveryPlace, plainBuilds } from "./harness.ts";

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.entries(layerNorms))("%s", (_name, check) => {
		it("of sizes from 1 to 17, and 65", () => {
			for (const size of [...range(1, 17), 65])
				for (const lengths of [[1], [3, 2, 2], [40, 3]])
					for (const adds of [false, true]) {
						engine.begin();
						check(engine, { lengths, size, adds });
					}
		});

		it("with every region at the end of memory", () => {
			for (const size of range(1, 9)) inEveryPlace(engine, () => check(engine, { lengths: [2, 1], size, adds: true }));
		});
	});

	it("of values far from 0: the variance is that around their mean", () => {
		engine.begin();
		layerNorms.layerNormForward(engine, { lengths: [3], size: 9, offset: 64 });
	});
});

describe.each(plainBuilds)("$name", (build) => {
	const engine = new Engine(build);

	/** Two rows of these values, normalised with weight 1 and bias 0; dx and dWeight of dy. */
	function run(x: readonly number[], dy: readonly number[]) {
		engine.begin();
		const size = x.length / 2;
		const stride = Math.ceil(size / 4) * 4;
		const place = (name: string, values: ArrayLike<number>) => engine.floats(name, strided(values, size, stride, 0));
		const rows = { packing: engine.rows(2), x: place("x", x), ldx: 4 * stride, size, stats: engine.floats("stats", 4) };
		const weight = place("weight", new Array(size).fill(1));
		const y = place("y", x);
		const bias = place("bias", new Array(size).fill(0));
		engine.call("layerNormForward", { ...rows, epsilon: 1e-5, weight, bias, y, ldy: 4 * stride });
		const dx = place("dx", x);
		const back = { ...rows, dy: place("dy", dy), lddy: 4 * stride };
		engine.call("layerNormBackward", { ...back, weight, adds: 0, dx, lddx: 4 * stride });
		const dWeight = engine.zeros("dWeight", size);
		engine.call("layerNormGradient", { ...back, dWeight, dBias: engine.zeros("dBias", size) });
		return { y: y.f32.slice(), dx: dx.f32.slice(), dWeight: dWeight.f32.slice() };
	}

	it("gives 0 for a row of equal values, and takes no gradient through it that is not finite", () => {
		const { y, dx } = run([3, 3, 3, 3, 1, 2, 3, 4], [1, 0, 0, 0, 0, 0, 0, 0]);
		expect([...y.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
		expect(dx.every(Number.isFinite)).toBe(true);
		expect(dx[0]).toBeCloseTo(0.75 / Math.sqrt(1e-5), 2);
	});

	it("keeps a NaN in its row, and in the gradient of what it met", () => {
		const { y, dx, dWeight } = run([1, Number.NaN, 3, 4, 1, 2, 3, 4], [1, 2, 3, 4, 1, 2, 3, 4]);
		expect([...y].map(Number.isNaN)).toEqual([true, true, true, true, false, false, false, false]);
		expect([...dx].map(Number.isNaN)).toEqual([true, true, true, true, false, false, false, false]);
		expect(dWeight.every(Number.isNaN)).toBe(true);
	});

	it("is next to nothing for next to nothing, never denormal", () => {
		const { dx } = run(
			[1, 5, 3, 4, 1, 2, 3, 4],
			[1, 2, 3, 4, 5, -2, 3, 1].map((v) => v * 1e-35),
		);
		expect([...dx]).toEqual(new Array(8).fill(0));
		const { y } = run(
			[1, 5, 3, 4, 1, 2, 3, 4].map((v) => v * 1e-30),
			new Array(8).fill(0),
		);
		expect(y.every((v) => v === 0 || Math.abs(v) > 2 ** -126)).toBe(true);
	});

	it("sums from the last packed row to the first, so that parts of whole steps give the bits of all", () => {
		const size = 5;
		const gradient = (spans: readonly (readonly [from: number, to: number])[]) => {
			engine.begin();
			const floats = randomFloats(size);
			const packing = engine.packing([4, 4, 2, 1]);
			const place = (name: string) => engine.floats(name, strided(floats(11 * size), size, 8));
			const rows = {
				x: place("x"),
				ldx: 32,
				dy: place("dy"),
				lddy: 32,
				size,
				stats: engine.floats("stats", floats(22)),
			};
			const [dWeight, dBias] = [engine.zeros("dWeight", size), engine.zeros("dBias", size)];
			for (const [from, to] of spans) {
				writeSpan(packing.region.i32, 0, { from, to }, false);
				engine.call("layerNormGradient", { packing, ...rows, dWeight, dBias });
			}
			return [...dWeight.f32, ...dBias.f32];
		};
		const whole = gradient([[0, 4]]);
		for (const border of [1, 2, 3])
			expectSame(
				gradient([
					[border, 4],
					[0, border],
				]),
				whole,
				`cut at ${border}`,
			);
	});
});
