import { DataError, OptionError, ShapeError } from "../errors.ts";
import { checkKeys, checkSize, show } from "../options.ts";
import type { Batch, Sequences } from "../sequences.ts";
import { checkMemory, got, isList, isNumbers } from "./arrays.ts";
import { type Going, goingOf } from "./going.ts";
import { type Origin, rowName } from "./origin.ts";

/** Sizes of a batch as its user gives it. */
export interface BatchShape {
	readonly batchSize: number;
	readonly steps: number;
	/** Live steps of each row; undefined where all of them are. */
	readonly lengths: Int32Array | undefined;
	/** Whether nested rows may hold more than their live steps, because the user said how many those are. */
	readonly mayPad: boolean;
	/** What errors call the rows. */
	readonly origin: Origin | undefined;
	/** Which rows go on from the batch before. */
	readonly going?: Going | undefined;
}

/** Sequences, and where their rows come from if that is known. */
interface Fields extends Sequences, Pick<Batch, "continues" | "overlap"> {
	readonly origin?: Origin | undefined;
}

/** The sizes of a batch: what the user says of flat sequences, what nested ones have.
 * @param width How many numbers a step has: 1 for ids, else the features. */
export function shapeOf(where: string, sequences: Fields, width: number): BatchShape {
	const { inputs } = sequences;
	checkMemory(where, "inputs", inputs);
	if (!isList(inputs)) {
		throw new DataError(`${where}: inputs must be a typed array or nested arrays, ${got(inputs)}`);
	}
	const shape = isNumbers(inputs)
		? flatShape(where, sequences, inputs.length, width)
		: nestedShape(where, sequences, inputs);
	const going = goingOf(where, sequences, shape);
	return going === undefined ? shape : { ...shape, going };
}

/** What to do with a row of values that is a typed array. */
export const CUT =
	" It holds its steps end to end, as scaler.transform gives them: cut it into an array for each step, row.subarray(t * features, (t + 1) * features).";

/** The fields that a batch may have. `predict` takes a batch too, and looks at its sequences only. */
const FIELDS = new Set([
	...["inputs", "batchSize", "steps", "lengths", "initialState"],
	...["targets", "weights", "continues", "overlap"],
]);

/** A copy of a batch's fields. Each is read once, here: where one is a getter that calls the model, it does so before anything is
 * written. */
export function fieldsOf<B extends Sequences>(where: string, batch: B, origin?: Origin): B {
	const isRecord = typeof batch === "object" && batch !== null && !Array.isArray(batch) && !ArrayBuffer.isView(batch);
	const advice = isRecord ? adviceOnData(batch) : "";
	if (!isRecord || advice !== "") {
		throw new DataError(
			`${where}: it takes { inputs, batchSize, steps } or { inputs: nested arrays }, got ${show(batch)}.${advice}`,
		);
	}
	checkFields(where, batch);
	const { inputs, batchSize, steps, lengths, initialState } = batch;
	const { targets, weights, continues, overlap } = batch as unknown as Batch;
	const fields: Batch & Fields = {
		inputs,
		batchSize,
		steps,
		lengths,
		initialState,
		targets,
		weights,
		continues,
		overlap,
		origin,
	};
	return fields as unknown as B;
}

/** Advice on data that no batch has been drawn from yet, for the end of a sentence; empty where they are a batch. */
export function adviceOnData(data: object): string {
	const { windows, batches } = data as { windows?: unknown; batches?: unknown };
	if (typeof windows === "function") return " Cut it into windows: data.windows({ steps }).";
	if (typeof batches === "function") return " Draw batches from it: data.batches({ batchSize }).";
	return "";
}

/** Checks that a batch has no field that would be passed over: a misspelt `lengths` would train on padding. */
export function checkFields(where: string, batch: object): void {
	for (const key in batch) {
		if (!FIELDS.has(key)) checkKeys(where, batch, [...FIELDS]);
	}
}

