// Is the gradient of penalties on activations the textbook's, and the same in parts of the steps as over all of them?

import { describe, expect, it } from "vitest";
import { checkPenalties, drawPenaltyCase, type PenaltyCase, runPenalties } from "./cases/activationRegularization.ts";
import { expectSame, range } from "./compare.ts";
import { builds, Engine, inEveryPlace, plainBuilds } from "./harness.ts";

const WEIGHTS = [
	{ activation: 2, change: 0 },
	{ activation: 0, change: 1 },
	{ activation: 0.5, change: 3 },
];

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	it.each(WEIGHTS)("of sizes from 1 to 17, and 65: $activation, $change", (weights) => {
		for (const size of [...range(1, 17), 65])
			for (const lengths of [[1], [1, 1], [3, 2, 2], [40, 3]])
				for (const adds of [false, true]) {
					engine.begin();
					checkPenalties(engine, { ...weights, lengths, size, adds });
				}
	});

	it("with every region at the end of memory", () => {
		for (const weights of WEIGHTS)
			for (const size of range(1, 9))
				inEveryPlace(engine, () => checkPenalties(engine, { ...weights, lengths: [2, 1], size, adds: true }));
	});

	it("in parts of the steps, one border after the other", () => {
		for (const parts of [[3, 0], [5, 4, 1, 0], range(0, 5).reverse()]) {
			engine.begin();
			checkPenalties(engine, { activation: 2, change: 1, lengths: [6, 6, 4, 4, 2, 1], size: 5, adds: true, parts });
		}
	});
});

describe.each(plainBuilds)("$name", (build) => {
	const engine = new Engine(build);
	const run = (given: PenaltyCase, drawn = drawPenaltyCase(given)) => {
		engine.begin();
		return runPenalties(engine, given, drawn).f32.slice();
	};

	it("parts give the bits of all steps", () => {
		const given = { activation: 2, change: 1, lengths: [7, 5, 5, 2, 1], size: 6 };
		const whole = run(given);
		for (const border of range(1, 6)) expectSame(run({ ...given, parts: [border, 0] }), whole, `cut at ${border}`);
		expectSame(run({ ...given, parts: range(0, 6).reverse() }), whole, "step by step");
	});

	it("a NaN reaches the steps beside it, and no other sequence", () => {
		const given = { activation: 2, change: 1, lengths: [4, 4], size: 4 };
		const drawn = drawPenaltyCase(given);
		drawn.x[2 * 8 + 4] = Number.NaN;
		const rows = Array.from({ length: 8 }, (_, k) => Number.isNaN(run(given, drawn)[4 * k]));
		expect(rows).toEqual([false, false, false, true, false, true, false, true]);
	});

	it("is next to nothing for next to nothing, never denormal", () => {
		const given = { activation: 2, change: 1, lengths: [3, 1], size: 4 };
		const { x, before } = drawPenaltyCase(given);
		expect([...run(given, { x: x.map((value) => value * 1e-30), before })]).toEqual(new Array(16).fill(0));
	});
});
