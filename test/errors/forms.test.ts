// Data in the form of another model, another loss or another call: does the sentence say the cause and the remedy?
import { describe, it } from "vitest";
import { DataError, OptionError, RaggedData, Scaler, SeriesData, ShapeError, TextData } from "../../src/index.ts";
import { classifier, expectSentence, filter, type Loose, regressor, type Subject, tagger } from "./sentences.ts";

type Case = [string, new (message: string) => Error, () => Promise<Subject>, (subject: Subject) => unknown];

function expectEach(cases: Case[]): void {
	it.each<Case>(cases)("%s", async (sentence, Class, create, call) => {
		const subject = await create();
		await expectSentence(subject, () => call(subject), Class, sentence);
	});
}

/** Two rows of two steps. */
const words = [
	[1, 2],
	[3, 4],
];
const points = [words, words];

/** A step on targets for these rows. */
const step =
	(inputs: unknown, targets: unknown) =>
	({ trainer }: Subject) =>
		trainer.step({ inputs, targets });

describe("a target a row, an output a step", () => {
	const advice =
		"The model gives an output at every step: give a target for each step, or add lastStep() to the model.";
	const few = `Trainer.step: targets have 2 values; batchSize 2 × steps 2 needs 4. ${advice}`;
	expectEach([
		[few, ShapeError, tagger, step(words, [0, 1])],
		[few, ShapeError, tagger, step(words, new Uint8Array(2))],
		[few, ShapeError, tagger, step([[1, 2], [3]], [0, 1])],
		[`Trainer.step: targets[0] must have 2 steps, got 1. ${advice}`, ShapeError, tagger, step(words, [[0], [1]])],
		[
			`Trainer.fit, batch 1 of epoch 1: targets have 2 values; batchSize 2 × steps 2 needs 4. ${advice}`,
			ShapeError,
			tagger,
			({ trainer }) => trainer.fit(RaggedData.from({ inputs: words, targets: [0, 1] })),
		],
		[
			`Trainer.step: targets have 4 values; batchSize 2 × steps 2 × values 2 needs 8. ${advice}`,
			ShapeError,
			filter,
			step(points, new Float32Array(4)),
		],
		[
			`Trainer.step: targets[0, 0] must be an array of 2 values, got 1. ${advice}`,
			ShapeError,
			filter,
			step(points, words),
		],
		[
			`Trainer.step: targets[0] must have 3 steps, got 2. ${advice}`,
			ShapeError,
			filter,
			step([[...words, [5, 6]]], [[1, 2]]),
		],
		[
			`Trainer.step: targets[0] must be an array of steps, got a Float32Array. ${advice}`,
			ShapeError,
			filter,
			step([[...words, [5, 6]]], [new Float32Array(2)]),
		],
		["Trainer.step: targets have 3 values; batchSize 2 × steps 2 needs 4.", ShapeError, tagger, step(words, [0, 1, 2])],
		["Trainer.step: targets[1] must have 2 steps, got 1.", ShapeError, tagger, step(words, [[0, 1], [1]])],
	]);
});

describe("a target a step, an output a row", () => {
	const advice = "The model gives one output a row: give one target for each row, or take lastStep() out of the model.";
	const many = `Trainer.step: targets have 4 values; batchSize 2 needs 2. ${advice}`;
	expectEach([
		[many, ShapeError, classifier, step(words, [0, 1, 2, 0])],
		[many, ShapeError, classifier, step(words, new Uint8Array(4))],
		[
			`Trainer.step: targets[0] must have 1 value, got 2. ${advice}`,
			ShapeError,
			classifier,
			step(words, [
				[0, 1],
				[2, 0],
			]),
		],
		[
			`Trainer.step: targets[0] must have 1 value, got 2. ${advice}`,
			ShapeError,
			classifier,
			step([[1, 2], [3]], [[0, 1], [2]]),
		],
		[
			`Trainer.evaluate: targets have 8 values; batchSize 2 × values 2 needs 4. ${advice}`,
			ShapeError,
			regressor,
			({ trainer }) => trainer.evaluate({ inputs: points, targets: new Float32Array(8) }),
		],
		[
			`Trainer.step: targets[0, 0] is an array of 2; values must be finite in float32. ${advice}`,
			DataError,
			regressor,
			step(points, points),
		],
		[
			`Trainer.step: targets[0] must have 2 values, got 3. ${advice}`,
			ShapeError,
			regressor,
			step([[...words, [5, 6]]], [[...words, [5, 6]]]),
		],
		["Trainer.step: targets have 3 values; batchSize 2 needs 2.", ShapeError, classifier, step(words, [0, 1, 2])],
	]);
});

