// Data on its way in: checked, converted and packed in one pass, straight into the engine's memory.

import { DataError, ShapeError } from "../errors.ts";
import { show } from "../options.ts";
import type { Packing } from "../plan/packing.ts";
import { type BatchShape, checkCount, isNumbers } from "./shape.ts";

/** A field of a batch and where it goes. */
export interface Field {
	/** Who speaks in error messages. */
	readonly where: string;
	/** `inputs`, `targets` or `weights`. */
	readonly name: string;
	readonly shape: BatchShape;
	readonly packing: Packing;
	/** One entry for every live step, or one for every row. */
	readonly axis: "steps" | "rows";
	/** Address, in elements of four bytes. */
	readonly target: number;
}

/** Of float32. */
const LARGEST = 3.4e38;

type Row = ArrayLike<number>;

/** Where the numbers of one row stand: in an array of their own, or in one for all. */
interface Source {
	readonly array: Row;
	readonly begin: number;
}

/** Ids from 0 to limit - 1. `limitName` says what sets the limit: `vocabSize is 65`. */
export function writeIds(field: Field, data: unknown, i32: Int32Array, limit: number, limitName: string): void {
	const { where, name, axis, target, packing } = field;
	const sourceOf = sourcesOf(field, data, 1);
	for (let place = 0; place < packing.batchSize; place++) {
		const row = packing.order[place];
		const { array, begin } = sourceOf(row);
		const length = entriesOf(field, row);
		for (let t = 0; t < length; t++) {
			const id = array[begin + t];
			if (!(Number.isInteger(id) && id >= 0 && id < limit)) {
				const at = axis === "steps" ? `${row}, ${t}` : row;
				throw new DataError(
					`${where}: ${name}[${at}] is ${show(id)}, but ${limitName} (ids run from 0 to ${limit - 1}).`,
				);
			}
			i32[target + (axis === "steps" ? packing.offset[t] : 0) + place] = id;
		}
	}
}

/** Finite values, `width` an entry, each entry `stride` floats after the one before. */
export function writeValues(field: Field, data: unknown, f32: Float32Array, width: number, stride: number): void {
	const { axis, target, packing } = field;
	const nested = axis === "steps" && Array.isArray(data) ? nestedSteps(field, data, width) : undefined;
	const sourceOf = nested ? () => ({ array: [], begin: 0 }) : sourcesOf(field, data, width);
	for (let place = 0; place < packing.batchSize; place++) {
		const row = packing.order[place];
		const { array, begin } = sourceOf(row);
		const length = entriesOf(field, row);
		for (let t = 0; t < length; t++) {
			const to = target + ((axis === "steps" ? packing.offset[t] : 0) + place) * stride;
			if (nested) writeStep(field, nested[row][t], 0, f32, to, width, row, t);
			else writeStep(field, array, begin + t * width, f32, to, width, row, t);
		}
	}
}

/** Weights, at least 0; gives their sum. A weight for each row serves all its steps. */
export function writeWeights(field: Field, data: unknown, f32: Float32Array): number {
	const { where, name, shape, axis, target, packing } = field;
	const count = axis === "steps" ? packing.total : packing.batchSize;
	if (data === undefined) {
		f32.fill(1, target, target + count);
		return count;
	}
	const perRow = axis === "rows" || isPerRow(data, shape);
	const sourceOf = sourcesOf({ ...field, axis: perRow ? "rows" : "steps" }, data, 1);
	let sum = 0;
	for (let place = 0; place < packing.batchSize; place++) {
		const row = packing.order[place];
		const { array, begin } = sourceOf(row);
		const length = entriesOf(field, row);
		for (let t = 0; t < length; t++) {
			const given = array[perRow ? begin : begin + t];
			const weight = typeof given === "number" ? Math.fround(given) : -1;
			if (!(weight >= 0 && weight < Infinity)) {
				const at = perRow ? row : `${row}, ${t}`;
				throw new DataError(
					`${where}: ${name}[${at}] is ${show(given)}; weights must be finite in float32 and at least 0.`,
				);
			}
			sum += weight;
			f32[target + (axis === "steps" ? packing.offset[t] : 0) + place] = weight;
		}
	}
	if (1 / sum <= LARGEST) return sum;
	const what = sum === 0 ? "every weight is 0" : `the weights add up to ${sum}`;
	throw new DataError(`${where}: ${what}, so there is nothing to take the mean of.`);
}

