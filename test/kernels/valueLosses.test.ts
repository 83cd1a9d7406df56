// Are the losses of values and the smoothed cross-entropy what float64 says: of any size, wherever they lie in memory, however extreme?

import { describe, expect, it } from "vitest";
import { inFloat64, type LossFixture } from "../losses/described.ts";
import { matrix } from "../reference/matrix.ts";
import { expectClose, expectSame, randomFloats, range, strided } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

interface Case {
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
const names = ["meanAbsoluteError", "binaryCrossEntropy", "poisson", "huber", "quantile", "gaussian", "crossEntropy"];
const weightOf = (j: number) => 0.25 * (j + 1);

function optionsOf(loss: string, O: number): LossFixture["options"] {
	if (loss === "huber") return { delta: 0.5 };
	if (loss === "quantile") return { levels: LEVELS };
	return loss === "crossEntropy" ? { labelSmoothing: SMOOTHING, classWeights: range(0, O - 1).map(weightOf) } : {};
}

const terms: Record<string, (O: number) => number> = { crossEntropy: () => 1, gaussian: (O) => O / 2 };

function run(engine: Engine, { loss, O, count, weighted = false, apart = false, ...given }: Case) {
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

function check(engine: Engine, given: Case): void {
	const { dy, total, P, expected } = run(engine, given);
	const what = JSON.stringify(given);
	expectClose(dy, strided(expected.dOutputs.values, given.O, P, 0), `gradient of ${what}`);
	expectClose([total], [expected.loss], `loss of ${what}`);
}

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(names)("%s", (loss) => {
		const sizes = (most: number) => range(1, most).map((n) => n * ({ gaussian: 2, quantile: 3 }[loss] ?? 1));

		it("of 1 to 13 values, weighted or not", () => {
			for (const O of [...sizes(13), 66])
				for (const count of [1, 7])
					for (const weighted of [false, true]) {
						engine.begin();
						check(engine, { loss, O, count, weighted, apart: weighted });
					}
		});

		it("gives the same bits whether or not the gradient lies over the outputs", () => {
			for (const O of sizes(6)) {
				const runs = [false, true].map((apart) => {
					engine.begin();
					const { dy, losses } = run(engine, { loss, O, count: 5, apart });
					return { dy: dy.slice(), losses: losses.slice() };
				});
				expectSame(runs[1]?.dy ?? [], runs[0]?.dy ?? [], `${O} outputs`);
				expectSame(runs[1]?.losses ?? [], runs[0]?.losses ?? [], `${O} outputs`);
			}
		});

		it("with every region at the end of memory", () => {
			for (const O of sizes(5))
				for (const apart of [false, true])
					inEveryPlace(engine, () => check(engine, { loss, O, count: 3, weighted: true, apart }));
		});
	});

	it("of logits as far out as ±10,000", () => {
		const outputs = [1e4, -1e4, 1e4, -1e4, 0, 88, -88, -104];
		engine.begin();
		check(engine, { loss: "binaryCrossEntropy", O: 8, count: 1, outputs, targets: [1, 0, 0, 1, 0.5, 0, 1, 0] });
		engine.begin();
		check(engine, { loss: "crossEntropy", O: 4, count: 1, outputs: [1e4, -1e4, 0, 9999.5] });
		for (const loss of ["meanAbsoluteError", "huber"]) {
			engine.begin();
			check(engine, { loss, O: 4, count: 1, outputs: [1e4, -1e4, 1e30, -1e30], targets: [0, 1, 0, 1] });
		}
	});

	it("of logarithms of variances as far out as ±80", () => {
		for (const s of [-80, -40, 40, 80]) {
			engine.begin();
			check(engine, { loss: "gaussian", O: 2, count: 1, outputs: [1.5, s], targets: [1] });
			engine.begin();
			check(engine, { loss: "gaussian", O: 2, count: 1, outputs: [1, s], targets: [1] });
		}
	});

	it("of logarithms of counts from -1e4 to 80", () => {
		for (const y of [-1e4, -80, 40, 80]) {
			engine.begin();
			check(engine, { loss: "poisson", O: 1, count: 1, outputs: [y], targets: [3] });
		}
	});

	it("has no slope where an output equals its target", () => {
		for (const loss of ["meanAbsoluteError", "huber"]) {
			engine.begin();
			const { dy, total } = run(engine, { loss, O: 4, count: 1, outputs: [1, 2, 0, -3], targets: [1, 2, 0, -3] });
			expect([...dy.map(Math.abs)]).toEqual([0, 0, 0, 0]);
			expect(total).toBe(0);
		}
	});
});
