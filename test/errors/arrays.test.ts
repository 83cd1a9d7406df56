// Arrays without their memory, of bigints, of another realm: a sentence or the right result, nothing else?
import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
	DataError,
	FormatError,
	generate,
	Model,
	OptionError,
	RaggedData,
	Random,
	Scaler,
	SeriesData,
	ShapeError,
	sample,
	TextData,
	writeSafetensors,
} from "../../src/index.ts";
import {
	classifier,
	errorOf,
	expectSentence,
	filter,
	type Loose,
	regressor,
	type Subject,
	tagger,
} from "./sentences.ts";

/** The array, its memory transferred. */
function detached<A extends ArrayBufferView>(array: A): A {
	structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
	return array;
}

/** Four zeros, two of which have lost their memory; a view of fixed length is out of it altogether. */
function shrunk(): Float32Array {
	const Resizable = ArrayBuffer as Loose;
	const buffer = new Resizable(16, { maxByteLength: 16 });
	const array = new Float32Array(buffer, 0, 4);
	buffer.resize(8);
	return array;
}

const gone = "is gone: its ArrayBuffer was transferred or has shrunk. Transfer a copy of it: array.slice().";

describe("an array whose memory is gone", () => {
	const ids = (size: number) => detached(new Int32Array(size));
	const values = (size: number) => detached(new Float32Array(size));
	const flat = { inputs: new Int32Array(4), batchSize: 2, steps: 2, targets: new Int32Array(4) };
	const h = (state: unknown) => new Map([["1.h", state]]);

	it.each<[string, () => Promise<Subject>, (subject: Subject) => unknown]>([
		["Model.predict: the memory of inputs", tagger, ({ model }) => model.predict({ ...flat, inputs: ids(4) })],
		["Model.predict: the memory of inputs[1]", tagger, ({ model }) => model.predict({ inputs: [[1], ids(1)] })],
		[
			"Model.predict: the memory of inputs",
			filter,
			({ model }) => model.predict({ inputs: shrunk(), batchSize: 1, steps: 2 }),
		],
		[
			"Model.predict: the memory of inputs[0, 1]",
			filter,
			({ model }) => model.predict({ inputs: [[[1, 2], values(2)]] }),
		],
		["Model.predict: the memory of lengths", tagger, ({ model }) => model.predict({ ...flat, lengths: ids(2) })],
		[
			'Model.predict: the memory of initialState "1.h"',
			tagger,
			({ model }) => model.predict({ ...flat, initialState: h(values(8)) }),
		],
		["Trainer.step: the memory of targets", tagger, ({ trainer }) => trainer.step({ ...flat, targets: ids(4) })],
		[
			"Trainer.gradients: the memory of targets[1]",
			tagger,
			({ trainer }) => trainer.gradients({ inputs: [[1], [2]], targets: [[1], ids(1)] }),
		],
		["Trainer.step: the memory of weights", tagger, ({ trainer }) => trainer.step({ ...flat, weights: values(4) })],
		["Trainer.fit: the memory of inputs", tagger, ({ trainer }) => trainer.fit({ ...flat, inputs: ids(4) })],
		["Trainer.fit: the memory of inputs[1]", tagger, ({ trainer }) => trainer.fit({ inputs: [[1], ids(1)] })],
		["Trainer.fit: the memory of targets", tagger, ({ trainer }) => trainer.fit({ ...flat, targets: ids(4) })],
		[
			"Trainer.evaluate: the memory of weights",
			tagger,
			({ trainer }) => trainer.evaluate({ ...flat, weights: values(4) }),
		],
		["Trainer.fit: the memory of lengths", tagger, ({ trainer }) => trainer.fit({ ...flat, lengths: ids(2) })],
		[
			'Trainer.fit: the memory of initialState "1.h"',
			tagger,
			({ trainer }) => trainer.fit({ ...flat, initialState: h(values(8)) }),
		],
		["Stream.push: the memory of x", filter, ({ model }) => model.stream().push(values(2))],
		["Stream.push: the memory of out", tagger, ({ model }) => model.stream().push(1, values(3))],
		[
			"Parameter.write: the memory of the values of 2.bias",
			tagger,
			({ model }) => model.parameters.get("2.bias").write(values(3)),
		],
		["generate: the memory of prompt", tagger, ({ model }) => generate(model, { prompt: ids(2), length: 1 })],
		["sample: the memory of logits", tagger, () => sample(values(2), new Random(1))],
		["SeriesData.from: the memory of values", tagger, () => SeriesData.from(values(2))],
		["SeriesData.from: the memory of values[0]", tagger, () => SeriesData.from([values(2), [1, 2]])],
		["Scaler.fit: the memory of values[1]", tagger, () => Scaler.fit([[1, 2], values(2)])],
		[
			"RaggedData.from: the memory of inputs[1]",
			tagger,
			() => RaggedData.from({ inputs: [[1], ids(1)], targets: [0, 0] }),
		],
		["RaggedData.from: the memory of targets", tagger, () => RaggedData.from({ inputs: [[1], [1]], targets: ids(2) })],
		["TextData.decode: the memory of ids", tagger, () => TextData.from("ab").decode(ids(2))],
		[
			"TextData.windows: the memory of ids",
			tagger,
			() => {
				const data = TextData.from("abab");
				detached(data.ids);
				return data.windows({ steps: 1 });
			},
		],
		[
			'writeSafetensors: the memory of data of tensor "a"',
			tagger,
			() => writeSafetensors([{ name: "a", shape: [2], data: values(2) }]),
		],
	])("%s is gone", async (beginning, create, call) => {
		const subject = await create();
		await expectSentence(subject, () => call(subject), DataError, `${beginning} ${gone}`);
	});

	it.each([
		["view", (bytes: Uint8Array) => detached(bytes)],
		["buffer", (bytes: Uint8Array) => detached(bytes).buffer as ArrayBuffer],
	])("as a file, given as a %s", async (_, take) => {
		const { model } = await tagger();
		const error = await errorOf(() => Model.load(take(model.save())));
		expect(error).toBeInstanceOf(FormatError);
		expect(error.message).toBe(
			"Model.load: the file must be a Uint8Array or an ArrayBuffer, got one whose memory was transferred or has shrunk.",
		);
	});

	it("is not one that is empty", async () => {
		const { model } = await tagger();
		const buffer = new ArrayBuffer(8);
		for (const inputs of [new Int32Array(0), new Int32Array(buffer, 4, 0), new Int32Array(buffer).subarray(2)]) {
			const { message } = await errorOf(() => model.predict({ inputs, batchSize: 1, steps: 1 }));
			expect(message).toBe("Model.predict: the batch is empty. Give it at least one row.");
		}
	});
});

