import { isList } from "../batch/arrays.ts";
import { DataError, FormatError, OptionError } from "../errors.ts";
import { checkChoice, checkFlag, checkKeys, checkSize, show } from "../options.ts";
import { BytePairs, bytesOf, learnMerges, type Merge } from "./bytePairs.ts";
import { charactersOf, joinWords, wordsOf } from "./pieces.ts";

// The same everywhere, but in no library that both Node's and the browsers' types share.
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

const UNITS = ["character", "word", "bytePair"] as const;

export type VocabularyUnit = (typeof UNITS)[number];

export interface VocabularyOptions {
	/** What an id stands for. `"character"`: a Unicode code point. `"word"`: a run of letters and digits, or another character that is no
	 * white space. `"bytePair"`: bytes that often stand together (Sennrich et al. 2016), so that frequent words are one id and rare ones
	 * a few. Default `"character"`. */
	readonly unit?: VocabularyUnit | undefined;
	/** The most ids, that of the boundary among them: the most frequent units get one, or as many pairs are merged. Default: all
	 * characters or words; of byte pairs 1,000. */
	readonly size?: number | undefined;
	/** Whether an id of its own, the last, stands for whatever has none; without it such text is an error. Default: with words only. */
	readonly unknown?: boolean | undefined;
}

/** What a vocabulary consists of, as plain data: what `JSON.stringify` writes of it. */
export interface VocabularyData {
	readonly unit: VocabularyUnit;
	/** Characters or words in the order of their ids, from 1 on; of byte pairs the bytes. */
	readonly units: readonly (string | number)[];
	readonly merges?: readonly Merge[];
	readonly unknown: boolean;
}

/** What {@link Vocabulary.decode} gives for an id that stands for the unknown. */
const UNKNOWN = "\uFFFD";

/** Ids for characters, words or byte pairs. Id 0 stands for none of them: it is the boundary of sequences, and the blank of {@link transcribe}.
 *
 * ```ts
 * const letters = Vocabulary.from(texts, { unit: "character" });
 * letters.encode("two five");                    // Int32Array of ids from 1 to letters.size - 1
 * letters.decode(letters.encode("two five"));    // "two five"
 * ```
 *
 * Learn it from the training part only, and keep it beside the model: `JSON.stringify(vocabulary)`, `Vocabulary.fromJSON(JSON.parse(text))`. */
export class Vocabulary {
	readonly unit: VocabularyUnit;
	/** How many ids there are, that of the boundary among them: `vocabSize` of an embedding, `outputSize` of a last layer. */
	readonly size: number;
	/** The id of what has none; undefined without one. */
	readonly unknown: number | undefined;
	readonly #units: readonly (string | number)[];
	readonly #idOf: ReadonlyMap<string | number, number>;
	readonly #pairs: BytePairs | undefined;

	private constructor({ unit, units, merges, unknown }: VocabularyData) {
		this.unit = unit;
		this.#units = units;
		this.#pairs = merges && new BytePairs(merges);
		const symbols = [...units, ...(merges ?? []).map((_, n) => 256 + n)];
		this.#idOf = new Map(symbols.map((symbol, index) => [symbol, index + 1]));
		this.size = 1 + symbols.length + +unknown;
		this.unknown = unknown ? this.size - 1 : undefined;
	}

	/** Learns a vocabulary: the more frequent a unit, the smaller its id; of units as frequent the one whose code points come first.
	 * @throws DataError `Vocabulary.from: texts[3] must be a string, got 7.`
	 * @throws OptionError `Vocabulary.from: "size" is 20, but the boundary and 45 bytes of these texts need 46. Use at least 47.` */
	static from(texts: Iterable<string>, options: VocabularyOptions = {}): Vocabulary {
		const where = "Vocabulary.from";
		checkKeys(where, options, ["unit", "size", "unknown"]);
		const unit = checkChoice(where, "unit", options.unit ?? "character", UNITS);
		const size = options.size === undefined ? undefined : checkSize(where, "size", options.size);
		const unknown = checkFlag(where, "unknown", options.unknown ?? unit === "word");
		const all = checkTexts(where, texts);
		if (unit === "bytePair") return new Vocabulary(pairsOf(where, all, size ?? 1000, unknown));
		const counts = countUnits(all, unit === "word" ? wordsOf : charactersOf);
		const room = size === undefined ? counts.length : size - 1 - +unknown;
		if (room < 1) throw new OptionError(`${where}: "size" must leave room for a ${unit}, got ${size}.`);
		if (room < counts.length && !unknown)
			throw new OptionError(
				`${where}: "size" is ${size}, but the texts have ${counts.length} ${unit}s, and the boundary needs an id too. Use ${counts.length + 1}, or set unknown: true.`,
			);
		return new Vocabulary({ unit, units: counts.slice(0, room), unknown });
	}

	/** The vocabulary that `JSON.stringify` wrote, once parsed.
	 * @throws FormatError Where it is no such thing. */
	static fromJSON(data: unknown): Vocabulary {
		return new Vocabulary(checkData("Vocabulary.fromJSON", data));
	}

