// Do metrics see each row as it was computed, once, with its target and weight, however a batch is run; and are they what they say?

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	accuracy,
	bits,
	confusionMatrix,
	dense,
	f1,
	lstm,
	type Metric,
	Model,
	mae,
	metric,
	OptionError,
	perplexity,
	r2,
	rmse,
	SGD,
	TextData,
	Trainer,
	topK,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { asBatch, batchOf, leastOf, modelOf, type Recipe, recipes, valuesOf } from "../models.ts";

/** A model whose outputs are its inputs. */
async function echo(size: number) {
	const model = await Model.create([dense({ inputSize: size, outputSize: size })], { engine: "portable" });
	const identity = Array.from({ length: size * size }, (_, i) => +(i % (size + 1) === 0));
	model.parameters.get("0.weight")?.write(identity);
	model.parameters.get("0.bias")?.write(new Array(size).fill(0));
	return model;
}

const optimizer = new SGD({ learningRate: 0 });

/** What metrics say of classes: each row one step of logits. */
async function ofClasses<const M extends readonly Metric[]>(
	metrics: M,
	logits: number[][],
	targets: number[],
	weights = targets.map(() => 1),
) {
	const model = await echo((logits[0] as number[]).length);
	const trainer = new Trainer(model, { loss: "crossEntropy", optimizer });
	const data = {
		inputs: logits.map((row) => [row]),
		targets: targets.map((id) => [id]),
		weights: weights.map((w) => [w]),
	};
	return trainer.evaluate(data, { metrics, batchSize: 3 });
}

/** The same of values. */
async function ofValues<const M extends readonly Metric[]>(
	metrics: M,
	outputs: number[][],
	targets: number[][],
	weights = targets.map(() => 1),
) {
	const model = await echo((outputs[0] as number[]).length);
	const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer });
	const data = {
		inputs: outputs.map((row) => [row]),
		targets: targets.map((row) => [row]),
		weights: weights.map((w) => [w]),
	};
	return trainer.evaluate(data, { metrics, batchSize: 4 });
}