describe("bigints", () => {
	const make = " Make its bigints numbers: Int32Array.from(array, Number).";
	const big = (size: number) => new BigInt64Array(size);
	it.each<[string, new (message: string) => Error, () => Promise<Subject>, (subject: Subject) => unknown]>([
		[
			'Model.predict: "steps" must be a positive integer, got a BigInt.',
			OptionError,
			tagger,
			({ model }) => model.predict({ inputs: new Int32Array(4), batchSize: 2, steps: 2n }),
		],
		[
			'Trainer.fit: "batchSize" must be a positive integer, got a BigInt.',
			OptionError,
			tagger,
			({ trainer }) => trainer.fit({ inputs: [[1], [2]], targets: [[1], [2]], batchSize: 2n }),
		],
		[
			'Trainer.fit: "steps" must be a positive integer, got a BigInt.',
			OptionError,
			tagger,
			({ trainer }) => trainer.fit({ inputs: [[1], [2]], targets: [[1], [2]], steps: 1n }),
		],
		[
			`Trainer.step: targets must be a typed array or nested arrays, got a BigInt64Array.${make}`,
			DataError,
			tagger,
			({ trainer }) => trainer.step({ inputs: [[1, 2]], targets: big(2) }),
		],
		[
			`Trainer.fit: targets must be an array, got a BigInt64Array.${make}`,
			DataError,
			classifier,
			({ trainer }) => trainer.fit({ inputs: [[1], [2]], targets: big(2) }),
		],
		[
			"Trainer.step: targets[0, 0] is a BigInt, but the model has 3 outputs (ids run from 0 to 2).",
			DataError,
			tagger,
			({ trainer }) => trainer.step({ inputs: [[1, 2]], targets: [big(2)] }),
		],
		[
			"Trainer.step: targets[0] is a BigInt, but the model has 3 outputs (ids run from 0 to 2).",
			DataError,
			classifier,
			({ trainer }) => trainer.step({ inputs: [[1], [2]], targets: [1n, 2n] }),
		],
		[
			"Trainer.step: targets[0, 0] is a BigInt, but the model has 3 outputs (ids run from 0 to 2).",
			DataError,
			tagger,
			({ trainer }) => trainer.step({ inputs: [[1, 2]], targets: [1n, 2n] }),
		],
		[
			"Trainer.step: targets[0, 0] is a BigInt; values must be finite in float32.",
			DataError,
			regressor,
			({ trainer }) => trainer.step({ inputs: [[[1, 2]]], targets: [big(2)] }),
		],
		[
			"Model.predict: inputs[0, 1, 0] is a BigInt; values must be finite in float32.",
			DataError,
			regressor,
			({ model }) => model.predict({ inputs: [[[1, 2], big(2)]] }),
		],
		[
			"Trainer.step: weights[1] is a BigInt; weights must be finite in float32 and at least 0.",
			DataError,
			classifier,
			({ trainer }) => trainer.step({ inputs: [[1], [2]], targets: [1, 2], weights: [1, 1n] }),
		],
		[
			`Trainer.step: weights must be a typed array or nested arrays, got a BigInt64Array.${make}`,
			DataError,
			classifier,
			({ trainer }) => trainer.step({ inputs: [[1], [2]], targets: [1, 2], weights: big(2) }),
		],
		[
			"Model.predict: lengths[0] must be an integer from 1 to 1 (the steps of the row), got a BigInt.",
			ShapeError,
			tagger,
			({ model }) => model.predict({ inputs: [[1], [2]], lengths: [1n, 1n] }),
		],
		[
			`Trainer.fit: lengths must be an array with a number for each row, got a BigInt64Array.${make}`,
			DataError,
			tagger,
			({ trainer }) => trainer.fit({ inputs: [[1], [2]], targets: [[1], [2]], lengths: big(2) }),
		],
		[
			`Model.predict: initialState "1.h" must be a Float32Array, got a BigInt64Array.${make}`,
			DataError,
			tagger,
			({ model }) => model.predict({ inputs: [[1]], initialState: new Map([["1.h", big(4)]]) }),
		],
		[
			"Stream.push: x[0] is a BigInt; values must be finite in float32.",
			DataError,
			filter,
			({ model }) => model.stream().push(big(2)),
		],
		[
			"Parameter.write: 2.bias[0] is a BigInt; values must be finite in float32.",
			DataError,
			tagger,
			({ model }) => model.parameters.get("2.bias").write(big(3)),
		],
		[
			`SeriesData.from: values must be an array of numbers or of rows of numbers, got a BigInt64Array.${make}`,
			DataError,
			tagger,
			() => SeriesData.from(big(2) as Loose),
		],
		[
			`RaggedData.from: inputs[0] must be an array of steps, got a BigInt64Array.${make}`,
			DataError,
			tagger,
			() => RaggedData.from({ inputs: [big(2) as Loose], targets: [1] }),
		],
		[
			`TextData.decode: ids must be an array of ids, got a BigInt64Array.${make}`,
			DataError,
			tagger,
			() => TextData.from("ab").decode(big(2) as Loose),
		],
	])("%s", async (sentence, Class, create, call) => {
		const subject = await create();
		await expectSentence(subject, () => call(subject), Class, sentence);
	});
});

