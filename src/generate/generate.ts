import { checkMemory, isList } from "../batch/arrays.ts";
import { DataError, OptionError } from "../errors.ts";
import { checkInteger, checkKeys, checkSeed, show } from "../options.ts";
import { Random, Streams } from "../random/random.ts";
import { checkSampling, draw, SAMPLING_OPTIONS, type SamplingOptions } from "./sampling.ts";

/** What {@link generate} needs of a model: one that reads ids and gives logits for the next at each step. */
export interface IdModel {
	/** The layers, which a {@link Model} has: they show whether it may give an id that it cannot read. */
	readonly layers?: readonly object[];
	stream(): { push(id: number): Float32Array };
}

export interface GenerateOptions extends SamplingOptions {
	/** Ids that the model reads first; at least one. */
	readonly prompt: ArrayLike<number>;
	/** How many ids to generate, at least 0. */
	readonly length: number;
	/** The same seed, the same ids. Default 0. */
	readonly seed?: number | undefined;
}

/** Lets a model write: it reads the prompt, then each id that is drawn from its logits is what it reads next.
 * @returns The generated ids, without the prompt.
 * @throws DataError `generate: prompt must hold at least one id for the model to begin with, got none.`
 * @throws OptionError `generate: "model" must be a Model that gives a logit for each id it reads, got one of 7 outputs for
 * vocabSize 5. Give its last layer outputSize 5.`
 * @throws OptionError `generate: "temperature" must be a finite number at least 0, got -1.`
 * @example
 * const prompt = data.encode("Call me ");
 * const ids = generate(model, { prompt, length: 300, temperature: 0.8, seed: 1 });
 * console.log(data.decode(ids)); */
export function generate(model: IdModel, options: GenerateOptions): Int32Array {
	const where = "generate";
	checkModel(where, model);
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
	checkMemory(where, "prompt", prompt);
	if (!isList(prompt))
		throw new DataError(
			`${where}: prompt must be an array of ids, got ${show(prompt)}.${typeof prompt === "string" ? " Encode it: data.encode(text)." : ""}`,
		);
	if (prompt.length === 0)
		throw new DataError(`${where}: prompt must hold at least one id for the model to begin with, got none.`);
	const random = new Random(seed, Streams.sampling);
	const stream = model.stream();
	if (typeof stream?.push !== "function")
		throw new OptionError(`${where}: stream() of "model" must give a stream, got ${show(stream)}.`);
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

/** Checks that a model has streams and, as far as its layers tell, gives no id that it cannot read. */
function checkModel(where: string, model: IdModel): void {
	if (typeof model?.stream !== "function") {
		const isPromise = typeof (model as { then?: unknown } | null)?.then === "function";
		throw new OptionError(
			`${where}: "model" must be a Model, got ${show(model)}.${isPromise ? " Await Model.create first." : ""}`,
		);
	}
	const { layers: known } = model;
	const layers: readonly Partial<Sizes>[] = Array.isArray(known) ? known : [];
	const vocabSize = layers[0]?.vocabSize;
	const last = layers.findLast((layer) => layer?.type !== "lastStep");
	const outputs = last?.outputSize ?? last?.hiddenSize;
	if (typeof vocabSize !== "number" || typeof outputs !== "number") return;
	if (outputs > vocabSize)
		throw new OptionError(
			`${where}: "model" must be a Model that gives a logit for each id it reads, got one of ${outputs} outputs for vocabSize ${vocabSize}. Give its last layer outputSize ${vocabSize}.`,
		);
}

/** The sizes that layers may have. */
interface Sizes {
	readonly type: string;
	readonly vocabSize?: number;
	readonly outputSize?: number;
	readonly hiddenSize?: number;
}