describe("of classes", () => {
	// Predicted 0 1 2 2 0, actual 0 1 2 0 1.
	const logits = [
		[3, 1, 0],
		[0, 2, 1],
		[0, 1, 5],
		[2, 0, 3],
		[4, 3, 2],
	];
	const targets = [0, 1, 2, 0, 1];

	it("accuracy, top-k and the confusion matrix", async () => {
		const all = await ofClasses([accuracy(), topK(1), topK(2), topK(3), confusionMatrix()], logits, targets);
		expect(all.accuracy).toBeCloseTo(0.6, 12);
		expect(all.top1).toBeCloseTo(0.6, 12);
		expect(all.top2).toBe(1);
		expect(all.top3).toBe(1);
		expect(all.confusionMatrix.map((row) => [...row])).toEqual([
			[1, 0, 1],
			[1, 1, 0],
			[0, 0, 1],
		]);
	});

	it("f1, as scikit-learn's f1_score", async () => {
		// Of class 0: 1 hit, 2 predicted, 2 actual; of 1: 1, 1, 2; of 2: 1, 2, 1.
		const macro = await ofClasses([f1()], logits, targets);
		expect(macro.f1).toBeCloseTo((1 / 2 + 2 / 3 + 2 / 3) / 3, 12);
		const micro = await ofClasses([f1({ average: "micro" })], logits, targets);
		expect(micro.f1).toBeCloseTo(0.6, 12);
		const each = await ofClasses([f1({ average: "perClass" })], logits, targets);
		expect([...each.f1]).toEqual([1 / 2, 2 / 3, 2 / 3]);
	});

	it("f1 of two classes is that of class 1, and 0 where there is none", async () => {
		const pairs = [
			[0, 1],
			[0, 1],
			[1, 0],
			[1, 0],
		];
		expect((await ofClasses([f1()], pairs, [1, 0, 1, 1])).f1).toBeCloseTo((2 * 1) / (2 + 3), 12);
		expect((await ofClasses([f1()], pairs.slice(2), [0, 0])).f1).toBe(0);
		const macro = await ofClasses([f1({ average: "macro" })], pairs, [1, 0, 1, 1]);
		expect(macro.f1).toBeCloseTo((0 + 2 / 5) / 2, 12);
	});

	it("a class that occurs nowhere has no f1, and no part in the mean", async () => {
		const each = await ofClasses([f1({ average: "perClass" })], [[1, 0, 0]], [0]);
		expect([...each.f1]).toEqual([1, Number.NaN, Number.NaN]);
		expect((await ofClasses([f1()], [[1, 0, 0]], [0])).f1).toBe(1);
	});

	it("weights count, and rows of weight 0 do not", async () => {
		const metrics = [accuracy(), topK(1), confusionMatrix(), f1({ average: "micro" })] as const;
		const all = await ofClasses(metrics, logits, targets, [2, 0, 1, 3, 0.5]);
		expect(all.accuracy).toBeCloseTo(3 / 6.5, 12);
		expect(all.top1).toBeCloseTo(3 / 6.5, 12);
		expect(all.f1).toBeCloseTo(3 / 6.5, 12);
		expect(all.confusionMatrix.map((row) => [...row])).toEqual([
			[2, 0, 3],
			[0.5, 0, 0],
			[0, 0, 1],
		]);
	});

	it("ties are right, as in accuracy; NaN never is", async () => {
		const tied = await ofClasses([accuracy(), topK(1)], [[1, 1]], [1]);
		expect([tied.accuracy, tied.top1]).toEqual([1, 1]);
		const seen = topK(1).meter("", { loss: { targets: "ids" } as never, lossName: "", outputSize: 2, targetSize: 2 });
		for (const outputs of [
			[Number.NaN, 0],
			[0, Number.NaN],
		]) {
			const f32 = Float32Array.from([...outputs, 0, 1]);
			const i32 = new Int32Array(4);
			const place = (at: number) => ({ at, stride: 1 });
			seen.see({ f32, i32, count: 1, outputs: place(0), targets: place(2), weights: place(3) });
		}
		expect(seen.result({ loss: 0 })).toBe(0);
	});

	it("perplexity and bits come from the loss", async () => {
		const all = await ofClasses([perplexity(), bits()], [[0, 0, 0, 0]], [2]);
		expect(all.perplexity).toBeCloseTo(4, 5);
		expect(all.bits).toBeCloseTo(2, 6);
	});
});

describe("of values", () => {
	const outputs = [
		[1, 2],
		[3, -1],
		[0, 0.5],
	];
	const targets = [
		[2, 2],
		[1, 0],
		[0, -1.5],
	];

	it("mae, rmse and r2, as scikit-learn's", async () => {
		const all = await ofValues([mae(), rmse(), r2()], outputs, targets);
		expect(all.mae).toBeCloseTo((1 + 0 + 2 + 1 + 0 + 2) / 6, 12);
		expect(all.rmse).toBeCloseTo(Math.sqrt((1 + 0 + 4 + 1 + 0 + 4) / 6), 12);
		expect(all.rmse ** 2).toBeCloseTo(all.loss, 6);
		// Means 1 and 1/6; sums of squares 2 and 49/36 + ... of the second.
		const second = [2, 0, -1.5].reduce((sum, value) => sum + (value - 1 / 6) ** 2, 0);
		expect(all.r2).toBeCloseTo((1 - 5 / 2 + (1 - 5 / second)) / 2, 12);
	});

	it("weights count", async () => {
		const weights = [0.5, 2, 0];
		const all = await ofValues([mae(), rmse(), r2()], outputs, targets, weights);
		expect(all.mae).toBeCloseTo((0.5 * 1 + 2 * 3) / (2.5 * 2), 12);
		expect(all.rmse).toBeCloseTo(Math.sqrt((0.5 * 1 + 2 * 5) / (2.5 * 2)), 12);
		const spread = (a: number, b: number) => {
			const mean = (0.5 * a + 2 * b) / 2.5;
			return 0.5 * (a - mean) ** 2 + 2 * (b - mean) ** 2;
		};
		expect(all.r2).toBeCloseTo((1 - (0.5 + 8) / spread(2, 1) + (1 - 2 / spread(2, 0))) / 2, 12);
	});

	it("r2 of targets that do not vary is 1 or 0; far from 0 it stays exact", async () => {
		expect((await ofValues([r2()], [[3], [3]], [[3], [3]])).r2).toBe(1);
		expect((await ofValues([r2()], [[3], [4]], [[3], [3]])).r2).toBe(0);
		const far = [1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3];
		const all = await ofValues(
			[r2()],
			far.map((y) => [y + 1]),
			far.map((y) => [y]),
		);
		expect(all.r2).toBeCloseTo(1 - 4 / 5, 9);
	});
});

