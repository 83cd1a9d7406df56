import { OptionError } from "../errors.ts";
import { checkInteger, checkKeys, checkNumber, show } from "../options.ts";
import { log } from "../random/elementary.ts";
import { alignRow } from "./align.ts";
import { type Found, type Search, searchBeam } from "./beam.ts";
import { Lexicon } from "./lexicon.ts";
import {
	checkBlank,
	logProbabilities,
	misbehaved,
	type RowProbabilities,
	type StepOutputs,
} from "./logProbabilities.ts";

export interface TranscribeOptions {
	/** How many labellings are followed at each step, from 1 to 10,000. Default 1: the likeliest symbol of each step, repeats merged and
	 * blanks dropped, which is not always the likeliest labelling. */
	readonly beamSize?: number | undefined;
	/** The symbol that stands for no label. Default 0. */
	readonly blank?: number | undefined;
	/** The logarithm of a language's probability that `id` follows the ids before it; -Infinity forbids it. Asked once for each labelling
	 * that comes into question. */
	readonly languageModel?: ((ids: readonly number[], id: number) => number) | undefined;
	/** What the language model's logarithms are multiplied by. Default 0.5. */
	readonly languageWeight?: number | undefined;
	/** What each label adds to the score, against a language model's liking for few. Default 0. */
	readonly labelBonus?: number | undefined;
	/** The only words that labels may be made of, each a list of ids. Default: anything goes. */
	readonly lexicon?: Iterable<ArrayLike<number>> | undefined;
	/** The id between two words of the lexicon. Default: words follow each other at once. */
	readonly separator?: number | undefined;
	/** Symbols less likely than this at a step extend nothing there, from 0 to below 1. Default 0: the search is exact but for the beam;
	 * 1e-4 makes it several times faster. */
	readonly leastProbability?: number | undefined;
}

/** Labels and where they stand. */
export interface Transcription {
	readonly ids: readonly number[];
	/** The logarithm of the labels' probability: of all paths that the beam has followed, or of the likeliest one without a beam;
	 * with what the language model and `labelBonus` add. */
	readonly score: number;
	/** Of each label, the first step and the last that say it, on the labels' likeliest path. */
	readonly steps: readonly (readonly [from: number, to: number])[];
	/** What else the beam holds, best first; empty without one. */
	readonly others: readonly Found[];
}

const OPTIONS = [
	...["beamSize", "blank", "languageModel", "languageWeight", "labelBonus"],
	...["lexicon", "separator", "leastProbability"],
];

/** Reads the labels out of the outputs of a model that was trained with connectionist temporal classification, as in PyTorch: for each row
 * the best labelling.
 *
 * ```
 * score(l) = log Σ exp(Σₜ log softmax(outputs[t])[path[t]]) over the paths that say l
 *          + languageWeight · Σⱼ languageModel(l[0…j-1], l[j]) + labelBonus · |l|
 * ```
 *
 * @param prediction Logits at every step, as `model.predict` gives them.
 * @throws OptionError `transcribe: "beamSize" must be an integer from 1 to 10000, got 0.`
 * @throws OptionError `transcribe: no words of the lexicon fit what row 3 says, or its beam has lost them. Use a larger "beamSize".`
 * @see Graves et al. 2006; Hannun et al. 2014
 * @example const [{ ids, score }] = transcribe(model.predict({ inputs: [utterance] }), { beamSize: 16 }); */
export function transcribe(prediction: StepOutputs, options: TranscribeOptions = {}): Transcription[] {
	const where = "transcribe";
	checkKeys(where, options, OPTIONS);
	const rows = logProbabilities(where, prediction);
	const [first] = rows;
	if (first === undefined) return [];
	const search = checkSearch(where, options, first);
	const isGreedy = search.beamSize === 1 && search.bonus === undefined && search.lexicon === undefined;
	return rows.map((row, index) => {
		const found = isGreedy ? [likeliest(row, search.blank)] : searchBeam(row, search);
		const [best, ...others] = found;
		if (best === undefined)
			throw new OptionError(
				`${where}: no words of the lexicon fit what row ${index} says, or its beam has lost them. Use a larger "beamSize".`,
			);
		const steps = alignRow(row, best.ids, search.blank).labels.map(({ from, to }) => [from, to] as const);
		return { ...best, steps, others };
	});
}

/** The likeliest path, whose labels need not be the likeliest. */
function likeliest({ steps, symbols, values }: RowProbabilities, blank: number): Found {
	const ids: number[] = [];
	let [score, before] = [0, blank];
	for (let t = 0; t < steps; t++) {
		const lp = values.subarray(t * symbols, (t + 1) * symbols);
		const symbol = lp.reduce((best, value, id) => (value > (lp[best] as number) ? id : best), 0);
		score += lp[symbol] as number;
		if (symbol !== blank && symbol !== before) ids.push(symbol);
		before = symbol;
	}
	return { ids, score };
}

function checkSearch(where: string, options: TranscribeOptions, row: RowProbabilities): Search {
	const { languageModel, languageWeight, labelBonus, lexicon, separator, leastProbability = 0 } = options;
	const beamSize = checkInteger(where, "beamSize", options.beamSize ?? 1, { least: 1, most: 10_000 });
	const blank = checkBlank(where, options.blank ?? 0, row);
	checkNumber(where, "leastProbability", leastProbability, { least: 0, most: 1 });
	if (separator !== undefined) {
		checkInteger(where, "separator", separator, { least: 0, most: row.symbols - 1 });
		if (lexicon === undefined)
			throw new OptionError(`${where}: "separator" stands between words of a lexicon. Give one.`);
	}
	const symbols = { blank, symbols: row.symbols };
	return {
		...{ beamSize, blank, least: leastProbability === 0 ? -Infinity : log(leastProbability) },
		bonus: bonusOf(where, { languageModel, languageWeight, labelBonus }),
		...(lexicon !== undefined && { lexicon: new Lexicon(where, lexicon, separator, symbols) }),
	};
}

type Language = Pick<TranscribeOptions, "languageModel" | "languageWeight" | "labelBonus">;

function bonusOf(where: string, { languageModel, languageWeight, labelBonus = 0 }: Language): Search["bonus"] {
	checkNumber(where, "labelBonus", labelBonus, {});
	const weight = checkNumber(where, "languageWeight", languageWeight ?? 0.5, { least: 0 });
	if (languageModel === undefined) {
		if (languageWeight !== undefined)
			throw new OptionError(`${where}: "languageWeight" is of a "languageModel". Give one, or leave it out.`);
		return labelBonus === 0 ? undefined : () => labelBonus;
	}
	if (typeof languageModel !== "function")
		throw new OptionError(`${where}: "languageModel" must be a function, got ${show(languageModel)}.`);
	return (ids, id) => {
		let value: unknown;
		try {
			value = languageModel(ids, id);
		} catch (error) {
			const why = error instanceof Error ? error.message : show(error);
			throw misbehaved(where, "languageModel", `threw at ids [${ids.join(", ")}] and ${id}: ${why}`, error);
		}
		if (typeof value !== "number" || Number.isNaN(value) || value === Infinity)
			throw misbehaved(where, "languageModel", `must return a number below Infinity, got ${show(value)} for ${id}.`);
		return (weight === 0 ? 0 : weight * value) + labelBonus;
	};
}
