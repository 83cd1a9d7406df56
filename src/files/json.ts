import { FormatError } from "../errors.ts";
import { show } from "../options.ts";

/** The deepest nesting that is read; what this package writes is nested 6 deep. */
const MAX_DEPTH = 16;
/** The most values that are read; ten thousand tensors have fewer. */
const MAX_VALUES = 100_000;

/** Parses JSON from a file that may be hostile.
 * @param subject Who speaks of what: `Model.load: the header`.
 * @param most Values that are read at most. */
export function parseJson(subject: string, text: string, most = MAX_VALUES): unknown {
	checkExtent(subject, text, most);
	const value = parse(text);
	if (value === undefined) throw new FormatError(`${subject} must be JSON.`);
	const twice = findRepeatedKey(text);
	if (twice !== undefined) throw new FormatError(`${subject} must have each key once, got ${show(twice)} twice.`);
	return value;
}

/** Checks, before a text is parsed, that it is neither nested too deep nor of too many values: once parsed, a bracket may take a
 * hundred times its size in memory. */
export function checkExtent(subject: string, text: string, most = MAX_VALUES): void {
	let [depth, values] = [0, 1];
	for (let i = 0; i < text.length; i++) {
		const character = text[i];
		if (character === '"') {
			i = endOfString(text, i);
		} else if (character === "{" || character === "[") {
			if (++depth > MAX_DEPTH) throw new FormatError(`${subject} must be nested at most ${MAX_DEPTH} deep, got more.`);
			values++;
		} else if (character === "}" || character === "]") {
			depth--;
		} else if (character === ",") {
			values++;
		}
		if (values > most) throw new FormatError(`${subject} must hold at most ${most} values, got more.`);
	}
}

/** The place where the string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
	let end = start + 1;
	while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
	return end;
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** The first key that an object of this (valid) JSON has twice: `JSON.parse` would keep the last without a word. */
function findRepeatedKey(text: string): string | undefined {
	const open: (Set<string> | undefined)[] = [];
	let latest = "";
	for (let i = 0; i < text.length; i++) {
		const character = text[i];
		if (character === '"') {
			const end = endOfString(text, i);
			latest = text.slice(i, end + 1);
			i = end;
		} else if (character === "{" || character === "[") {
			open.push(undefined);
		} else if (character === "}" || character === "]") {
			open.pop();
		} else if (character === ":") {
			open[open.length - 1] ??= new Set();
			const keys = open[open.length - 1] as Set<string>;
			const key: string = latest.includes("\\") ? JSON.parse(latest) : latest.slice(1, -1);
			if (keys.has(key)) return key;
			keys.add(key);
		}
	}
	return undefined;
}