describe("one-hot targets", () => {
	const ofRow = "Give the class id of each row, not a one-hot row: 1 for [0, 1, 0].";
	const ofStep = "Give the class id of each step, not a one-hot row: 1 for [0, 1, 0].";
	const hot = [
		[0, 1, 0],
		[1, 0, 0],
	];
	const threeSteps = [
		[1, 2, 3],
		[3, 4, 1],
	];
	expectEach([
		[`Trainer.step: targets[0] must have 1 value, got 3. ${ofRow}`, ShapeError, classifier, step(words, hot)],
		[`Trainer.step: targets[0] must have 1 value, got 3. ${ofRow}`, ShapeError, classifier, step(threeSteps, hot)],
		[
			`Trainer.step: targets[0] must have 1 value, got 3. ${ofRow}`,
			ShapeError,
			classifier,
			step(words, [[0.25, 0.25, 0.5], new Float32Array([0.1, 0.9, 0])]),
		],
		[
			`Trainer.step: targets have 6 values; batchSize 2 needs 2. ${ofRow}`,
			ShapeError,
			classifier,
			step(words, new Uint8Array(hot.flat())),
		],
		[
			`Trainer.fit, batch 1 of epoch 1: targets[1] must have 1 value, got 3. ${ofRow}`,
			ShapeError,
			classifier,
			({ trainer }) => trainer.fit({ inputs: words, targets: [1, 0].map((row) => hot[row]) }, { seed: 1 }),
		],
		[
			`Trainer.step: targets[0, 0] is an array of 3, but the model has 3 outputs (ids run from 0 to 2). ${ofStep}`,
			DataError,
			tagger,
			step(words, [hot, hot]),
		],
		[
			`Trainer.step: targets have 12 values; batchSize 2 × steps 2 needs 4. ${ofStep}`,
			ShapeError,
			tagger,
			step(words, new Float32Array([hot, hot].flat(2))),
		],
		[`Trainer.step: targets[0] must have 2 steps, got 3. ${ofStep}`, ShapeError, tagger, step(words, hot)],
		[
			"Trainer.step: targets[0] must have 1 value, got 3. The model gives one output a row: give one target for each row, or take lastStep() out of the model.",
			ShapeError,
			classifier,
			step(threeSteps, [
				[0, 1, 0],
				[0, 1, 2],
			]),
		],
		["Trainer.step: targets[0] must have 1 value, got 4.", ShapeError, classifier, step(words, [[0, 1, 0, 0], [0]])],
	]);
});

describe("data of which no batch has been drawn", () => {
	const series = SeriesData.from([1, 2, 3, 4]);
	const text = TextData.from("abcab");
	const data = "data must be { inputs, targets } or a dataset, got a";
	const batch = "it takes { inputs, batchSize, steps } or { inputs: nested arrays }, got a";
	const cut = "Cut it into windows: data.windows({ steps }).";
	const draw = "Draw batches from it: data.batches({ batchSize }).";
	expectEach([
		[`Trainer.fit: ${data} SeriesData. ${cut}`, DataError, regressor, ({ trainer }) => trainer.fit(series)],
		[`Trainer.fit: ${data} TextData. ${cut}`, DataError, tagger, ({ trainer }) => trainer.fit(text)],
		[`Trainer.evaluate: ${data} TextData. ${cut}`, DataError, tagger, ({ trainer }) => trainer.evaluate(text)],
		[
			`Trainer.fit: "validation" must be { inputs, targets } or a dataset, got a TextData. ${cut}`,
			DataError,
			tagger,
			({ trainer }) => trainer.fit(text.windows({ steps: 2 }), { validation: text }),
		],
		[`Trainer.step: ${batch} SeriesData. ${cut}`, DataError, regressor, ({ trainer }) => trainer.step(series)],
		[`Model.predict: ${batch} TextData. ${cut}`, DataError, tagger, ({ model }) => model.predict(text)],
		[
			`Trainer.step: ${batch} Windows. ${draw}`,
			DataError,
			tagger,
			({ trainer }) => trainer.step(text.windows({ steps: 2 })),
		],
		[
			`Trainer.gradients: ${batch} RaggedData. ${draw}`,
			DataError,
			tagger,
			({ trainer }) => trainer.gradients(RaggedData.from({ inputs: words, targets: words })),
		],
	]);
});

