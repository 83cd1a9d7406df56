// Do rows that go on begin from the states they had, with the gradient cut there, and does nothing else change?

import { describe, expect, it } from "vitest";
import type { Batch } from "../../src/index.ts";
import {
	Adam,
	bidirectional,
	dense,
	embedding,
	gru,
	indRnn,
	lastStep,
	lstm,
	Model,
	minGru,
	minLstm,
	rnn,
	SeriesData,
	SGD,
	sLstm,
	TextData,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";

const V = 5;

const layers = [
	embedding({ vocabSize: V, embeddingSize: 3 }),
	lstm({ hiddenSize: 6 }),
	gru({ hiddenSize: 5 }),
	gru({ hiddenSize: 4, reset: "before" }),
	rnn({ hiddenSize: 7 }),
	indRnn({ hiddenSize: 6 }),
	minGru({ hiddenSize: 7 }),
	minLstm({ hiddenSize: 5 }),
	sLstm({ hiddenSize: 6, heads: 3 }),
	dense({ outputSize: V }),
] as const;

/** Ids of some rows, the same everywhere. */
const idsOf = (lengths: readonly number[], from = 0) =>
	lengths.map((length, row) => Array.from({ length }, (_, t) => (row * 3 + (t + from) ** 2) % V));

type IdBatch = Batch<"ids", "ids">;

const batchOf = (lengths: readonly number[], from = 0): IdBatch => {
	const all = idsOf(
		lengths.map((length) => length + 1),
		from,
	);
	return { inputs: all.map((row) => row.slice(0, -1)), targets: all.map((row) => row.slice(1)) };
};

async function pair(engine: "portable" | "fast") {
	const models = await Promise.all([1, 1].map((seed) => Model.create(layers, { seed, engine })));
	const trainers = models.map(
		(model) => new Trainer(model, { loss: "crossEntropy", optimizer: new Adam({ learningRate: 0.02 }), clipNorm: 1 }),
	);
	return { models, trainers };
}

const bitsOf = (model: Model<"ids">) => [...model.parameters.values()].map((parameter) => [...parameter.read()]);

/** The states of `model` at the end of inputs, from given ones. */
const statesAfter = (model: Model<"ids">, inputs: IdBatch["inputs"], initialState?: IdBatch["initialState"]) =>
	model.predict({ inputs, initialState }).finalState;

describe.each(engines)("%s", (engine) => {
	it("equals batches that are handed the states of the one before, to the bit", async () => {
		const { models, trainers } = await pair(engine);
		const [goes, handed] = trainers as [Trainer<"ids", "crossEntropy">, Trainer<"ids", "crossEntropy">];
		const lengths = [
			[4, 6, 1],
			[3, 3, 3],
			[1, 2, 5],
		];
		let states: IdBatch["initialState"];
		for (const [index, own] of lengths.entries()) {
			const batch = batchOf(own, 10 * index);
			const next = statesAfter(models[1] as Model<"ids">, batch.inputs, states);
			const losses = [
				goes.step(index === 0 ? batch : { ...batch, continues: true }),
				handed.step({ ...batch, ...(states && { initialState: states }) }),
			];
			expect(losses[0]).toBe(losses[1]);
			expect([...(goes.finalState as typeof next)]).toEqual([...next]);
			states = next;
		}
		expect(bitsOf(models[0] as Model<"ids">)).toEqual(bitsOf(models[1] as Model<"ids">));
	});

	it("lets some rows go on and others begin, from zeros or from what is given", async () => {
		const { models, trainers } = await pair(engine);
		const [goes, handed] = trainers as [Trainer<"ids", "crossEntropy">, Trainer<"ids", "crossEntropy">];
		const first = batchOf([4, 2, 5]);
		const carried = statesAfter(models[1] as Model<"ids">, first.inputs);
		goes.step(first);
		handed.step(first);
		const given = new Map([...carried].map(([name, values]) => [name, values.map((value) => value / 2)]));
		const mixed = (zeros: boolean) =>
			new Map(
				[...carried].map(([name, values]) => {
					const size = values.length / 3;
					const other = given.get(name) as Float32Array;
					return [name, values.map((value, j) => (j < size || j >= 2 * size ? value : zeros ? 0 : (other[j] ?? 0)))];
				}),
			);
		const continues = [true, false, true];
		for (const zeros of [true, false]) {
			const batch = batchOf([3, 3, 2], 7);
			const sides = [
				goes.gradients({ ...batch, continues, ...(!zeros && { initialState: given }) }),
				handed.gradients({ ...batch, initialState: mixed(zeros) }),
			];
			expect(sides[0]?.loss).toBe(sides[1]?.loss);
			expect(sides[0]?.gradients).toEqual(sides[1]?.gradients);
		}
	});

	it("repeats the last steps for their gradient's sake, without a loss", async () => {
		const { models, trainers } = await pair(engine);
		const [goes, handed] = trainers as [Trainer<"ids", "crossEntropy">, Trainer<"ids", "crossEntropy">];
		const overlap = 3;
		const [before, lengths] = [
			[5, 3, 7],
			[6, 4, 9],
		];
		const first = batchOf(before);
		const cut = (first.inputs as number[][]).map((row) => row.slice(0, row.length - overlap));
		// A row of just as many steps as are repeated begins from where it began.
		const whole = cut.map((row) => (row.length === 0 ? [0] : row));
		const states = statesAfter(models[1] as Model<"ids">, whole);
		for (const values of states.values()) values.fill(0, values.length / 3, (2 * values.length) / 3);
		goes.step({ ...first, overlap });
		handed.step(first);
		(models[0] as Model<"ids">).predict({ inputs: [[1, 2, 3]] }); // what comes between takes nothing away
		const batch = batchOf(lengths, 3);
		const weights = lengths.map((length) => Array.from({ length }, (_, t) => (t < overlap ? 0 : 1)));
		const sides = [
			goes.step({ ...batch, continues: true, overlap }),
			handed.step({ ...batch, weights, initialState: states }),
		];
		expect(sides[0]).toBe(sides[1]);
		expect(bitsOf(models[0] as Model<"ids">)).toEqual(bitsOf(models[1] as Model<"ids">));
	});

	it("a window as long as the text is plain backpropagation through time", async () => {
		const text = TextData.from("abcabdabeacbadbeabcd");
		const make = async () => {
			const model = await Model.create(
				[
					embedding({ vocabSize: text.vocabSize, embeddingSize: 4 }),
					lstm({ hiddenSize: 5 }),
					dense({ outputSize: text.vocabSize }),
				],
				{ seed: 2, engine },
			);
			const trainer = new Trainer(model, { loss: "crossEntropy", optimizer: new SGD({ learningRate: 0.5 }) });
			return { model, trainer };
		};
		const [streamed, plain] = [await make(), await make()];
		await streamed.trainer.fit(text.streams({ rows: 1, steps: 19 }), { epochs: 3 });
		const ids = Array.from(text.ids);
		for (let epoch = 0; epoch < 3; epoch++) plain.trainer.step({ inputs: [ids.slice(0, -1)], targets: [ids.slice(1)] });
		const bits = ({ model }: typeof plain) => [...model.parameters.values()].map((parameter) => [...parameter.read()]);
		expect(bits(streamed)).toEqual(bits(plain));
		const [stepwise, whole] = [
			plain.trainer.evaluate(text.streams({ rows: 1, steps: 4 })),
			plain.trainer.evaluate(text.windows({ steps: 19 })),
		];
		expect(stepwise.loss).toBeCloseTo(whole.loss, 6);
		expect(stepwise.accuracy).toBe(whole.accuracy);
	});

	it("steps, fits and evaluations each have states of their own, which a failed batch does not touch", async () => {
		const { models, trainers } = await pair(engine);
		const [goes, alone] = trainers as [Trainer<"ids", "crossEntropy">, Trainer<"ids", "crossEntropy">];
		const [first, second] = [batchOf([4, 4]), { ...batchOf([3, 3], 4), continues: true }];
		goes.step(first);
		alone.step(first);
		const states = goes.finalState;
		goes.evaluate(batchOf([9]));
		goes.gradients(batchOf([2]));
		expect(() =>
			goes.step({
				...second,
				targets: [
					[99, 1, 1],
					[1, 1, 1],
				],
			}),
		).toThrow("targets[0, 0] is 99");
		expect([...(goes.finalState ?? [])]).toEqual([...(states ?? [])]);
		expect(goes.step(second)).toBe(alone.step(second));
		expect(bitsOf(models[0] as Model<"ids">)).toEqual(bitsOf(models[1] as Model<"ids">));
	});
});

describe("streams of data", () => {
	it("of a text read every row once, some steps at a time", () => {
		const text = TextData.from("abcdefghijklmnopqrstu");
		const batches = [...text.streams({ rows: 2, steps: 4, overlap: 1 }).batches()];
		const decode = (ids: ArrayLike<number>) => text.decode(ids);
		expect(batches.map(({ inputs }) => decode(inputs))).toEqual(["abcdklmn", "defgnopq", "ghijqrst"]);
		expect(batches.map(({ targets }) => decode(targets))).toEqual(["bcdelmno", "efghopqr", "hijkrstu"]);
		expect(batches.map(({ continues, overlap, steps }) => [continues, overlap, steps])).toEqual([
			[false, 1, 4],
			[true, 1, 4],
			[true, 1, 4],
		]);
	});

	it("of a series say what lies `horizon` ahead, of some features", () => {
		const series = SeriesData.from(
			Array.from({ length: 12 }, (_, t) => [t, 100 + t]),
			{},
		);
		const { scaler } = series;
		const batches = [...series.streams({ rows: 2, steps: 3, horizon: 2, targets: [1] }).batches()];
		const rows = batches.flatMap(({ inputs, targets, steps }) => [
			Array.from({ length: 2 }, (_, row) =>
				Math.abs(Math.round(scaler.inverse(inputs.slice(row * steps * 2, row * steps * 2 + 2))[0] ?? NaN)),
			),
			[targets.length / steps],
		]);
		expect(rows).toEqual([[0, 5], [2], [3, 8], [2]]);
	});
});

describe("sentences", () => {
	const make = async () => {
		const model = await Model.create(layers, { seed: 1 });
		return new Trainer(model, { loss: "crossEntropy", optimizer: new SGD() });
	};
	it.each<[string, (trainer: Trainer<"ids", "crossEntropy">) => unknown]>([
		[
			'Trainer.step: rows can\'t continue, since there was no batch before. Leave "continues" out of the first batch.',
			(trainer) => trainer.step({ ...batchOf([3]), continues: true }),
		],
		[
			"Trainer.step: the batch continues one of 2 rows, but has 3. Give the same rows in the same places.",
			(trainer) => [trainer.step(batchOf([3, 2])), trainer.step({ ...batchOf([3, 2, 1]), continues: true })],
		],
		[
			'Trainer.step: row 1 has 2 steps, but "overlap" is 2, which leaves nothing new. Give longer rows or a smaller overlap.',
			(trainer) => [trainer.step(batchOf([3, 2])), trainer.step({ ...batchOf([3, 2]), continues: true, overlap: 2 })],
		],
		[
			'Trainer.step: row 1 had 2 steps in the batch before, but "overlap" is 3. Repeat no more steps than there were.',
			(trainer) => [trainer.step(batchOf([3, 2])), trainer.step({ ...batchOf([5, 5]), continues: true, overlap: 3 })],
		],
		[
			'Trainer.step: "overlap" must be an integer from 0 to 2147483647, got -1.',
			(trainer) => trainer.step({ ...batchOf([3]), overlap: -1 }),
		],
		[
			"Trainer.step: continues must be true, false or an array with one of them for each row, got 1.",
			(trainer) => trainer.step({ ...batchOf([3]), continues: 1 as never }),
		],
		[
			"Trainer.step: continues must have one entry for each of the 1 rows, got 2.",
			(trainer) => trainer.step({ ...batchOf([3]), continues: [true, false] }),
		],
		[
			"Trainer.step: continues[0] must be true or false, got null.",
			(trainer) => trainer.step({ ...batchOf([3]), continues: [null] as never }),
		],
		[
			"Trainer.evaluate: data is drawn row by row, so nothing can continue. Give a dataset whose batches do, such as text.streams({ rows, steps }).",
			(trainer) => trainer.evaluate({ ...batchOf([3]), continues: true }),
		],
		[
			'TextData.streams: "overlap" must be an integer from 0 to 3, got 4.',
			() => TextData.from("abcdef").streams({ rows: 1, steps: 4, overlap: 4 }),
		],
		[
			"TextData.streams: 9 rows need at least 9 characters with a target, got 5. Give fewer rows.",
			() => TextData.from("abcdef").streams({ rows: 9, steps: 4 }),
		],
	])("%s", async (sentence, run) => {
		const trainer = await make();
		let message = "nothing was thrown";
		try {
			run(trainer);
		} catch (error) {
			message = (error as Error).message;
		}
		expect(message).toBe(sentence);
	});

	it("a bidirectional layer's rows can't continue", async () => {
		const model = await Model.create(
			[
				embedding({ vocabSize: V, embeddingSize: 2 }),
				bidirectional(lstm({ hiddenSize: 2 })),
				lastStep(),
				dense({ outputSize: 2 }),
			],
			{ seed: 1 },
		);
		const trainer = new Trainer(model, { loss: "crossEntropy", optimizer: new SGD() });
		trainer.step({ inputs: [[1, 2]], targets: [1] });
		expect(() => trainer.step({ inputs: [[1, 2]], targets: [1], continues: true })).toThrow(
			'Trainer.step: rows can\'t continue, since "1.backward.h" of a bidirectional layer comes from their end.',
		);
	});
});
