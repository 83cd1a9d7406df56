// Does the moving average of parameters follow float64, become them where it takes all, and leave no denormal?

import { describe, expect, it } from "vitest";
import { checkAverage } from "./cases/average.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	it("follows the textbook", () => {
		for (const length of [4, 8, 44]) {
			engine.begin();
			checkAverage(engine, length);
		}
	});

	it("with every region at the end of memory", () => inEveryPlace(engine, () => checkAverage(engine, 8)));

	it("leaves no denormal", () => {
		engine.begin();
		const p = engine.floats("p", new Float64Array(4));
		const average = engine.floats("average", new Float64Array(4).fill(3e-38));
		for (let k = 0; k < 60; k++) engine.call("averageParameters", { average, p, share: 0.1 });
		expect([...average.f32]).toEqual([0, 0, 0, 0]);
	});
});
