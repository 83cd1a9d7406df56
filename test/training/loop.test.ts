// Does fit end when it is told to, with the parameters it is asked for, and is `epochs` the same?

import { describe, expect, it } from "vitest";
import {
	Adam,
	dense,
	gru,
	lastStep,
	Model,
	OptionError,
	Random,
	SGD,
	type StepReport,
	Trainer,
} from "../../src/index.ts";
import { valuesOf } from "../models.ts";

const random = new Random(5);
const rows = Array.from({ length: 20 }, () => Array.from({ length: 6 }, () => [random.uniform(-1, 1)]));
const data = { inputs: rows, targets: rows.map((steps) => [steps.reduce((sum, [x]) => sum + (x as number), 0)]) };
const held = { inputs: rows.slice(0, 7), targets: data.targets.slice(0, 7).map(([y]) => [-(y as number)]) };

async function create(learningRate = 0.02) {
	const layers = [gru({ inputSize: 1, hiddenSize: 5 }), lastStep(), dense({ outputSize: 1 })] as const;
	const model = await Model.create(layers, { seed: 1, engine: "portable" });
	const optimizer = new Adam({ learningRate });
	return { model, trainer: new Trainer(model, { loss: "meanSquaredError", optimizer }) };
}

describe("epochs", () => {
	it("gives what fit returns, and trains to the same bits", async () => {
		const [one, other] = [await create(), await create()];
		const options = { epochs: 3, batchSize: 4, seed: 9, validation: held };
		const history = await one.trainer.fit(data, options);
		const seen: unknown[] = [];
		for await (const epoch of other.trainer.epochs(data, options)) seen.push(epoch);
		expect(seen).toEqual(history);
		expect(valuesOf(other.model)).toEqual(valuesOf(one.model));
	});

	it("a loop that is left ends the training, and another may begin", async () => {
		const { trainer } = await create();
		for await (const { epoch } of trainer.epochs(data, { epochs: 100, batchSize: 5 })) if (epoch === 2) break;
		expect(trainer.updateCount).toBe(8);
		expect(await trainer.fit(data, { batchSize: 5 })).toHaveLength(1);
	});
});

describe("onStep", () => {
	it("sees every update, with its loss and the gradient's norm", async () => {
		const { trainer } = await create();
		const steps: StepReport[] = [];
		const history = await trainer.fit(data, { epochs: 2, batchSize: 8, onStep: (step) => void steps.push(step) });
		expect(steps.map(({ epoch, batch }) => [epoch, batch])).toEqual(
			[1, 2].flatMap((e) => [1, 2, 3].map((b) => [e, b])),
		);
		const [first, second, third] = steps.map(({ loss }) => loss) as [number, number, number];
		expect((8 * first + 8 * second + 4 * third) / 20).toBeCloseTo(history[0]?.loss as number, 12);
		expect(steps.at(-1)?.gradientNorm).toBe(trainer.gradientNorm);
		expect(steps.every(({ isSkipped }) => !isSkipped)).toBe(true);
	});

	it("ends the training with false, now or later; what was learned stays", async () => {
		for (const onStep of [({ batch }: StepReport) => batch < 2, async ({ batch }: StepReport) => batch < 2]) {
			const [{ trainer, model }, one] = [await create(), await create()];
			expect(await trainer.fit(data, { epochs: 5, batchSize: 10, onStep })).toEqual([]);
			expect(trainer.updateCount).toBe(2);
			await one.trainer.fit(data, { batchSize: 10 });
			expect(valuesOf(model)).toEqual(valuesOf(one.model));
		}
	});

	it("tells of a batch that was skipped", async () => {
		const { model } = await create();
		const optimizer = new SGD({ learningRate: 0.1 });
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer, onNonFinite: "skip" });
		const targets = data.targets.map((row, index) => (index === 3 ? [3e38] : row));
		const skipped: boolean[] = [];
		await trainer.fit({ ...data, targets }, { batchSize: 20, onStep: ({ isSkipped }) => void skipped.push(isSkipped) });
		expect(skipped).toEqual([true]);
	});
});

