import { checkMemory, got, isList } from "../batch/arrays.ts";
import { DataError, OptionError } from "../errors.ts";
import { checkKeys, checkSize, show } from "../options.ts";
import { cut, type Parts } from "./rows.ts";
import { ContinuedRows, checkStreams, type StreamOptions } from "./streams.ts";
import { countWindows, Windows } from "./windows.ts";

/** An array of ids, of the narrowest type that the vocabulary allows. */
export type TextIds = Uint8Array | Uint16Array | Int32Array;

export interface TextOptions {
	/** The characters, in the order of their ids: a string or an array of single characters. Give the one that a model
	 * was trained with to use the model again: `TextData.from("", { vocabulary })`. Default: the characters of the text,
	 * sorted by code point. */
	readonly vocabulary?: Iterable<string> | undefined;
}

export interface TextWindowOptions {
	/** Characters that a window reads, and as many that it predicts. */
	readonly steps: number;
	/** From the start of a window to the start of the next. Default `steps`: every character is predicted once. */
	readonly stride?: number | undefined;
}

/** A text as a sequence of ids, one for each character (Unicode code point), with the vocabulary that tells which.
 * @example
 * const [train, valid, test] = TextData.from(text).split([0.9, 0.05, 0.05]);
 * await trainer.fit(train.windows({ steps: 64 }), { batchSize: 32, epochs: 1 }); */
export class TextData {
	/** The character of each id. */
	readonly vocabulary: readonly string[];
	/** The text, an id for each character. A part of a split holds a view of the whole text's ids. */
	readonly ids: TextIds;
	readonly #idOf: ReadonlyMap<string, number>;

	private constructor(idOf: ReadonlyMap<string, number>, ids: TextIds) {
		this.vocabulary = Object.freeze([...idOf.keys()]);
		this.#idOf = idOf;
		this.ids = ids;
	}

	/** @throws DataError `TextData.from: text must hold at least one character, got "".` (unless a vocabulary is given)
	 * @throws DataError `TextData.from: text[3] must be one of the 2 characters of the vocabulary, got "c" (U+0063). …`
	 * @throws OptionError `TextData.from: "vocabulary" must hold single characters, got "ab".` */
	static from(text: string, options: TextOptions = {}): TextData {
		const where = "TextData.from";
		checkKeys(where, options, ["vocabulary"]);
		checkText(where, text);
		if (options.vocabulary === undefined && text === "")
			throw new DataError(`${where}: text must hold at least one character, got "".`);
		const idOf = options.vocabulary === undefined ? numbered(charactersOf(text)) : given(where, options.vocabulary);
		return new TextData(idOf, encode(where, text, idOf));
	}

	/** How many characters are told apart: `vocabSize` of the embedding, `outputSize` of the last layer. */
	get vocabSize(): number {
		return this.vocabulary.length;
	}