/** A metric that lets everything be seen. */
function watching(seen: string[]) {
	return metric({
		name: "seen",
		begin: () => new Float64Array(1),
		see(kept, outputs, target: number | Float32Array, weight) {
			seen.push([...outputs, "|", ...(typeof target === "number" ? [target] : target), "|", weight].join(" "));
			kept[0]++;
		},
		result: ([count]) => count,
	});
}

/** What it should see, from predict. */
function expectedOf(model: Model, { lengths, last, outputSize }: Recipe, batch: ReturnType<typeof batchOf>): string[] {
	const { outputs, shape } = model.predict(asBatch(batch));
	const steps = last ? 1 : (shape[1] as number);
	return lengths.flatMap((length, row) =>
		Array.from({ length: last ? 1 : length }, (_, t) => {
			const at = (row * steps + t) * outputSize;
			const [target, weight] = [batch.targets, batch.weights].map((field) =>
				[last ? field[row] : (field[row] as unknown[])[t]].flat(),
			) as [number[], number[]];
			return [...outputs.subarray(at, at + outputSize), "|", ...target, "|", ...weight].join(" ");
		}),
	);
}

const valueMetrics = () => [mae(), rmse(), r2()];
const classMetrics = () => [accuracy(), topK(1), f1({ average: "perClass" }), confusionMatrix(), perplexity(), bits()];