describe("signal and minutes", () => {
	it("a signal ends training after the running update", async () => {
		const { trainer } = await create();
		const stop = new AbortController();
		const onStep = ({ epoch, batch }: StepReport) => {
			if (epoch === 2 && batch === 3) stop.abort();
		};
		const history = await trainer.fit(data, { epochs: 50, batchSize: 5, signal: stop.signal, onStep });
		expect([history.length, trainer.updateCount]).toEqual([1, 7]);
		expect(await trainer.fit(data, { signal: stop.signal })).toEqual([]);
		expect(trainer.updateCount).toBe(7);
	});

	it("a signal from outside is seen: the event loop has its turns", async () => {
		const { trainer } = await create();
		const stop = new AbortController();
		setTimeout(() => stop.abort(), 20);
		await trainer.fit(data, { epochs: 1e9, signal: stop.signal });
		expect(trainer.updateCount).toBeGreaterThan(0);
	});

	it("minutes end training without a number of epochs", async () => {
		const { trainer } = await create();
		const began = Date.now();
		const history = await trainer.fit(data, { minutes: 0.1 / 60, batchSize: 5 });
		expect(Date.now() - began).toBeGreaterThanOrEqual(100);
		expect(history.length).toBe(Math.floor(trainer.updateCount / 4));
		expect(await trainer.fit(data, { minutes: 1, epochs: 2 })).toHaveLength(2);
	});
});

describe("earlyStopping", () => {
	it("ends when the validation part has got no better for so many epochs", async () => {
		const { trainer } = await create();
		const history = await trainer.fit(data, { validation: held, earlyStopping: { patience: 3 } });
		const losses = history.map(({ validation }) => validation?.loss as number);
		const best = losses.indexOf(Math.min(...losses));
		expect(history.length).toBe(best + 4);
		expect(losses.length).toBeGreaterThan(3);
	});

	it("with restoreBest the parameters are those after the best epoch, however it ends", async () => {
		for (const ending of ["patience", "epochs", "onEpoch"]) {
			const { trainer, model } = await create();
			const after: Float32Array[] = [];
			const history = await trainer.fit(data, {
				...{ validation: held, epochs: 12, batchSize: 10 },
				earlyStopping: { patience: ending === "patience" ? 2 : 50, restoreBest: true },
				onEpoch({ epoch }) {
					after.push(valuesOf(model));
					return ending !== "onEpoch" || epoch < 6;
				},
			});
			const losses = history.map(({ validation }) => validation?.loss as number);
			const best = losses.indexOf(Math.min(...losses));
			expect(best).toBeLessThan(losses.length - 1);
			expect(valuesOf(model)).toEqual(after[best]);
			expect(trainer.evaluate(held).loss).toBe(losses[best]);
		}
	});

	it("a change smaller than leastImprovement is none", async () => {
		const { trainer } = await create(1e-6);
		const earlyStopping = { patience: 4, leastImprovement: 0.1 };
		expect(await trainer.fit(data, { validation: data, earlyStopping })).toHaveLength(5);
	});

	it("watches the accuracy, where it is asked to", async () => {
		const model = await Model.create([gru({ inputSize: 1, hiddenSize: 3 }), lastStep(), dense({ outputSize: 2 })]);
		const optimizer = new SGD({ learningRate: 0 });
		const trainer = new Trainer(model, { loss: "crossEntropy", optimizer });
		const classes = { inputs: rows, targets: rows.map((_, row) => row % 2) };
		const earlyStopping = { patience: 2, figure: "accuracy" } as const;
		expect(await trainer.fit(classes, { validation: classes, earlyStopping })).toHaveLength(3);
	});
});