	toJSON(): VocabularyData {
		const { unit, unknown } = this;
		const merges = this.#pairs?.merges;
		return { unit, units: this.#units, ...(merges && { merges }), unknown: unknown !== undefined };
	}

	/** The ids of a text.
	 * @throws DataError `Vocabulary.encode: the vocabulary has no "é". Learn it from texts that do, or with unknown: true.` */
	encode(text: string): Int32Array {
		const where = "Vocabulary.encode";
		if (typeof text !== "string") throw new DataError(`${where}: text must be a string, got ${show(text)}.`);
		const units = this.unit === "word" ? wordsOf : charactersOf;
		const symbols: (string | number)[] = this.#pairs?.split(text) ?? units(text);
		return Int32Array.from(symbols, (symbol) => {
			const id = this.#idOf.get(symbol) ?? this.unknown;
			if (id !== undefined) return id;
			const what = typeof symbol === "number" ? `byte ${symbol}` : JSON.stringify(symbol);
			throw new DataError(
				`${where}: the vocabulary has no ${what}. Learn it from texts that do, or with unknown: true.`,
			);
		});
	}

	/** The text of ids: the inverse of {@link encode}, but for the spaces between words. Boundaries are left out, unknown ids become "\uFFFD".
	 * @throws DataError `Vocabulary.decode: ids[3] must be an id from 0 to 64, got 65.` */
	decode(ids: ArrayLike<number>): string {
		const where = "Vocabulary.decode";
		if (!isList(ids)) throw new DataError(`${where}: ids must be an array of ids, got ${show(ids)}.`);
		const known = Array.from(ids, (id: unknown, j) => {
			if (Number.isInteger(id) && (id as number) >= 0 && (id as number) < this.size) return id as number;
			throw new DataError(`${where}: ids[${j}] must be an id from 0 to ${this.size - 1}, got ${show(id)}.`);
		}).filter((id) => id !== 0);
		if (this.#pairs !== undefined) return this.#decodeBytes(known, this.#pairs);
		const units = known.map((id) => (this.#units[id - 1] as string | undefined) ?? UNKNOWN);
		return this.unit === "word" ? joinWords(units) : units.join("");
	}

	#decodeBytes(ids: readonly number[], pairs: BytePairs): string {
		const bytes = ids.flatMap((id) => {
			if (id === this.unknown) return bytesOf(UNKNOWN);
			const own = this.#units[id - 1] as number | undefined;
			return own === undefined ? pairs.bytes(256 + id - 1 - this.#units.length) : [own];
		});
		return new TextDecoder().decode(Uint8Array.from(bytes));
	}
}

function pairsOf(where: string, texts: readonly string[], size: number, unknown: boolean): VocabularyData {
	const bytes = [...new Set(texts.flatMap(bytesOf))].sort((a, b) => a - b);
	const room = size - 1 - +unknown - bytes.length;
	if (room < 0)
		throw new OptionError(
			`${where}: "size" is ${size}, but the boundary${unknown ? ", the unknown" : ""} and the ${bytes.length} bytes of these texts need ${size - room}. Use more.`,
		);
	return { unit: "bytePair", units: bytes, merges: learnMerges(texts, room), unknown };
}

/** Units, the most frequent first. */
function countUnits(texts: readonly string[], unitsOf: (text: string) => string[]): string[] {
	const counts = new Map<string, number>();
	for (const text of texts) for (const unit of unitsOf(text)) counts.set(unit, (counts.get(unit) ?? 0) + 1);
	return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([unit]) => unit);
}

function checkTexts(where: string, texts: Iterable<string>): string[] {
	if (typeof texts === "string" || typeof (texts as Partial<Iterable<string>> | null)?.[Symbol.iterator] !== "function")
		throw new DataError(`${where}: texts must be a list of strings, got ${show(texts)}.`);
	const all = Array.from(texts);
	const wrong = all.findIndex((text) => typeof text !== "string");
	if (wrong >= 0) throw new DataError(`${where}: texts[${wrong}] must be a string, got ${show(all[wrong])}.`);
	if (all.every((text) => text === "")) throw new DataError(`${where}: texts must hold a character, got none.`);
	return all;
}

function checkData(where: string, data: unknown): VocabularyData {
	const { unit, units, merges, unknown } = (data ?? {}) as Partial<VocabularyData>;
	const fail = (what: string) => new FormatError(`${where}: ${what}, as JSON.stringify wrote a vocabulary.`);
	if (!UNITS.includes(unit as VocabularyUnit)) throw fail(`"unit" must be one of ${UNITS.join(", ")}`);
	if (typeof unknown !== "boolean") throw fail('"unknown" must be true or false');
	const isPairs = unit === "bytePair";
	const isUnit = (value: unknown) => (isPairs ? isBelow(value, 256) : typeof value === "string" && value !== "");
	if (!Array.isArray(units) || !units.every(isUnit) || new Set(units).size !== units.length)
		throw fail(`"units" must be a list of ${isPairs ? "bytes" : "strings"}, each once`);
	if (isPairs !== Array.isArray(merges)) throw fail('"merges" must be a list for byte pairs, and absent else');
	const isMerge = (pair: unknown, n: number) =>
		Array.isArray(pair) && pair.length === 2 && pair.every((symbol) => isBelow(symbol, 256 + n));
	if (merges !== undefined && !merges.every(isMerge)) throw fail('"merges" must be pairs of what comes before them');
	return { unit: unit as VocabularyUnit, units, ...(merges && { merges }), unknown };
}

function isBelow(value: unknown, end: number): boolean {
	return Number.isInteger(value) && (value as number) >= 0 && (value as number) < end;
}
