// Do schedules give PyTorch's rates, and does a trainer follow them?

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
	Adadelta,
	Adagrad,
	Adam,
	Adamax,
	AdamW,
	ASGD,
	cosine,
	dense,
	exponential,
	Lion,
	Model,
	NAdam,
	type Optimizer,
	oneCycle,
	plateau,
	RAdam,
	RMSprop,
	rnn,
	type Schedule,
	SGD,
	step,
	Trainer,
	warmup,
} from "../../src/index.ts";
import { cosPi } from "../../src/random/elementary.ts";
import { valuesOf } from "../models.ts";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/schedules.json", import.meta.url), "utf8"));
const listed = (schedule: Schedule, count = 60) => Array.from({ length: count }, (_, index) => schedule(index + 1));

function expectClose(actual: readonly number[], expected: readonly number[]): void {
	expect(actual.length).toBe(expected.length);
	for (const [index, rate] of expected.entries())
		expect(Math.abs((actual[index] as number) - rate), `update ${index + 1}`).toBeLessThan(1e-12);
}

describe("rates", () => {
	it.each<[string, Schedule]>([
		["step", step({ from: 0.3, factor: 0.5, every: 7 })],
		["cosine", cosine({ from: 0.3, to: 0.01, updates: 60 })],
		["oneCycle", oneCycle({ most: 0.2, updates: 60 })],
		["oneCycle, options", oneCycle({ most: 0.2, updates: 60, rising: 0.4, from: 0.02, to: 0.0002 })],
	])("%s: PyTorch's", (name, schedule) => {
		expectClose(listed(schedule), fixture[name]);
	});

	it.each([
		["plateau", { factor: 0.5, patience: 2 }],
		["plateau, options", { factor: 0.1, patience: 0, leastImprovement: 0.05, least: 0.002 }],
	])("%s: PyTorch's", (name, options) => {
		const schedule = plateau({ from: 0.1, ...options });
		expect(schedule(1)).toBe(0.1);
		const rates = (fixture.losses as number[]).map((loss) => {
			schedule.see(loss);
			return schedule(1);
		});
		expectClose(rates, fixture[name]);
	});

	it("exponential falls by the same factor each update, from one rate to the other", () => {
		const rates = listed(exponential({ from: 0.1, to: 0.001, updates: 10 }), 15);
		expect(rates[0]).toBe(0.1);
		expect(rates.slice(10)).toEqual([0.001, 0.001, 0.001, 0.001, 0.001]);
		for (let index = 1; index <= 10; index++)
			expect((rates[index] as number) / (rates[index - 1] as number)).toBeCloseTo(0.01 ** 0.1, 12);
	});

	it("warmup rises in even steps, then is the other schedule", () => {
		expectClose(listed(warmup(4, 0.2), 6), [0.05, 0.1, 0.15, 0.2, 0.2, 0.2]);
		const slow = cosine({ from: 1, updates: 10 });
		expectClose(
			listed(warmup(2, slow), 5),
			listed(slow, 5).map((rate, index) => rate * (index === 0 ? 0.5 : 1)),
		);
		const seeing = warmup(2, plateau({ from: 1, patience: 0, factor: 0.5 }));
		seeing.see?.(1);
		seeing.see?.(1);
		expect(seeing(9)).toBe(0.5);
	});

	it("cosPi is the cosine", () => {
		for (let x = 0; x <= 1; x += 1 / 256) expect(Math.abs(cosPi(x) - Math.cos(Math.PI * x))).toBeLessThan(1e-15);
	});
});

const batch = { inputs: [[[1], [2]]], targets: [[[0.5], [1]]] };

async function trainerOf(optimizer: Optimizer) {
	const model = await Model.create([rnn({ inputSize: 1, hiddenSize: 3 }), dense({ outputSize: 1 })], { seed: 2 });
	return { model, trainer: new Trainer(model, { loss: "meanSquaredError", optimizer }) };
}

