// Does every batch that is wrong get its sentence, and does the model afterwards behave as if it had never come?
import { describe, expect, it } from "vitest";
import {
	Adam,
	type Batch,
	DataError,
	dense,
	embedding,
	gru,
	lastStep,
	lstm,
	Model,
	OptionError,
	RaggedData,
	ShapeError,
	sLstm,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { valuesOf } from "../models.ts";

type AnyTrainer = Trainer<"ids" | "values", "crossEntropy" | "meanSquaredError">;

/** A model, a trainer that has made one step, and a batch that is right. */
interface Subject {
	readonly model: Model;
	readonly trainer: AnyTrainer;
	readonly batch: Batch;
}

const engine = engines[engines.length - 1];

/** Eats ids below 5 and says one of 3 classes at each step. */
async function classifier(): Promise<Subject> {
	const model = await Model.create(
		[embedding({ vocabSize: 5, embeddingSize: 3 }), lstm({ hiddenSize: 5 }), dense({ outputSize: 3 })],
		{ seed: 1, engine },
	);
	const trainer = new Trainer(model, {
		loss: "crossEntropy",
		optimizer: new Adam({ learningRate: 0.1 }),
	});
	const batch = {
		inputs: [
			[0, 1, 2, 3],
			[4, 3],
		],
		targets: [
			[0, 1, 2, 0],
			[1, 1],
		],
	};
	trainer.step(batch);
	return { model, trainer, batch } as unknown as Subject;
}

/** Eats 2 features and gives 2 values for each row. */
async function regressor(): Promise<Subject> {
	const model = await Model.create([gru({ inputSize: 2, hiddenSize: 3 }), lastStep(), dense({ outputSize: 2 })], {
		seed: 2,
		engine,
	});
	const trainer = new Trainer(model, {
		loss: "meanSquaredError",
		optimizer: new Adam({ learningRate: 0.1 }),
	});
	const batch = {
		inputs: new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]),
		batchSize: 2,
		steps: 2,
		targets: new Float32Array([1, 0, 0, 1]),
	};
	trainer.step(batch);
	return { model, trainer, batch } as unknown as Subject;
}

/** As a program without types would pass them. */
type Loose = Record<string, unknown>;
type Call = (subject: Subject, change: (fields: Loose) => never) => unknown;
type Row = [string, new (message: string) => Error, Call];

function expectEach(create: () => Promise<Subject>, rows: Row[]): void {
	it.each(rows)("%s", async (sentence, kind, call) => {
		const [subject, twin] = [await create(), await create()];
		const change = (fields: Loose) => ({ ...subject.batch, ...fields }) as unknown as never;
		const error = await errorOf(() => call(subject, change));
		expect(error.message).toBe(sentence);
		expect(error).toBeInstanceOf(kind);
		expect(error.name).toBe(kind.name);
		expectTwins(subject, twin);
	});
}

async function errorOf(call: () => unknown): Promise<Error> {
	try {
		await call();
	} catch (error) {
		return error as Error;
	}
	throw new Error("nothing was thrown");
}

/** That both predict and learn the same, to the bit. */
function expectTwins(subject: Subject, twin: Subject): void {
	expect(valuesOf(subject.model)).toEqual(valuesOf(twin.model));
	const { updateCount, gradientNorm } = twin.trainer;
	expect(subject.trainer).toMatchObject({ updateCount, gradientNorm });
	for (let step = 0; step < 2; step++) {
		const expected = twin.model.predict(twin.batch);
		expect(subject.model.predict(subject.batch)).toEqual(expected);
		const loss = twin.trainer.step(twin.batch);
		expect(subject.trainer.step(subject.batch)).toBe(loss);
	}
	expect(valuesOf(subject.model)).toEqual(valuesOf(twin.model));
}

