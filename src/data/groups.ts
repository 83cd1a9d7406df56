import { DataError, OptionError } from "../errors.ts";
import { checkSeed, show } from "../options.ts";
import { Random, Streams } from "../random/random.ts";
import { cut } from "./rows.ts";

/** What a row or a series belongs to: an engine, a speaker, a patient. */
export type Group = string | number;

/** The numbers of those that belong to each part of a split: whole groups, drawn at random. Fractions are of the number of groups. */
export function splitGroups(
	where: string,
	groups: readonly Group[],
	fractions: readonly number[],
	seed: number | undefined,
): Uint32Array[] {
	const names = [...new Set(groups)];
	const ends = cut(where, names.length, "groups", fractions);
	new Random(checkSeed(where, seed ?? 0), Streams.split).shuffle(names);
	const partOf = new Map(names.map((name, i) => [name, ends.findIndex((end) => i < end) - 1]));
	return fractions.map((_, part) => numbersOf(groups, (group) => partOf.get(group) === part));
}

/** The numbers of those whose group is among `chosen`, or, with `isWithout`, is not.
 * @throws DataError `RaggedData.only: there is no group "theo"; there are "george", "jackson" and 4 more.`
 * @throws DataError Where nothing is left. */
export function chooseGroups(
	where: string,
	groups: readonly Group[],
	chosen: readonly Group[],
	isWithout: boolean,
): Uint32Array {
	if (!Array.isArray(chosen))
		throw new OptionError(`${where}: groups must be an array of groups, such as ["a"], got ${show(chosen)}.`);
	const known = new Set(groups);
	const unknown = chosen.find((group) => !known.has(group));
	if (unknown !== undefined)
		throw new DataError(`${where}: there is no group ${show(unknown)}; there are ${listed([...known])}.`);
	const among = new Set(chosen);
	const numbers = numbersOf(groups, (group) => among.has(group) !== isWithout);
	if (numbers.length === 0) throw new DataError(`${where}: no group is left.`);
	return numbers;
}

/** Checks that there is a group for each of `size` things. */
export function checkGroups(where: string, groups: unknown, size: number): readonly Group[] {
	if (!Array.isArray(groups) || groups.length !== size)
		throw new DataError(`${where}: groups must be an array of ${size} names or numbers, got ${show(groups)}.`);
	const wrong = groups.findIndex((group) => typeof group !== "string" && typeof group !== "number");
	if (wrong < 0) return groups;
	throw new DataError(`${where}: groups[${wrong}] must be a name or a number, got ${show(groups[wrong])}.`);
}

function numbersOf(groups: readonly Group[], isIn: (group: Group) => boolean): Uint32Array {
	return Uint32Array.from(groups.flatMap((group, i) => (isIn(group) ? [i] : [])));
}

function listed(names: readonly Group[]): string {
	const some = names.slice(0, 4).map(show).join(", ");
	return names.length > 4 ? `${some} and ${names.length - 4} more` : some;
}
