// Is the average of a trainer's parameters the mean that its docstring says, and does training go on as if there were none?

import { describe, expect, it } from "vitest";
import {
	Adam,
	ASGD,
	dense,
	dropout,
	gru,
	Model,
	type Optimizer,
	SGD,
	Trainer,
	type TrainerOptions,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { expectClose, expectSame } from "../kernels/compare.ts";
import { valuesOf } from "../models.ts";

const rows = Array.from({ length: 12 }, (_, row) => Array.from({ length: 5 }, (_, t) => [Math.sin(7 * row + t)]));
const data = { inputs: rows, targets: rows.map((row) => row.map(([x], t) => [(x as number) * Math.cos(t)])) };
const held = { inputs: rows.slice(3, 7), targets: data.targets.slice(2, 6) };

async function create(options: Partial<TrainerOptions<"meanSquaredError">> = {}, engine = engines[0]) {
	const layers = [gru({ inputSize: 1, hiddenSize: 5 }), dropout({ rate: 0.2 }), dense({ outputSize: 1 })] as const;
	const model = await Model.create(layers, { seed: 4, engine });
	const optimizer = new Adam({ learningRate: 0.03 });
	const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer, ...options });
	return { model: model as unknown as Model, trainer };
}

const flat = (map: ReadonlyMap<string, Float32Array>) =>
	Float32Array.from([...map.values()].flatMap((values) => [...values]));

/** The corrected moving average in float64. */
function averageOf(history: readonly Float32Array[], decay: number): Float64Array {
	const sum = new Float64Array(history[0]?.length ?? 0);
	let weights = 0;
	for (const [k, values] of history.entries()) {
		const weight = decay ** (history.length - 1 - k);
		weights += weight;
		for (const [j, value] of values.entries()) sum[j] += weight * value;
	}
	return sum.map((value) => value / weights);
}

describe.each(engines)("average, %s", (engine) => {
	it.each([0, 0.5, 0.9, 0.999])(
		"of %f is the weighted mean of what was trained, which goes on untouched",
		async (average) => {
			const [subject, twin] = [await create({ average, health: true }, engine), await create({}, engine)];
			expectSame(flat(subject.trainer.slot("average")), new Float32Array(valuesOf(subject.model).length), "at first");
			expectSame(valuesOf((await subject.trainer.averaged()) as Model), valuesOf(subject.model), "at first");
			const history: Float32Array[] = [];
			for (let k = 0; k < 30; k++) {
				if (k % 7 === 0) subject.trainer.inspect(data);
				expect(subject.trainer.step(data)).toBe(twin.trainer.step(data));
				history.push(valuesOf(subject.model));
				expectClose(flat(subject.trainer.slot("average")), averageOf(history, average), `update ${k}`);
			}
			expectSame(valuesOf(subject.model), valuesOf(twin.model), "trained");
		},
	);

	it("is evaluated and made a model on request", async () => {
		const { model, trainer } = await create({ average: 0.9 }, engine);
		await trainer.fit(data, { epochs: 5, batchSize: 4 });
		const before = valuesOf(model);
		const averaged = await trainer.averaged();
		expectSame(valuesOf(averaged as Model), flat(trainer.slot("average")), "averaged");
		const there = new Trainer(averaged, { loss: "meanSquaredError", optimizer: new SGD() });
		const figure = trainer.evaluate(held, { weights: "average" });
		expect(figure).toEqual(there.evaluate(held));
		expect(figure).not.toEqual(trainer.evaluate(held));
		const wrong = { size: 1, batches: () => [{ ...held, targets: [] }] };
		expect(() => trainer.evaluate(wrong as never, { weights: "average" })).toThrow();
		expectSame(valuesOf(model), before, "trained");
		expect(averaged.engine).toBe(model.engine);
	});

	it("survives other trainers of the model, and larger batches", async () => {
		const [subject, twin] = [await create({ average: 0.8 }, engine), await create({ average: 0.8 }, engine)];
		const other = new Trainer(subject.model as never, {
			loss: "meanSquaredError",
			optimizer: new SGD({ learningRate: 0, momentum: 0.9 }),
		});
		for (let k = 1; k < 5; k++) {
			subject.trainer.step(data);
			twin.trainer.step(data);
			other.step({
				inputs: Array.from({ length: 30 * k }, () => rows[0]),
				targets: Array.from({ length: 30 * k }, () => rows[1]),
			} as never);
		}
		expectSame(flat(subject.trainer.slot("average")), flat(twin.trainer.slot("average")), "average");
	});

	it("validation may look at it, and early stopping ends with it", async () => {
		const { model, trainer } = await create({ average: 0.7 }, engine);
		const figures: number[] = [];
		const kept: Float32Array[] = [];
		const history = await trainer.fit(data, {
			epochs: 12,
			batchSize: 5,
			validation: held,
			weights: "average",
			earlyStopping: { patience: 3, restoreBest: true },
			onEpoch: () => {
				figures.push(trainer.evaluate(held, { weights: "average" }).loss);
				kept.push(flat(trainer.slot("average")));
			},
		});
		expect(history.map(({ validation }) => validation?.loss)).toEqual(figures);
		const best = figures.indexOf(Math.min(...figures));
		expectSame(valuesOf(model), kept[best] ?? [], "model");
	});
});