describe("inputs of ids", () => {
	expectEach(classifier, [
		[
			"Model.predict: it takes { inputs, batchSize, steps } or { inputs: nested arrays }, got null.",
			DataError,
			({ model }) => model.predict(null as never),
		],
		[
			'Model.predict: it takes { inputs, batchSize, steps } or { inputs: nested arrays }, got "text".',
			DataError,
			({ model }) => model.predict("text" as never),
		],
		[
			"Model.predict: it takes { inputs, batchSize, steps } or { inputs: nested arrays }, got an array of 1.",
			DataError,
			({ model }) => model.predict([[1, 2]] as never),
		],
		[
			"Model.predict: inputs must be a typed array or nested arrays, got undefined.",
			DataError,
			({ model }) => model.predict({} as never),
		],
		[
			"Model.predict: inputs must be a typed array or nested arrays, got null.",
			DataError,
			({ model }) => model.predict({ inputs: null } as never),
		],
		[
			'Model.predict: inputs must be a typed array or nested arrays, got "0123".',
			DataError,
			({ model }) => model.predict({ inputs: "0123" } as never),
		],
		[
			"Model.predict: inputs must be a typed array or nested arrays, got 7.",
			DataError,
			({ model }) => model.predict({ inputs: 7 } as never),
		],
		[
			"Model.predict: inputs[0] must be an array of steps, got 1. Flat inputs must be a typed array.",
			DataError,
			({ model }) => model.predict({ inputs: [1, 2] } as never),
		],
		[
			'Model.predict: inputs[0] must be an array of steps, got "01". Flat inputs must be a typed array.',
			DataError,
			({ model }) => model.predict({ inputs: ["01"] } as never),
		],
		[
			"Model.predict: inputs[1] must be an array of steps, got null. Flat inputs must be a typed array.",
			DataError,
			({ model }) => model.predict({ inputs: [[1], null] } as never),
		],
		[
			"Model.predict: inputs[1] must be an array of steps, got an object. Flat inputs must be a typed array.",
			DataError,
			({ model }) => model.predict({ inputs: [[1], { 0: 1 }] } as never),
		],
		[
			"Model.predict: inputs must be a typed array or nested arrays, got a DataView.",
			DataError,
			({ model }) => model.predict({ inputs: new DataView(new ArrayBuffer(8)) } as never),
		],
		[
			"Model.predict: inputs must be a typed array or nested arrays, got a BigInt64Array. Make its bigints numbers: Int32Array.from(array, Number).",
			DataError,
			({ model }) =>
				model.predict({
					inputs: new BigInt64Array(4),
					batchSize: 2,
					steps: 2,
				} as never),
		],
		[
			"Model.predict: the batch is empty. Give it at least one row.",
			DataError,
			({ model }) => model.predict({ inputs: [] } as never),
		],
		[
			"Model.predict: the batch is empty. Give it at least one row.",
			DataError,
			({ model }) =>
				model.predict({
					inputs: new Int32Array(0),
					batchSize: 1,
					steps: 1,
				} as never),
		],
		[
			"Model.predict: the batch is empty. Give it at least one row.",
			DataError,
			({ model }) =>
				model.predict({
					inputs: new Int32Array(1),
					batchSize: 0,
					steps: 1,
				} as never),
		],
		[
			"Model.predict: row 1 has length 0; every row needs at least one step. Leave it out.",
			DataError,
			({ model }) => model.predict({ inputs: [[1], []] } as never),
		],
		[
			"Model.predict: inputs[1, 1] is 5, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.predict({ inputs: [[1], [2, 5]] } as never),
		],
		[
			"Model.predict: inputs[1, 1] is -1, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.predict({ inputs: [[1], [2, -1]] } as never),
		],
		[
			"Model.predict: inputs[1, 0] is 0.5, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.predict({ inputs: [[1], [0.5]] } as never),
		],
		[
			"Model.predict: inputs[1, 0] is NaN, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.predict({ inputs: [[1], [Number.NaN]] } as never),
		],
		[
			'Model.predict: inputs[1, 0] is "2", but vocabSize is 5 (ids run from 0 to 4).',
			DataError,
			({ model }) => model.predict({ inputs: [[1], ["2"]] } as never),
		],
		[
			"Model.predict: inputs[1, 0] is null, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.predict({ inputs: [[1], [null]] } as never),
		],
		[
			"Model.predict: inputs[1, 0] is a BigInt, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.predict({ inputs: [[1], [2n]] } as never),
		],
		[
			"Model.predict: inputs[1, 0] is an array of 1, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.predict({ inputs: [[1], [[2]]] } as never),
		],
		[
			"Model.predict: inputs[1, 0] is a Symbol, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.predict({ inputs: [[1], [Symbol()]] } as never),
		],
		[
			"Model.predict: inputs[1, 0] is an object, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.predict({ inputs: [[1], [Object.create(null)]] } as never),
		],
		[
			"Trainer.step: targets[0, 0] is a Symbol, but the model has 3 outputs (ids run from 0 to 2).",
			DataError,
			({ trainer }) => trainer.step({ inputs: [[1]], targets: [[Symbol()]] } as never),
		],
		[
			"Model.predict: inputs[1, 0] is 1e+300, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.predict({ inputs: [[1], [1e300]] } as never),
		],
		[
			"Model.predict: inputs[0, 1] is 0.5, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) =>
				model.predict({
					inputs: new Float32Array([0, 0.5]),
					batchSize: 1,
					steps: 2,
				} as never),
		],
		[
			"Model.predict: inputs[1, 1] is 99, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) =>
				model.predict({
					inputs: new Uint8Array([0, 1, 2, 99]),
					batchSize: 2,
					steps: 2,
				} as never),
		],
		[
			'Model.predict: flat inputs need "batchSize" and "steps".',
			OptionError,
			({ model }) => model.predict({ inputs: new Int32Array(4) } as never),
		],
		[
			'Model.predict: flat inputs need "batchSize" and "steps".',
			OptionError,
			({ model }) => model.predict({ inputs: new Int32Array(4), batchSize: 2 } as never),
		],
		[
			"Model.predict: inputs have 5 values; batchSize 2 × steps 2 needs 4.",
			ShapeError,
			({ model }) =>
				model.predict({
					inputs: new Int32Array(5),
					batchSize: 2,
					steps: 2,
				} as never),
		],
		[
			"Model.predict: inputs have 4 values; batchSize 2,147,483,648 × steps 2 needs 4,294,967,296.",
			ShapeError,
			({ model }) =>
				model.predict({
					inputs: new Int32Array(4),
					batchSize: 2 ** 31,
					steps: 2,
				} as never),
		],
		[
			'Model.predict: "steps" must be a positive integer, got NaN.',
			OptionError,
			({ model }) =>
				model.predict({
					inputs: new Int32Array(4),
					batchSize: 2,
					steps: Number.NaN,
				} as never),
		],
		[
			'Model.predict: "steps" must be a positive integer, got "2".',
			OptionError,
			({ model }) =>
				model.predict({
					inputs: new Int32Array(4),
					batchSize: 2,
					steps: "2",
				} as never),
		],
		[
			'Model.predict: "batchSize" must be a positive integer, got null.',
			OptionError,
			({ model }) =>
				model.predict({
					inputs: new Int32Array(4),
					batchSize: null,
					steps: 2,
				} as never),
		],
		[
			'Model.predict: "batchSize" must be a positive integer, got 1.5.',
			OptionError,
			({ model }) =>
				model.predict({
					inputs: new Int32Array(4),
					batchSize: 1.5,
					steps: 2,
				} as never),
		],
		[
			'Model.predict: "batchSize" must be a positive integer, got -2.',
			OptionError,
			({ model }) =>
				model.predict({
					inputs: new Int32Array(4),
					batchSize: -2,
					steps: -2,
				} as never),
		],
		[
			'Model.predict: inputs have 2 rows, but "batchSize" is 3.',
			ShapeError,
			({ model }) => model.predict({ inputs: [[1], [2]], batchSize: 3 } as never),
		],
		[
			'Model.predict: "batchSize" must be a positive integer, got "2".',
			OptionError,
			({ model }) => model.predict({ inputs: [[1], [2]], batchSize: "2" } as never),
		],
		[
			'Model.predict: a row has 3 steps, but "steps" is 2.',
			ShapeError,
			({ model }) => model.predict({ inputs: [[1, 2, 3], [2]], steps: 2 } as never),
		],
		[
			'Model.predict: "steps" must be a positive integer, got 0.',
			OptionError,
			({ model }) => model.predict({ inputs: [[1, 2, 3], [2]], steps: 0 } as never),
		],
		[
			"Model.predict: outputs of [1, 1099511627776, 3] are more than an array can hold. Use fewer rows or fewer steps.",
			ShapeError,
			({ model }) => model.predict({ inputs: [[1]], steps: 2 ** 40 } as never),
		],
		[
			"Model.predict: lengths must have one entry for each of the 2 rows, got 1.",
			ShapeError,
			({ model }) => model.predict({ inputs: [[1, 2], [2]], lengths: [1] } as never),
		],
		[
			"Model.predict: lengths[0] must be an integer from 1 to 2 (the steps of the row), got 3.",
			ShapeError,
			({ model }) => model.predict({ inputs: [[1, 2], [2]], lengths: [3, 1] } as never),
		],
		[
			"Model.predict: lengths[1] must be an integer from 1 to 1 (the steps of the row), got -1.",
			ShapeError,
			({ model }) => model.predict({ inputs: [[1, 2], [2]], lengths: [2, -1] } as never),
		],
		[
			"Model.predict: row 1 has length 0; every row needs at least one step. Leave it out.",
			DataError,
			({ model }) => model.predict({ inputs: [[1, 2], [2]], lengths: [2, 0] } as never),
		],
		[
			"Model.predict: lengths[0] must be an integer from 1 to 2 (the steps of the row), got 1.5.",
			ShapeError,
			({ model }) => model.predict({ inputs: [[1, 2], [2]], lengths: [1.5, 1] } as never),
		],
		[
			'Model.predict: lengths[0] must be an integer from 1 to 2 (the steps of the row), got "2".',
			ShapeError,
			({ model }) => model.predict({ inputs: [[1, 2], [2]], lengths: ["2", "1"] } as never),
		],
		[
			'Model.predict: lengths must be an array with a number for each row, got "21".',
			DataError,
			({ model }) => model.predict({ inputs: [[1, 2], [2]], lengths: "21" } as never),
		],
		[
			"Model.predict: lengths must be an array with a number for each row, got 2.",
			DataError,
			({ model }) => model.predict({ inputs: [[1, 2], [2]], lengths: 2 } as never),
		],
		[
			"Model.predict: lengths must be an array with a number for each row, got null.",
			DataError,
			({ model }) => model.predict({ inputs: [[1, 2], [2]], lengths: null } as never),
		],
		[
			'Model.predict: unknown option "length". Did you mean "lengths"?',
			OptionError,
			({ model }) => model.predict({ inputs: [[1, 2], [2]], length: [2, 1] } as never),
		],
		[
			'Model.predict: unknown option "mask". Known options: inputs, batchSize, steps, lengths, initialState, targets, weights, continues, overlap.',
			OptionError,
			({ model }) => model.predict({ inputs: [[1, 2]], mask: [[1, 0]] } as never),
		],
	]);
});

