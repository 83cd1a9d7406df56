// Are cross-entropy, its gradient and the share of right rows what float64 says, of any logits and weights?

import { describe, expect, it } from "vitest";
import { type CrossEntropyCase, checkCrossEntropy, runCrossEntropy } from "./cases/losses.ts";
import { expectSame, randomFloats, range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

describe.each(builds)("crossEntropy, $name", (build) => {
	const engine = new Engine(build);
	const randomCase = (V: number, count: number, scale = 3): CrossEntropyCase => ({
		logits: randomFloats(V * 10 + count)(V * count).map((v) => Math.fround(v * scale)),
		V,
		targets: range(0, count - 1).map((k) => (k * 5 + 2) % V),
	});

	it("of 1 to 17 classes, and 65", () => {
		for (const V of [...range(1, 17), 65])
			for (const count of [1, 7])
				for (const apart of [false, true]) {
					engine.begin();
					checkCrossEntropy(engine, { ...randomCase(V, count), apart }, `${count} × ${V}${apart ? " apart" : ""}`);
				}
	});

	it("of weighted rows, some of weight 0", () => {
		for (const V of [2, 5, 8, 65]) {
			const weights = [0.5, 0, 2, 0, 0.25, 1, 3];
			engine.begin();
			checkCrossEntropy(engine, { ...randomCase(V, 7), weights }, `weighted ${V}`);
		}
	});

	it("gives a row of weight 0 no gradient", () => {
		engine.begin();
		const weights = [1, 0, 1];
		const { dy, P } = runCrossEntropy(engine, { ...randomCase(6, 3), weights });
		expect([...dy.subarray(P, 2 * P)].map(Math.abs)).toEqual(new Array(P).fill(0));
	});

	it("gives the same bits whether or not the gradient lies over the logits", () => {
		for (const V of [1, 5, 8, 65]) {
			const runs = [false, true].map((apart) => {
				engine.begin();
				const { dy, losses, hits } = runCrossEntropy(engine, { ...randomCase(V, 7), apart });
				return [dy.slice(), losses.slice(), hits.slice()];
			});
			for (const [index, values] of (runs[0] ?? []).entries())
				expectSame(runs[1]?.[index] ?? [], values, `${V} classes`);
		}
	});

	it("of logits as far apart as ±10,000", () => {
		for (const target of [0, 1, 2, 3]) {
			const logits = [1e4, -1e4, 0, 9999.5];
			const what = `±1e4, target ${target}`;
			engine.begin();
			checkCrossEntropy(engine, { logits, V: 4, targets: [target] }, what);
		}
		engine.begin();
		checkCrossEntropy(engine, randomCase(9, 20, 1e4), "random ±1e4");
	});

	it("of equal logits is log V, however large they are", () => {
		for (const logit of [-1e4, 0, 1e4]) {
			engine.begin();
			const logits = new Array<number>(5).fill(logit);
			const { loss, right } = runCrossEntropy(engine, { logits, V: 5, targets: [3] });
			expect(loss).toBeCloseTo(Math.log(5), 5);
			expect(right).toBe(1);
		}
	});

	it("with every region at the end of memory", () => {
		for (const V of [1, 3, 4, 5])
			for (const apart of [false, true])
				inEveryPlace(engine, () =>
					checkCrossEntropy(engine, { ...randomCase(V, 3), weights: [1, 0.5, 2], apart }, `3 × ${V}`),
				);
	});
});
