// Do several batches make the update that one batch of all their rows makes, and is an update what `fit` counts by?

import { describe, expect, it } from "vitest";
import {
	Adam,
	type Batch,
	type Dataset,
	dense,
	dropout,
	embedding,
	gru,
	lstm,
	Model,
	Random,
	rnn,
	SGD,
	type StepReport,
	Trainer,
	type TrainerOptions,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { expectSame } from "../kernels/compare.ts";
import { valuesOf } from "../models.ts";

type Ids = Batch<"ids", "ids">;

const random = new Random(11);

/** Rows of different lengths and weights, some of them 0. */
const all = Array.from({ length: 22 }, () => {
	const length = 1 + random.integer(40);
	const ids = () => Array.from({ length }, () => random.integer(7));
	return {
		inputs: ids(),
		targets: ids(),
		weights: Array.from({ length }, (_, t) => (t > 0 && random.uniform() < 0.3 ? 0 : random.uniform(0.1, 9))),
	};
});

/** A batch of some of them. */
function batchOf(rows: readonly (typeof all)[number][]): Ids {
	const field = (name: "inputs" | "targets" | "weights") => rows.map((row) => row[name]);
	return { inputs: field("inputs"), targets: field("targets"), weights: field("weights") };
}

/** A data set of these batches. */
const given = (batches: readonly Ids[]): Dataset<"ids", "ids"> => ({ size: batches.length, batches: () => batches });

const cut = (size: number, rows = all) =>
	Array.from({ length: Math.ceil(rows.length / size) }, (_, k) => batchOf(rows.slice(k * size, (k + 1) * size)));

async function create(
	options: Partial<TrainerOptions<"crossEntropy">> = {},
	engine: (typeof engines)[number] = "portable",
) {
	const layers = [
		embedding({ vocabSize: 7, embeddingSize: 4, dropout: 0.2 }),
		lstm({ hiddenSize: 5, weightDropout: 0.3, inputDropout: 0.2 }),
		dropout({ rate: 0.3 }),
		gru({ hiddenSize: 4 }),
		dense({ outputSize: 7 }),
	] as const;
	const model = await Model.create(layers, { seed: 2, engine });
	const optimizer = new SGD({ learningRate: 0.5, momentum: 0.9 });
	const trainer = new Trainer(model, { loss: "crossEntropy", optimizer, clipNorm: 0.3, ...options });
	return { model: model as unknown as Model, trainer };
}

type Made = Awaited<ReturnType<typeof create>>;

/** The largest difference between parameters of two models. */
function distance(one: Made, other: Made): number {
	const [a, b] = [valuesOf(one.model), valuesOf(other.model)];
	return Math.max(...a.map((v, j) => Math.abs(v - (b[j] as number))));
}

describe.each(engines)("%s", (engine) => {
	it.each([{}, { health: true }, { clipParameterNorm: 0.1, clipValue: 0.01 }])(
		"equals one big batch to rounding, dropout included: %o",
		async (options) => {
			const [small, big] = [await create(options, engine), await create(options, engine)];
			const reports: StepReport[] = [];
			const history = await small.trainer.fit(given(cut(3)), {
				epochs: 3,
				accumulate: 3,
				onStep: (step) => void reports.push(step),
			});
			const whole = await big.trainer.fit(given(cut(9)), { epochs: 3 });
			expect(distance(small, big)).toBeLessThan(2e-6);
			expect(distance(small, await create({}, engine))).toBeGreaterThan(0.05);
			expect(small.trainer.updateCount).toBe(9);
			for (const [k, { loss }] of history.entries()) expect(loss).toBeCloseTo(whole[k]?.loss as number, 5);
			expect(small.trainer.gradientNorm).toBeCloseTo(big.trainer.gradientNorm, 4);
			expect(reports.map(({ batch }) => batch)).toEqual([3, 6, 8, 3, 6, 8, 3, 6, 8]);
			const [mine, theirs] = [small, big].map(({ trainer }) => trainer.health.parameters);
			for (const [name, { gradientNorm }] of mine ?? [])
				expect(gradientNorm).toBeCloseTo(theirs?.get(name)?.gradientNorm as number, 4);
		},
	);

	it("within a memory limit, to the bit", async () => {
		const layers = [gru({ inputSize: 1, hiddenSize: 8 }), dropout({ rate: 0.2 }), dense({ outputSize: 1 })] as const;
		const rows = Array.from({ length: 24 }, (_, row) => Array.from({ length: 120 }, (_, t) => [Math.sin(row + t / 5)]));
		const data = { inputs: rows, targets: rows };
		const memoryLimit = 141_000;
		const models = [];
		for (const limit of [undefined, memoryLimit]) {
			const model = await Model.create(layers, { seed: 1, engine });
			const optimizer = new Adam({ learningRate: 0.01 });
			const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer, memoryLimit: limit });
			await trainer.fit(data, { epochs: 2, batchSize: 8, accumulate: 2 });
			expect(trainer.updateCount).toBe(4);
			models.push(model as unknown as Model);
		}
		const [free, limited] = models as [Model, Model];
		const explained = { purpose: "train", batchSize: 8, steps: 120, memoryLimit } as const;
		expect(limited.explain(explained).kept).not.toBe("everything");
		expectSame(valuesOf(limited), valuesOf(free), "parameters");
	});

	it("one batch by itself makes the update that it makes without, to the bit", async () => {
		const [grouped, plain] = [await create({}, engine), await create({}, engine)];
		for (const batch of cut(4)) await grouped.trainer.fit(given([batch]), { accumulate: 5 });
		for (const batch of cut(4)) await plain.trainer.fit(given([batch]));
		expectSame(valuesOf(grouped.model), valuesOf(plain.model), "parameters");
	});

	it("is not disturbed by what else is done meanwhile", async () => {
		const [busy, calm] = [await create({}, engine), await create({}, engine)];
		const batches = cut(4);
		function* interrupted() {
			for (const batch of batches) {
				yield batch;
				busy.trainer.gradients(batches[0] as Ids);
				busy.trainer.evaluate(batches[1] as Ids);
				busy.model.predict({ inputs: Array.from({ length: 40 }, () => [1, 2, 3, 4, 5, 6, 1, 2, 3]) });
			}
		}
		await busy.trainer.fit({ size: 6, batches: interrupted }, { accumulate: 4 });
		await calm.trainer.fit(given(batches), { accumulate: 4 });
		expectSame(valuesOf(busy.model), valuesOf(calm.model), "parameters");
	});
});

