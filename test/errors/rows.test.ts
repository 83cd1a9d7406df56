// Does an error name the row of the user's data, and not its place in a batch?
import { describe, expect, it } from "vitest";
import { type Batch, RaggedData, SeriesData, TextData } from "../../src/index.ts";
import { classifier, errorOf, type Loose, regressor, type Subject, tagger } from "./sentences.ts";

const SIZE = 400;
const BAD = 300;
const rest = "but the model has 3 outputs (ids run from 0 to 2).";

/** Rows of one to three steps, one of which is spoilt. */
function words(spoil: (data: Loose) => void): Loose {
	const inputs = Array.from({ length: SIZE }, (_, row) => Array.from({ length: 1 + (row % 3) }, () => row % 5));
	const data = { inputs, targets: inputs.map((row) => row.map((id) => id % 3)), weights: inputs.map(() => 1) };
	spoil(data);
	return data;
}

/** The same class for each row of two equal steps, flat. */
function flat(spoil: (data: Loose) => void): Loose {
	const data = { inputs: new Uint8Array(2 * SIZE), targets: new Uint8Array(SIZE), batchSize: SIZE, steps: 2 };
	spoil(data);
	return data;
}

const place = /^Trainer\.fit, batch \d+ of epoch 1: /;

async function messages(create: () => Promise<Subject>, data: Loose): Promise<string[]> {
	const { trainer, model } = await create();
	const healthy = { inputs: [[1]], targets: model.layers.some(({ type }: Loose) => type === "lastStep") ? [1] : [[1]] };
	const fitting = await errorOf(() => trainer.fit(data, { batchSize: 7, seed: 3 }));
	const evaluating = await errorOf(() => trainer.evaluate(data, { batchSize: 7 }));
	const validating = await errorOf(() => trainer.fit(healthy, { validation: data }));
	expect(fitting.message).toMatch(place);
	expect(evaluating.message).toMatch(/^Trainer\.evaluate: /);
	expect(validating.message).toMatch(/^Trainer\.fit, validation: /);
	return [fitting, evaluating, validating].map(({ message }) => message.slice(message.indexOf(": ") + 2));
}

describe("an error of fit and of evaluate names the row", () => {
	it.each<[string, () => Promise<Subject>, Loose]>([
		[`inputs[${BAD}, 0] is 5, but vocabSize is 5 (ids run from 0 to 4).`, tagger, words((d) => (d.inputs[BAD][0] = 5))],
		[`targets[${BAD}, 0] is 3, ${rest}`, tagger, words((d) => (d.targets[BAD][0] = 3))],
		[`targets[${BAD}] is 3, ${rest}`, classifier, flat((d) => (d.targets[BAD] = 3))],
		[
			`inputs[${BAD}, 1] is 9, but vocabSize is 5 (ids run from 0 to 4).`,
			classifier,
			flat((d) => (d.inputs[2 * BAD + 1] = 9)),
		],
		[`targets[${BAD}] must have 1 step, got 2.`, tagger, words((d) => d.targets[BAD].push(1))],
		[`targets[${BAD}] must have 1 step, got undefined.`, tagger, words((d) => delete d.targets[BAD])],
		[
			`weights[${BAD}] is -1; weights must be finite in float32 and at least 0.`,
			tagger,
			words((d) => (d.weights[BAD] = -1)),
		],
		[
			`row ${BAD} has length 0; every row needs at least one step. Leave it out.`,
			tagger,
			words((d) => (d.inputs[BAD] = [])),
		],
		[
			`lengths[${BAD}] must be an integer from 1 to 2 (the steps of the row), got 3.`,
			classifier,
			flat((d) => (d.lengths = Array.from({ length: SIZE }, (_, row) => (row === BAD ? 3 : 2)))),
		],
		[
			`initialState "1.h"[${4 * BAD + 2}] is NaN; values must be finite in float32.`,
			classifier,
			flat((d) => {
				const h = new Float32Array(4 * SIZE);
				h[4 * BAD + 2] = Number.NaN;
				d.initialState = new Map([["1.h", h]]);
			}),
		],
	])("%s", async (sentence, create, data) => {
		for (const message of await messages(create, data)) expect(message).toBe(sentence);
	});

	it("also where the data are of values", async () => {
		const inputs = Array.from({ length: SIZE }, () => [
			[1, 2],
			[3, 4],
		]);
		const targets = new Float32Array(2 * SIZE);
		inputs[BAD][1][0] = Infinity;
		const { trainer } = await regressor();
		const sentence = `inputs[${BAD}, 1, 0] is Infinity; values must be finite in float32.`;
		expect((await errorOf(() => trainer.fit({ inputs, targets }))).message.replace(place, "")).toBe(sentence);
		inputs[BAD] = [
			[1, 2, 3],
			[3, 4],
		];
		const form = `inputs[${BAD}, 0] must be an array of 2 values, got 3.`;
		expect((await errorOf(() => trainer.fit({ inputs, targets }))).message.replace(place, "")).toBe(form);
	});

	it("also where RaggedData were split", async () => {
		const data = RaggedData.from(words((d) => (d.targets[BAD][0] = 3)));
		const { trainer } = await tagger();
		const sentences: string[] = [];
		for (const part of data.split([0.5, 0.5], { seed: 2 })) {
			await trainer.fit(part).catch(({ message }: Error) => sentences.push(message.replace(place, "")));
		}
		expect(sentences).toEqual([`targets[${BAD}, 0] is 3, ${rest}`]);
	});

	it("windows are named by their number", async () => {
		const { trainer } = await tagger();
		const text = TextData.from(`${"ab".repeat(100)}c`, { vocabulary: "abxc" });
		for (const call of ["fit", "evaluate"]) {
			const { message } = await errorOf(() => trainer[call](text.windows({ steps: 4 }), { batchSize: 7 }));
			expect(message.slice(message.indexOf(": ") + 2)).toBe(`targets[window 49, 3] is 3, ${rest}`);
		}
		const series = SeriesData.from([...new Array(98).fill([0, 0]), [0, 1e300], [0, 0]], {
			scaler: SeriesData.from([[0, 0]]).scaler,
		});
		const { trainer: forecaster } = await regressor();
		const { message } = await errorOf(() => forecaster.fit(series.windows({ steps: 3 })));
		expect(message.replace(place, "")).toMatch(/^(inputs\[window 9[56], \d, 1\]|targets\[window 95, 1\]) is Infinity;/);
	});
});

describe("where there is no other data than the batch", () => {
	it("its rows are counted as they are", async () => {
		const { trainer } = await classifier();
		const data = RaggedData.from({ inputs: [[1], [2], [3], [4]], targets: [0, 0, 0, 7] });
		const [, batch] = data.batches({ batchSize: 2 }) as Iterable<Loose>;
		const { message } = await errorOf(() => trainer.step(batch));
		expect(message).toBe(`Trainer.step: targets[1] is 7, ${rest}`);
		const batches = () =>
			[
				{ inputs: [[1]], targets: [0] },
				{ inputs: [[1], [2]], targets: [0, 7] },
			] as Batch[];
		expect((await errorOf(() => trainer.fit({ size: 3, batches }))).message).toBe(
			`Trainer.fit, batch 2 of epoch 1: targets[1] is 7, ${rest}`,
		);
	});
});
