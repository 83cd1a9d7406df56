// Does generation read the prompt, then what it writes, and depend on nothing but its options?
import { describe, expect, it } from "vitest";
import { TextData } from "../../src/data/text.ts";
import { DataError, OptionError } from "../../src/errors.ts";
import { type GenerateOptions, generate, type IdModel } from "../../src/generate/generate.ts";
import { dense, embedding, gru, lastStep, Model } from "../../src/index.ts";

/** A model of `size` ids whose logits depend on the sum of what it has read. Its stream hands out one array again and
 * again, as a model's may. */
function sumModel(size: number): IdModel & { readonly read: number[] } {
	const read: number[] = [];
	return {
		read,
		stream() {
			const logits = new Float32Array(size);
			let sum = 0;
			return {
				push(id) {
					read.push(id);
					sum += id;
					logits.fill(0)[(sum + 1) % size] = 2;
					return logits;
				},
			};
		},
	};
}

describe("generate", () => {
	it("reads the prompt, then each id it writes but the last", () => {
		const model = sumModel(5);
		const ids = generate(model, { prompt: [1, 2], length: 4, temperature: 0 });
		// 1 + 2 + 1 = 4, 3 + 4 + 1 = 3, 7 + 3 + 1 = 1, 10 + 1 + 1 = 2 (mod 5)
		expect(ids).toEqual(new Int32Array([4, 3, 1, 2]));
		expect(model.read).toEqual([1, 2, 4, 3, 1]);
	});

	it("gives the same ids for the same seed, 0 unless told", () => {
		const run = (options: Partial<GenerateOptions>) => [
			...generate(sumModel(7), { prompt: [0], length: 40, ...options }),
		];
		expect(run({ seed: 3 })).toEqual(run({ seed: 3 }));
		expect(run({})).toEqual(run({ seed: 0 }));
		expect(run({ seed: 4 })).not.toEqual(run({ seed: 3 }));
	});

	it("hands its options to the sampling", () => {
		const greedy = { prompt: [1], length: 30, temperature: 0 };
		const ids = generate(sumModel(7), greedy);
		const cut = { prompt: [1], length: 30, seed: 5 };
		expect(generate(sumModel(7), { ...cut, topK: 1 })).toEqual(ids);
		expect(generate(sumModel(7), { ...cut, topP: 0.1 })).toEqual(ids);
		expect(generate(sumModel(7), cut)).not.toEqual(ids);
	});

	it("works on texts", () => {
		const data = TextData.from("abcde");
		const prompt = data.encode("bc");
		const ids = generate(sumModel(5), { prompt, length: 4, temperature: 0 });
		expect(data.decode(ids)).toBe("edbc");
	});

	it("may generate nothing", () => {
		expect(generate(sumModel(2), { prompt: [0], length: 0 }).length).toBe(0);
	});
});

describe("generate refuses", () => {
	const model = sumModel(3);
	const good = { prompt: [1], length: 1 };
	const poisoned: IdModel = {
		stream: () => ({ push: () => new Float32Array([0, Number.NaN]) }),
	};
	const create = (...layers: Parameters<typeof Model.create>[0][number][]) =>
		Model.create([embedding({ vocabSize: 5, embeddingSize: 2 }), ...layers]);
	const tooMany =
		'generate: "model" must be a Model that gives a logit for each id it reads, got one of 7 outputs for vocabSize 5. Give its last layer outputSize 5.';

	it(tooMany, async () => {
		const cell = gru({ hiddenSize: 7 });
		const wide = dense({ outputSize: 7 });
		for (const layers of [[cell, wide], [cell], [cell, wide, lastStep()]]) {
			const model = (await create(...layers)) as unknown as IdModel;
			expect(() => generate(model, good)).toThrow(new OptionError(tooMany));
		}
	});

	it("no model of fewer outputs than ids", async () => {
		const narrow = await create(gru({ hiddenSize: 7 }), dense({ outputSize: 4 }));
		expect(generate(narrow as unknown as IdModel, good)).toHaveLength(1);
	});

	it.each<[string, new (message: string) => Error, () => unknown]>([
		['generate: "model" must be a Model, got undefined.', OptionError, () => generate(undefined as never, good)],
		[
			'generate: "model" must be a Model, got a Promise. Await Model.create first.',
			OptionError,
			() => generate(Promise.resolve(model) as never, good),
		],
		[
			'generate: stream() of "model" must give a stream, got an object.',
			OptionError,
			() => generate({ stream: () => ({}), layers: [null] } as never, good),
		],
		[
			"generate: prompt must hold at least one id for the model to begin with, got none.",
			DataError,
			() => generate(model, { ...good, prompt: [] }),
		],
		[
			'generate: prompt must be an array of ids, got "Call me". Encode it: data.encode(text).',
			DataError,
			() => generate(model, { ...good, prompt: "Call me" as never }),
		],
		[
			"generate: prompt must be an array of ids, got undefined.",
			DataError,
			() => generate(model, { length: 1 } as GenerateOptions),
		],
		[
			'generate: "length" must be an integer from 0 to 2147483647, got -1.',
			OptionError,
			() => generate(model, { ...good, length: -1 }),
		],
		[
			'generate: "seed" must be an integer from 0 to 9007199254740991, got NaN.',
			OptionError,
			() => generate(model, { ...good, seed: Number.NaN }),
		],
		[
			'generate: "temperature" must be a finite number at least 0, got Infinity.',
			OptionError,
			() => generate(model, { ...good, temperature: Infinity }),
		],
		[
			'generate: "topK" must be an integer from 1 to 9007199254740991, got 1.5.',
			OptionError,
			() => generate(model, { ...good, topK: 1.5 }),
		],
		[
			'generate: "topP" must be a finite number at least 0 and at most 1, got "all".',
			OptionError,
			() => generate(model, { ...good, topP: "all" as never }),
		],
		[
			'generate: unknown option "temprature". Did you mean "temperature"?',
			OptionError,
			// @ts-expect-error a misspelt option does not compile
			() => generate(model, { ...good, temprature: 1 }),
		],
		["generate: logits[1] must be a number below Infinity, got NaN.", DataError, () => generate(poisoned, good)],
	])("%s", (message, Class, call) => {
		expect(call).toThrow(new Class(message));
	});
});