describe("of a group of batches", () => {
	const values = (seed: number, scale = 1) => ({
		inputs: [0, 1].map((row) => [0, 1, 2].map((t) => [Math.sin(seed + 3 * row + t) * scale])),
		targets: [0, 1].map((row) => [0, 1, 2].map((t) => [Math.cos(seed + 3 * row + t)])),
	});
	const dataset = (batches: readonly Batch<"values", "values">[]): Dataset<"values", "values"> => ({
		size: 1,
		batches: () => batches,
	});
	async function create(onNonFinite: "throw" | "skip" = "skip") {
		const model = await Model.create(
			[rnn({ inputSize: 1, hiddenSize: 4, activation: "relu" }), dense({ outputSize: 1 })],
			{ seed: 3, engine: "portable" },
		);
		const seen: number[] = [];
		const learningRate = (update: number) => {
			seen.push(update);
			return 1e-2;
		};
		const trainer = new Trainer(model, {
			loss: "meanSquaredError",
			optimizer: new Adam({ learningRate }),
			onNonFinite,
		});
		return { model: model as unknown as Model, trainer, seen };
	}

	it("one that is not finite is left out", async () => {
		const [subject, twin] = [await create(), await create()];
		const wrong = values(9, 1e30);
		const steps: StepReport[] = [];
		const onStep = (step: StepReport) => void steps.push(step);
		await subject.trainer.fit(dataset([values(1), wrong, values(2), wrong, wrong, wrong]), { accumulate: 3, onStep });
		await twin.trainer.fit(dataset([values(1), values(2)]), { accumulate: 2 });
		expectSame(valuesOf(subject.model), valuesOf(twin.model), "parameters");
		expect(subject.trainer.skippedCount).toBe(4);
		expect(subject.trainer.updateCount).toBe(1);
		expect(steps.map(({ isSkipped }) => isSkipped)).toEqual([false, true]);
	});

	it("or ends the training, with the updates before it", async () => {
		const [subject, twin] = [await create("throw"), await create("throw")];
		const batches = dataset([values(1), values(2), values(3), values(9, 1e30)]);
		await expect(subject.trainer.fit(batches, { accumulate: 2 })).rejects.toThrow(
			/batch 4 of epoch 1: the loss became Infinity/,
		);
		await twin.trainer.fit(dataset([values(1), values(2)]), { accumulate: 2 });
		expectSame(valuesOf(subject.model), valuesOf(twin.model), "parameters");
	});

	it("rows go on from one to the next, and after one that was left out from the one before", async () => {
		const [subject, twin] = [await create(), await create()];
		const goesOn = (seed: number, scale?: number) => ({ ...values(seed, scale), continues: true });
		const wrong = goesOn(9, 1e30);
		await subject.trainer.fit(dataset([values(1), goesOn(2), wrong, goesOn(3)]), { accumulate: 4 });
		await twin.trainer.fit(dataset([values(1), goesOn(2), goesOn(3)]), { accumulate: 3 });
		expectSame(valuesOf(subject.model), valuesOf(twin.model), "parameters");
		expect(subject.trainer.finalState).toEqual(twin.trainer.finalState);
		const anew = await create();
		await anew.trainer.fit(dataset([values(1), values(2), values(3)]), { accumulate: 3 });
		expect(anew.trainer.finalState).not.toEqual(twin.trainer.finalState);
	});

	it("a schedule counts updates, and a signal ends after one", async () => {
		const { trainer, seen } = await create();
		const controller = new AbortController();
		function* batches() {
			for (let k = 0; ; k++) {
				if (k === 4) controller.abort();
				yield values(k);
			}
		}
		await trainer.fit({ size: 1, batches }, { accumulate: 3, signal: controller.signal });
		expect(trainer.updateCount).toBe(2);
		expect([...new Set(seen)]).toEqual([1, 2]);
	});
});