describe("inputs of values", () => {
	const rows = (...inputs: unknown[]): never => ({ inputs }) as never;
	expectEach(regressor, [
		[
			"Model.predict: inputs have 6 values; batchSize 2 × steps 2 × features 2 needs 8.",
			ShapeError,
			({ model }) =>
				model.predict({
					inputs: new Float32Array(6),
					batchSize: 2,
					steps: 2,
				} as never),
		],
		[
			"Model.predict: inputs[1, 0, 0] is NaN; values must be finite in float32.",
			DataError,
			({ model }) =>
				model.predict({
					inputs: new Float32Array([0, 1, Number.NaN, 0]),
					batchSize: 2,
					steps: 1,
				} as never),
		],
		[
			"Model.predict: inputs[0, 0, 1] is 1e+300; values must be finite in float32.",
			DataError,
			({ model }) =>
				model.predict({
					inputs: new Float64Array([0, 1e300]),
					batchSize: 1,
					steps: 1,
				} as never),
		],
		[
			"Model.predict: inputs[0, 1, 1] is -Infinity; values must be finite in float32.",
			DataError,
			({ model }) =>
				model.predict(
					rows([
						[0, 1],
						[2, -Infinity],
					]),
				),
		],
		[
			"Model.predict: inputs[0, 1, 0] is null; values must be finite in float32.",
			DataError,
			({ model }) =>
				model.predict(
					rows([
						[0, 1],
						[null, 1],
					]),
				),
		],
		[
			'Model.predict: inputs[0, 1, 0] is "1"; values must be finite in float32.',
			DataError,
			({ model }) =>
				model.predict(
					rows([
						[0, 1],
						["1", 1],
					]),
				),
		],
		[
			"Model.predict: inputs[0, 1, 1] is a BigInt; values must be finite in float32.",
			DataError,
			({ model }) =>
				model.predict(
					rows([
						[0, 1],
						[1, 2n],
					]),
				),
		],
		[
			"Model.predict: inputs[0, 1, 0] is undefined; values must be finite in float32.",
			DataError,
			({ model }) =>
				model.predict(
					rows([
						[0, 1],
						[undefined, 1],
					]),
				),
		],
		[
			"Model.predict: inputs[0, 1] must be an array of 2 values, got 1.",
			ShapeError,
			({ model }) => model.predict(rows([[0, 1], [1]])),
		],
		[
			"Model.predict: inputs[0, 1] must be an array of 2 values, got 3.",
			ShapeError,
			({ model }) =>
				model.predict(
					rows([
						[0, 1],
						[1, 2, 3],
					]),
				),
		],
		[
			"Model.predict: inputs[0, 1] must be an array of 2 values, got null.",
			ShapeError,
			({ model }) => model.predict(rows([[0, 1], null])),
		],
		[
			'Model.predict: inputs[0, 1, 0] is "0"; values must be finite in float32.',
			DataError,
			({ model }) => model.predict(rows([[0, 1], "01"])),
		],
		[
			"Model.predict: inputs[0, 0] must be an array of 2 values, got 0.5.",
			ShapeError,
			({ model }) => model.predict(rows([0.5, 0.25])),
		],
		[
			"Model.predict: inputs[0] must be an array of steps, got a Float32Array. It holds its steps end to end, as scaler.transform gives them: cut it into an array for each step, row.subarray(t * features, (t + 1) * features).",
			ShapeError,
			({ model }) => model.predict(rows(new Float32Array(4))),
		],
		[
			"Model.predict: row 0 has length 0; every row needs at least one step. Leave it out.",
			DataError,
			({ model }) => model.predict(rows([])),
		],
		[
			"Model.predict: inputs[0] must be an array of steps, got 0.5. Flat inputs must be a typed array.",
			DataError,
			({ model }) => model.predict(rows(0.5)),
		],
	]);
});

