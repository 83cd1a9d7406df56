import { checkMemory, isList } from "../batch/arrays.ts";
import { DataError, OptionError } from "../errors.ts";
import { checkInteger, checkKeys, checkNumber, show } from "../options.ts";
import { exp } from "../random/elementary.ts";
import { Random } from "../random/random.ts";

export interface SamplingOptions {
	/** Divides the logits: below 1 the likely gets likelier, above 1 rarer things come up; 0 always takes the likeliest.
	 * At least 0. Default 1: the model's own distribution. */
	readonly temperature?: number | undefined;
	/** Draws from the k likeliest ids only. At least 1. Default: from all. */
	readonly topK?: number | undefined;
	/** Draws from the fewest ids, likeliest first, whose probabilities (of what `topK` leaves) add up to p. From 0 to 1;
	 * at least one id is left. Default 1: from all. */
	readonly topP?: number | undefined;
}

export const SAMPLING_OPTIONS = ["temperature", "topK", "topP"] as const;

/** Checked options, nothing left out. */
interface Sampling {
	readonly temperature: number;
	readonly topK: number;
	readonly topP: number;
}

/** Draws an id from the distribution softmax(logits / temperature), cut to `topK`, then to `topP` (the order of Hugging
 * Face's transformers). Among equal logits the lower id goes first. The same numbers give the same id on every machine.
 * @param logits One for each id; -Infinity never comes up.
 * @param random One word is taken from it, or none at temperature 0.
 * @throws OptionError `sample: "temperature" must be a finite number at least 0, got -1.`
 * @throws DataError `sample: logits[3] must be a number below Infinity, got NaN.`
 * @example const id = sample(stream.push(previous), new Random(1), { temperature: 0.8, topP: 0.95 }); */
export function sample(logits: Float32Array, random: Random, options: SamplingOptions = {}): number {
	checkKeys("sample", options, SAMPLING_OPTIONS);
	const sampling = checkSampling("sample", options);
	if (!(random instanceof Random)) throw new OptionError(`sample: random must be a Random, got ${show(random)}.`);
	return draw("sample", logits, random, sampling);
}

/** @internal The options with their defaults; their keys are for the caller to check. */
export function checkSampling(where: string, { temperature = 1, topK, topP = 1 }: SamplingOptions): Sampling {
	const most = Number.MAX_SAFE_INTEGER;
	return {
		temperature: checkNumber(where, "temperature", temperature, { least: 0 }),
		topK: topK === undefined ? most : checkInteger(where, "topK", topK, { least: 1, most }),
		topP: checkNumber(where, "topP", topP, { least: 0, most: 1 }),
	};
}

/** @internal {@link sample} with options that are checked. */
export function draw(
	where: string,
	logits: Float32Array,
	random: Random,
	{ temperature, topK, topP }: Sampling,
): number {
	checkMemory(where, "logits", logits);
	if (!isList(logits)) throw new DataError(`${where}: logits must be an array of numbers, got ${show(logits)}.`);
	const best = argmax(where, logits);
	if (temperature === 0) return best;
	const highest = logits[best] as number;
	const weights = new Float64Array(logits.length);
	for (let id = 0; id < weights.length; id++) weights[id] = exp(((logits[id] as number) - highest) / temperature);
	if (topK >= logits.length && topP === 1) return pick(weights.keys(), weights, sum(weights), random);
	const order = [...weights.keys()].sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
	const likeliest = order.slice(0, topK);
	const total = likeliest.reduce((mass, id) => mass + at(weights, id), 0);
	const { ids, mass } = nucleus(likeliest, weights, topP * total);
	return pick(ids, weights, mass, random);
}

/** The id of the highest logit, the lowest of equal ones. */
function argmax(where: string, logits: Float32Array): number {
	let best = -1;
	let highest = -Infinity;
	for (let id = 0; id < logits.length; id++) {
		const logit: unknown = logits[id];
		if (!(typeof logit === "number" && logit < Infinity))
			throw new DataError(`${where}: logits[${id}] must be a number below Infinity, got ${show(logit)}.`);
		if (logit <= highest) continue;
		highest = logit;
		best = id;
	}
	if (best < 0) throw new DataError(`${where}: logits must hold a finite number, got none among ${logits.length}.`);
	return best;
}

/** The first ids whose weights reach `least`, one at least. */
function nucleus(
	order: readonly number[],
	weights: Float64Array,
	least: number,
): { ids: readonly number[]; mass: number } {
	let mass = 0;
	let count = 0;
	do mass += at(weights, order[count++] as number);
	while (mass < least && count < order.length);
	return { ids: order.slice(0, count), mass };
}

/** One of the ids, each as likely as its weight. */
function pick(ids: Iterable<number>, weights: Float64Array, mass: number, random: Random): number {
	let rest = ((random.uint32() + 0.5) / 2 ** 32) * mass;
	let latest = 0;
	for (const id of ids) {
		const weight = at(weights, id);
		if (weight === 0) continue;
		latest = id;
		rest -= weight;
		if (rest < 0) return id;
	}
	return latest;
}

function sum(weights: Float64Array): number {
	return weights.reduce((total, weight) => total + weight, 0);
}

function at(weights: Float64Array, id: number): number {
	return weights[id] as number;
}