describe("a trainer", () => {
	it.each([
		["SGD", SGD],
		["RMSprop", RMSprop],
		["Adam", Adam],
		["AdamW", AdamW],
		["NAdam", NAdam],
		["RAdam", RAdam],
		["Adamax", Adamax],
		["Adagrad", Adagrad],
		["Adadelta", Adadelta],
		["ASGD", ASGD],
		["Lion", Lion],
	] as const)("%s follows a schedule as if the rate were set before each update", async (_, Optimizer) => {
		const schedule = warmup(2, cosine({ from: 0.1, updates: 6 }));
		const [scheduled, set] = [
			await trainerOf(new Optimizer({ learningRate: schedule })),
			await trainerOf(new Optimizer({ learningRate: 1 })),
		];
		for (let update = 1; update <= 8; update++) {
			set.trainer.optimizer.learningRate = schedule(update);
			expect(scheduled.trainer.step(batch)).toBe(set.trainer.step(batch));
			expect(scheduled.trainer.optimizer.learningRate).toBe(schedule(update));
		}
		expect(valuesOf(scheduled.model)).toEqual(valuesOf(set.model));
	});

	it("inspect shows the update that comes next", async () => {
		const { trainer } = await trainerOf(new SGD({ learningRate: (update) => (update === 1 ? 0.5 : 0) }));
		expect(trainer.inspect(batch).parameters.get("1.bias")?.updateNorm).toBeGreaterThan(0);
		trainer.step(batch);
		expect(trainer.inspect(batch).parameters.get("1.bias")?.updateNorm).toBe(0);
	});

	it("fit tells a plateau the validation loss", async () => {
		const schedule = plateau({ from: 0.5, patience: 0, factor: 0.5, leastImprovement: 0.99 });
		const { trainer } = await trainerOf(new SGD({ learningRate: schedule }));
		await trainer.fit(batch, { epochs: 3, validation: batch });
		expect(schedule(1)).toBe(0.125);
		await trainer.fit(batch, { epochs: 3 });
		expect(schedule(1)).toBe(0.125);
	});

	it("a schedule that gives no rate ends in a sentence, and nothing has changed", async () => {
		const rates = [0.1, -1, Number.NaN, Number.POSITIVE_INFINITY, "0.1"];
		expect(() => new SGD({ learningRate: () => -1 })).toThrow(
			"SGD: the schedule gives -1 for update 1; a learning rate must be a finite number at least 0.",
		);
		for (const wrong of rates.slice(1)) {
			const learningRate = (update: number) => (update === 3 ? wrong : 0.1) as number;
			const { trainer, model } = await trainerOf(new SGD({ learningRate }));
			trainer.step(batch);
			trainer.step(batch);
			const before = valuesOf(model);
			const got = typeof wrong === "string" ? `"${wrong}"` : wrong;
			expect(() => trainer.step(batch)).toThrow(
				`Trainer.step: the schedule gives ${got} for update 3; a learning rate must be a finite number at least 0.`,
			);
			expect(trainer.updateCount).toBe(2);
			expect(valuesOf(model)).toEqual(before);
		}
	});
});

describe("options", () => {
	it.each<[() => unknown, string]>([
		[() => step({ from: 0.1, every: 0 }), 'step: "every" must be a positive integer, got 0.'],
		[() => step({ from: -1, every: 3 }), 'step: "from" must be a finite number at least 0, got -1.'],
		[() => step({ from: 1, evry: 3 } as never), 'step: unknown option "evry". Did you mean "every"?'],
		[() => cosine({ from: Number.NaN, updates: 3 }), 'cosine: "from" must be a finite number at least 0, got NaN.'],
		[() => cosine({ from: 1, updates: 2.5 }), 'cosine: "updates" must be a positive integer, got 2.5.'],
		[() => exponential({ from: 1, to: 0, updates: 3 }), 'exponential: "to" must be a finite number above 0, got 0.'],
		[
			() => oneCycle({ most: 1, updates: 9, rising: 2 }),
			'oneCycle: "rising" must be a finite number at least 0 and at most 1, got 2.',
		],
		[() => oneCycle({ most: -1, updates: 9 }), 'oneCycle: "most" must be a finite number at least 0, got -1.'],
		[() => warmup(-1, 1), 'warmup: "updates" must be a positive integer, got -1.'],
		[() => warmup(3, "1" as never), 'warmup: it takes a rate or a schedule, got "1".'],
		[() => plateau({ from: 1, patience: -1 }), 'plateau: "patience" must be a finite number at least 0, got -1.'],
		[
			() => new Adam({ learningRate: "1" as never }),
			'Adam: "learningRate" must be a finite number at least 0, got "1".',
		],
	])("%s", (make, sentence) => {
		expect(make).toThrow(sentence);
	});
});
