// Are cross-entropy, its gradient and the share of right rows what float64 says, of any logits and weights?

import { describe, expect, it } from "vitest";
import { crossEntropy } from "../reference/losses.ts";
import { matrix } from "../reference/matrix.ts";
import { expectClose, expectSame, randomFloats, range, strided } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

interface Case {
	readonly logits: readonly number[] | Float64Array;
	readonly V: number;
	readonly targets: readonly number[];
	readonly weights?: readonly number[];
	/** Whether the gradient has memory of its own, not that of the logits. */
	readonly apart?: boolean;
}

function run(engine: Engine, { logits, V, targets, weights, apart = false }: Case) {
	const count = targets.length;
	const P = Math.ceil(V / 4) * 4;
	const sum = weights?.reduce((total, weight) => total + weight, 0) ?? count;
	const packing = engine.rows(count, 1 / sum);
	// What stands past V is not said, so it is the worst there is.
	const y = engine.floats("y", strided(logits, V, P));
	const dy = apart ? engine.floats("dy", count * P) : y;
	const losses = engine.floats("losses", 2 * count);
	const hits = engine.floats("hits", count);
	const result = engine.floats("result", 4);
	engine.call("crossEntropy", {
		packing,
		y,
		ldy: 4 * P,
		V,
		targets: engine.ids("targets", targets),
		weights: weights ? engine.floats("weights", weights) : 0,
		dy,
		losses,
		hits,
	});
	engine.call("sumLosses", { packing, losses, hits, result });
	const [loss, right] = result.f64;
	return { dy: dy.f32, P, losses: losses.f64, hits: hits.f32, loss: loss / sum, right: right / sum };
}

function check(engine: Engine, given: Case, what: string): void {
	const { logits, V, targets, weights = targets.map(() => 1) } = given;
	const { dy, P, losses, hits, loss, right } = run(engine, given);
	const y = matrix(targets.length, V, Float64Array.from(logits));
	const expected = crossEntropy(y, targets, weights);
	expectClose(dy, strided(expected.dOutputs.values, V, P, 0), `gradient of ${what}`);
	expectClose([loss], [expected.loss], `loss of ${what}`);
	const rows = targets.map((target, k) => ({
		target,
		logits: logits.slice(k * V, (k + 1) * V),
		weight: weights[k] as number,
	}));
	expectClose(
		losses,
		rows.map((row) => row.weight * crossEntropy(matrix(1, V, Float64Array.from(row.logits)), [row.target]).loss),
		`losses of ${what}`,
	);
	const good = rows.map((row) => (row.logits[row.target] === Math.max(...row.logits) ? row.weight : 0));
	expectSame(hits, good, `hits of ${what}`);
	const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
	expect(right).toBeCloseTo(sum(good) / sum(weights), 6);
}

describe.each(builds)("crossEntropy, $name", (build) => {
	const engine = new Engine(build);
	const randomCase = (V: number, count: number, scale = 3): Case => ({
		logits: randomFloats(V * 10 + count)(V * count).map((v) => Math.fround(v * scale)),
		V,
		targets: range(0, count - 1).map((k) => (k * 5 + 2) % V),
	});

	it("of 1 to 17 classes, and 65", () => {
		for (const V of [...range(1, 17), 65])
			for (const count of [1, 7])
				for (const apart of [false, true]) {
					engine.begin();
					check(engine, { ...randomCase(V, count), apart }, `${count} × ${V}${apart ? " apart" : ""}`);
				}
	});

	it("of weighted rows, some of weight 0", () => {
		for (const V of [2, 5, 8, 65]) {
			const weights = [0.5, 0, 2, 0, 0.25, 1, 3];
			engine.begin();
			check(engine, { ...randomCase(V, 7), weights }, `weighted ${V}`);
		}
	});

	it("gives a row of weight 0 no gradient", () => {
		engine.begin();
		const weights = [1, 0, 1];
		const { dy, P } = run(engine, { ...randomCase(6, 3), weights });
		expect([...dy.subarray(P, 2 * P)].map(Math.abs)).toEqual(new Array(P).fill(0));
	});

	it("gives the same bits whether or not the gradient lies over the logits", () => {
		for (const V of [1, 5, 8, 65]) {
			const runs = [false, true].map((apart) => {
				engine.begin();
				const { dy, losses, hits } = run(engine, { ...randomCase(V, 7), apart });
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
			check(engine, { logits, V: 4, targets: [target] }, what);
		}
		engine.begin();
		check(engine, randomCase(9, 20, 1e4), "random ±1e4");
	});

	it("of equal logits is log V, however large they are", () => {
		for (const logit of [-1e4, 0, 1e4]) {
			engine.begin();
			const logits = new Array<number>(5).fill(logit);
			const { loss, right } = run(engine, { logits, V: 5, targets: [3] });
			expect(loss).toBeCloseTo(Math.log(5), 5);
			expect(right).toBe(1);
		}
	});

	it("with every region at the end of memory", () => {
		for (const V of [1, 3, 4, 5])
			for (const apart of [false, true])
				inEveryPlace(engine, () => check(engine, { ...randomCase(V, 3), weights: [1, 0.5, 2], apart }, `3 × ${V}`));
	});
});