describe("inputs of one feature", () => {
	const create = () => Model.create([gru({ inputSize: 1, hiddenSize: 2 })]);
	it.each([
		[
			"Model.predict: inputs[0, 0] must be an array of 1 value, got 1. Each step is an array: write [[[1], [2], [3]]].",
			[[1, 2, 3]],
		],
		["Model.predict: inputs[0, 1] must be an array of 1 value, got 2.", [[[1], [2, 3]]]],
	])("%s", async (sentence, inputs) => {
		const model = await create();
		expect(() => model.predict({ inputs } as never)).toThrow(new ShapeError(sentence));
	});
});

describe("initial states of an sLstm", () => {
	const create = () => Model.create([sLstm({ inputSize: 1, hiddenSize: 2 })]);
	const states = (given: Record<string, number[]>) =>
		new Map(Object.entries(given).map(([name, values]) => [name, new Float32Array(values)]));
	it.each([
		[
			'Model.predict: initialState has "0.c" but not "0.n". Give all of "0.c", "0.n", "0.m", as finalState has them, or none of them.',
			states({ "0.h": [1, 1], "0.c": [1, 1] }),
		],
		[
			'Model.predict: initialState has "0.m" but not "0.c". Give all of "0.c", "0.n", "0.m", as finalState has them, or none of them.',
			states({ "0.m": [1, 1] }),
		],
		[
			'Model.predict: initialState "0.n"[1] is -0.5; values must be at least 0.',
			states({ "0.c": [1, 1], "0.n": [0, -0.5], "0.m": [0, 0] }),
		],
		[
			'Model.predict: initialState "0.n"[0] is Infinity; values must be finite in float32.',
			states({ "0.c": [1, 1], "0.n": [Infinity, 1], "0.m": [0, 0] }),
		],
	])("%s", async (sentence, initialState) => {
		const model = await create();
		expect(() => model.predict({ inputs: [[[1], [2]]], initialState })).toThrow(new DataError(sentence));
	});

	it("may be h alone, and count for nothing in a unit that has seen nothing", async () => {
		const model = await create();
		const inputs = [[[1], [2]]];
		const outputs = (given: Record<string, number[]>) => [
			...model.predict({ inputs, initialState: states(given) }).outputs,
		];
		const h = { "0.h": [0.5, -1] };
		expect(outputs(h)).not.toEqual([...model.predict({ inputs }).outputs]);
		expect(outputs({ ...h, "0.c": [3, -4], "0.n": [0, 0], "0.m": [50, -50] })).toEqual(outputs(h));
		expect(outputs({ ...h, "0.c": [3, -4], "0.n": [4, 5], "0.m": [0, 0] })).not.toEqual(outputs(h));
	});
});

