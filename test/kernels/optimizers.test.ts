// Does every optimizer's loop do over several updates what float64 does, clipping included, and never leave a denormal?

import { describe, expect, it } from "vitest";
import { type Clip, checkOptimizer, NO_CLIP, optimizers, placeOptimizer } from "./cases/optimizers.ts";
import { randomFloats } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

/** Numbers that WebAssembly computes with many times slower. */
function denormals(values: Float32Array): number {
	return values.filter((v) => v !== 0 && Math.abs(v) < 2 ** -126).length;
}

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.entries(optimizers))("%s", (_name, optimizer) => {
		const clips: readonly Clip[] = [
			NO_CLIP,
			{ scale: 0.37, limit: Number.POSITIVE_INFINITY },
			{ scale: 1, limit: 0.25 },
			{ scale: 2.5, limit: 0.5 },
		];

		it.each(clips)("follows the textbook, scale $scale, limit $limit", (clip) => {
			engine.begin();
			checkOptimizer(engine, optimizer, clip, 44, 20);
		});

		it("with every region at the end of memory", () => {
			for (const length of [4, 8, 20])
				inEveryPlace(engine, () => checkOptimizer(engine, optimizer, { scale: 0.5, limit: 0.3 }, length, 2));
		});

		it("keeps a NaN", () => {
			engine.begin();
			const regions = placeOptimizer(engine, optimizer, randomFloats(1)(8));
			regions.g.f32.set([1, 1, 1, 1, 1, Number.NaN, 1, 1]);
			optimizer.run(engine, regions, 0.5, 1);
			for (const { name, f32 } of [regions.p, ...regions.averages])
				expect([...f32].map(Number.isNaN), name).toEqual([false, false, false, false, false, true, false, false]);
		});

		if (build.checked || optimizer.averages === 0) return;

		it("leaves no denormal in its averages, 5,000 updates long without a gradient", () => {
			engine.begin();
			const floats = randomFloats(7);
			// From gradients of every size, averages fade to nothing at every moment.
			const sizes = Float64Array.from({ length: 96 }, (_, j) => Math.fround(10 ** (3 - j / 3)));
			const regions = placeOptimizer(engine, optimizer, floats(96));
			regions.g.f32.set(sizes);
			optimizer.run(engine, regions, NO_CLIP.limit, 1);
			regions.g.f32.fill(0);
			for (let t = 2; t <= 5001; t++) {
				optimizer.run(engine, regions, NO_CLIP.limit, t);
				if (t % 100 !== 1) continue;
				for (const { name, f32 } of regions.averages) expect(denormals(f32), `${name} after ${t} updates`).toBe(0);
			}
		});
	});

	it("RMSprop, centered, takes no root of less than 0, of a gradient that stays the same", () => {
		engine.begin();
		const optimizer = optimizers["RMSprop, centered"];
		const floats = randomFloats(3);
		const regions = placeOptimizer(engine, optimizer, floats(96));
		regions.g.f32.set(floats(96));
		for (let t = 1; t <= 200; t++) optimizer.run(engine, regions, NO_CLIP.limit, t);
		expect(Array.from(regions.p.f32, Number.isNaN)).not.toContain(true);
	});

	it.each([
		["RMSprop", 0],
		["Adam", 1],
		["NAdam", 1],
		["RAdam", 1],
		["Adagrad", 0],
		["Adadelta", 0],
	] as const)("%s squares no gradient below 1e-16", (name, square) => {
		engine.begin();
		const optimizer = optimizers[name];
		const regions = placeOptimizer(engine, optimizer, new Float64Array(4));
		regions.g.f32.set([0.9e-16, -0.9e-16, 1.1e-16, -1.1e-16]);
		optimizer.run(engine, regions, NO_CLIP.limit, 1);
		expect(Array.from(regions.averages[square]?.f32 ?? [], (v) => v > 0)).toEqual([false, false, true, true]);
	});
});
