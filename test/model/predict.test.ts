// Does predict give for a dataset what it gives for its rows, in their order and unpadded, and what a loss means by outputs?

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	bidirectional,
	dense,
	embedding,
	gru,
	lastStep,
	lstm,
	Model,
	OptionError,
	RaggedData,
	type RaggedInputs,
	SeriesData,
	softmax,
	type Targets,
	TextData,
} from "../../src/index.ts";
import { unscaledMeaning } from "../../src/model/meaning.ts";
import { runtimeOf } from "../../src/model/model.ts";
import { engines } from "../engines.ts";
import { asBatch, batchOf, modelOf, recipes } from "../models.ts";

const series = SeriesData.from(Array.from({ length: 40 }, (_, t) => [100 + 10 * Math.sin(t), t]));

async function forecaster() {
	return Model.create([gru({ inputSize: 2, hiddenSize: 3 }), lastStep(), dense({ outputSize: 2 })], { seed: 2 });
}

describe.each(engines)("%s", (engine) => {
	it("gives each row what it has alone, whatever the batches", { timeout: 60_000 }, async () => {
		await fc.assert(
			fc.asyncProperty(recipes(), fc.integer({ min: 1, max: 4 }), async (recipe, batchSize) => {
				const model = await modelOf(recipe, engine);
				const { inputs, targets } = batchOf(recipe);
				const data = RaggedData.from({ inputs: inputs as RaggedInputs, targets: targets as Targets<"values"> });
				const { outputs, shape, rows } = model.predict(data as never, { batchSize });
				const alone = inputs.map((row) => model.predict(asBatch({ inputs: [row] })).outputs);
				expect(rows).toEqual(alone);
				expect([...outputs]).toEqual(alone.flatMap((row) => [...row]));
				const { last, lengths, outputSize } = recipe;
				const count = last ? lengths.length : lengths.reduce((sum, length) => sum + length, 0);
				expect(shape).toEqual([count, outputSize]);
			}),
			{ numRuns: 30, seed: 6 },
		);
	});

	it("continues the rows of streams, without the steps that are repeated", async () => {
		const text = TextData.from("the quick brown fox jumps over the lazy dog, and again the quick brown fox");
		const layers = [embedding({ vocabSize: text.vocabSize, embeddingSize: 3 }), lstm({ hiddenSize: 4 })] as const;
		const model = await Model.create(layers, { seed: 1, engine });
		const length = Math.floor((text.ids.length - 1) / 3);
		const inputs = [0, 1, 2].map((row) => [...text.ids.slice(row * length, (row + 1) * length)]);
		for (const overlap of [0, 4]) {
			const { rows, shape } = model.predict(text.streams({ rows: 3, steps: 10, overlap }));
			expect(rows).toEqual(inputs.map((row) => model.predict({ inputs: [row] }).outputs));
			expect(shape).toEqual([3 * length, 4]);
		}
	});

	it("takes no more of the engine's memory for more rows", async () => {
		const model = await Model.create([gru({ inputSize: 1, hiddenSize: 4 }), lastStep()], { engine });
		const data = (size: number) => {
			const inputs = Array.from({ length: size }, (_, i) => [[i % 7], [1]]);
			return RaggedData.from({ inputs, targets: inputs.map(() => 0) });
		};
		const few = model.predict(data(8), { batchSize: 8 });
		const bytesOf = () => runtimeOf(model as unknown as Model).engine.f32.length;
		const bytes = bytesOf();
		const many = model.predict(data(800), { batchSize: 8 });
		expect(bytesOf()).toBe(bytes);
		expect(many.shape).toEqual([800, 4]);
		expect(many.outputs.slice(0, 32)).toEqual(few.outputs);
	});
});