describe("initial states", () => {
	const predict =
		(initialState: unknown): Call =>
		({ model, batch }) =>
			model.predict({ ...batch, initialState } as never);
	const h = (...values: number[]) => new Map([["0.h", new Float32Array(values)]]);
	expectEach(regressor, [
		["Model.predict: initialState must be a Map as predict gives it, got an object.", DataError, predict({ h: [0] })],
		["Model.predict: initialState must be a Map as predict gives it, got null.", DataError, predict(null)],
		[
			'Model.predict: initialState has "0.c", which this model has not. Its states: 0.h.',
			DataError,
			predict(new Map([["0.c", new Float32Array(6)]])),
		],
		[
			`Model.predict: initialState has "${"x".repeat(40)}…", which this model has not. Its states: 0.h.`,
			DataError,
			predict(new Map([["x".repeat(1e6), new Float32Array(6)]])),
		],
		['Model.predict: initialState "0.h" has 3 values; batchSize 2 × 3 needs 6.', ShapeError, predict(h(1, 2, 3))],
		[
			'Model.predict: initialState "0.h"[4] is NaN; values must be finite in float32.',
			DataError,
			predict(h(1, 2, 3, 4, Number.NaN, 6)),
		],
		[
			'Model.predict: initialState "0.h"[0] is 1e+300; values must be finite in float32.',
			DataError,
			predict(new Map([["0.h", new Float64Array(6).fill(1e300)]])),
		],
		[
			'Model.predict: initialState "0.h" must be a Float32Array, got null.',
			DataError,
			predict(new Map([["0.h", null]])),
		],
	]);
});

