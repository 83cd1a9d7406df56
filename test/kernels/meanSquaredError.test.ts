// Are mean squared error and its gradient what float64 says, of any width and weights?

import { describe, expect, it } from "vitest";
import { checkMeanSquaredError } from "./cases/losses.ts";
import { expectSame, range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

describe.each(builds)("meanSquaredError, $name", (build) => {
	const engine = new Engine(build);

	it("of 1 to 17 outputs, and 65", () => {
		for (const O of [...range(1, 17), 65])
			for (const count of [1, 7])
				for (const apart of [false, true]) {
					engine.begin();
					checkMeanSquaredError(engine, { O, count, apart });
				}
	});

	it("of weighted rows; one of weight 0 has no gradient", () => {
		for (const O of [1, 4, 6, 65]) {
			engine.begin();
			const { dy } = checkMeanSquaredError(engine, { O, count: 4, weights: [0.5, 0, 2, 1] });
			const P = Math.ceil(O / 4) * 4;
			expect([...dy.subarray(P, 2 * P)].map(Math.abs)).toEqual(new Array(P).fill(0));
		}
	});

	it("gives the same bits whether or not the gradient lies over the outputs", () => {
		for (const O of [1, 5, 8, 65]) {
			const runs = [false, true].map((apart) => {
				engine.begin();
				const { dy, losses } = checkMeanSquaredError(engine, { O, count: 7, apart });
				return [dy.slice(), losses.slice()];
			});
			for (const [index, values] of (runs[0] ?? []).entries())
				expectSame(runs[1]?.[index] ?? [], values, `${O} outputs`);
		}
	});

	it("with every region at the end of memory", () => {
		for (const O of [1, 3, 4, 5])
			for (const apart of [false, true])
				inEveryPlace(engine, () => checkMeanSquaredError(engine, { O, count: 3, weights: [1, 0.5, 2], apart }));
	});
});
