import { OptionError } from "./errors.ts";

/** Checks that options have known keys only.
 * @throws OptionError For the first key that is not in `known`; it suggests the nearest that is. */
export function checkKeys(where: string, given: object, known: readonly string[]): void {
	if (!isPlain(given)) {
		throw new OptionError(`${where}: options must be an object, got ${show(given)}.`);
	}
	for (const key of Object.keys(given)) {
		if (known.includes(key)) continue;
		const nearest = nearestOf(key, known);
		const hint = nearest === undefined ? `Known options: ${known.join(", ") || "none"}.` : `Did you mean "${nearest}"?`;
		throw new OptionError(`${where}: unknown option ${show(key)}. ${hint}`);
	}
}

/** Whether a value is an object with keys. A Map, an array or a promise is none: it has no keys that could be found unknown. */
function isPlain(given: unknown): boolean {
	try {
		return Object.prototype.toString.call(given) === "[object Object]";
	} catch {
		return false;
	}
}

/** Checks a size or a count, a positive integer, and returns it. */
export function checkSize(where: string, name: string, value: unknown): number {
	if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
	throw new OptionError(`${where}: "${name}" must be a positive integer, got ${show(value)}.`);
}

/** Checks an integer from `least` to `most`, and returns it. */
export function checkInteger(
	where: string,
	name: string,
	value: unknown,
	{ least, most }: { least: number; most: number },
): number {
	if (Number.isInteger(value)) {
		const integer = value as number;
		if (integer >= least && integer <= most) return integer;
	}
	throw new OptionError(`${where}: "${name}" must be an integer from ${least} to ${most}, got ${show(value)}.`);
}

/** Checks a seed of random numbers, a non-negative safe integer, and returns it. */
export function checkSeed(where: string, value: unknown): number {
	const most = Number.MAX_SAFE_INTEGER;
	return checkInteger(where, "seed", value, { least: 0, most });
}

/** Checks a finite number within [least, most], and returns it; `open` leaves the ends out. */
export function checkNumber(
	where: string,
	name: string,
	value: unknown,
	{ least = -Infinity, most = Infinity, open = false }: { least?: number; most?: number; open?: boolean } = {},
): number {
	const inside =
		typeof value === "number" &&
		Number.isFinite(value) &&
		(open ? value > least && value < most : value >= least && value <= most);
	if (inside) return value;
	const [left, right] = open ? ["above", "below"] : ["at least", "at most"];
	const limits = [
		...(least > -Infinity ? [`${left} ${least}`] : []),
		...(most < Infinity ? [`${right} ${most}`] : []),
	].join(" and ");
	throw new OptionError(`${where}: "${name}" must be a finite number${limits && ` ${limits}`}, got ${show(value)}.`);
}

/** Checks a share of what is dropped, at least 0 and below 1, and returns it. */
export function checkRate(where: string, name: string, rate: unknown): number {
	if (typeof rate === "number" && rate >= 0 && rate < 1) return rate;
	throw new OptionError(`${where}: "${name}" must be at least 0 and below 1, got ${show(rate)}.`);
}

/** Checks that a value is one of a few words, and returns it. */
export function checkChoice<T extends string>(where: string, name: string, value: unknown, choices: readonly T[]): T {
	if (choices.includes(value as T)) return value as T;
	const list = choices.map((choice) => `"${choice}"`).join(" or ");
	throw new OptionError(`${where}: "${name}" must be ${list}, got ${show(value)}.`);
}

/** Checks that a value is true or false, and returns it. */
export function checkFlag(where: string, name: string, value: unknown): boolean {
	if (typeof value === "boolean") return value;
	throw new OptionError(`${where}: "${name}" must be true or false, got ${show(value)}.`);
}

/** Characters of a string that a sentence quotes; the rest is cut. */
const LONGEST = 40;

/** Whether a class may have this name. The regular expression stands here, not at the top, since compiling it when the package
 * is loaded would take as long as compiling an engine. */
function isClassName(name: unknown): name is string {
	return typeof name === "string" && name.length <= LONGEST && /^[$\p{ID_Continue}]+$/u.test(name);
}

/** A value as an error sentence prints it: short, and telling its type. Never throws, whatever a proxy or a getter does. */
export function show(value: unknown): string {
	if (typeof value === "string") return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
	if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean")
		return `${value}`;
	try {
		if (Array.isArray(value)) return `an array of ${Number(value.length)}`;
		// the prototype's, since a file may say of an object that its constructor is anything
		const name: unknown = Object.getPrototypeOf(value).constructor.name;
		if (!isClassName(name) || name === "Object") return "an object";
		return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
	} catch {
		return "an object";
	}
}

/** A list of sizes as an error sentence prints it: whole where it is short. */
export function showSizes(value: unknown): string {
	const isShort = Array.isArray(value) && value.length <= 8;
	return isShort ? `[${value.map(show).join(", ")}]` : show(value);
}

function nearestOf(key: string, known: readonly string[]): string | undefined {
	const most = Math.min(3, Math.ceil(key.length / 3));
	const scored = known
		.filter((name) => Math.abs(name.length - key.length) <= most)
		.map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }));
	const best = scored.sort((a, b) => a.distance - b.distance)[0];
	return best !== undefined && best.distance <= most ? best.name : undefined;
}

/** The edit distance of two words: how many letters must be added, left out, changed, or swapped with their neighbour
 * (Damerau 1964). */
function editDistance(a: string, b: string): number {
	let before: number[] = [];
	let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const change = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
			row[j] = Math.min(previous[j] + 1, row[j - 1] + 1, change);
			const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
			if (isSwap) row[j] = Math.min(row[j], before[j - 2] + 1);
		}
		before = previous;
		previous = row;
	}
	return previous[b.length];
}

/** Checks a memory limit: a number of bytes above 0. */
export function checkMemoryLimit(where: string, limit: number | undefined): number | undefined {
	return limit === undefined ? undefined : checkNumber(where, "memoryLimit", limit, { least: 0, open: true });
}
