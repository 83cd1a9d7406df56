// Does a step whose loss or gradient is not finite change nothing where it is to be skipped, and is it as if it had not been for
// what comes after?

import { describe, expect, it } from "vitest";
import {
	Adam,
	type Batch,
	type Dataset,
	dense,
	embedding,
	lstm,
	Model,
	rnn,
	SGD,
	Trainer,
	TrainingError,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { expectSame } from "../kernels/compare.ts";
import { valuesOf } from "../models.ts";

type ValueBatch = Batch<"values", "values">;
type Rows = Pick<ValueBatch, "inputs" | "targets">;

/** Two rows of three steps, or fewer. */
function rowsOf(seed: number, rows = 2, times = 1): Rows {
	const values = (from: number, scale: number) =>
		Array.from({ length: rows }, (_, row) => [0, 1, 2].map((t) => [Math.sin(7 * seed + from + 3 * row + t) * scale]));
	return { inputs: values(0, times), targets: values(10, 1) };
}

/** Outputs whose squares overflow. */
const INFINITE = rowsOf(9, 2, 1e25);
/** Outputs whose squares do not, but the gradient. */
const STEEP = rowsOf(9, 2, 2e21);

const ALL_CLIPS = { clipAdaptive: 0.1, clipParameterNorm: 0.5, clipNorm: 0.7, clipValue: 0.3 };

async function create(engine: (typeof engines)[number], choice: object = {}) {
	const model = await Model.create(
		[
			rnn({ inputSize: 1, hiddenSize: 4, activation: "relu", initialState: "learned" }),
			rnn({ hiddenSize: 3, activation: "relu" }),
			dense({ outputSize: 1 }),
		],
		{ seed: 3, engine },
	);
	// All of one sign, so that nothing cancels; outputs are much smaller than what they are made of, as losses beside gradients.
	for (const [name, parameter] of model.parameters)
		if (name.includes("weight"))
			parameter.write(parameter.read().map((w) => Math.abs(w) * (name[0] === "2" ? 1e-3 : 1)));
	const optimizer = new Adam({ learningRate: 1e-4 });
	const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer, onNonFinite: "skip", ...choice });
	return { model: model as unknown as Model, trainer };
}

const pair = (engine: (typeof engines)[number], choice: object = {}) =>
	Promise.all([create(engine, choice), create(engine, choice)]);

type Subject = Awaited<ReturnType<typeof create>>;

function expectAlike(subject: Subject, twin: Subject): void {
	expectSame(valuesOf(subject.model), valuesOf(twin.model), "parameters");
	expect(subject.trainer.updateCount).toBe(twin.trainer.updateCount);
}

/** A data set of these batches, in this order. */
const datasetOf = (batches: readonly Rows[]): Dataset<"values", "values"> => ({
	size: batches.length,
	batches: () => batches,
});