describe("ASGD, nonMonotone", () => {
	const n = 2;
	/** Losses of a validation part by epoch: worse than the best of those more than two before for the first time at the end. */
	const seen = [5, 4, 4.5, 4.2, 3.9, 4.1, 4.05, 3.95, 3];

	it("begins where a loss is worse than the least of those more than so many before", () => {
		const optimizer = new ASGD({ nonMonotone: n, lambd: 0 });
		let begins: number | undefined;
		for (const [k, loss] of seen.entries()) {
			const past = seen.slice(0, k);
			if (past.length > n && loss > Math.min(...past.slice(0, past.length - n))) begins ??= 10 * k;
			optimizer.see(loss, 10 * k);
			expect(optimizer.t0, `${k}`).toBe(begins ?? Infinity);
		}
		expect(begins).toBe(50);
	});

	it.each(engines)("is SGD, whose average begins at the trigger of fit's validation, %s", async (engine) => {
		const sgd = await create({ optimizer: new SGD({ learningRate: 0.1 }) }, engine);
		const optimizer: Optimizer = new ASGD({ learningRate: 0.1, lambd: 0, nonMonotone: 1 });
		const subject = await create({ optimizer }, engine);
		const [losses, history]: [number[], Float32Array[]] = [[], []];
		let begins = Infinity;
		// Its targets drift away from what is trained, so that validation gets worse.
		const validation = { ...data, targets: data.targets.map((row) => row.map(() => [0.3])) };
		await subject.trainer.fit(data, {
			epochs: 8,
			batchSize: 4,
			validation,
			weights: "average",
			onStep: () => {
				history.push(valuesOf(subject.model));
				const from = history.slice(Math.min(begins + 1, history.length - 1));
				expectClose(flat(subject.trainer.slot("average")), averageOf(from, 1), `update ${history.length}`);
			},
			onEpoch: ({ validation: { loss } = { loss: Number.NaN } }) => {
				if (begins === Infinity && losses.length > 1 && loss > Math.min(...losses.slice(0, -1)))
					begins = history.length;
				losses.push(loss);
				expect((optimizer as ASGD).t0).toBe(begins);
			},
		});
		expect(begins).toBeLessThan(24);
		await sgd.trainer.fit(data, { epochs: 8, batchSize: 4 });
		expectClose(valuesOf(subject.model), valuesOf(sgd.model), "trained");
		expectSame(
			valuesOf((await subject.trainer.averaged()) as Model),
			flat(subject.trainer.slot("average")),
			"averaged",
		);
	});
});

describe("bad input", () => {
	it.each([
		[{ average: 1 }, 'Trainer: "average" must be at least 0 and below 1, got 1.'],
		[{ average: "0.9" }, 'Trainer: "average" must be at least 0 and below 1, got "0.9".'],
		[{ average: 0.9, optimizer: new ASGD() }, 'Trainer: ASGD keeps an average of its own. Leave "average" out.'],
	])("%o", async (options, sentence) => {
		await expect(create(options as never)).rejects.toThrow(sentence);
	});

	it("where nobody keeps an average", async () => {
		const { trainer } = await create();
		const rest = "this trainer keeps no average. Make it with { average: 0.999 }, or with an ASGD as its optimizer.";
		expect(() => trainer.evaluate(data, { weights: "average" })).toThrow(`Trainer.evaluate: ${rest}`);
		await expect(trainer.averaged()).rejects.toThrow(`Trainer.averaged: ${rest}`);
		await expect(trainer.fit(data, { validation: held, weights: "average" })).rejects.toThrow(`Trainer.fit: ${rest}`);
		expect(trainer.updateCount).toBe(0);
		expect(() => trainer.evaluate(data, { weights: "mean" as never })).toThrow(
			'Trainer.evaluate: "weights" must be "trained" or "average", got "mean".',
		);
	});

	it("of nonMonotone", () => {
		expect(() => new ASGD({ nonMonotone: 0 })).toThrow('ASGD: "nonMonotone" must be a positive integer, got 0.');
		expect(() => new ASGD({ nonMonotone: 5, t0: 3 })).toThrow(
			'ASGD: "t0" and "nonMonotone" both say when averaging begins. Leave one out.',
		);
	});
});
