// Are mean squared error and its gradient what float64 says, of any width and weights?

import { describe, expect, it } from "vitest";
import { meanSquaredError } from "../reference/losses.ts";
import { matrix } from "../reference/matrix.ts";
import { expectClose, expectSame, randomFloats, range, strided } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

interface Case {
	readonly O: number;
	readonly count: number;
	readonly weights?: readonly number[];
	/** Whether the gradient has memory of its own, not that of the outputs. */
	readonly apart?: boolean;
}

function check(engine: Engine, { O, count, weights, apart = false }: Case) {
	const floats = randomFloats(O * 10 + count);
	const [values, wanted] = [floats(O * count), floats(O * count)];
	const P = Math.ceil(O / 4) * 4;
	const sum = weights?.reduce((total, weight) => total + weight, 0) ?? count;
	const packing = engine.rows(count, 1 / sum);
	// What stands past O is not said, so it is the worst there is.
	const y = engine.floats("y", strided(values, O, P));
	const dy = apart ? engine.floats("dy", count * P) : y;
	const losses = engine.floats("losses", 2 * count);
	const result = engine.floats("result", 4);
	engine.call("meanSquaredError", {
		packing,
		y,
		ldy: 4 * P,
		O,
		targets: engine.floats("targets", strided(wanted, O, P)),
		weights: weights ? engine.floats("weights", weights) : 0,
		dy,
		losses,
	});
	engine.call("sumLosses", { packing, losses, hits: 0, result });
	const expected = meanSquaredError(matrix(count, O, values), [...wanted], weights);
	const what = `${count} × ${O}${weights ? " weighted" : ""}${apart ? " apart" : ""}`;
	expectClose(dy.f32, strided(expected.dOutputs.values, O, P, 0), `gradient of ${what}`);
	expectClose([result.f64[0] / (sum * O)], [expected.loss], `loss of ${what}`);
	const rows = range(0, count - 1).map((k) => {
		const row = (all: Float64Array) => all.slice(k * O, (k + 1) * O);
		return O * (weights?.[k] ?? 1) * meanSquaredError(matrix(1, O, row(values)), [...row(wanted)]).loss;
	});
	expectClose(losses.f64, rows, `losses of ${what}`);
	return { dy: dy.f32, losses: losses.f64 };
}

describe.each(builds)("meanSquaredError, $name", (build) => {
	const engine = new Engine(build);

	it("of 1 to 17 outputs, and 65", () => {
		for (const O of [...range(1, 17), 65])
			for (const count of [1, 7])
				for (const apart of [false, true]) {
					engine.begin();
					check(engine, { O, count, apart });
				}
	});

	it("of weighted rows; one of weight 0 has no gradient", () => {
		for (const O of [1, 4, 6, 65]) {
			engine.begin();
			const { dy } = check(engine, { O, count: 4, weights: [0.5, 0, 2, 1] });
			const P = Math.ceil(O / 4) * 4;
			expect([...dy.subarray(P, 2 * P)].map(Math.abs)).toEqual(new Array(P).fill(0));
		}
	});

	it("gives the same bits whether or not the gradient lies over the outputs", () => {
		for (const O of [1, 5, 8, 65]) {
			const runs = [false, true].map((apart) => {
				engine.begin();
				const { dy, losses } = check(engine, { O, count: 7, apart });
				return [dy.slice(), losses.slice()];
			});
			for (const [index, values] of (runs[0] ?? []).entries())
				expectSame(runs[1]?.[index] ?? [], values, `${O} outputs`);
		}
	});

	it("with every region at the end of memory", () => {
		for (const O of [1, 3, 4, 5])
			for (const apart of [false, true])
				inEveryPlace(engine, () => check(engine, { O, count: 3, weights: [1, 0.5, 2], apart }));
	});
});