describe.each(engines)("%s", (engine) => {
	it("see what predict gives, in evaluation and in training, within any memory", { timeout: 120_000 }, async () => {
		const ways = new Set<string>();
		await fc.assert(
			fc.asyncProperty(recipes({ penalized: false }), fc.boolean(), async (short, isLong) => {
				const longer = isLong ? Math.ceil(500 / short.lengths.length / short.steps) : 1;
				const recipe = { ...short, lengths: short.lengths.map((length) => length * longer) };
				const model = await modelOf(recipe, engine);
				const batch = batchOf(recipe);
				const expected = expectedOf(model, recipe, batch).sort();
				const { loss } = recipe;
				const own = loss === "crossEntropy" ? classMetrics() : valueMetrics();
				const seen: string[] = [];
				const check = () => expect(seen.splice(0).sort()).toEqual(expected);
				const metrics = [watching(seen), ...own];
				const trainer = new Trainer(model, { loss, optimizer });
				const evaluation = trainer.evaluate(asBatch(batch), { metrics });
				check();
				const plain = trainer.evaluate(asBatch(batch));
				expect(evaluation).toMatchObject(plain);
				const options = { metrics, batchSize: recipe.lengths.length };
				// Of one row each metric is the same in whatever order rows are drawn; so in order they are all.
				const dataset = { size: recipe.lengths.length, batches: () => [asBatch(batch)] };
				const [epoch] = await trainer.fit(dataset, options);
				check();
				const { accuracy: _, loss: mean, ...others } = evaluation as unknown as Record<string, unknown>;
				expect(epoch).toMatchObject(others);
				expect(epoch?.loss).toBeCloseTo(mean as number, 5);
				const sizes = { batchSize: recipe.lengths.length, steps: Math.max(...recipe.lengths) };
				const whole = model.explain({ ...sizes, purpose: "train", loss }).workspaceBytes;
				const least = leastOf(new Trainer(model, { loss, optimizer, memoryLimit: 1 }), asBatch(batch));
				for (const memoryLimit of [1.5 * least, whole / 4].filter((limit) => limit >= 1.5 * least)) {
					const limited = new Trainer(model, { loss, optimizer, memoryLimit });
					ways.add(model.explain({ ...sizes, purpose: "train", loss, memoryLimit }).kept.replace(/\d.*/, ""));
					expect(await limited.fit(dataset, options)).toEqual([epoch]);
					check();
				}
			}),
			{ numRuns: 40, seed: 4 },
		);
		expect([...ways].sort()).toEqual(["everything", "states at ", "states; gates are computed again"]);
	});

	it("change no bit of what is trained", async () => {
		const recipe = fc.sample(recipes({ dropping: true }), { numRuns: 12, seed: 3 });
		for (const one of recipe) {
			const models = await Promise.all([modelOf(one, engine), modelOf(one, engine)]);
			const batch = asBatch(batchOf(one));
			const metrics = one.loss === "crossEntropy" ? classMetrics() : valueMetrics();
			const histories = [];
			for (const [index, model] of models.entries()) {
				const trainer = new Trainer(model, { loss: one.loss, optimizer: new SGD({ learningRate: 0.05 }) });
				histories.push(await trainer.fit(batch, { epochs: 2, batchSize: 3, ...(index === 1 && { metrics }) }));
			}
			expect(valuesOf(models[1] as Model)).toEqual(valuesOf(models[0] as Model));
			expect(histories[1]?.map(({ loss }) => loss)).toEqual(histories[0]?.map(({ loss }) => loss));
		}
	});

	it("see each step of a stream once, not those that it repeats", async () => {
		const text = TextData.from("the quick brown fox jumps over the lazy dog");
		const model = await Model.create([lstm({ inputSize: 1, hiddenSize: 4 }), dense({ outputSize: text.vocabSize })], {
			engine,
		});
		const trainer = new Trainer(model, { loss: "crossEntropy", optimizer });
		const { vocabSize } = text;
		const batches = [...text.streams({ rows: 2, steps: 8, overlap: 3 }).batches()].map((batch) => ({
			...batch,
			inputs: Float32Array.from(batch.inputs, (id) => id / vocabSize),
		}));
		const seen: string[] = [];
		trainer.evaluate({ size: 2, batches: () => batches }, { metrics: [watching(seen)] });
		expect(seen).toHaveLength(2 * Math.floor((text.ids.length - 1) / 2));
	});
});