function writeStep(
	field: Field,
	array: Row,
	begin: number,
	f32: Float32Array,
	to: number,
	width: number,
	row: number,
	t: number,
): void {
	if (ArrayBuffer.isView(array) || areNumbers(array, begin, width)) {
		let check = 0;
		for (let j = 0; j < width; j++) {
			f32[to + j] = array[begin + j];
			check += f32[to + j] * 0;
		}
		if (check === 0) return;
	}
	const wrong = Array.from({ length: width }, (_, j) => array[begin + j]).findIndex(
		(value) => typeof value !== "number" || !Number.isFinite(Math.fround(value)),
	);
	const at = field.axis === "steps" ? `${row}, ${t}, ${wrong}` : `${row}, ${wrong}`;
	throw new DataError(
		`${field.where}: ${field.name}[${at}] is ${show(array[begin + wrong])}; values must be finite in float32.`,
	);
}

/** A plain array may hold anything: null would count as 0, a bigint would throw. */
function areNumbers(array: Row, begin: number, width: number): boolean {
	for (let j = 0; j < width; j++) {
		if (typeof array[begin + j] !== "number") return false;
	}
	return true;
}

/** Entries of a row that are read. */
function entriesOf({ axis, shape }: Field, row: number): number {
	if (axis === "rows") return 1;
	return shape.lengths === undefined ? shape.steps : shape.lengths[row];
}

function isPerRow(data: unknown, { batchSize, steps }: BatchShape): boolean {
	const entries = data as ArrayLike<unknown> | null;
	return steps > 1 && entries?.length === batchSize && typeof entries[0] === "number";
}

/** Where each row's numbers stand, once the array has been found to have the right form. */
function sourcesOf(field: Field, data: unknown, width: number): (row: number) => Source {
	const { where, name, shape, axis } = field;
	const { batchSize, steps } = shape;
	const isFlat = isNumbers(data) || (Array.isArray(data) && typeof data[0] === "number");
	if (isFlat) {
		const array = data as unknown as Row;
		const each = axis === "steps" ? ([["steps", steps]] as const) : [];
		const values = width > 1 ? ([["values", width]] as const) : [];
		checkCount(where, name, array.length, [["batchSize", batchSize], ...each, ...values]);
		const rowLength = width * (axis === "steps" ? steps : 1);
		return (row) => ({ array, begin: row * rowLength });
	}
	const rows = rowsOf(field, data);
	return (row) => {
		const array = rows[row] as Row;
		const needed = axis === "steps" ? entriesOf(field, row) : width;
		const mayPad = axis === "steps" && shape.mayPad;
		if (array?.length === needed || (mayPad && array?.length > needed)) return { array, begin: 0 };
		const got = shown(array);
		throw new ShapeError(
			`${where}: ${name}[${row}] must have ${counted(needed, axis === "steps" ? "step" : "value")}, got ${got}.`,
		);
	};
}

function rowsOf({ where, name, shape }: Field, data: unknown): readonly unknown[] {
	if (!Array.isArray(data)) {
		throw new DataError(`${where}: ${name} must be a typed array or nested arrays, got ${show(data)}.`);
	}
	if (data.length !== shape.batchSize) {
		throw new ShapeError(
			`${where}: ${name} must have one entry for each of the ${shape.batchSize} rows, got ${data.length}.`,
		);
	}
	return data;
}

/** Nested values [batch][steps][width], their form checked. */
function nestedSteps(field: Field, data: unknown, width: number): readonly (readonly Row[])[] {
	const { where, name, shape } = field;
	const rows = rowsOf(field, data) as readonly (readonly Row[])[];
	for (const [row, steps] of rows.entries()) {
		const length = entriesOf(field, row);
		const isPadded = shape.mayPad && steps?.length > length;
		if (!Array.isArray(steps) || (steps.length !== length && !isPadded)) {
			const got = Array.isArray(steps) ? steps.length : show(steps);
			throw new ShapeError(`${where}: ${name}[${row}] must have ${counted(length, "step")}, got ${got}.`);
		}
		for (let t = 0; t < length; t++) {
			if (steps[t]?.length === width) continue;
			const hint =
				width === 1 && typeof steps[t] === "number" ? " Each step is an array: write [[[1], [2], [3]]]." : "";
			throw new ShapeError(
				`${where}: ${name}[${row}, ${t}] must be an array of ${counted(width, "value")}, got ${shown(steps[t])}.${hint}`,
			);
		}
	}
	return rows;
}

function counted(count: number, what: string): string {
	return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** How many entries an array has, or what stands in place of one. */
function shown(array: unknown): string {
	const isArray = Array.isArray(array) || isNumbers(array);
	return isArray ? `${array.length}` : show(array);
}