describe("the user's unit", () => {
	const { scaler } = series;
	const targetScale = {
		unscaled: (values: Float32Array) => scaler.inverse(values),
		unscaledSpread: (values: Float32Array) => values.map((value, i) => value * (scaler.scale[i % 2] as number)),
	};

	it("is that of `unscaled` and of what the loss means, where the dataset knows it", async () => {
		const model = await forecaster();
		const windows = series.windows({ steps: 5 });
		const data = { batches: (options: { batchSize: number }) => windows.batches(options), targetScale };
		const { outputs, mean, unscaled } = model.predict(data, { loss: "meanSquaredError" });
		expect(mean).toEqual(scaler.inverse(outputs));
		expect(unscaled).toEqual(mean);
		expect(model.predict(data).unscaled).toEqual(mean);
		expect(model.predict({ batches: data.batches }).unscaled).toBeUndefined();
	});

	it("stretches deviations, shifts all else but probabilities", () => {
		const two = Float32Array.of(1, 2);
		const meaning = { probabilities: two, mean: two, deviation: two, quantiles: [two, Float32Array.of(5, 6)] };
		const lift = (values: Float32Array, isSpread: boolean) => values.map((value) => 3 * value + (isSpread ? 0 : 100));
		expect(unscaledMeaning(meaning, lift)).toEqual({
			probabilities: two,
			mean: Float32Array.of(103, 106),
			deviation: Float32Array.of(3, 6),
			quantiles: [Float32Array.of(103, 106), Float32Array.of(115, 118)],
		});
	});

	it("is asked for row by row where rows are of unequal lengths", async () => {
		const model = await Model.create([gru({ inputSize: 1, hiddenSize: 2 })], { seed: 2 });
		const inputs = [[[1], [2], [3]], [[4]], [[5], [6]]];
		const data = {
			batches: () => [{ inputs: inputs.slice(0, 1) }, { inputs: inputs.slice(1) }],
			targetScale: {
				unscaled: (values: Float32Array, { rows = [] }: { rows?: ArrayLike<number> } = {}) =>
					values.map((value) => value + 10 * (1 + (rows[0] as number))),
				unscaledSpread: (values: Float32Array) => values,
			},
		};
		const { rows, mean, outputs } = model.predict(data, { loss: "meanSquaredError" });
		expect(rows.map(({ length }) => length)).toEqual([6, 2, 4]);
		expect([...mean]).toEqual([...outputs].map((y, i) => Math.fround(y + (i < 6 ? 10 : i < 8 ? 20 : 30))));
	});
});

describe("what a loss means", () => {
	it("is beside the outputs, with zeros past a row's length", async () => {
		const model = await Model.create([embedding({ vocabSize: 4, embeddingSize: 3 }), gru({ hiddenSize: 5 })], {
			seed: 1,
		});
		const { outputs, probabilities, shape } = model.predict({ inputs: [[1, 2], [3]] }, { loss: "crossEntropy" });
		expect(shape).toEqual([2, 2, 5]);
		expect(probabilities.subarray(0, 15)).toEqual(softmax(outputs.subarray(0, 15), 5));
		expect([...probabilities.subarray(15)]).toEqual([0, 0, 0, 0, 0]);
	});

	it("of squared errors is the mean; without a loss there is none", async () => {
		const model = await forecaster();
		const batch = { inputs: [[[1, 2]], [[3, 4]]] };
		const { mean, outputs, finalState } = model.predict(batch, { loss: "meanSquaredError" });
		expect(mean).toEqual(outputs);
		expect(finalState.size).toBe(1);
		expect(Object.keys(model.predict(batch)).sort()).toEqual(["finalState", "outputs", "shape"]);
	});
});

describe("bad input ends in a sentence", () => {
	it.each([
		[
			() => ({ inputs: [[[1, 2]]] }),
			{ batchSize: 3 },
			'Model.predict: "batchSize" is of a dataset, but sequences are one batch. Leave it out.',
		],
		[
			() => ({ inputs: [[[1, 2]]] }),
			{ loss: "crossentropy" },
			'Model.predict: "loss" must be "crossEntropy", "meanSquaredError", "meanAbsoluteError", "binaryCrossEntropy", "poisson", "gaussian", a description as quantile({ levels: [0.1, 0.9] }), or a loss of your own, got "crossentropy".',
		],
		[() => ({ inputs: [[[1, 2]]] }), { lose: 1 }, 'Model.predict: unknown option "lose". Did you mean "loss"?'],
		[
			() => series.windows({ steps: 3 }),
			{ batchSize: 0 },
			'Model.predict: "batchSize" must be a positive integer, got 0.',
		],
		[() => ({ batches: () => [] }), {}, "Model.predict: the dataset gave no batches."],
		[
			() => ({ batches: async () => [] }),
			{},
			"Model.predict: batches() of data must give an iterable of batches, got an async one. Wait for its batches first, and give an array of them.",
		],
		[
			() => ({ batches: () => [{ inputs: [[[1, 2]]] }, { inputs: [[[1, Number.NaN]]] }] }),
			{},
			"Model.predict: inputs[0, 0, 1] is NaN; values must be finite in float32.",
		],
		[
			() => ({ batches: () => [{ inputs: [[[1, 2]]], continues: true }] }),
			{},
			'Model.predict: rows can\'t continue, since there was no batch before. Leave "continues" out of the first batch.',
		],
	])("%#", async (data, options, message) => {
		const model = await forecaster();
		expect(() => model.predict(data() as never, options as never)).toThrow(message);
	});

	it("of a bidirectional model that is to go on", async () => {
		const model = await Model.create([bidirectional(gru({ inputSize: 2, hiddenSize: 2 }))]);
		expect(() => model.predict(series.streams({ rows: 2, steps: 5 }))).toThrow(OptionError);
	});
});