describe("targets and weights of class ids", () => {
	expectEach(classifier, [
		[
			"Trainer.step: it takes { inputs, batchSize, steps } or { inputs: nested arrays }, got null.",
			DataError,
			({ trainer }) => trainer.step(null as never),
		],
		[
			"Trainer.step: targets must be a typed array or nested arrays, got undefined.",
			DataError,
			({ trainer }, batch) => trainer.step(batch({ targets: undefined })),
		],
		[
			"Trainer.step: targets must be a typed array or nested arrays, got null.",
			DataError,
			({ trainer }, batch) => trainer.step(batch({ targets: null })),
		],
		[
			'Trainer.step: targets must be a typed array or nested arrays, got "0123".',
			DataError,
			({ trainer }, batch) => trainer.step(batch({ targets: "0123" })),
		],
		[
			"Trainer.gradients: targets must be a typed array or nested arrays, got a DataView.",
			DataError,
			({ trainer }, batch) => trainer.gradients(batch({ targets: new DataView(new ArrayBuffer(8)) })),
		],
		[
			"Trainer.step: targets must have one entry for each of the 2 rows, got 1.",
			ShapeError,
			({ trainer }, batch) => trainer.step(batch({ targets: [[0, 1, 2, 0]] })),
		],
		[
			"Trainer.step: targets[1] must have 2 steps, got 1.",
			ShapeError,
			({ trainer }, batch) => trainer.step(batch({ targets: [[0, 1, 2, 0], [1]] })),
		],
		[
			"Trainer.step: targets[1] must have 2 steps, got 3.",
			ShapeError,
			({ trainer }, batch) =>
				trainer.step(
					batch({
						targets: [
							[0, 1, 2, 0],
							[1, 1, 1],
						],
					}),
				),
		],
		[
			"Trainer.step: targets[1] must have 2 steps, got null.",
			ShapeError,
			({ trainer }, batch) => trainer.step(batch({ targets: [[0, 1, 2, 0], null] })),
		],
		[
			"Trainer.step: targets have 2 values; batchSize 2 × steps 4 needs 8. The model gives an output at every step: give a target for each step, or add lastStep() to the model.",
			ShapeError,
			({ trainer }, batch) => trainer.step(batch({ targets: [0, 1] })),
		],
		[
			"Trainer.step: targets have 7 values; batchSize 2 × steps 4 needs 8.",
			ShapeError,
			({ trainer }, batch) => trainer.step(batch({ targets: new Int32Array(7) })),
		],
		[
			"Trainer.step: targets[0, 2] is 3, but the model has 3 outputs (ids run from 0 to 2).",
			DataError,
			({ trainer }, batch) =>
				trainer.step(
					batch({
						targets: [
							[0, 1, 3, 0],
							[1, 1],
						],
					}),
				),
		],
		[
			"Trainer.gradients: targets[0, 2] is -1, but the model has 3 outputs (ids run from 0 to 2).",
			DataError,
			({ trainer }, batch) =>
				trainer.gradients(
					batch({
						targets: [
							[0, 1, -1, 0],
							[1, 1],
						],
					}),
				),
		],
		[
			"Trainer.evaluate: targets[0, 2] is 0.5, but the model has 3 outputs (ids run from 0 to 2).",
			DataError,
			({ trainer }, batch) =>
				trainer.evaluate(
					batch({
						targets: [
							[0, 1, 0.5, 0],
							[1, 1],
						],
					}),
				),
		],
		[
			"Trainer.step: targets[0, 2] is 0.5, but the model has 3 outputs (ids run from 0 to 2).",
			DataError,
			({ trainer }, batch) => trainer.step(batch({ targets: new Float32Array([0, 1, 0.5, 0, 1, 1, 0, 0]) })),
		],
		[
			"Trainer.step: weights[1, 1] is -1; weights must be finite in float32 and at least 0.",
			DataError,
			({ trainer }, batch) =>
				trainer.step(
					batch({
						weights: [
							[1, 1, 1, 1],
							[1, -1],
						],
					}),
				),
		],
		[
			"Trainer.step: weights[1] is NaN; weights must be finite in float32 and at least 0.",
			DataError,
			({ trainer }, batch) => trainer.step(batch({ weights: [1, Number.NaN] })),
		],
		[
			"Trainer.step: weights[1] is 1e+300; weights must be finite in float32 and at least 0.",
			DataError,
			({ trainer }, batch) => trainer.step(batch({ weights: [1, 1e300] })),
		],
		[
			"Trainer.step: weights[1] is null; weights must be finite in float32 and at least 0.",
			DataError,
			({ trainer }, batch) => trainer.step(batch({ weights: [1, null] })),
		],
		[
			"Trainer.step: every weight is 0, so there is nothing to take the mean of.",
			DataError,
			({ trainer }, batch) => trainer.step(batch({ weights: [0, 0] })),
		],
		[
			`Trainer.step: the weights add up to ${6 * 2 ** 126}; they may add up to 8.51e+37 at most, since the mean divides by it in float32. Scale them down.`,
			DataError,
			({ trainer }, batch) => trainer.step(batch({ weights: [2 ** 126, 2 ** 126] })),
		],
		[
			`Trainer.step: the weights add up to ${3 * 2 ** -139}, so there is nothing to take the mean of.`,
			DataError,
			({ trainer }, batch) => trainer.step(batch({ weights: [2 ** -140, 2 ** -140] })),
		],
		[
			"Trainer.step: weights must be a typed array or nested arrays, got null.",
			DataError,
			({ trainer }, batch) => trainer.step(batch({ weights: null })),
		],
		[
			"Trainer.step: weights must be a typed array or nested arrays, got 2.",
			DataError,
			({ trainer }, batch) => trainer.step(batch({ weights: 2 })),
		],
		[
			"Trainer.step: weights have 3 values; batchSize 2 × steps 4 needs 8.",
			ShapeError,
			({ trainer }, batch) => trainer.step(batch({ weights: [1, 1, 1] })),
		],
		[
			"Trainer.step: weights[0] must have 4 steps, got 3.",
			ShapeError,
			({ trainer }, batch) =>
				trainer.step(
					batch({
						weights: [
							[1, 1, 1],
							[1, 1],
						],
					}),
				),
		],
		[
			'Trainer.step: unknown option "weight". Did you mean "weights"?',
			OptionError,
			({ trainer }, batch) => trainer.step(batch({ weight: [1, 1] })),
		],
		[
			'Trainer.evaluate: unknown option "target". Did you mean "targets"?',
			OptionError,
			({ trainer }, batch) => trainer.evaluate(batch({ target: [1, 1] })),
		],
	]);
});

describe("targets and weights of values", () => {
	expectEach(regressor, [
		[
			"Trainer.step: targets[1, 0] is NaN; values must be finite in float32.",
			DataError,
			({ trainer }, batch) => trainer.step(batch({ targets: new Float32Array([1, 0, Number.NaN, 0]) })),
		],
		[
			"Trainer.step: targets[1, 1] is Infinity; values must be finite in float32.",
			DataError,
			({ trainer }, batch) =>
				trainer.step(
					batch({
						targets: [
							[1, 0],
							[0, Infinity],
						],
					}),
				),
		],
		[
			"Trainer.step: targets[1, 1] is 1e+300; values must be finite in float32.",
			DataError,
			({ trainer }, batch) =>
				trainer.step(
					batch({
						targets: [
							[1, 0],
							[0, 1e300],
						],
					}),
				),
		],
		[
			"Trainer.step: targets[1, 1] is null; values must be finite in float32.",
			DataError,
			({ trainer }, batch) =>
				trainer.step(
					batch({
						targets: [
							[1, 0],
							[0, null],
						],
					}),
				),
		],
		[
			"Trainer.step: targets[1] must have 2 values, got 1.",
			ShapeError,
			({ trainer }, batch) => trainer.step(batch({ targets: [[1, 0], [0]] })),
		],
		[
			"Trainer.step: targets must have one entry for each of the 2 rows, got 1.",
			ShapeError,
			({ trainer }, batch) => trainer.step(batch({ targets: [[1, 0]] })),
		],
		[
			"Trainer.step: targets have 8 values; batchSize 2 × values 2 needs 4. The model gives one output a row: give one target for each row, or take lastStep() out of the model.",
			ShapeError,
			({ trainer }, batch) => trainer.step(batch({ targets: new Float32Array(8) })),
		],
		[
			"Trainer.step: weights have 4 values; batchSize 2 needs 2.",
			ShapeError,
			({ trainer }, batch) => trainer.step(batch({ weights: new Float32Array(4) })),
		],
		[
			"Trainer.step: weights[1] is -0.5; weights must be finite in float32 and at least 0.",
			DataError,
			({ trainer }, batch) => trainer.step(batch({ weights: [0.5, -0.5] })),
		],
	]);
});

