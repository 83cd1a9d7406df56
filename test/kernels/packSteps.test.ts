// Are rows of equal lengths packed step after step, padded with zeros, and is a value that is not finite noticed?

import { describe, expect, it } from "vitest";
import { checkPackSteps, packSteps } from "./cases/packSteps.ts";
import { randomFloats, range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

describe.each(builds)("packSteps, $name", (build) => {
	const engine = new Engine(build);

	it("of 1 to 17 features, some rows, some steps", () => {
		for (const I of range(1, 17))
			for (const [B, T] of [
				[1, 1],
				[3, 5],
				[4, 2],
			] as const) {
				engine.begin();
				checkPackSteps(engine, [B, T, I]);
			}
	});

	it("notices a value that is not finite, wherever it stands", () => {
		const sizes = [2, 3, 5] as const;
		for (const bad of [Number.NaN, Infinity, -Infinity])
			for (const place of range(0, 29)) {
				engine.begin();
				const values = randomFloats(1)(30);
				values[place] = bad;
				expect(packSteps(engine, sizes, values).finite).toBe(0);
			}
	});

	it("with every region at the end of memory", () => {
		inEveryPlace(engine, () => {
			checkPackSteps(engine, [3, 2, 7]);
		});
	});
});