describe("what does not fit ends in a sentence", () => {
	const own = { name: "own", begin: () => new Float64Array(1), see: () => {}, result: () => 0 };
	it.each([
		[
			() => metric({ ...own, name: "loss" }),
			'metric: "name" must be another than "loss", which every evaluation or epoch has.',
		],
		[() => metric({ ...own, name: "" }), 'metric: "name" must be a word, got "".'],
		[() => metric({ ...own, targets: "id" as never }), 'metric: "targets" must be "ids" or "values", got "id".'],
		[() => metric({ ...own, better: "more" as never }), 'metric: "better" must be "higher" or "lower", got "more".'],
		[
			() => metric({ ...own, begin: undefined as never }),
			'metric: "begin" of "own" must be a function, got undefined.',
		],
		[() => metric({ ...own, result: 3 as never }), 'metric: "result" of "own" must be a function, got 3.'],
		[
			() => metric({ ...own, row: 3 } as never),
			'metric: unknown option "row". Known options: name, targets, better, begin, see, result.',
		],
		[() => topK(0), 'topK: "k" must be a positive integer, got 0.'],
		[
			() => f1({ average: "mean" as never }),
			'f1: "average" must be "binary" or "macro" or "micro" or "perClass", got "mean".',
		],
		[() => f1({ averages: 1 } as never), 'f1: unknown option "averages". Did you mean "average"?'],
	])("%#", (make, message) => {
		expect(make).toThrow(new OptionError(message));
	});

	it.each([
		[
			"crossEntropy",
			[r2()],
			'metric "r2" is of values, but the targets of "crossEntropy" are class ids. Leave it out, or take another loss.',
		],
		[
			"meanSquaredError",
			[accuracy()],
			'metric "accuracy" is of classes, but the targets of "meanSquaredError" are values. Leave it out, or take another loss.',
		],
		[
			"meanSquaredError",
			[f1()],
			'metric "f1" is of classes, but the targets of "meanSquaredError" are values. Leave it out, or take another loss.',
		],
		[
			"meanSquaredError",
			[topK(1)],
			'metric "top1" is of class ids, but the targets of "meanSquaredError" are values. Leave it out, or take another loss.',
		],
		[
			"meanSquaredError",
			[perplexity()],
			'metric "perplexity" is of class ids, but the targets of "meanSquaredError" are values. Leave it out, or take another loss.',
		],
		[
			"meanSquaredError",
			[metric({ ...own, targets: "ids" })],
			'metric "own" is of class ids, but the targets of "meanSquaredError" are values. Leave it out, or take another loss.',
		],
		["crossEntropy", [topK(4)], 'metric "top4" is of the 4 largest outputs, but the model has 3. Take a smaller one.'],
		[
			"crossEntropy",
			[f1({ average: "binary" })],
			'f1 averages "binary" of two classes, but the model has 3. Take "macro" or "perClass".',
		],
		[
			"crossEntropy",
			[f1(), bits(), f1({ average: "micro" })],
			'"metrics" has two that are called "f1". Leave one out.',
		],
		["crossEntropy", "accuracy", '"metrics" must be a list of metrics, as [accuracy(), topK(5)], got "accuracy".'],
		[
			"crossEntropy",
			["accuracy"],
			'"metrics[0]" must be a metric, as accuracy() or topK(5), got "accuracy". Your own: metric({ name, begin, see, result }).',
		],
		[
			"crossEntropy",
			[bits(), own],
			'"metrics[1]" must be a metric, as accuracy() or topK(5), got an object. Your own: metric({ name, begin, see, result }).',
		],
	] as const)("%s: %#", async (loss, metrics, message) => {
		const trainer = new Trainer(await echo(3), { loss, optimizer });
		const data = { inputs: [[[1, 2, 3]]], targets: loss === "crossEntropy" ? [[1]] : [[[1, 2, 3]]] } as never;
		expect(() => trainer.evaluate(data, { metrics: metrics as never })).toThrow(
			new OptionError(`Trainer.evaluate: ${message}`),
		);
		await expect(trainer.fit(data, { metrics: metrics as never })).rejects.toThrow(
			new OptionError(`Trainer.fit: ${message}`),
		);
		expect(trainer.updateCount).toBe(0);
	});

	it("a confusion matrix of too many classes", () => {
		const subject = {
			loss: { targets: "ids" } as never,
			lossName: "crossEntropy",
			outputSize: 10000,
			targetSize: 10000,
		};
		expect(() => confusionMatrix().meter("Trainer.evaluate", subject)).toThrow(
			'Trainer.evaluate: metric "confusionMatrix" of 10000 classes would take 800 MB; 4096 are the most.',
		);
	});

	it("a figure that early stopping can't watch", async () => {
		const trainer = new Trainer(await echo(3), { loss: "crossEntropy", optimizer });
		const data = { inputs: [[[1, 2, 3]]], targets: [[1]] };
		const watch = (figure: string, metrics: readonly Metric[]) =>
			trainer.fit(data, { validation: data, metrics, earlyStopping: { patience: 1, figure } });
		await expect(watch("confusionMatrix", [confusionMatrix()])).rejects.toThrow(
			'Trainer.fit: earlyStopping: "figure" is "confusionMatrix", of which neither more nor less is better. Watch another.',
		);
		await expect(watch("f1", [bits()])).rejects.toThrow(
			'Trainer.fit: earlyStopping: "figure" must be "loss" or "accuracy" or "bits", got "f1".',
		);
	});
});