describe("data of fit and evaluate", () => {
	expectEach(classifier, [
		[
			"Trainer.fit: data must be { inputs, targets } or a dataset, got null.",
			DataError,
			({ trainer }) => trainer.fit(null as never),
		],
		[
			'Trainer.fit: data must be { inputs, targets } or a dataset, got "text".',
			DataError,
			({ trainer }) => trainer.fit("text" as never),
		],
		["Trainer.fit: inputs must be an array, got undefined.", DataError, ({ trainer }) => trainer.fit({} as never)],
		[
			"Trainer.fit: targets must be an array, got undefined.",
			DataError,
			({ trainer }, batch) => trainer.fit(batch({ targets: undefined })),
		],
		[
			"Trainer.fit: inputs must hold a row, got none.",
			DataError,
			({ trainer }, batch) => trainer.fit(batch({ inputs: [] })),
		],
		[
			"Trainer.fit: targets must have one entry for each of the 2 rows, got 1.",
			ShapeError,
			({ trainer }, batch) => trainer.fit(batch({ targets: [[0]] })),
		],
		[
			"Trainer.fit: lengths must have one entry for each of the 2 rows, got 1.",
			ShapeError,
			({ trainer }, batch) => trainer.fit(batch({ lengths: [1] })),
		],
		[
			'Trainer.fit: unknown option "lenghts". Did you mean "lengths"?',
			OptionError,
			({ trainer }, batch) => trainer.fit(batch({ lenghts: [1, 1] })),
		],
		[
			"Trainer.fit, batch 1 of epoch 1: inputs[0, 3] is 9, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ trainer }, batch) =>
				trainer.fit(
					batch({
						inputs: [
							[0, 1, 2, 9],
							[4, 9],
						],
					}),
				),
		],
		[
			'Trainer.fit: "epochs" must be a positive integer, got 0.',
			OptionError,
			({ trainer, batch }) => trainer.fit(batch as never, { epochs: 0 }),
		],
		[
			'Trainer.fit: "batchSize" must be a positive integer, got 1.5.',
			OptionError,
			({ trainer, batch }) => trainer.fit(batch as never, { batchSize: 1.5 }),
		],
		[
			'Trainer.fit: "seed" must be an integer from 0 to 9007199254740991, got -1.',
			OptionError,
			({ trainer, batch }) => trainer.fit(batch as never, { seed: -1 }),
		],
		[
			'Trainer.fit: "onEpoch" must be a function, got 1.',
			OptionError,
			({ trainer, batch }) => trainer.fit(batch as never, { onEpoch: 1 as never }),
		],
		[
			'Trainer.fit: unknown option "epoch". Did you mean "epochs"?',
			OptionError,
			({ trainer, batch }) => trainer.fit(batch as never, { epoch: 1 } as never),
		],
		[
			'Trainer.fit: "validation" must be { inputs, targets } or a dataset, got 1.',
			DataError,
			({ trainer, batch }) => trainer.fit(batch as never, { validation: 1 as never }),
		],
		[
			'Trainer.evaluate: "batchSize" must be a positive integer, got 0.',
			OptionError,
			({ trainer, batch }) => trainer.evaluate(batch as never, { batchSize: 0 }),
		],
		[
			'Trainer.evaluate: unknown option "batchsize". Did you mean "batchSize"?',
			OptionError,
			({ trainer, batch }) => trainer.evaluate(batch as never, { batchsize: 1 } as never),
		],
		[
			"Trainer.evaluate: data must be { inputs, targets } or a dataset, got undefined.",
			DataError,
			({ trainer }) => trainer.evaluate(undefined as never),
		],
		[
			"Trainer.fit: data must be { inputs, targets } or a dataset, got an array of 1.",
			DataError,
			({ trainer, batch }) => trainer.fit([batch] as never),
		],
		[
			"Trainer.fit: initialState must be a Map as predict gives it, got an object.",
			DataError,
			({ trainer }, batch) => trainer.fit(batch({ initialState: {} })),
		],
		[
			"Trainer.fit: batches of data must be a function, got 7.",
			DataError,
			({ trainer }) => trainer.fit({ size: 1, batches: 7 } as never),
		],
		[
			"Trainer.fit: batches() of data must give an iterable of batches, got 7.",
			DataError,
			({ trainer }) => trainer.fit({ size: 1, batches: () => 7 } as never),
		],
		[
			"Trainer.fit: batches() of data must give an iterable of batches, got an object.",
			DataError,
			({ trainer }) =>
				trainer.fit({
					size: 1,
					batches: () => ({ [Symbol.iterator]: 5 }),
				} as never),
		],
		[
			"Trainer.evaluate: batches() of data must give an iterable of batches, got undefined.",
			DataError,
			({ trainer }) => trainer.evaluate({ size: 1, batches: () => undefined } as never),
		],
		[
			"Trainer.evaluate: batches() of data must give an iterable of batches, got an async one. Wait for its batches first, and give an array of them.",
			DataError,
			({ trainer, batch }) => trainer.evaluate({ size: 1, batches: async () => [batch] } as never),
		],
		[
			"Trainer.evaluate: the dataset gave no batches.",
			DataError,
			({ trainer }) => trainer.evaluate({ size: 0, batches: () => [] }),
		],
		[
			"Trainer.fit: the dataset gave no batches.",
			DataError,
			({ trainer }) => trainer.fit({ size: 0, batches: () => [] }),
		],
		[
			"Trainer.fit, batch 1 of epoch 1: inputs[0, 1] is 7, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ trainer }) => trainer.fit(RaggedData.from({ inputs: [[1, 7]], targets: [[0, 0]] }) as never),
		],
	]);
});

