// Are mean squared error and its gradient what float64 says, of any width and weights?

import { describe, expect, it } from "vitest";
import { meanSquaredError } from "../reference/losses.ts";
import { matrix } from "../reference/matrix.ts";
import { expectClose, randomFloats, range, strided } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

function check(engine: Engine, O: number, count: number, weights?: readonly number[]): Float32Array {
	const floats = randomFloats(O * 10 + count);
	const [values, wanted] = [floats(O * count), floats(O * count)];
	const P = Math.ceil(O / 4) * 4;
	const sum = weights?.reduce((total, weight) => total + weight, 0) ?? count;
	const y = engine.floats("y", strided(values, O, P));
	const result = engine.zeros("result", 4);
	engine.call("meanSquaredError", {
		sequence: engine.rows(count, 1 / sum),
		y,
		ldy: 4 * P,
		O,
		targets: engine.floats("targets", strided(wanted, O, P)),
		weights: weights ? engine.floats("weights", weights) : 0,
		result,
	});
	const expected = meanSquaredError(matrix(count, O, values), [...wanted], weights);
	const what = `${count} × ${O}${weights ? " weighted" : ""}`;
	const dy = strided(expected.dOutputs.values, O, P, 0);
	expectClose(y.f32, dy, `gradient of ${what}`);
	expectClose([result.f64[0] / (sum * O)], [expected.loss], `loss of ${what}`);
	return y.f32;
}

describe.each(builds)("meanSquaredError, $name", (build) => {
	const engine = new Engine(build);

	it("of 1 to 17 outputs, and 65", () => {
		for (const O of [...range(1, 17), 65])
			for (const count of [1, 7]) {
				engine.begin();
				check(engine, O, count);
			}
	});

	it("of weighted rows; one of weight 0 has no gradient", () => {
		for (const O of [1, 4, 6, 65]) {
			engine.begin();
			const dy = check(engine, O, 4, [0.5, 0, 2, 1]);
			const P = Math.ceil(O / 4) * 4;
			expect([...dy.subarray(P, 2 * P)].map(Math.abs)).toEqual(new Array(P).fill(0));
		}
	});

	it("with every region at the end of memory", () => {
		for (const O of [1, 3, 4, 5]) inEveryPlace(engine, () => check(engine, O, 3, [1, 0.5, 2]));
	});
});
