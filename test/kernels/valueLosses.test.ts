// Are the losses of values and the smoothed cross-entropy what float64 says: of any size, wherever they lie in memory, however extreme?

import { describe, expect, it } from "vitest";
import { checkValueLoss, outputsOf, runValueLoss, valueLosses } from "./cases/valueLosses.ts";
import { expectSame, range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(valueLosses)("%s", (loss) => {
		const sizes = (most: number) => range(1, most).map((n) => outputsOf(loss, n));

		it("of 1 to 13 values, weighted or not", () => {
			for (const O of [...sizes(13), 66])
				for (const count of [1, 7])
					for (const weighted of [false, true]) {
						engine.begin();
						checkValueLoss(engine, { loss, O, count, weighted, apart: weighted });
					}
		});

		it("gives the same bits whether or not the gradient lies over the outputs", () => {
			for (const O of sizes(6)) {
				const runs = [false, true].map((apart) => {
					engine.begin();
					const { dy, losses } = runValueLoss(engine, { loss, O, count: 5, apart });
					return { dy: dy.slice(), losses: losses.slice() };
				});
				expectSame(runs[1]?.dy ?? [], runs[0]?.dy ?? [], `${O} outputs`);
				expectSame(runs[1]?.losses ?? [], runs[0]?.losses ?? [], `${O} outputs`);
			}
		});

		it("with every region at the end of memory", () => {
			for (const O of sizes(5))
				for (const apart of [false, true])
					inEveryPlace(engine, () => checkValueLoss(engine, { loss, O, count: 3, weighted: true, apart }));
		});
	});

	it("of logits as far out as ±10,000", () => {
		const outputs = [1e4, -1e4, 1e4, -1e4, 0, 88, -88, -104];
		engine.begin();
		checkValueLoss(engine, {
			loss: "binaryCrossEntropy",
			O: 8,
			count: 1,
			outputs,
			targets: [1, 0, 0, 1, 0.5, 0, 1, 0],
		});
		engine.begin();
		checkValueLoss(engine, { loss: "crossEntropy", O: 4, count: 1, outputs: [1e4, -1e4, 0, 9999.5] });
		for (const loss of ["meanAbsoluteError", "huber"]) {
			engine.begin();
			checkValueLoss(engine, { loss, O: 4, count: 1, outputs: [1e4, -1e4, 1e30, -1e30], targets: [0, 1, 0, 1] });
		}
	});

	it("of logarithms of variances as far out as ±80", () => {
		for (const s of [-80, -40, 40, 80]) {
			engine.begin();
			checkValueLoss(engine, { loss: "gaussian", O: 2, count: 1, outputs: [1.5, s], targets: [1] });
			engine.begin();
			checkValueLoss(engine, { loss: "gaussian", O: 2, count: 1, outputs: [1, s], targets: [1] });
		}
	});

	it("of logarithms of counts from -1e4 to 80", () => {
		for (const y of [-1e4, -80, 40, 80]) {
			engine.begin();
			checkValueLoss(engine, { loss: "poisson", O: 1, count: 1, outputs: [y], targets: [3] });
		}
	});

	it("has no slope where an output equals its target", () => {
		for (const loss of ["meanAbsoluteError", "huber"]) {
			engine.begin();
			const { dy, total } = runValueLoss(engine, {
				loss,
				O: 4,
				count: 1,
				outputs: [1, 2, 0, -3],
				targets: [1, 2, 0, -3],
			});
			expect([...dy.map(Math.abs)]).toEqual([0, 0, 0, 0]);
			expect(total).toBe(0);
		}
	});
});