function flatShape(
	where: string,
	{ batchSize, steps, lengths, origin }: Fields,
	count: number,
	width: number,
): BatchShape {
	if (batchSize === 0 || count === 0) throw new DataError(`${where}: the batch is empty. Give it at least one row.`);
	if (batchSize === undefined || steps === undefined) {
		throw new OptionError(`${where}: flat inputs need "batchSize" and "steps".`);
	}
	checkSize(where, "batchSize", batchSize);
	checkSize(where, "steps", steps);
	checkCount(where, "inputs", count, [
		["batchSize", batchSize],
		["steps", steps],
		...(width === 1 ? [] : [["features", width] as const]),
	]);
	if (lengths === undefined) return { batchSize, steps, lengths, mayPad: false, origin };
	return {
		batchSize,
		steps,
		mayPad: true,
		lengths: checkLengths(where, lengths, batchSize, () => steps, origin),
		origin,
	};
}

function nestedShape(where: string, sequences: Fields, rows: readonly unknown[]): BatchShape {
	if (rows.length === 0) throw new DataError(`${where}: the batch is empty. Give it at least one row.`);
	const { origin } = sequences;
	const own = Array.from(rows, (row, index) => countSteps(where, row, origin, index));
	const { batchSize = rows.length, steps = longestOf(own) } = sequences;
	checkSize(where, "batchSize", batchSize);
	if (batchSize !== rows.length) {
		throw new ShapeError(`${where}: inputs have ${rows.length} rows, but "batchSize" is ${batchSize}.`);
	}
	const lengths = checkLengths(
		where,
		sequences.lengths === undefined ? own : sequences.lengths,
		batchSize,
		(row) => own[row],
		origin,
	);
	checkSize(where, "steps", steps);
	const longest = longestOf(lengths);
	if (longest > steps) throw new ShapeError(`${where}: a row has ${longest} steps, but "steps" is ${steps}.`);
	return {
		batchSize,
		steps,
		lengths: lengths.every((length) => length === steps) ? undefined : lengths,
		mayPad: sequences.lengths !== undefined || sequences.steps !== undefined,
		origin,
	};
}

/** How many steps a nested row has; 0 where it is an empty array. */
export function countSteps(where: string, row: unknown, origin: Origin | undefined, index: number): number {
	if (isList(row) && row.length > 0) return row.length;
	const name = `inputs[${rowName(origin, index)}]`;
	checkMemory(where, name, row);
	if (isList(row)) return 0;
	const advice = row === undefined ? "Leave the row out, or fill it." : "Flat inputs must be a typed array.";
	throw new DataError(`${where}: ${name} must be an array of steps, got ${show(row)}. ${advice}`);
}

function longestOf(lengths: ArrayLike<number>): number {
	let longest = 0;
	for (let row = 0; row < lengths.length; row++) longest = Math.max(longest, lengths[row]);
	return longest;
}

function checkLengths(
	where: string,
	lengths: ArrayLike<number>,
	batchSize: number,
	most: (row: number) => number,
	origin: Origin | undefined,
): Int32Array {
	checkLengthsList(where, lengths);
	if (lengths.length !== batchSize) {
		throw new ShapeError(
			`${where}: lengths must have one entry for each of the ${batchSize} rows, got ${lengths.length}.`,
		);
	}
	for (let row = 0; row < batchSize; row++) {
		const length = lengths[row];
		if (Number.isInteger(length) && length > 0 && length <= most(row)) continue;
		const at = rowName(origin, row);
		if (length === 0)
			throw new DataError(`${where}: row ${at} has length 0; every row needs at least one step. Leave it out.`);
		throw new ShapeError(
			`${where}: lengths[${at}] must be an integer from 1 to ${most(row)} (the steps of the row), got ${show(length)}.`,
		);
	}
	return Int32Array.from(lengths);
}

/** Checks that lengths are an array. */
export function checkLengthsList(where: string, lengths: unknown): void {
	checkMemory(where, "lengths", lengths);
	if (isList(lengths)) return;
	throw new DataError(`${where}: lengths must be an array with a number for each row, ${got(lengths)}`);
}

/** Checks that a flat array holds as many numbers as its sizes say. */
export function checkCount(
	where: string,
	name: string,
	count: number,
	sizes: readonly (readonly [name: string, size: number])[],
	advice: () => string = () => "",
): void {
	const needed = sizes.reduce((product, [, size]) => product * size, 1);
	if (count === needed) return;
	const print = (value: number) => value.toLocaleString("en-US");
	const list = sizes.map(([size, value]) => `${size} ${print(value)}`);
	throw new ShapeError(
		`${where}: ${name} have ${print(count)} values; ${list.join(" × ")} needs ${print(needed)}.${advice()}`,
	);
}
