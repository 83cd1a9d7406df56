import { checkMemory, got, isFlat, isList, isNumbers, zerosLike } from "../batch/arrays.ts";
import { drawn } from "../batch/origin.ts";
import { checkLengthsList, countSteps } from "../batch/shape.ts";
import { checkMap } from "../batch/states.ts";
import { DataError, ShapeError } from "../errors.ts";
import { checkSize, show } from "../options.ts";
import type { Batch, Dataset, Kind, States } from "../sequences.ts";
import { type BatchOptions, drawRows, isRun } from "./rows.ts";
import { watch } from "./watch.ts";

/** A function that draws rows of one array of a batch. */
export type Column<A> = (rows: Uint32Array) => A;

/** The rows of a batch as a dataset, which `fit` and `evaluate` draw batches from. What is a dataset already stays as it is.
 *
 * Drawn batches keep the form of what they come from: flat arrays stay flat (rows copied, or a view where they are
 * consecutive: do not write to it), nested arrays are lists of the same row objects. Targets and weights may be per row
 * or per step, and initial states go with their rows. Only the numbers of rows are checked here; the rest is checked when a
 * batch is read. Arrays are not copied, so later changes to them are seen; one that has become shorter is an error.
 * @param where Who speaks in error messages.
 * @throws ShapeError `Trainer.fit: targets must have one entry for each of the 3 rows, got 2.`
 * @throws ShapeError `Trainer.fit: inputs must hold a multiple of batchSize 3 × steps 4 = 12 numbers, got 10.` */
export function asDataset<I extends Kind, T extends Kind>(
	where: string,
	data: Batch<I, T> | Dataset<I, T>,
): Dataset<I, T> {
	if (isDataset(data)) return data;
	const { inputs, targets, weights, lengths, initialState } = data;
	if (initialState !== undefined) checkMap(where, initialState);
	checkArray(where, "inputs", inputs);
	const isTyped = isNumbers(inputs);
	const size = isTyped ? checkSize(where, "batchSize", data.batchSize) : countRows(where, inputs, data.batchSize);
	const steps = isTyped || data.steps !== undefined ? checkSize(where, "steps", data.steps) : undefined;
	if (isTyped) checkFlat(where, inputs.length, size, steps as number);
	const inputsOf = column(where, "inputs", inputs, size);
	const targetsOf = column(where, "targets", targets, size);
	const weightsOf = weights === undefined ? weights : column(where, "weights", weights, size);
	const lengthsOf = lengths === undefined ? lengths : lengthsColumn(where, lengths, size);
	const states = [...(initialState ?? [])].map(
		([name, state]) => [name, column(where, `initialState ${show(name)}`, state, size)] as const,
	);
	const statesOf = (rows: Uint32Array): States => new Map(states.map(([name, stateOf]) => [name, stateOf(rows)]));
	const take = (rows: Uint32Array): Batch<I, T> => {
		const batch = {
			inputs: inputsOf(rows),
			targets: targetsOf(rows),
			...(isTyped ? { batchSize: rows.length } : {}),
			...(steps === undefined ? {} : { steps }),
			...(weightsOf === undefined ? {} : { weights: weightsOf(rows) }),
			...(states.length === 0 ? {} : { initialState: statesOf(rows) }),
			...(lengthsOf === undefined ? {} : { lengths: lengthsOf(rows) }),
		};
		return drawn(batch, rows);
	};
	return {
		size,
		batches: (options: BatchOptions) => takeAll(drawRows(size, options), take),
	};
}

/** A function that draws rows of an array of `size` rows. A row of a flat array (typed, or of numbers) is an equal share of it; a
 * row of a nested one is an entry. */
export function column<A>(where: string, name: string, array: A, size: number): Column<A> {
	checkArray(where, name, array);
	const rowsOf = array as A & { readonly length: number };
	const check = watch(where, name, rowsOf);
	if (isFlat(array)) {
		const width = rowsOf.length / size;
		if (width < 1 || !Number.isInteger(width))
			throw new ShapeError(
				`${where}: ${name} must hold the same number of numbers for each of the ${size} rows, got ${rowsOf.length} in all.`,
			);
		return (rows) => {
			check();
			return takeFlat(array as Float32Array, rows, width) as A;
		};
	}
	if (rowsOf.length !== size) throw new ShapeError(entriesMessage(where, name, size, rowsOf.length));
	const entries = array as readonly unknown[];
	return (rows) => {
		check();
		return Array.from(rows, (row) => entries[row]) as A;
	};
}

/** Batches, one for each draw. */
export function* takeAll<B>(draws: Iterable<Uint32Array>, take: (rows: Uint32Array) => B): Iterable<B> {
	for (const rows of draws) yield take(rows);
}

export function entriesMessage(where: string, name: string, size: number, entries: number): string {
	return `${where}: ${name} must have one entry for each of the ${size} rows, got ${entries}.`;
}

function isDataset<I extends Kind, T extends Kind>(data: Batch<I, T> | Dataset<I, T>): data is Dataset<I, T> {
	return "batches" in data && typeof data.batches === "function";
}

function checkArray(where: string, name: string, array: unknown): void {
	checkMemory(where, name, array);
	if (!isList(array)) throw new DataError(`${where}: ${name} must be an array, ${got(array)}`);
}

function lengthsColumn(where: string, lengths: ArrayLike<number>, size: number): Column<readonly number[]> {
	checkLengthsList(where, lengths);
	if (lengths.length !== size) throw new ShapeError(entriesMessage(where, "lengths", size, lengths.length));
	const check = watch(where, "lengths", lengths);
	return (rows) => {
		check();
		return Array.from(rows, (row) => lengths[row] as number);
	};
}

function countRows(where: string, inputs: readonly unknown[], batchSize: number | undefined): number {
	const { length } = inputs;
	if (length === 0) throw new DataError(`${where}: inputs must hold a row, got none.`);
	for (const [index, row] of inputs.entries()) countSteps(where, row, undefined, index);
	if (batchSize === undefined) return length;
	if (checkSize(where, "batchSize", batchSize) !== length)
		throw new ShapeError(`${where}: inputs must have batchSize ${batchSize} rows, got ${length}.`);
	return length;
}

function checkFlat(where: string, length: number, batchSize: number, steps: number): void {
	const least = batchSize * steps;
	if (length > 0 && length % least === 0) return;
	throw new ShapeError(
		`${where}: inputs must hold a multiple of batchSize ${batchSize} × steps ${steps} = ${least} numbers, got ${length}.`,
	);
}

function takeFlat(array: Float32Array | number[], rows: Uint32Array, width: number): Float32Array | number[] {
	const first = (rows[0] as number) * width;
	const size = rows.length * width;
	if (Array.isArray(array)) {
		const numberOf = (_: unknown, i: number): number => {
			const row = rows[Math.floor(i / width)] as number;
			return array[row * width + (i % width)] as number;
		};
		return Array.from({ length: size }, numberOf);
	}
	if (isRun(rows)) return array.subarray(first, first + size);
	const taken = zerosLike(array, size);
	rows.forEach((row, i) => {
		taken.set(array.subarray(row * width, (row + 1) * width), i * width);
	});
	return taken;
}