describe("in fit", () => {
	const rows = Array.from({ length: 12 }, (_, i) => [[Math.sin(i), Math.cos(i)]]);
	const data = { inputs: rows, targets: rows.map(([[x, y]]) => [[(y as number) + 1, -(x as number)]]) };

	it("are in each epoch, of training and of validation, anew each time", async () => {
		const model = await echo(2);
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.2 }) });
		const history = await trainer.fit(data, { epochs: 3, validation: data, metrics: [mae(), r2()] });
		expect(history.map(({ mae }) => mae)).toEqual([...history.map(({ mae }) => mae)].sort((a, b) => b - a));
		for (const [index, { validation }] of history.entries()) {
			const next = history[index + 1];
			if (next !== undefined) expect(validation?.mae).toBeCloseTo(next.mae, 12);
		}
		expect(trainer.evaluate(data, { metrics: [r2()] }).r2).toBe(history[2]?.validation?.r2);
	});

	it("early stopping watches one by its name, the way that is better", async () => {
		const away = { ...data, targets: data.targets.map(([[x, y]]) => [[-(x as number), -(y as number)]]) };
		for (const figure of ["r2", "mae"] as const) {
			for (const [validation, epochs] of [
				[data, 6],
				[away, 3],
			] as const) {
				const trainer = new Trainer(await echo(2), {
					loss: "meanSquaredError",
					optimizer: new SGD({ learningRate: 0.2 }),
				});
				await trainer.fit(data, { epochs: 5 });
				const options = { epochs: 6, validation, metrics: [mae(), r2()] } as const;
				const history = await trainer.fit(data, { ...options, earlyStopping: { patience: 2, figure } });
				expect(history).toHaveLength(epochs);
			}
		}
	});

	it("see every batch of an update that several make, and with the same bits of training", async () => {
		const trained = [];
		for (const metrics of [[mae(), r2()], []]) {
			const model = await echo(2);
			const still = new Trainer(model, { loss: "meanSquaredError", optimizer });
			const expected = still.evaluate(data, { metrics: [mae(), r2()] });
			const [epoch] = await still.fit(data, { batchSize: 2, accumulate: 4, metrics: [mae(), r2()] });
			expect(epoch?.mae).toBeCloseTo(expected.mae, 12);
			expect(epoch?.r2).toBeCloseTo(expected.r2, 12);
			const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.1 }) });
			await trainer.fit(data, { batchSize: 2, accumulate: 4, epochs: 2, metrics });
			trained.push(valuesOf(model as unknown as Model));
		}
		expect(trained[0]).toEqual(trained[1]);
	});

	it("leave out what is skipped", async () => {
		const model = await echo(2);
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer, onNonFinite: "skip" });
		const targets = data.targets.map((row, index) => (index === 3 ? [[3e38, 0]] : row));
		const [epoch] = await trainer.fit({ ...data, targets }, { batchSize: 1, metrics: [mae()] });
		const without = (_: unknown, index: number) => index !== 3;
		const rest = { inputs: rows.filter(without), targets: data.targets.filter(without) };
		expect(trainer.skippedCount).toBe(1);
		expect(epoch?.mae).toBeCloseTo(trainer.evaluate(rest, { metrics: [mae()] }).mae, 12);
	});
});
