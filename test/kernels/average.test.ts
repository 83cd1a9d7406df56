// Does the moving average of parameters follow float64, become them where it takes all, and leave no denormal?

import { describe, expect, it } from "vitest";
import { expectClose, expectSame, randomFloats } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	function check(length: number): void {
		const floats = randomFloats(length);
		const values = floats(length);
		const p = engine.floats("p", values);
		const average = engine.floats("average", new Float64Array(length).fill(Number.NaN));
		engine.call("averageParameters", { average, p, share: 1 });
		expectSame(average.f32, p.f32, "the first");
		const expected = Float64Array.from(average.f32);
		for (const share of [0.5, 1e-3, 0.9]) {
			p.f32.set(floats(length));
			for (const [j, now] of p.f32.entries()) expected[j] += share * (now - (expected[j] as number));
			engine.call("averageParameters", { average, p, share });
			expectClose(average.f32, expected, `share ${share}`);
		}
	}

	it("follows the textbook", () => {
		for (const length of [4, 8, 44]) {
			engine.begin();
			check(length);
		}
	});

	it("with every region at the end of memory", () => inEveryPlace(engine, () => check(8)));

	it("leaves no denormal", () => {
		engine.begin();
		const p = engine.floats("p", new Float64Array(4));
		const average = engine.floats("average", new Float64Array(4).fill(3e-38));
		for (let k = 0; k < 60; k++) engine.call("averageParameters", { average, p, share: 0.1 });
		expect([...average.f32]).toEqual([0, 0, 0, 0]);
	});
});
