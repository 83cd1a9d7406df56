// The moving average of parameters by the engine, compared with float64.

import { expectClose, expectSame, randomFloats } from "../compare.ts";
import type { Engine } from "../harness.ts";

/** Averages of a region of so many floats. */
export function checkAverage(engine: Engine, length: number): void {
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