describe("rows that a scaler has made flat", () => {
	const scaler = new Scaler({ mean: [0, 0], scale: [1, 1] });
	const cut =
		"It holds its steps end to end, as scaler.transform gives them: cut it into an array for each step, row.subarray(t * features, (t + 1) * features).";
	const inputs: Loose = points.map((row) => scaler.transform(row));
	expectEach([
		[
			`RaggedData.from: inputs[0] must be an array of steps, got a Float32Array. ${cut}`,
			DataError,
			regressor,
			() => RaggedData.from({ inputs, targets: words }),
		],
		[
			"RaggedData.from: inputs must be an array of rows, got a Float32Array. scaler.transform forgets where rows and steps end: give it one row at a time, and cut what comes into steps.",
			DataError,
			regressor,
			() => RaggedData.from({ inputs: scaler.transform(words) as Loose, targets: words }),
		],
		[
			`Model.predict: inputs[0] must be an array of steps, got a Float32Array. ${cut}`,
			ShapeError,
			regressor,
			({ model }) => model.predict({ inputs }),
		],
	]);

	it("are rows again when they are cut", async () => {
		const features = 2;
		const cutRows = inputs.map((row: Float32Array) =>
			Array.from({ length: row.length / features }, (_, t) => row.subarray(t * features, (t + 1) * features)),
		);
		const { trainer } = await regressor();
		await trainer.fit(RaggedData.from({ inputs: cutRows, targets: words }));
	});
});

describe("holes", () => {
	const fill = "Leave the row out, or fill it.";
	const [hole] = new Array(1);
	/** As `[first, , second]` would be. */
	const holed = <T>(first: T, second: T): T[] => {
		const array = [first, first, second];
		delete array[1];
		return array;
	};
	const row = `inputs[1] must be an array of steps, got undefined.`;
	expectEach([
		[`Model.predict: ${row} ${fill}`, DataError, tagger, ({ model }) => model.predict({ inputs: holed([1], [3]) })],
		[`Model.predict: ${row} ${fill}`, DataError, filter, ({ model }) => model.predict({ inputs: holed(words, words) })],
		[`Model.predict: ${row} ${fill}`, DataError, filter, ({ model }) => model.predict({ inputs: [words, hole] })],
		[
			"Model.predict: inputs[0] must be an array of steps, got undefined. Leave the row out, or fill it.",
			DataError,
			tagger,
			({ model }) => model.predict({ inputs: new Array(2) }),
		],
		[
			"Model.predict: inputs[0, 1] is undefined, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			tagger,
			({ model }) => model.predict({ inputs: [holed(1, 3)] }),
		],
		[
			"Model.predict: inputs[0, 1] must be an array of 2 values, got undefined.",
			ShapeError,
			filter,
			({ model }) => model.predict({ inputs: [holed([1, 1], [3, 3])] }),
		],
		[
			`Trainer.fit: ${row} ${fill}`,
			DataError,
			tagger,
			({ trainer }) => trainer.fit({ inputs: holed([1], [3]), targets: holed([1], [1]) }),
		],
		[
			`RaggedData.from: ${row}`,
			DataError,
			tagger,
			() => RaggedData.from({ inputs: holed([1], [3]), targets: [0, 1, 2] }),
		],
		[
			"Trainer.step: targets[1] is undefined, but the model has 3 outputs (ids run from 0 to 2).",
			DataError,
			classifier,
			step([[1], [2], [3]], holed(1, 1)),
		],
		[
			"Trainer.step: targets[0] is undefined, but the model has 3 outputs (ids run from 0 to 2).",
			DataError,
			classifier,
			step([[1], [2]], [hole, 1]),
		],
		[
			"Trainer.step: weights[0] is undefined; weights must be finite in float32 and at least 0.",
			DataError,
			tagger,
			({ trainer }) =>
				trainer.step({
					inputs: words,
					targets: [
						[0, 1],
						[1, 2],
					],
					weights: [hole, 1],
				}),
		],
		[
			"SeriesData.from: values[1] must have 1 features, got undefined.",
			ShapeError,
			tagger,
			() => SeriesData.from(holed([1], [3])),
		],
		[
			'SeriesData.split: "fractions[1]" must be a finite number at least 0 and at most 1, got undefined.',
			OptionError,
			tagger,
			() => SeriesData.from([1, 2, 3]).split(holed(0.5, 0.5)),
		],
		[
			'SeriesData.windows: "targets[1]" must be an integer from 0 to 1, got undefined.',
			OptionError,
			tagger,
			() => SeriesData.from(words).windows({ steps: 1, targets: holed(0, 1) }),
		],
		[
			'Scaler: "mean[1]" must be a finite number, got undefined.',
			OptionError,
			tagger,
			() => new Scaler({ mean: holed(0, 0), scale: [1, 1, 1] }),
		],
	]);
});

describe("plain arrays of numbers where rows should be", () => {
	expectEach([
		[
			"Trainer.fit: inputs[0] must be an array of steps, got 1. Flat inputs must be a typed array.",
			DataError,
			tagger,
			({ trainer }) => trainer.fit({ inputs: [1, 2, 3, 4], batchSize: 2, steps: 2, targets: [0, 1, 0, 1] }),
		],
	]);
});