	/** The ids of another text.
	 * @throws DataError `TextData.encode: text[3] must be one of the 65 characters of the vocabulary, got "é" (U+00E9).
	 * Leave it out, or give TextData.from a vocabulary that has it.` (`text[3]` counts as JavaScript does) */
	encode(text: string): TextIds {
		checkText("TextData.encode", text);
		return encode("TextData.encode", text, this.#idOf);
	}

	/** The text of ids: the inverse of {@link encode}.
	 * @throws DataError `TextData.decode: ids[3] must be an id from 0 to 64, got 65.` */
	decode(ids: ArrayLike<number>): string {
		checkMemory("TextData.decode", "ids", ids);
		if (!isList(ids)) throw new DataError(`TextData.decode: ids must be an array of ids, ${got(ids)}`);
		return Array.from(ids, (id: unknown, i) => {
			const character = typeof id === "number" ? this.vocabulary[id] : undefined;
			if (character !== undefined) return character;
			throw new DataError(`TextData.decode: ids[${i}] must be an id from 0 to ${this.vocabSize - 1}, got ${show(id)}.`);
		}).join("");
	}

	/** Consecutive parts of the text, of the same vocabulary.
	 * @param fractions Their shares, adding up to 1: `[0.9, 0.05, 0.05]`.
	 * @throws OptionError `TextData.split: fractions must add up to 1, got 0.9.`
	 * @throws DataError `TextData.split: fractions[1] is 0.01, which leaves that part none of 20 characters.` */
	split<const F extends readonly number[]>(fractions: F): Parts<F, TextData> {
		checkMemory("TextData.split", "ids", this.ids);
		const ends = cut("TextData.split", this.ids.length, "characters", fractions);
		return fractions.map((_, i) => {
			const part = this.ids.subarray(ends[i], ends[i + 1]);
			return new TextData(this.#idOf, part);
		}) as Parts<F, TextData>;
	}

	/** Windows whose targets are the characters that follow: window i reads `ids[s … s + steps)` and should say
	 * `ids[s + 1 … s + steps]`, where `s = i · stride`. Windows go on until every character but the first has been a
	 * target; the last one is shorter if the text asks for it, so that evaluating scores each character once.
	 * @throws DataError `TextData.windows: the text must have at least 2 characters (one to read, one to predict), got 1.` */
	windows(options: TextWindowOptions): Windows<TextIds> {
		const where = "TextData.windows";
		checkKeys(where, options, ["steps", "stride"]);
		checkMemory(where, "ids", this.ids);
		const steps = checkSize(where, "steps", options.steps);
		const stride = checkSize(where, "stride", options.stride ?? steps);
		const end = this.ids.length;
		if (end < 2)
			throw new DataError(
				`${where}: the text must have at least 2 characters (one to read, one to predict), got ${end}.`,
			);
		return new Windows<TextIds>([
			{
				size: countWindows(end - 1, steps, stride),
				steps,
				stride,
				inputs: { data: this.ids, width: 1, first: 0 },
				targets: { data: this.ids, width: 1, first: 1 },
				everyStep: true,
				end,
			},
		]);
	}

	/** The text cut into `rows` stretches of equal length that are read side by side, `steps` characters at a time, each
	 * batch going on where the one before ended, the states carried on: truncated backpropagation through time. Up to
	 * `rows - 1` characters at the end are left out.
	 * @throws OptionError `TextData.streams: "overlap" must be an integer from 0 to 63, got 64.`
	 * @throws DataError `TextData.streams: 16 rows need at least 16 characters with a target, got 9. Give fewer rows.`
	 * @example await trainer.fit(train.streams({ rows: 16, steps: 64 }), { epochs: 3 }); */
	streams(options: StreamOptions): ContinuedRows<TextIds> {
		const where = "TextData.streams";
		checkKeys(where, options, ["rows", "steps", "overlap"]);
		checkMemory(where, "ids", this.ids);
		return new ContinuedRows<TextIds>({
			...checkStreams(where, options, this.ids.length - 1, "characters"),
			inputs: { data: this.ids, width: 1, first: 0 },
			targets: { data: this.ids, width: 1, first: 1 },
		});
	}
}

function charactersOf(text: string): string[] {
	const codeOf = (character: string) => character.codePointAt(0) as number;
	return [...new Set(text)].sort((a, b) => codeOf(a) - codeOf(b));
}

function numbered(characters: readonly string[]): Map<string, number> {
	return new Map(characters.map((character, id) => [character, id]));
}

function given(where: string, vocabulary: Iterable<string>): Map<string, number> {
	const fail = (expected: string, received: string): never => {
		throw new OptionError(`${where}: "vocabulary" must ${expected}, got ${received}.`);
	};
	if (typeof Object(vocabulary)[Symbol.iterator] !== "function")
		fail("be a string or an array of characters", show(vocabulary));
	const characters = [...vocabulary];
	if (characters.length === 0) fail("hold at least one character", "none");
	for (const character of characters) {
		if (typeof character !== "string" || [...character].length !== 1) fail("hold single characters", show(character));
	}
	const idOf = numbered(characters);
	const twice = characters.find((character, id) => idOf.get(character) !== id);
	if (twice !== undefined) fail("hold each character once", `${show(twice)} twice`);
	return idOf;
}

function checkText(where: string, text: unknown): void {
	if (typeof text === "string") return;
	throw new DataError(`${where}: text must be a string, got ${show(text)}.`);
}

function encode(where: string, text: string, idOf: ReadonlyMap<string, number>): TextIds {
	const ids = idsFor(idOf.size, text.length);
	let count = 0;
	let position = 0;
	for (const character of text) {
		const id = idOf.get(character);
		if (id === undefined) {
			const code = (character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
			throw new DataError(
				`${where}: text[${position}] must be one of the ${idOf.size} characters of the vocabulary, got ${JSON.stringify(character)} (U+${code}). Leave it out, or give TextData.from a vocabulary that has it.`,
			);
		}
		ids[count++] = id;
		position += character.length;
	}
	return count === ids.length ? ids : ids.slice(0, count);
}

function idsFor(vocabSize: number, size: number): TextIds {
	if (vocabSize <= 1 << 8) return new Uint8Array(size);
	if (vocabSize <= 1 << 16) return new Uint16Array(size);
	return new Int32Array(size);
}
