// Does every mistake with an initializer get its sentence, in a program and in a file?
import { describe, expect, it } from "vitest";
import {
	chrono,
	constant,
	DataError,
	dense,
	embedding,
	FormatError,
	glorot,
	gru,
	he,
	identity,
	indRnn,
	type Layer,
	lstm,
	Model,
	minGru,
	normal,
	OptionError,
	orthogonal,
	readSafetensors,
	rnn,
	uniform,
	writeSafetensors,
} from "../../src/index.ts";
import { errorOf } from "./sentences.ts";

type Case = [sentence: string, call: () => unknown];

async function expectSentence(sentence: string, kind: new (message: string) => Error, call: () => unknown) {
	const error = await errorOf(call);
	expect(error.message).toBe(sentence);
	expect(error).toBeInstanceOf(kind);
}

describe("sentences", () => {
	const H = { hiddenSize: 2 };
	const weights = "uniform(…), normal(…), constant(…), glorot(…), he(…), orthogonal(…), identity(…) or a function";
	const vectors = "uniform(…), normal(…), constant(…) or a function";
	const loose =
		(layer: (options: never) => unknown, initializers: unknown, more: object = {}) =>
		() =>
			layer({ ...H, ...more, initializers } as never);
	const uncalled = (maker: unknown) => () => Model.create([loose(rnn, { bias: maker }, { inputSize: 1 })() as Layer]);

	it.each<Case>([
		['uniform: "bound" must be a finite number at least 0, got -1.', () => uniform(-1)],
		['uniform: "bound" must be a finite number at least 0, got undefined.', uniform as () => unknown],
		['normal: "deviation" must be a finite number at least 0, got NaN.', () => normal(Number.NaN)],
		['constant: "value" must be a finite number, got Infinity.', () => constant(Infinity)],
		['constant: "value" must be a finite number, got "0".', () => constant("0" as never)],
		['orthogonal: "gain" must be a finite number, got "1".', () => orthogonal({ gain: "1" as never })],
		['orthogonal: unknown option "gian". Did you mean "gain"?', () => orthogonal({ gian: 1 } as never)],
		["orthogonal: options must be an object, got 1.", () => orthogonal(1 as never)],
		['identity: "scale" must be a finite number, got NaN.', () => identity({ scale: Number.NaN })],
		['identity: unknown option "gain". Known options: scale.', () => identity({ gain: 2 } as never)],
		["glorot: options must be an object, got 2.", () => glorot(2 as never)],
		['he: unknown option "gain". Known options: none.', () => he({ gain: 2 } as never)],
		['chrono: "longest" must be a finite number at least 2, got 1.', () => chrono({ longest: 1 })],
		['chrono: "longest" must be a finite number at least 2, got undefined.', () => chrono({} as never)],
		["chrono: options must be an object, got undefined.", chrono as () => unknown],
		["chrono: options must be an object, got 400.", () => chrono(400 as never)],
		[
			'lstm.initializers: unknown option "wieght_hh". Did you mean "weight_hh"?',
			loose(lstm, { wieght_hh: orthogonal() }),
		],
		['lstm.initializers: unknown option "bias_hh". Did you mean "bias"?', loose(lstm, { bias_hh: constant(0) })],
		[
			`indRnn.initializers: "weight_hh" must be ${vectors}, got "orthogonal".`,
			loose(indRnn, { weight_hh: orthogonal() }),
		],
		[`indRnn.initializers: "bias" must be ${vectors}, got "chrono".`, loose(indRnn, { bias: chrono({ longest: 9 }) })],
		[
			'minGru.initializers: unknown option "weight_hh". Did you mean "weight_ih"?',
			loose(minGru, { weight_hh: constant(0) }),
		],
		['rnn.initializers: unknown option "bias_hn". Did you mean "bias"?', loose(rnn, { bias_hn: constant(0) })],
		[
			'gru.initializers: unknown option "bias_hn". Did you mean "bias"?',
			loose(gru, { bias_hn: constant(0) }, { reset: "before" }),
		],
		[
			'gru.initializers: unknown option "kernel". Known options: weight_ih, weight_hh, bias, bias_hn.',
			loose(gru, { kernel: he() }),
		],
		[
			'dense.initializers: unknown option "weights". Did you mean "weight"?',
			() => dense({ outputSize: 1, initializers: { weights: he() } as never }),
		],
		[
			'embedding.initializers: unknown option "bias". Known options: weight.',
			() => embedding({ vocabSize: 1, embeddingSize: 1, initializers: { bias: constant(1) } as never }),
		],
		["lstm.initializers: options must be an object, got null.", loose(lstm, null)],
		["lstm.initializers: options must be an object, got an array of 1.", loose(lstm, [he()])],
		[`lstm.initializers: "weight_hh" must be ${weights}, got "orthogonal".`, loose(lstm, { weight_hh: "orthogonal" })],
		[
			`lstm.initializers: "weight_hh" must be ${weights}, got "xavier".`,
			loose(lstm, { weight_hh: { type: "xavier" } }),
		],
		[`rnn.initializers: "weight_ih" must be ${weights}, got null.`, loose(rnn, { weight_ih: null })],
		[
			`rnn.initializers: "weight_ih" must be ${weights}, got a Float32Array.`,
			loose(rnn, { weight_ih: new Float32Array(2) }),
		],
		[
			`gru.initializers: "weight_ih" must be ${weights}, got "chrono".`,
			loose(gru, { weight_ih: chrono({ longest: 4 }) }),
		],
		[`gru.initializers: "bias_hn" must be ${vectors}, got "chrono".`, loose(gru, { bias_hn: chrono({ longest: 4 }) })],
		[`rnn.initializers: "bias" must be ${vectors}, got "chrono".`, loose(rnn, { bias: chrono({ longest: 4 }) })],
		[
			`dense.initializers: "bias" must be ${vectors}, got "glorot".`,
			() => dense({ outputSize: 1, initializers: { bias: glorot() } as never }),
		],
		[
			'lstm.initializers: "bias" must be uniform(…), normal(…), constant(…), chrono(…) or a function, got "orthogonal".',
			loose(lstm, { bias: orthogonal() }),
		],
		[
			'orthogonal: unknown option "colour". Known options: gain.',
			loose(lstm, { weight_hh: { type: "orthogonal", colour: 1 } }),
		],
		[
			'lstm: "forgetBias" is part of "bias", which has an initializer. Leave one of them out.',
			loose(lstm, { bias: constant(0) }, { forgetBias: 1 }),
		],
		['uniform: "bound" must be a finite number at least 0, got a Float32Array.', uncalled(uniform)],
		["glorot: options must be an object, got a Float32Array.", uncalled(glorot)],
		["orthogonal: options must be an object, got a Float32Array.", uncalled(orthogonal)],
	])("%s", (sentence, call) => expectSentence(sentence, OptionError, call));

	it.each<Case>([
		[
			"Model.create: 0.bias[0] is Infinity after its initializer; values must be finite in float32.",
			loose(lstm, { bias: constant(1e39) }),
		],
		[
			"Model.create: 0.bias[2] is Infinity after its initializer; values must be finite in float32.",
			loose(lstm, {}, { forgetBias: 1e39 }),
		],
	])("%s", (sentence, layer) =>
		expectSentence(sentence, DataError, () => Model.create([{ ...(layer() as Layer), inputSize: 1 } as Layer])),
	);

	const ofFile = "Model.load: layer 0 of the file is wrong.";
	it.each<[sentence: string, initializers: unknown]>([
		["dense.initializers: options must be an object, got null.", null],
		['dense.initializers: unknown option "wieght". Did you mean "weight"?', { wieght: { type: "he" } }],
		['dense.initializers: unknown option "__proto__". Known options: weight, bias.', JSON.parse('{"__proto__":{}}')],
		[`dense.initializers: "weight" must be ${weights}, got "toString".`, { weight: { type: "toString" } }],
		[`dense.initializers: "weight" must be ${weights}, got an object.`, { weight: {} }],
		[`dense.initializers: "weight" must be ${weights}, got an array of 2.`, { weight: [1, 2] }],
		[`dense.initializers: "bias" must be ${vectors}, got "he".`, { bias: { type: "he" } }],
		['uniform: "bound" must be a finite number at least 0, got "1".', { weight: { type: "uniform", bound: "1" } }],
		['he: unknown option "gain". Known options: none.', { weight: { type: "he", gain: 1 } }],
	])(`${ofFile} %s`, async (sentence, initializers) => {
		const made = await Model.create([dense({ inputSize: 2, outputSize: 2 })]);
		const tensors = [...readSafetensors(made.save()).tensors].map(([name, tensor]) => ({ name, ...tensor }));
		const layers = [{ type: "dense", inputSize: 2, outputSize: 2, initializers }];
		const file = writeSafetensors(tensors, { bptt: JSON.stringify({ version: 1, layers }) });
		await expectSentence(`${ofFile} ${sentence}`, FormatError, () => Model.load(file));
	});
});
