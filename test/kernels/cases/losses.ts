// Losses of random outputs and their gradients by the engine, compared with float64.

import { expect } from "vitest";
import { crossEntropy, meanSquaredError } from "../../reference/losses.ts";
import { matrix } from "../../reference/matrix.ts";
import { expectClose, expectSame, randomFloats, range, strided } from "../compare.ts";
import type { Engine } from "../harness.ts";

export interface CrossEntropyCase {
	readonly logits: readonly number[] | Float64Array;
	readonly V: number;
	readonly targets: readonly number[];
	readonly weights?: readonly number[];
	/** Whether the gradient has memory of its own, not that of the logits. */
	readonly apart?: boolean;
}

export function runCrossEntropy(engine: Engine, { logits, V, targets, weights, apart = false }: CrossEntropyCase) {
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

export function checkCrossEntropy(engine: Engine, given: CrossEntropyCase, what: string): void {
	const { logits, V, targets, weights = targets.map(() => 1) } = given;
	const { dy, P, losses, hits, loss, right } = runCrossEntropy(engine, given);
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

export interface MeanSquaredErrorCase {
	readonly O: number;
	readonly count: number;
	readonly weights?: readonly number[];
	/** Whether the gradient has memory of its own, not that of the outputs. */
	readonly apart?: boolean;
}

export function checkMeanSquaredError(engine: Engine, { O, count, weights, apart = false }: MeanSquaredErrorCase) {
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