describe("bad input", () => {
	it.each([
		[{ accumulate: 0 }, 'Trainer.fit: "accumulate" must be a positive integer, got 0.'],
		[{ accumulate: 1.5 }, 'Trainer.fit: "accumulate" must be a positive integer, got 1.5.'],
		[{ minutes: 0 }, 'Trainer.fit: "minutes" must be a finite number above 0, got 0.'],
		[{ minutes: Number.NaN }, 'Trainer.fit: "minutes" must be a finite number above 0, got NaN.'],
		[{ signal: true }, 'Trainer.fit: "signal" must be an AbortSignal, got true.'],
		[{ onStep: 1 }, 'Trainer.fit: "onStep" must be a function, got 1.'],
		[
			{ earlyStopping: { patience: 1 } },
			'Trainer.fit: "earlyStopping" watches "validation", which is missing. Give it.',
		],
		[
			{ validation: held, earlyStopping: 3 },
			'Trainer.fit: "earlyStopping" must be an object, as { patience: 3 }, got 3.',
		],
		[
			{ validation: held, earlyStopping: { patience: 0 } },
			'Trainer.fit: earlyStopping: "patience" must be a positive integer, got 0.',
		],
		[
			{ validation: held, earlyStopping: { patience: 1, figure: "accuracy" } },
			'Trainer.fit: earlyStopping: "figure" is "accuracy", which is of class ids only. Leave it out.',
		],
		[
			{ validation: held, earlyStopping: { patience: 1, leastImprovement: -1 } },
			'Trainer.fit: earlyStopping: "leastImprovement" must be a finite number at least 0, got -1.',
		],
	])("%o", async (options, sentence) => {
		const { trainer, model } = await create();
		const before = valuesOf(model);
		await expect(trainer.fit(data, options as never)).rejects.toThrow(new OptionError(sentence));
		expect(valuesOf(model)).toEqual(before);
	});

	it("epochs has no onEpoch", async () => {
		const { trainer } = await create();
		const epochs = trainer.epochs(data, { onEpoch: () => false } as never);
		await expect(epochs.next()).rejects.toThrow('Trainer.epochs: unknown option "onEpoch".');
	});

	it("two fits at once", async () => {
		const { trainer } = await create();
		const first = trainer.fit(data, { epochs: 3, batchSize: 2 });
		await expect(trainer.fit(data)).rejects.toThrow(
			"Trainer.fit: this trainer is fitting already. Await that first, or make another trainer.",
		);
		expect(await first).toHaveLength(3);
		const failing = trainer.fit(data, {
			onStep() {
				throw new Error("mine");
			},
		});
		await expect(failing).rejects.toThrow("mine");
		expect(await trainer.fit(data)).toHaveLength(1);
	});
});

describe("copyFrom", () => {
	it("gives a model the parameters of another, which stay apart", async () => {
		const [one, other] = [await create(), await create()];
		await one.trainer.fit(data, { epochs: 2 });
		const predicted = one.model.predict({ inputs: rows }).outputs;
		other.model.predict({ inputs: rows });
		other.model.copyFrom(one.model);
		expect(other.model.predict({ inputs: rows }).outputs).toEqual(predicted);
		await one.trainer.fit(data);
		expect(other.model.predict({ inputs: rows }).outputs).toEqual(predicted);
	});

	it("refuses other layers, and changes nothing", async () => {
		const { model } = await create();
		const wider = await Model.create([gru({ inputSize: 1, hiddenSize: 6 }), lastStep(), dense({ outputSize: 1 })]);
		const shorter = await Model.create([gru({ inputSize: 1, hiddenSize: 5 })]);
		const before = valuesOf(model);
		expect(() => model.copyFrom(wider)).toThrow(
			"Model.copyFrom: 0.weight_ih is [15, 1] here, but [18, 1] there. Give a model of the same layers.",
		);
		expect(() => model.copyFrom(shorter)).toThrow(
			"Model.copyFrom: 2.weight is [1, 5] here, but missing there. Give a model of the same layers.",
		);
		expect(() => model.copyFrom({} as never)).toThrow("Model.copyFrom: it takes a Model, got an object.");
		expect(valuesOf(model)).toEqual(before);
	});
});