describe("streams", () => {
	expectEach(classifier, [
		[
			"Stream.push: x is 5, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.stream().push(5 as never),
		],
		[
			"Stream.push: x is -1, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.stream().push(-1 as never),
		],
		[
			"Stream.push: x is 0.5, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.stream().push(0.5 as never),
		],
		[
			"Stream.push: x is an array of 1, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.stream().push([1] as never),
		],
		[
			'Stream.push: x is "1", but vocabSize is 5 (ids run from 0 to 4).',
			DataError,
			({ model }) => model.stream().push("1" as never),
		],
		[
			"Stream.push: x is undefined, but vocabSize is 5 (ids run from 0 to 4).",
			DataError,
			({ model }) => model.stream().push(undefined as never),
		],
		[
			"Stream.push: out must have 3 values, one for each output, got 2.",
			ShapeError,
			({ model }) => model.stream().push(1 as never, new Float32Array(2)),
		],
		...[
			["null", null],
			['"123"', "123"],
			["an array of 3", Object.freeze([0, 0, 0])],
			["a Uint8Array", new Uint8Array(3)],
			["a Float64Array", new Float64Array(3)],
		].map(
			([got, out]): Row => [
				`Stream.push: out must be a Float32Array of 3 values, one for each output, got ${got}.`,
				DataError,
				({ model }) => model.stream().push(1 as never, out as never),
			],
		),
	]);
	expectEach(regressor, [
		[
			"Stream.push: x has 1 value, but the model takes 2 features a step.",
			ShapeError,
			({ model }) => model.stream().push([1] as never),
		],
		[
			"Stream.push: x is 1, but the model takes 2 features a step.",
			ShapeError,
			({ model }) => model.stream().push(1 as never),
		],
		[
			"Stream.push: x is null, but the model takes 2 features a step.",
			ShapeError,
			({ model }) => model.stream().push(null as never),
		],
		[
			"Stream.push: x[1] is NaN; values must be finite in float32.",
			DataError,
			({ model }) => model.stream().push([1, Number.NaN] as never),
		],
		[
			"Stream.push: x[1] is 1e+300; values must be finite in float32.",
			DataError,
			({ model }) => model.stream().push([1, 1e300] as never),
		],
		[
			"Stream.push: x[1] is null; values must be finite in float32.",
			DataError,
			({ model }) => model.stream().push([1, null] as never),
		],
		[
			"Stream.push: x[1] is a BigInt; values must be finite in float32.",
			DataError,
			({ model }) => model.stream().push([1, 1n] as never),
		],
		[
			'Stream.push: x[0] is "1"; values must be finite in float32.',
			DataError,
			({ model }) => model.stream().push("12" as never),
		],
	]);
});

it("a step that says nonsense of its length", async () => {
	const { model } = await regressor();
	const push = (x: unknown) => errorOf(() => model.stream().push(x as never));
	const sentence = (got: string) => `Stream.push: x has ${got} values, but the model takes 2 features a step.`;
	expect((await push({ length: Symbol() })).message).toBe(sentence("a Symbol"));
	expect((await push({ length: "x".repeat(1e6) })).message).toBe(sentence(`"${"x".repeat(40)}…"`));
});

describe("parameters", () => {
	const write =
		(values: unknown): Call =>
		({ model }) =>
			model.parameters.get("0.bias_hn")?.write(values as never);
	expectEach(regressor, [
		["Parameter.write: 0.bias_hn takes 3 values (3), got 2.", ShapeError, write([1, 2])],
		["Parameter.write: 0.bias_hn takes 3 values (3), got null.", ShapeError, write(null)],
		["Parameter.write: 0.bias_hn takes 3 values (3), got 3.", ShapeError, write(3)],
		["Parameter.write: 0.bias_hn takes 3 values (3), got a Symbol.", ShapeError, write({ length: Symbol() })],
		[
			`Parameter.write: 0.bias_hn takes 3 values (3), got "${"x".repeat(40)}…".`,
			ShapeError,
			write({ length: "x".repeat(1e6) }),
		],
		["Parameter.write: 0.bias_hn[2] is NaN; values must be finite in float32.", DataError, write([1, 2, Number.NaN])],
		["Parameter.write: 0.bias_hn[2] is 1e+300; values must be finite in float32.", DataError, write([1, 2, 1e300])],
		["Parameter.write: 0.bias_hn[1] is null; values must be finite in float32.", DataError, write([1, null, 2])],
		["Parameter.write: 0.bias_hn[1] is a BigInt; values must be finite in float32.", DataError, write([1, 2n, 2])],
		['Parameter.write: 0.bias_hn[0] is "1"; values must be finite in float32.', DataError, write("123")],
	]);
});
