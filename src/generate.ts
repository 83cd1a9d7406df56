import { DataError } from "./errors.ts";
import { checkInteger, checkKeys, checkSeed, show } from "./options.ts";
import { Random, Streams } from "./random.ts";
import {
	checkSampling,
	draw,
	SAMPLING_OPTIONS,
	type SamplingOptions,
} from "./sampling.ts";

/** What {@link generate} needs of a model: one that reads ids and gives logits for the next at each step. */
export interface IdModel {
	stream(): { push(id: number): Float32Array };
}

export interface GenerateOptions extends SamplingOptions {
	/** Ids that the model reads first; at least one. */
	readonly prompt: ArrayLike<number>;
	/** How many ids to generate. From 0. */
	readonly length: number;
	/** The same seed, the same ids. Default 0. */
	readonly seed?: number | undefined;
}

/** Lets a model write: it reads the prompt, then each id that is drawn from its logits is what it reads next.
 * @returns The generated ids, without the prompt.
 * @throws DataError `generate: prompt must hold at least one id for the model to begin with, got none.`
 * @throws OptionError `generate: "temperature" must be a finite number at least 0, got -1.`
 * @example
 * const prompt = data.encode("Call me ");
 * const ids = generate(model, { prompt, length: 300, temperature: 0.8, seed: 1 });
 * console.log(data.decode(ids)); */
export function generate(model: IdModel, options: GenerateOptions): Int32Array {
	const where = "generate";
	const known = ["prompt", "length", "seed", ...SAMPLING_OPTIONS];
	checkKeys(where, options, known);
	const sampling = checkSampling(where, options);
	const most = 2 ** 31 - 1;
	const length = checkInteger(where, "length", options.length, {
		least: 0,
		most,
	});
	const seed = checkSeed(where, options.seed ?? 0);
	const { prompt } = options;
	if (!Array.isArray(prompt) && !ArrayBuffer.isView(prompt))
		throw new DataError(
			`${where}: prompt must be an array of ids, got ${show(prompt)}.${typeof prompt === "string" ? " Encode it: data.encode(text)." : ""}`,
		);
	if (prompt.length === 0)
		throw new DataError(
			`${where}: prompt must hold at least one id for the model to begin with, got none.`,
		);
	const random = new Random(seed, Streams.sampling);
	const stream = model.stream();
	const ids = new Int32Array(length);
	if (length === 0) return ids;
	for (let i = 0; i < prompt.length - 1; i++) stream.push(prompt[i] as number);
	let latest = prompt[prompt.length - 1] as number;
	for (let i = 0; i < length; i++) {
		latest = draw(where, stream.push(latest), random, sampling);
		ids[i] = latest;
	}
	return ids;
}
