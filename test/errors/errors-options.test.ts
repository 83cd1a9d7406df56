// Does every setting that is wrong get its sentence?
import { describe, expect, it } from "vitest";
import {
	Adadelta,
	Adagrad,
	Adam,
	Adamax,
	AdamW,
	ASGD,
	activationRegularization,
	bidirectional,
	constant,
	dense,
	dropout,
	embedding,
	glorot,
	gru,
	indRnn,
	type Layer,
	Lion,
	lastStep,
	layerNorm,
	lstm,
	Model,
	minGru,
	minLstm,
	NAdam,
	OptionError,
	RAdam,
	RMSprop,
	residual,
	rnn,
	SGD,
	ShapeError,
	sLstm,
	Trainer,
} from "../../src/index.ts";
import { show } from "../../src/options.ts";

type Row = [string, new (message: string) => Error, () => unknown];

function expectEach(rows: Row[]): void {
	it.each(rows)("%s", async (sentence, kind, call) => {
		const error = await errorOf(call);
		expect(error.message).toBe(sentence);
		expect(error).toBeInstanceOf(kind);
		expect(error.name).toBe(kind.name);
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

const create = (...layers: unknown[]) => Model.create(layers as Layer[]);
const small = () => Model.create([rnn({ inputSize: 1, hiddenSize: 2 })]);

/** What can't be the share of values that are dropped, and how a sentence prints it. */
const noRates = [1, -0.1, Number.NaN, Infinity, "0.1"].map((rate) => [rate, show(rate)] as const);

describe("layers", () => {
	expectEach([
		['rnn: "hiddenSize" must be a positive integer, got 0.', OptionError, () => rnn({ hiddenSize: 0 })],
		['lstm: "hiddenSize" must be a positive integer, got -1.', OptionError, () => lstm({ hiddenSize: -1 })],
		['gru: "hiddenSize" must be a positive integer, got 1.5.', OptionError, () => gru({ hiddenSize: 1.5 })],
		['lstm: "hiddenSize" must be a positive integer, got "8".', OptionError, () => lstm({ hiddenSize: "8" as never })],
		['lstm: "hiddenSize" must be a positive integer, got NaN.', OptionError, () => lstm({ hiddenSize: Number.NaN })],
		[
			'lstm: "hiddenSize" must be a positive integer, got null.',
			OptionError,
			() => lstm({ hiddenSize: null as never }),
		],
		['lstm: "hiddenSize" must be a positive integer, got undefined.', OptionError, () => lstm({} as never)],
		["lstm: options must be an object, got 8.", OptionError, () => lstm(8 as never)],
		["lstm: options must be an object, got undefined.", OptionError, () => (lstm as () => unknown)()],
		['lstm: "inputSize" must be a positive integer, got 0.', OptionError, () => lstm({ hiddenSize: 8, inputSize: 0 })],
		[
			'lstm: unknown option "hidenSize". Did you mean "hiddenSize"?',
			OptionError,
			() => lstm({ hidenSize: 8 } as never),
		],
		[
			'lstm: unknown option "activation". Known options: hiddenSize, inputSize, forgetBias, peepholes, coupledGates, gateActivation, layerNorm, projectionSize, inputDropout, recurrentDropout, zoneout, weightDropout, initialState, initializers.',
			OptionError,
			() => lstm({ hiddenSize: 8, activation: "tanh" } as never),
		],
		[
			'lstm: "forgetBias" must be a finite number, got Infinity.',
			OptionError,
			() => lstm({ hiddenSize: 8, forgetBias: Infinity }),
		],
		[
			'rnn: "activation" must be "tanh" or "relu", got "sigmoid".',
			OptionError,
			() => rnn({ hiddenSize: 8, activation: "sigmoid" as never }),
		],
		[
			'rnn: unknown option "activaton". Did you mean "activation"?',
			OptionError,
			() => rnn({ hiddenSize: 8, activaton: "relu" } as never),
		],
		[
			'gru: "reset" must be "after" or "before", got "never".',
			OptionError,
			() => gru({ hiddenSize: 8, reset: "never" as never }),
		],
		[
			'indRnn: "activation" must be "relu" or "tanh", got "sigmoid".',
			OptionError,
			() => indRnn({ hiddenSize: 8, activation: "sigmoid" as never }),
		],
		['minGru: "hiddenSize" must be a positive integer, got 0.', OptionError, () => minGru({ hiddenSize: 0 })],
		[
			'minLstm: unknown option "forgetBias". Known options: hiddenSize, inputSize, initialState, initializers.',
			OptionError,
			() => minLstm({ hiddenSize: 8, forgetBias: 1 } as never),
		],
		['minLstm: "hiddenSize" must be a positive integer, got 0.', OptionError, () => minLstm({ hiddenSize: 0 })],
		['sLstm: "hiddenSize" must be a positive integer, got 0.', OptionError, () => sLstm({ hiddenSize: 0 })],
		['sLstm: "heads" must divide hiddenSize (10), got 4.', OptionError, () => sLstm({ hiddenSize: 10, heads: 4 })],
		['sLstm: "heads" must be a positive integer, got 0.', OptionError, () => sLstm({ hiddenSize: 10, heads: 0 })],
		['sLstm: "heads" must be a positive integer, got 1.5.', OptionError, () => sLstm({ hiddenSize: 3, heads: 1.5 })],
		[
			'sLstm: unknown option "forgetBias". Known options: hiddenSize, inputSize, heads, initialState, initializers.',
			OptionError,
			() => sLstm({ hiddenSize: 8, forgetBias: 1 } as never),
		],
		['dense: "outputSize" must be a positive integer, got 0.', OptionError, () => dense({ outputSize: 0 })],
		[
			'dense: "inputSize" must be a positive integer, got 2.5.',
			OptionError,
			() => dense({ outputSize: 1, inputSize: 2.5 }),
		],
		[
			'dense: unknown option "outputSzie". Did you mean "outputSize"?',
			OptionError,
			() => dense({ outputSzie: 1 } as never),
		],
		[
			'dense: unknown option "units". Known options: outputSize, tied, inputSize, initializers.',
			OptionError,
			() => dense({ units: 1 } as never),
		],
		['dense: "tied" must be "embedding", got true.', OptionError, () => dense({ tied: true } as never)],
		['dense: "tied" must be "embedding", got null.', OptionError, () => dense({ tied: null } as never)],
		[
			'dense: "outputSize" must be a positive integer, got 0.',
			OptionError,
			() => dense({ tied: "embedding", outputSize: 0 }),
		],
		[
			'dense.initializers: unknown option "weight". Known options: bias.',
			OptionError,
			() => dense({ tied: "embedding", initializers: { weight: constant(0) } } as never),
		],
		[
			'residual: layer 1 is dense with "tied", but a residual does not know the embedding. Put it after residual.',
			OptionError,
			() => residual([lstm({ hiddenSize: 2 }), dense({ tied: "embedding" })]),
		],
		...noRates.map(
			([rate, shown]): Row => [
				`embedding: "dropout" must be at least 0 and below 1, got ${shown}.`,
				OptionError,
				() => embedding({ vocabSize: 1, embeddingSize: 1, dropout: rate as never }),
			],
		),
		[
			'indRnn: unknown option "weightDropout". Known options: hiddenSize, inputSize, activation, initialState, initializers.',
			OptionError,
			() => indRnn({ hiddenSize: 2, weightDropout: 0.5 } as never),
		],
		...noRates.map(
			([rate, shown]): Row => [
				`dropout: "rate" must be at least 0 and below 1, got ${shown}.`,
				OptionError,
				() => dropout({ rate: rate as never }),
			],
		),
		[
			'embedding: "vocabSize" must be a positive integer, got 0.',
			OptionError,
			() => embedding({ vocabSize: 0, embeddingSize: 1 }),
		],
		[
			'embedding: "embeddingSize" must be a positive integer, got 0.',
			OptionError,
			() => embedding({ vocabSize: 1, embeddingSize: 0 }),
		],
		[
			'embedding: unknown option "embedingSize". Did you mean "embeddingSize"?',
			OptionError,
			() => embedding({ vocabSize: 1, embedingSize: 1 } as never),
		],
		['layerNorm: "inputSize" must be a positive integer, got 0.', OptionError, () => layerNorm({ inputSize: 0 })],
		[
			'layerNorm: unknown option "epsilon". Known options: inputSize, initializers.',
			OptionError,
			() => layerNorm({ epsilon: 1e-3 } as never),
		],
		[
			'activationRegularization: "activation" must be a finite number at least 0, got -1.',
			OptionError,
			() => activationRegularization({ activation: -1 }),
		],
		[
			'activationRegularization: "change" must be a finite number at least 0, got NaN.',
			OptionError,
			() => activationRegularization({ activation: 2, change: Number.NaN }),
		],
		[
			'activationRegularization: it needs "activation" or "change", the weights of its penalties.',
			OptionError,
			() => activationRegularization({}),
		],
		[
			'activationRegularization: unknown option "activations". Did you mean "activation"?',
			OptionError,
			() => activationRegularization({ activations: 2 } as never),
		],
		["layerNorm: options must be an object, got 8.", OptionError, () => layerNorm(8 as never)],
		[
			'layerNorm.initializers: "weight" must be uniform(…), normal(…), constant(…) or a function, got "glorot".',
			OptionError,
			() => layerNorm({ initializers: { weight: glorot() as never } }),
		],
		[
			'bidirectional: it takes rnn(…), lstm(…), gru(…), indRnn(…), minGru(…), minLstm(…) or sLstm(…), got "dense".',
			OptionError,
			() => bidirectional(dense({ outputSize: 1 }) as never),
		],
		[
			'bidirectional: it takes rnn(…), lstm(…), gru(…), indRnn(…), minGru(…), minLstm(…) or sLstm(…), got "bidirectional".',
			OptionError,
			() => bidirectional(bidirectional(rnn({ hiddenSize: 1 })) as never),
		],
		[
			'bidirectional: "merge" must be "concat" or "sum" or "average", got "max".',
			OptionError,
			() => bidirectional(rnn({ hiddenSize: 1 }), { merge: "max" as never }),
		],
		[
			'bidirectional: unknown option "mode". Known options: merge.',
			OptionError,
			() => bidirectional(rnn({ hiddenSize: 1 }), { mode: "sum" } as never),
		],
		[
			"bidirectional: options must be an object, got 1.",
			OptionError,
			() => [rnn({ hiddenSize: 1 })].map((cell) => bidirectional(cell, 1 as never)),
		],
		[
			"bidirectional: it takes rnn(…), lstm(…), gru(…), indRnn(…), minGru(…), minLstm(…) or sLstm(…), got null.",
			OptionError,
			() => bidirectional(null as never),
		],
		[
			"bidirectional: it takes rnn(…), lstm(…), gru(…), indRnn(…), minGru(…), minLstm(…) or sLstm(…), got null.",
			OptionError,
			() => bidirectional(null as never),
		],
		[
			"bidirectional: it takes rnn(…), lstm(…), gru(…), indRnn(…), minGru(…), minLstm(…) or sLstm(…), got undefined.",
			OptionError,
			() => bidirectional(undefined as never),
		],
		[
			'bidirectional: it takes rnn(…), lstm(…), gru(…), indRnn(…), minGru(…), minLstm(…) or sLstm(…), got "toString".',
			OptionError,
			() => bidirectional({ type: "toString" } as never),
		],
	]);
});

describe("models", () => {
	const cell = rnn({ hiddenSize: 4 });
	const first = rnn({ inputSize: 2, hiddenSize: 4 });
	const words = embedding({ vocabSize: 3, embeddingSize: 2 });
	expectEach([
		[
			'Model.create: "layers" must be a list of at least one layer, got an array of 0.',
			OptionError,
			() => Model.create([]),
		],
		[
			'Model.create: "layers" must be a list of at least one layer, got null.',
			OptionError,
			() => Model.create(null as never),
		],
		[
			'Model.create: "layers" must be a list of at least one layer, got an object.',
			OptionError,
			() => Model.create(first as never),
		],
		[
			"Model.create: layer 1 is null, which is no layer. Use embedding, rnn, lstm, gru, indRnn, minGru, minLstm, sLstm, bidirectional, layerNorm, dropout, activationRegularization, residual, lastStep or dense.",
			OptionError,
			() => create(first, null),
		],
		[
			"Model.create: layer 1 is undefined, which is no layer. Use embedding, rnn, lstm, gru, indRnn, minGru, minLstm, sLstm, bidirectional, layerNorm, dropout, activationRegularization, residual, lastStep or dense.",
			OptionError,
			() => create(first, undefined),
		],
		[
			'Model.create: layer 1 is "dense", which is no layer. Use embedding, rnn, lstm, gru, indRnn, minGru, minLstm, sLstm, bidirectional, layerNorm, dropout, activationRegularization, residual, lastStep or dense.',
			OptionError,
			() => create(first, "dense"),
		],
		[
			"Model.create: layer 1 is a Function, which is no layer. Call the function.",
			OptionError,
			() => create(first, lastStep),
		],
		[
			'Model.create: layer 1 is "conv", which is no layer. Use embedding, rnn, lstm, gru, indRnn, minGru, minLstm, sLstm, bidirectional, layerNorm, dropout, activationRegularization, residual, lastStep or dense.',
			OptionError,
			() => create(first, { type: "conv" }),
		],
		[
			'Model.create: layer 1 is "toString", which is no layer. Use embedding, rnn, lstm, gru, indRnn, minGru, minLstm, sLstm, bidirectional, layerNorm, dropout, activationRegularization, residual, lastStep or dense.',
			OptionError,
			() => create(first, { type: "toString" }),
		],
		[
			'rnn: "hiddenSize" must be a positive integer, got undefined.',
			OptionError,
			() => create({ type: "rnn", inputSize: 2 }),
		],
		[
			'dense: "outputSize" must be a positive integer, got 0.',
			OptionError,
			() => create(first, { type: "lastStep" }, { type: "dense", outputSize: 0 }),
		],
		[
			'gru: "hiddenSize" must be a positive integer, got undefined.',
			OptionError,
			() => create(first, { type: "bidirectional", layer: { type: "gru" } }),
		],
		[
			'Model.create: rnn (layer 0): the first layer needs "inputSize" (features of a step).',
			OptionError,
			() => create(cell),
		],
		[
			'Model.create: bidirectional (layer 0): the first layer needs "inputSize" (features of a step).',
			OptionError,
			() => create(bidirectional(cell)),
		],
		[
			'Model.create: dense (layer 0): the first layer needs "inputSize" (features of a step).',
			OptionError,
			() => create(dense({ outputSize: 1 })),
		],
		[
			'Model.create: rnn (layer 1): "inputSize" is 5, but the layer before gives 4.',
			OptionError,
			() => create(first, rnn({ inputSize: 5, hiddenSize: 1 })),
		],
		[
			'Model.create: dense (layer 1): "inputSize" is 5, but the layer before gives 4.',
			OptionError,
			() => create(first, dense({ inputSize: 5, outputSize: 1 })),
		],
		[
			'Model.create: dense (layer 1): "tied" is "embedding", but the model begins with none. Begin with embedding({ vocabSize, embeddingSize }), or leave "tied" out.',
			OptionError,
			() => create(first, dense({ tied: "embedding" })),
		],
		[
			'Model.create: dense (layer 0): "tied" is "embedding", but the model begins with none. Begin with embedding({ vocabSize, embeddingSize }), or leave "tied" out.',
			OptionError,
			() => create(dense({ tied: "embedding", inputSize: 2 })),
		],
		[
			"Model.create: dense (layer 2): it is tied to the embedding, so it takes embeddingSize 2 features, but the layer before gives 3. Put dense({ outputSize: 2 }) before it.",
			OptionError,
			() => create(words, gru({ hiddenSize: 3 }), dense({ tied: "embedding" })),
		],
		[
			'Model.create: dense (layer 1): "outputSize" is 4, but it is tied to the embedding, whose vocabSize is 3. Leave "outputSize" out.',
			OptionError,
			() => create(words, dense({ tied: "embedding", outputSize: 4 })),
		],
		[
			'Model.create: dense (layer 1): "inputSize" is 5, but the layer before gives 2.',
			OptionError,
			() => create(words, dense({ tied: "embedding", inputSize: 5 })),
		],
		[
			'Model.create: gru (layer 1): "inputSize" is 3, but the layer before gives 2.',
			OptionError,
			() => create(words, gru({ inputSize: 3, hiddenSize: 1 })),
		],
		[
			"Model.create: embedding (layer 1): it takes ids, so it can only be the first layer.",
			OptionError,
			() => create(first, words),
		],
		[
			'Model.create: dropout (layer 0): the first layer needs "inputSize" (features of a step).',
			OptionError,
			() => create(dropout({ rate: 0.5 })),
		],
		[
			'Model.create: layerNorm (layer 0): the first layer needs "inputSize" (features of a step).',
			OptionError,
			() => create(layerNorm()),
		],
		[
			'Model.create: layerNorm (layer 1): "inputSize" is 5, but the layer before gives 4.',
			OptionError,
			() => create(first, layerNorm({ inputSize: 5 })),
		],
		[
			"Model.create: residual (layer 1): its layers take 4 features and give 3, so x can't be added. Let the last one give 4, or end with dense({ outputSize: 4 }).",
			OptionError,
			() => create(first, residual([rnn({ hiddenSize: 3 })])),
		],
		[
			'Model.create: residual (layer 1): gru (layer 1): "inputSize" is 5, but the layer before gives 4.',
			OptionError,
			() => create(first, residual([layerNorm(), gru({ hiddenSize: 4, inputSize: 5 })])),
		],
		[
			'Model.create: residual (layer 0): layerNorm (layer 0): the first layer needs "inputSize" (features of a step).',
			OptionError,
			() => create(residual([layerNorm()])),
		],
		[
			"Model.create: residual (layer 2): rnn (layer 0): it needs every step, but lastStep before it keeps one. Put it before lastStep.",
			OptionError,
			() => create(first, lastStep(), residual([cell])),
		],
		[
			"Model.create: residual (layer 1): layer 0 is a Function, which is no layer. Call the function.",
			OptionError,
			() => create(first, residual([lstm as never])),
		],
		[
			"Model.create: residual (layer 1): layer 1 is null, which is no layer. Use embedding, rnn, lstm, gru, indRnn, minGru, minLstm, sLstm, bidirectional, layerNorm, dropout, activationRegularization, residual, lastStep or dense.",
			OptionError,
			() => create(first, residual([cell, null as never])),
		],
		[
			'rnn: "hiddenSize" must be a positive integer, got undefined.',
			OptionError,
			() => create(first, { type: "residual", layers: [{ type: "rnn" }] }),
		],
		[
			"residual: layer 0 is lastStep, but every step can't be added to one. Put it after residual.",
			OptionError,
			() => create(first, { type: "residual", layers: [{ type: "lastStep" }] }),
		],
		[
			"Model.create: activationRegularization (layer 0): it can't be the first layer, since no gradient goes to inputs. Put it after another.",
			OptionError,
			() => create(activationRegularization({ activation: 1 })),
		],
		[
			"Model.create: residual (layer 0): activationRegularization (layer 0): it can't be the first layer, since no gradient goes to inputs. Put it after another.",
			OptionError,
			() => create(residual([activationRegularization({ activation: 1 }), cell])),
		],
		[
			'Model.create: activationRegularization (layer 2): "change" needs every step, but lastStep before it keeps one. Put it before lastStep.',
			OptionError,
			() => create(first, lastStep(), activationRegularization({ activation: 1, change: 1 })),
		],
		["Model.create: lastStep (layer 0): it can't be the first layer.", OptionError, () => create(lastStep())],
		[
			"Model.create: lastStep (layer 2): only one step is left. Remove one lastStep.",
			OptionError,
			() => create(first, lastStep(), lastStep()),
		],
		[
			"Model.create: rnn (layer 2): it needs every step, but lastStep before it keeps one. Put it before lastStep.",
			OptionError,
			() => create(first, lastStep(), cell),
		],
		[
			"Model.create: bidirectional (layer 2): it needs every step, but lastStep before it keeps one. Put it before lastStep.",
			OptionError,
			() => create(first, lastStep(), bidirectional(cell)),
		],
		[
			'Model.create: "seed" must be an integer from 0 to 9007199254740991, got -1.',
			OptionError,
			() => Model.create([first], { seed: -1 }),
		],
		[
			'Model.create: "seed" must be an integer from 0 to 9007199254740991, got "1".',
			OptionError,
			() => Model.create([first], { seed: "1" as never }),
		],
		[
			'Model.create: unknown option "sed". Did you mean "seed"?',
			OptionError,
			() => Model.create([first], { sed: 1 } as never),
		],
		[
			'Model.create: "engine" must be "auto" or "portable" or "fast", got "gpu".',
			OptionError,
			() => Model.create([first], { engine: "gpu" as never }),
		],
		[
			'Model.load: unknown option "seed". Known options: engine.',
			OptionError,
			() => Model.load(new Uint8Array(8), { seed: 1 } as never),
		],
		[
			"Model.stream: 0.bidirectional is bidirectional, so it needs the whole sequence. Use predict, or a model without it.",
			OptionError,
			async () => (await create(bidirectional(first))).stream(),
		],
		[
			"Model.stream: 0.bidirectional is bidirectional, so it needs the whole sequence. Use predict, or a model without it.",
			OptionError,
			async () => (await Model.create([bidirectional(first), dense({ outputSize: 2 })])).stream(),
		],
	]);
});

describe("sizes that no memory has", () => {
	expectEach([
		[
			"Model.create: the parameters alone need 3.73e+15 GiB of memory; WebAssembly has 4 GiB. Make the layers smaller.",
			ShapeError,
			() => create(rnn({ inputSize: 1, hiddenSize: 1e12 })),
		],
		[
			"Model.create: the parameters alone need 5.96 GiB of memory; WebAssembly has 4 GiB. Make the layers smaller.",
			ShapeError,
			() => create(lstm({ inputSize: 1, hiddenSize: 20_000 })),
		],
		[
			"Model.create: this needs 6.71 GiB of memory; WebAssembly has 4 GiB. Use fewer rows, shorter rows or a smaller model.",
			ShapeError,
			() => create(lstm({ inputSize: 1, hiddenSize: 15_000 })),
		],
		[
			"Model.create: the parameters alone need 32.0 GiB of memory; WebAssembly has 4 GiB. Make the layers smaller.",
			ShapeError,
			() => create(embedding({ vocabSize: 2 ** 31, embeddingSize: 4 })),
		],
		[
			"Model.create: the parameters alone need 16.0 GiB of memory; WebAssembly has 4 GiB. Make the layers smaller.",
			ShapeError,
			() => create(dense({ inputSize: 1, outputSize: 2 ** 31 - 1 })),
		],
		[
			"Model.create: the parameters alone need 8.00 GiB of memory; WebAssembly has 4 GiB. Make the layers smaller.",
			ShapeError,
			() => create(dense({ inputSize: 2 ** 31, outputSize: 1 })),
		],
		[
			"Model.create: the parameters alone need Infinity GiB of memory; WebAssembly has 4 GiB. Make the layers smaller.",
			ShapeError,
			() => create(dense({ inputSize: 1e300, outputSize: 1e300 })),
		],
		[
			"Model.create: the parameters alone need 8.25e+11 GiB of memory; WebAssembly has 4 GiB. Make the layers smaller.",
			ShapeError,
			() => create(bidirectional(gru({ inputSize: 2 ** 32, hiddenSize: 2 ** 32 }))),
		],
	]);
});

describe("optimizers", () => {
	expectEach([
		[
			'Adam: "learningRate" must be a finite number at least 0, got -1.',
			OptionError,
			() => new Adam({ learningRate: -1 }),
		],
		[
			'Adam: "learningRate" must be a finite number at least 0, got NaN.',
			OptionError,
			() => new Adam({ learningRate: Number.NaN }),
		],
		[
			'Adam: "learningRate" must be a finite number at least 0, got "0.1".',
			OptionError,
			() => new Adam({ learningRate: "0.1" as never }),
		],
		[
			'Adam: unknown option "lr". Known options: learningRate, beta1, beta2, epsilon, weightDecay, decoupledWeightDecay.',
			OptionError,
			() => new Adam({ lr: 0.1 } as never),
		],
		[
			'Adam: "decoupledWeightDecay" must be true or false, got 1.',
			OptionError,
			() => new Adam({ decoupledWeightDecay: 1 as never }),
		],
		[
			'AdamW: unknown option "decoupledWeightDecay". Known options: learningRate, beta1, beta2, epsilon, weightDecay.',
			OptionError,
			() => new AdamW({ decoupledWeightDecay: true } as never),
		],
		[
			'Adam: unknown option "learningrate". Did you mean "learningRate"?',
			OptionError,
			() => new Adam({ learningrate: 0.1 } as never),
		],
		['Adam: "beta1" must be a number at least 0 and below 1, got 1.', OptionError, () => new Adam({ beta1: 1 })],
		[
			'AdamW: "beta2" must be a number at least 0 and below 1, got -0.1.',
			OptionError,
			() => new AdamW({ beta2: -0.1 }),
		],
		['AdamW: "epsilon" must be a finite number at least 0, got -1.', OptionError, () => new AdamW({ epsilon: -1 })],
		[
			'AdamW: "weightDecay" must be a finite number at least 0, got Infinity.',
			OptionError,
			() => new AdamW({ weightDecay: Infinity }),
		],
		[
			'RMSprop: "alpha" must be a number at least 0 and below 1, got 1.5.',
			OptionError,
			() => new RMSprop({ alpha: 1.5 }),
		],
		['RMSprop: "centered" must be true or false, got 1.', OptionError, () => new RMSprop({ centered: 1 as never })],
		[
			'NAdam: unknown option "momentumdecay". Did you mean "momentumDecay"?',
			OptionError,
			() => new NAdam({ momentumdecay: 0.9 } as never),
		],
		[
			'NAdam: "momentumDecay" must be a finite number at least 0, got -1.',
			OptionError,
			() => new NAdam({ momentumDecay: -1 }),
		],
		[
			'NAdam: "decoupledWeightDecay" must be true or false, got 0.1.',
			OptionError,
			() => new NAdam({ decoupledWeightDecay: 0.1 as never }),
		],
		['RAdam: "beta2" must be a number at least 0 and below 1, got 1.', OptionError, () => new RAdam({ beta2: 1 })],
		[
			'Adamax: unknown option "decoupledWeightDecay". Known options: learningRate, beta1, beta2, epsilon, weightDecay.',
			OptionError,
			() => new Adamax({ decoupledWeightDecay: true } as never),
		],
		[
			'Adagrad: "initialAccumulatorValue" must be a finite number at least 0, got -1.',
			OptionError,
			() => new Adagrad({ initialAccumulatorValue: -1 }),
		],
		[
			'Adagrad: "learningRateDecay" must be a finite number at least 0, got NaN.',
			OptionError,
			() => new Adagrad({ learningRateDecay: Number.NaN }),
		],
		['Adadelta: "rho" must be a number at least 0 and below 1, got 1.', OptionError, () => new Adadelta({ rho: 1 })],
		['ASGD: "t0" must be a finite number at least 0, got -1.', OptionError, () => new ASGD({ t0: -1 })],
		['ASGD: unknown option "lambda". Did you mean "lambd"?', OptionError, () => new ASGD({ lambda: 1e-4 } as never)],
		[
			'Lion: "learningRate" must be a finite number at least 0, got Infinity.',
			OptionError,
			() => new Lion({ learningRate: Infinity }),
		],
		[
			'Lion: unknown option "epsilon". Known options: learningRate, beta1, beta2, weightDecay.',
			OptionError,
			() => new Lion({ epsilon: 1e-8 } as never),
		],
		['SGD: "momentum" must be a finite number at least 0, got -0.5.', OptionError, () => new SGD({ momentum: -0.5 })],
		['SGD: "nesterov" needs "momentum" above 0 and "dampening" 0.', OptionError, () => new SGD({ nesterov: true })],
		[
			'SGD: "nesterov" needs "momentum" above 0 and "dampening" 0.',
			OptionError,
			() => new SGD({ nesterov: true, momentum: 0.9, dampening: -0.5 }),
		],
		[
			'SGD: "nesterov" needs "momentum" above 0 and "dampening" 0.',
			OptionError,
			() => new SGD({ nesterov: true, momentum: 0.9, dampening: 0.1 }),
		],
		[
			'SGD: unknown option "momentom". Did you mean "momentum"?',
			OptionError,
			() => new SGD({ momentom: 0.5 } as never),
		],
	]);
});

describe("trainers", () => {
	const optimizer = new Adam();
	const options = { loss: "meanSquaredError", optimizer } as const;
	const train = async (changes: object) => new Trainer(await small(), { ...options, ...changes } as never);
	expectEach([
		[
			'Trainer: "model" must be a Model, got a Promise. Await Model.create first.',
			OptionError,
			() => new Trainer(small() as never, options),
		],
		['Trainer: "model" must be a Model, got null.', OptionError, () => new Trainer(null as never, options)],
		['Trainer: "model" must be a Model, got an object.', OptionError, () => new Trainer({} as never, options)],
		[
			'Trainer: "loss" must be "crossEntropy", "meanSquaredError", "meanAbsoluteError", "binaryCrossEntropy", "poisson", "gaussian", a description as quantile({ levels: [0.1, 0.9] }), or a loss of your own, got "mse".',
			OptionError,
			() => train({ loss: "mse" }),
		],
		[
			'Trainer: "loss" must be "crossEntropy", "meanSquaredError", "meanAbsoluteError", "binaryCrossEntropy", "poisson", "gaussian", a description as quantile({ levels: [0.1, 0.9] }), or a loss of your own, got undefined.',
			OptionError,
			() => train({ loss: undefined }),
		],
		[
			'Trainer: "optimizer" must be an optimizer such as new Adam({ learningRate: 1e-3 }), got undefined.',
			OptionError,
			() => train({ optimizer: undefined }),
		],
		[
			'Trainer: "optimizer" must be an optimizer such as new Adam({ learningRate: 1e-3 }), got "adam".',
			OptionError,
			() => train({ optimizer: "adam" }),
		],
		[
			'Trainer: "optimizer" must be an optimizer such as new Adam({ learningRate: 1e-3 }), got a Function.',
			OptionError,
			() => train({ optimizer: Adam }),
		],
		['Trainer: "clipNorm" must be a finite number above 0, got 0.', OptionError, () => train({ clipNorm: 0 })],
		['Trainer: "clipNorm" must be a finite number above 0, got "1".', OptionError, () => train({ clipNorm: "1" })],
		['Trainer: "clipValue" must be a finite number above 0, got -1.', OptionError, () => train({ clipValue: -1 })],
		[
			'Trainer: "clipValue" must be a finite number above 0, got Infinity.',
			OptionError,
			() => train({ clipValue: Infinity }),
		],
		...["clipAdaptive", "clipParameterNorm", "omega", "memoryLimit"].flatMap((name) =>
			(
				[
					[Number.NaN, "NaN"],
					[0, "0"],
					[-0.01, "-0.01"],
					[Infinity, "Infinity"],
					["0.01", '"0.01"'],
					[null, "null"],
				] as const
			).map(
				([value, shown]): Row => [
					`Trainer: "${name}" must be a finite number above 0, got ${shown}.`,
					OptionError,
					() => train({ [name]: value }),
				],
			),
		),
		[
			'Trainer: "onNonFinite" must be "throw" or "skip", got "ignore".',
			OptionError,
			() => train({ onNonFinite: "ignore" }),
		],
		['Trainer: "onNonFinite" must be "throw" or "skip", got true.', OptionError, () => train({ onNonFinite: true })],
		[
			'Trainer: unknown option "clipAdaptiv". Did you mean "clipAdaptive"?',
			OptionError,
			() => train({ clipAdaptiv: 1 }),
		],
		['Trainer: unknown option "clipnorm". Did you mean "clipNorm"?', OptionError, () => train({ clipnorm: 1 })],
		[
			'Trainer: unknown option "learningRate". Known options: loss, optimizer, clipAdaptive, clipParameterNorm, clipNorm, clipValue, omega, onNonFinite, memoryLimit, average, parameters, health, seed.',
			OptionError,
			() => train({ learningRate: 1 }),
		],
	]);
});

describe("explain", () => {
	const explain = async (options: object) => (await small()).explain(options as never);
	expectEach([
		['Model.explain: "batchSize" must be a positive integer, got 0.', OptionError, () => explain({ batchSize: 0 })],
		['Model.explain: "steps" must be a positive integer, got 2.5.', OptionError, () => explain({ steps: 2.5 })],
		[
			'Model.explain: "loss" must be "crossEntropy", "meanSquaredError", "meanAbsoluteError", "binaryCrossEntropy", "poisson", "gaussian", a description as quantile({ levels: [0.1, 0.9] }), or a loss of your own, got "mse".',
			OptionError,
			() => explain({ loss: "mse" }),
		],
		[
			'Model.explain: unknown option "batch". Known options: batchSize, steps, purpose, loss, optimizer, memoryLimit.',
			OptionError,
			() => explain({ batch: 1 }),
		],
		[
			'Model.explain: "memoryLimit" must be a finite number above 0, got 0.',
			OptionError,
			() => explain({ purpose: "train", memoryLimit: 0 }),
		],
		[
			'Model.explain: "memoryLimit" has no part in "predict". Leave it out, or ask for "train".',
			OptionError,
			() => explain({ memoryLimit: 1e6 }),
		],
		[
			'Model.explain: "memoryLimit" is 5 bytes, but a batch of [2, 30] (rows, steps) needs at least 81,280. Raise it, or give fewer or shorter rows.',
			OptionError,
			() => explain({ purpose: "train", batchSize: 2, steps: 30, memoryLimit: 5 }),
		],
		[
			'Model.explain: "purpose" must be "predict" or "stream" or "evaluate" or "train", got "fit".',
			OptionError,
			() => explain({ purpose: "fit" }),
		],
		[
			'Model.explain: "optimizer" must be an optimizer such as new Adam({ learningRate: 1e-3 }), got "adam".',
			OptionError,
			() => explain({ purpose: "train", optimizer: "adam" }),
		],
		...(["predict", "stream"] as const).map(
			(purpose): Row => [
				`Model.explain: "loss" has no part in "${purpose}". Leave it out, or ask for "train".`,
				OptionError,
				() => explain({ purpose, loss: "crossEntropy" }),
			],
		),
		...(["predict", "stream", "evaluate"] as const).map(
			(purpose): Row => [
				`Model.explain: "optimizer" has no part in "${purpose}". Leave it out, or ask for "train".`,
				OptionError,
				() => explain({ purpose, optimizer: new Adam() }),
			],
		),
		[
			'Model.explain: "optimizer" has no part in "predict". Leave it out, or ask for "train".',
			OptionError,
			() => explain({ optimizer: new Adam() }),
		],
	]);
});

describe("options that are no plain object", () => {
	const given: [string, unknown][] = [
		["null", null],
		["1", 1],
		["an array of 0", []],
		["an array of 1", [3]],
		["a Map", new Map([["hiddenSize", 3]])],
		["a Float32Array", new Float32Array(0)],
		["a Promise", Promise.resolve({})],
		["a Function", () => ({})],
	];
	expectEach(
		given.map(([got, options]) => [
			`Model.create: options must be an object, got ${got}.`,
			OptionError,
			() => Model.create([rnn({ inputSize: 1, hiddenSize: 2 })], options as never),
		]),
	);

	it("takes one without a prototype", async () => {
		const options = Object.assign(Object.create(null), { seed: 1 });
		const layers = [rnn({ inputSize: 1, hiddenSize: 2 })] as const;
		await expect(Model.create(layers, options)).resolves.toBeInstanceOf(Model);
	});
});
