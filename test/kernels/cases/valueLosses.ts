// Losses of values and the smoothed cross-entropy by the engine, compared with float64.

import { inFloat64, type LossFixture } from "../../losses/described.ts";
import { matrix } from "../../reference/matrix.ts";
import { expectClose, randomFloats, range, strided } from "../compare.ts";
import type { Engine } from "../harness.ts";

export interface ValueLossCase {
	readonly loss: string;
	/** Outputs of a row. */
	readonly O: number;
	readonly count: number;
	readonly weighted?: boolean;
	/** Whether the gradient has memory of its own, not that of the outputs. */
	readonly apart?: boolean;
	readonly outputs?: readonly number[];
	readonly targets?: readonly number[];
}

const LEVELS = [0.1, 0.5, 0.9];
const SMOOTHING = 0.25;
export const valueLosses = [
	"meanAbsoluteError",
	"binaryCrossEntropy",
	"poisson",
	"huber",
	"quantile",
	"gaussian",
	"crossEntropy",
];
/** Outputs of a row: for each value of a target so many. */
export const outputsOf = (loss: string, values: number) =>
	values * ({ gaussian: 2, quantile: LEVELS.length }[loss] ?? 1);
const weightOf = (j: number) => 0.25 * (j + 1);

function optionsOf(loss: string, O: number): LossFixture["options"] {
	if (loss === "huber") return { delta: 0.5 };
	if (loss === "quantile") return { levels: LEVELS };
	return loss === "crossEntropy" ? { labelSmoothing: SMOOTHING, classWeights: range(0, O - 1).map(weightOf) } : {};
}

const terms: Record<string, (O: number) => number> = { crossEntropy: () => 1, gaussian: (O) => O / 2 };

export function runValueLoss(
	engine: Engine,
	{ loss, O, count, weighted = false, apart = false, ...given }: ValueLossCase,
) {
	const floats = randomFloats(O * 10 + count);
	const values = given.outputs ?? [...floats(O * count)];
	const width = loss === "gaussian" ? O / 2 : loss === "quantile" ? O / LEVELS.length : O;
	const wanted = given.targets ?? [...floats(width * count)].map((v) => (loss === "huber" ? v : Math.abs(v)));
	const ids = range(0, count - 1).map((k) => (k * 5 + 2) % O);
	const weights = range(0, count - 1).map((k) => (weighted ? ([0.5, 0, 2, 1][k % 4] as number) : 1));
	const shares = weights.map((w, k) => (loss === "crossEntropy" ? w * weightOf(ids[k] as number) : w));
	const sum = shares.reduce((all, w) => all + w, 0);
	const P = Math.ceil(O / 4) * 4;
	const T = loss === "gaussian" ? Math.ceil(width / 4) * 4 : P;
	const rows = range(0, count - 1).map((k) => wanted.slice(k * width, (k + 1) * width));
	const placed = loss === "quantile" ? rows.flat().flatMap((v) => LEVELS.map(() => v)) : wanted;
	const packing = engine.rows(count, 1 / sum);
	const y = engine.floats("y", strided(values, O, P));
	const dy = apart ? engine.floats("dy", count * P) : y;
	const losses = engine.floats("losses", 2 * count);
	const shared = {
		...{ packing, y, ldy: 4 * P, dy, losses },
		weights: weighted ? engine.floats("weights", weights) : 0,
		targets:
			loss === "crossEntropy"
				? engine.ids("targets", ids)
				: engine.floats("targets", strided(placed, loss === "gaussian" ? width : O, T)),
	};
	const perOutput = (each: (j: number) => number) =>
		engine.floats("constants", strided(range(0, O - 1).map(each), O, P));
	if (loss === "crossEntropy") {
		const own = { V: O, smoothing: SMOOTHING, hits: engine.floats("hits", count), classWeights: perOutput(weightOf) };
		engine.call("crossEntropyVariant", { ...shared, ...own });
	} else if (loss === "gaussian") engine.call("gaussian", { ...shared, N: width, ldt: 4 * T });
	else if (loss === "huber") engine.call("huber", { ...shared, O, delta: 0.5 });
	else if (loss === "quantile")
		engine.call("quantile", { ...shared, O, levels: perOutput((j) => LEVELS[j % LEVELS.length] as number) });
	else engine.call(loss as "poisson", { ...shared, O });
	const fixture = { loss, options: optionsOf(loss, O), targets: loss === "crossEntropy" ? ids : rows };
	const expected = inFloat64(fixture, matrix(count, O, Float64Array.from(values)), weights);
	const total = losses.f64.reduce((all, value) => all + value, 0) / (sum * (terms[loss]?.(O) ?? O));
	return { dy: dy.f32, losses: losses.f64, total, P, expected };
}

export function checkValueLoss(engine: Engine, given: ValueLossCase): void {
	const { dy, total, P, expected } = runValueLoss(engine, given);
	const what = JSON.stringify(given);
	expectClose(dy, strided(expected.dOutputs.values, given.O, P, 0), `gradient of ${what}`);
	expectClose([total], [expected.loss], `loss of ${what}`);
}