describe("of another realm", () => {
	const context = createContext({});
	const foreign = (code: string): Loose => runInContext(`(${code})`, context);

	it.each<[string, () => Promise<Subject>, string]>([
		[
			"flat ids",
			tagger,
			"{ inputs: new Int32Array([1, 2, 3, 4]), batchSize: 2, steps: 2, targets: new Uint8Array(4) }",
		],
		[
			"nested ids",
			classifier,
			"{ inputs: [[1, 2], new Int32Array([3])], targets: [1, 2], weights: [1, 2], lengths: [1, 1] }",
		],
		[
			"flat values",
			regressor,
			"{ inputs: new Float32Array(8).fill(1), batchSize: 2, steps: 2, targets: new Float32Array(4) }",
		],
		["nested values", filter, "{ inputs: [[[1, 2], new Float32Array(2)]], targets: [[[1, 2], [3, 4]]] }"],
		[
			"states",
			regressor,
			"{ inputs: [[[1, 2]]], targets: [[1, 2]], initialState: new Map([['0.h', new Float32Array([1, 2, 3, 4])]]) }",
		],
	])("%s do what they do at home", async (_, create, code) => {
		const [subject, twin] = [await create(), await create()];
		const [away, home] = [foreign(code), new Function(`return (${code})`)()];
		expect(subject.model.predict(away)).toEqual(twin.model.predict(home));
		expect(subject.trainer.step(away)).toBe(twin.trainer.step(home));
		expect(await subject.trainer.fit(away, foreign("{ epochs: 2 }"))).toEqual(
			await twin.trainer.fit(home, { epochs: 2 }),
		);
		expect(subject.trainer.evaluate(away)).toEqual(twin.trainer.evaluate(home));
	});

	it("an output, a parameter and a file", async () => {
		const { model } = await tagger();
		const out = foreign("new Float32Array(3)");
		expect(model.stream().push(1, out)).toBe(out);
		expect([...out]).toEqual([...model.stream().push(1)]);
		model.parameters.get("2.bias").write(foreign("new Float32Array([1, 2, 3])"));
		expect([...model.parameters.get("2.bias").read()]).toEqual([1, 2, 3]);
		const bytes = model.save();
		const copy = foreign("(size) => new Uint8Array(size)")(bytes.length);
		copy.set(bytes);
		for (const file of [copy, copy.buffer]) expect((await Model.load(file)).save()).toEqual(bytes);
		const data = foreign("new Float32Array([1, 2])");
		expect(writeSafetensors([{ name: "a", shape: [2], data }]).length).toBeGreaterThan(8);
	});

	it("what only looks like a Map is refused", async () => {
		const subject = await tagger();
		const initialState = { [Symbol.toStringTag]: "Map", keys: () => [], get: () => undefined };
		await expectSentence(
			subject,
			() => subject.model.predict({ inputs: [[1]], initialState }),
			DataError,
			"Model.predict: initialState must be a Map as predict gives it, got an object.",
		);
	});
});
