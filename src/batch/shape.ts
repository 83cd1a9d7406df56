import { DataError, OptionError, ShapeError } from "../errors.ts";
import { checkKeys, checkSize, show } from "../options.ts";
import type { Batch, IdArray, Sequences, ValueArray } from "../sequences.ts";

/** Sizes of a batch as its user gives it. */
export interface BatchShape {
	readonly batchSize: number;
	readonly steps: number;
	/** Live steps of each row; undefined: all of them. */
	readonly lengths: Int32Array | undefined;
	/** Whether nested rows may hold more than their live steps, because the user said how many those are. */
	readonly mayPad: boolean;
}

/** Sizes of flat sequences from what is said of them, of nested ones from themselves.
 * @param width Numbers of a step: 1 for ids, else the features. */
export function shapeOf(where: string, sequences: Sequences, width: number): BatchShape {
	const { inputs } = sequences;
	if (isNumbers(inputs)) return flatShape(where, sequences, inputs.length, width);
	if (!Array.isArray(inputs)) {
		throw new DataError(`${where}: inputs must be a typed array or nested arrays, got ${show(inputs)}.`);
	}
	return nestedShape(where, sequences, inputs);
}

/** Whether it is a typed array of numbers (of bigints it is not, nor is a DataView). */
export function isNumbers(data: unknown): data is IdArray | ValueArray {
	if (!ArrayBuffer.isView(data) || !("length" in data)) return false;
	return typeof (data as Float32Array | BigInt64Array)[0] !== "bigint";
}

/** What a batch may say. `predict` takes a batch too, and looks at its sequences only. */
const FIELDS = new Set(["inputs", "batchSize", "steps", "lengths", "initialState", "targets", "weights"]);

/** A batch's fields, each read once: a getter that calls the model again does so before anything is written. */
export function fieldsOf<B extends Sequences>(where: string, batch: B): B {
	const isRecord = typeof batch === "object" && batch !== null && !Array.isArray(batch) && !ArrayBuffer.isView(batch);
	if (!isRecord) {
		throw new DataError(
			`${where}: it takes { inputs, batchSize, steps } or { inputs: nested arrays }, got ${show(batch)}.`,
		);
	}
	checkFields(where, batch);
	const { inputs, batchSize, steps, lengths, initialState } = batch;
	const { targets, weights } = batch as unknown as Batch;
	const fields: Batch = {
		inputs,
		batchSize,
		steps,
		lengths,
		initialState,
		targets,
		weights,
	};
	return fields as unknown as B;
}

/** That a batch says nothing that would be passed over: a misspelt `lengths` would train on padding. */
export function checkFields(where: string, batch: object): void {
	for (const key in batch) {
		if (!FIELDS.has(key)) checkKeys(where, batch, [...FIELDS]);
	}
}

function flatShape(where: string, { batchSize, steps, lengths }: Sequences, count: number, width: number): BatchShape {
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
	if (lengths === undefined) return { batchSize, steps, lengths, mayPad: false };
	return {
		batchSize,
		steps,
		mayPad: true,
		lengths: checkLengths(where, lengths, batchSize, () => steps),
	};
}

function nestedShape(where: string, sequences: Sequences, rows: readonly unknown[]): BatchShape {
	if (rows.length === 0) throw new DataError(`${where}: the batch is empty. Give it at least one row.`);
	const own = rows.map((row, index) => {
		if (Array.isArray(row) || isNumbers(row)) return row.length;
		throw new DataError(
			`${where}: inputs[${index}] must be an array of steps, got ${show(row)}. Flat inputs must be a typed array.`,
		);
	});
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
	);
	checkSize(where, "steps", steps);
	const longest = longestOf(lengths);
	if (longest > steps) throw new ShapeError(`${where}: a row has ${longest} steps, but "steps" is ${steps}.`);
	return {
		batchSize,
		steps,
		lengths: lengths.every((length) => length === steps) ? undefined : lengths,
		mayPad: sequences.lengths !== undefined || sequences.steps !== undefined,
	};
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
): Int32Array {
	if (!Array.isArray(lengths) && !isNumbers(lengths)) {
		throw new DataError(`${where}: lengths must be an array with a number for each row, got ${show(lengths)}.`);
	}
	if (lengths.length !== batchSize) {
		throw new ShapeError(
			`${where}: lengths must have one entry for each of the ${batchSize} rows, got ${lengths.length}.`,
		);
	}
	for (let row = 0; row < batchSize; row++) {
		const length = lengths[row];
		if (length === 0)
			throw new DataError(`${where}: row ${row} has length 0; every row needs at least one step. Leave it out.`);
		if (!Number.isInteger(length) || length < 0 || length > most(row)) {
			throw new ShapeError(
				`${where}: lengths[${row}] must be an integer from 1 to ${most(row)} (the steps of the row), got ${show(length)}.`,
			);
		}
	}
	return Int32Array.from(lengths);
}

/** That a flat array holds as many numbers as its sizes say. */
export function checkCount(
	where: string,
	name: string,
	count: number,
	sizes: readonly (readonly [name: string, size: number])[],
): void {
	const needed = sizes.reduce((product, [, size]) => product * size, 1);
	if (count === needed) return;
	const print = (value: number) => value.toLocaleString("en-US");
	const list = sizes.map(([size, value]) => `${size} ${print(value)}`);
	throw new ShapeError(`${where}: ${name} have ${print(count)} values; ${list.join(" × ")} needs ${print(needed)}.`);
}