describe.each(engines)("%s", (engine) => {
	const choices = [
		["not clipped", {}],
		["clipped in every way", ALL_CLIPS],
	] as const;

	describe.each(choices)("a step, %s", (_name, clips) => {
		it.each([
			["the loss", INFINITE, Number.POSITIVE_INFINITY],
			["the gradient", STEEP, undefined],
		] as const)("of which %s is not finite is counted and changes nothing, now or later", async (_, bad, loss) => {
			const [subject, twin] = await pair(engine, clips);
			for (let step = 0; step < 4; step++) {
				expect(subject.trainer.step(rowsOf(step))).toBe(twin.trainer.step(rowsOf(step)));
				expect(subject.trainer.gradientNorm).toBe(twin.trainer.gradientNorm);
				const before = valuesOf(subject.model);
				const given = subject.trainer.step(bad);
				if (loss === undefined) expect(given).toBeLessThan(Infinity);
				else expect(given).toBe(loss);
				expect(Number.isFinite(subject.trainer.gradientNorm)).toBe(false);
				expect(subject.trainer.skippedCount).toBe(step + 1);
				expectSame(valuesOf(subject.model), before, "parameters");
				expectAlike(subject, twin);
			}
			expect(twin.trainer.skippedCount).toBe(0);
		});

		it("of weights so large that the loss overflows changes none of them, nor what the optimizer keeps", async () => {
			const [subject, twin] = await pair(engine, clips);
			for (const { trainer } of [subject, twin]) trainer.step(rowsOf(1));
			const kept = [...subject.model.parameters.values()].map((parameter) => [parameter, parameter.read()] as const);
			for (const [parameter, values] of kept) parameter.write(values.map((_, i) => (i % 3 ? 3e38 : 2e38)));
			const before = valuesOf(subject.model);
			expect(Number.isFinite(subject.trainer.step(rowsOf(2)))).toBe(false);
			expectSame(valuesOf(subject.model), before, "parameters");
			for (const [parameter, values] of kept) parameter.write(values);
			for (const { trainer } of [subject, twin]) trainer.step(rowsOf(3));
			expectAlike(subject, twin);
			expect(subject.trainer.skippedCount).toBe(1);
		});
	});

	it.each([{ onNonFinite: "throw" }, { onNonFinite: undefined }])("%j stops with a sentence", async (choice) => {
		const { model, trainer } = await create(engine, choice);
		const before = valuesOf(model);
		for (const bad of [INFINITE, STEEP]) expect(() => trainer.step(bad)).toThrow(TrainingError);
		await expect(trainer.fit(datasetOf([rowsOf(1), INFINITE]))).rejects.toThrow(
			"Trainer.fit, batch 2 of epoch 1: the loss became Infinity at update 2",
		);
		expect(valuesOf(model)).not.toEqual(before);
		expect([trainer.updateCount, trainer.skippedCount, trainer.onNonFinite]).toEqual([1, 0, "throw"]);
	});

	describe("fit", () => {
		it("goes on, and leaves what was skipped out of the epoch's mean", async () => {
			const [subject, twin] = await pair(engine);
			const batches = [rowsOf(1), rowsOf(2, 1), rowsOf(3)];
			const [one, other, last] = batches as [Rows, Rows, Rows];
			const bad = [INFINITE, one, STEEP, other, INFINITE, last];
			const [epochs, expected] = await Promise.all([
				subject.trainer.fit(datasetOf(bad), { epochs: 2 }),
				twin.trainer.fit(datasetOf(batches), { epochs: 2 }),
			]);
			expect(epochs).toEqual(expected);
			expectAlike(subject, twin);
			expect(subject.trainer.skippedCount).toBe(6);
		});

		it("of nothing but what is skipped has no mean, and says nothing of missing batches", async () => {
			const { trainer } = await create(engine);
			const epochs = await trainer.fit(datasetOf([INFINITE, STEEP]), { epochs: 2 });
			expect(epochs.map(({ loss }) => loss)).toEqual([Number.NaN, Number.NaN]);
			expect([trainer.updateCount, trainer.skippedCount]).toEqual([0, 4]);
			await expect(trainer.fit(datasetOf([]))).rejects.toThrow("the dataset gave no batches.");
		});
	});

	describe("rows that go on", () => {
		const going = (batch: Rows, continues: boolean | boolean[], overlap = 0): ValueBatch => ({
			...batch,
			continues,
			overlap,
		});

		it.each([0, 1, 2])("go on from the states before what was skipped, overlap %s", async (overlap) => {
			const [subject, twin] = await pair(engine);
			for (const { trainer } of [subject, twin]) trainer.step(going(rowsOf(1), false, overlap));
			for (const bad of [INFINITE, STEEP]) subject.trainer.step(going(bad, true, overlap));
			for (let step = 2; step < 4; step++) {
				const batch = going(rowsOf(step), true, overlap);
				expect(subject.trainer.step(batch)).toBe(twin.trainer.step(batch));
			}
			expect(subject.trainer.skippedCount).toBe(2);
			expectAlike(subject, twin);
		});

		it("begin anew if they began in what was skipped", async () => {
			const [subject, twin] = await pair(engine);
			for (const { trainer } of [subject, twin]) trainer.step(going(rowsOf(1), false));
			subject.trainer.step(going(INFINITE, [true, false]));
			subject.trainer.step(going(STEEP, true));
			const losses = [subject.trainer.step(going(rowsOf(2), true)), twin.trainer.step(going(rowsOf(2), [true, false]))];
			expect(losses[0]).toBe(losses[1]);
			for (const { trainer } of [subject, twin]) trainer.step(going(rowsOf(3), true));
			expectAlike(subject, twin);
		});

		it("begin anew if nothing but what was skipped was before, also in fit", async () => {
			const [subject, twin] = await pair(engine);
			subject.trainer.step(INFINITE);
			expect(subject.trainer.step(going(rowsOf(1), true))).toBe(twin.trainer.step(rowsOf(1)));
			const all = [going(INFINITE, false), going(STEEP, true), going(rowsOf(2), true), going(rowsOf(3), true)];
			await subject.trainer.fit(datasetOf(all));
			await twin.trainer.fit(datasetOf([going(rowsOf(2), false), going(rowsOf(3), true)]));
			expectAlike(subject, twin);
			expect(subject.trainer.skippedCount).toBe(3);
		});

		it("of another number of rows have the sentence that they have after any batch", async () => {
			const { trainer } = await create(engine);
			trainer.step(rowsOf(1, 3));
			trainer.step(INFINITE);
			expect(() => trainer.step(going(rowsOf(2, 3), true))).toThrow(
				"Trainer.step: the batch continues one of 2 rows, but has 3. Give the same rows in the same places.",
			);
			expect(trainer.step(going(rowsOf(2), true))).toBeGreaterThan(0);
		});

		it("the final states stay those before what was skipped", async () => {
			const { trainer } = await create(engine);
			trainer.step(rowsOf(1));
			const states = trainer.finalState;
			expect(states?.size).toBe(2);
			trainer.step(INFINITE);
			expect(trainer.finalState).toEqual(states);
		});
	});
});

describe.each(engines)("a run that has diverged, %s", (engine) => {
	it.each(["crossEntropy", "meanSquaredError"] as const)(
		"says where, however large its parameters: %s",
		async (loss) => {
			const layers = [
				embedding({ vocabSize: 5, embeddingSize: 3 }),
				lstm({ hiddenSize: 4 }),
				dense({ outputSize: 5 }),
			] as const;
			const model = (await Model.create(layers, { seed: 1, engine })) as Model<"ids">;
			const trainer = new Trainer(model, { loss, optimizer: new SGD({ learningRate: 3e38, momentum: 0.9 }) });
			const targets = loss === "crossEntropy" ? [[1, 2, 3]] : [Array.from({ length: 3 }, () => [1, 2, 3, 4, 5])];
			const diverge = () => {
				for (let count = 0; count < 20; count++) trainer.step({ inputs: [[0, 1, 2]], targets } as never);
			};
			expect(diverge).toThrow(TrainingError);
			expect(diverge).toThrow(TrainingError);
		},
	);
});
