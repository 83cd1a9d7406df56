// Data on its way in: checked, converted and packed in one pass, straight into the engine's memory.

import { DataError, ShapeError } from "../errors.ts";
import { show } from "../options.ts";
import { checkMemory, got, isFinite32, isFlat, isList, isNumbers } from "./arrays.ts";
import type { Span } from "../plan/packing.ts";
import { type Part, wholeOf } from "../plan/recompute/parts.ts";
import type { Field, Target } from "./field.ts";
import { silentSteps } from "./going.ts";
import { rowName } from "./origin.ts";
import { type BatchShape, CUT, checkCount } from "./shape.ts";
import { adviceOnTargets, type Entry } from "./targets.ts";

/** The largest loss scale (1 / sum of the weights), so that it is finite in float32. */
const LARGEST_SCALE = 3.4e38;
/** The largest sum of the weights: that of the smallest loss scale that is no denormal. */
const LARGEST_SUM = 2 ** 126;

type Row = ArrayLike<number>;

/** Where the numbers of one row stand: in an array of their own, or in one for all. */
interface Source {
	readonly array: Row;
	readonly begin: number;
}

/** Writes ids from 0 to limit - 1, a part at a time. `limitName` says in error messages what sets the limit: `vocabSize is 65`. */
export function idsWriter(
	field: Field,
	data: unknown,
	limit: number,
	limitName: string,
): (i32: Int32Array, target: Target) => void {
	const { where, packing } = field;
	const entry = { width: 1, classes: limit };
	const sourceOf = sourcesOf(field, data, entry);
	return (i32, target) => {
		for (let place = 0; place < packing.batchSize; place++) {
			const row = packing.order[place];
			const { array, begin } = sourceOf(row);
			const to = lastOf(field, row, target);
			for (let t = firstOf(field, target); t < to; t++) {
				const id = array[begin + t];
				if (!(Number.isInteger(id) && id >= 0 && id < limit)) {
					const advice = isList(id) ? adviceOnTargets(field, data, entry) : "";
					throw new DataError(
						`${where}: ${nameOf(field, row, t)} is ${show(id)}, but ${limitName} (ids run from 0 to ${limit - 1}).${advice}`,
					);
				}
				i32[target.address + rowOf(field, target, t) + place] = id;
			}
		}
	};
}

/** Writes finite values, `width` to an entry, a part at a time. Packed rows are `stride` floats long. */
export function valuesWriter(
	field: Field,
	data: unknown,
	width: number,
	stride: number,
): (f32: Float32Array, target: Target) => void {
	const { axis, packing } = field;
	const isNested = axis === "steps" && Array.isArray(data) && !isFlat(data);
	const nested = isNested ? nestedSteps(field, data, width) : undefined;
	const sourceOf = nested ? () => ({ array: [], begin: 0 }) : sourcesOf(field, data, { width });
	return (f32, target) => {
		for (let place = 0; place < packing.batchSize; place++) {
			const row = packing.order[place];
			const { array, begin } = sourceOf(row);
			const last = lastOf(field, row, target);
			for (let t = firstOf(field, target); t < last; t++) {
				const to = target.address + (rowOf(field, target, t) + place) * stride;
				const values = nested ? nested[row][t] : array;
				const from = nested ? 0 : begin + t * width;
				if (!writeStep(values, from, f32, to, width)) {
					const step = Array.from({ length: width }, (_, j) => values[from + j]);
					throw notFinite(field, data, step, row, t);
				}
			}
		}
	};
}

/** Writes weights, a part at a time. */
export interface WeightsWriter {
	/** Of the weights of all parts. */
	readonly sum: number;
	write(f32: Float32Array, target: Target): void;
}

/** Checks weights, which are at least 0, and adds them up. A weight given for a row serves each of its steps. Steps that repeat the
 * batch before count nothing. */
export function weightsWriter(field: Field, data: unknown): WeightsWriter {
	const { shape, axis, packing } = field;
	if (data === undefined && shape.going === undefined) {
		const sum = axis === "steps" ? packing.total : packing.batchSize;
		return { sum, write: (f32, target) => f32.fill(1, target.address, target.address + countOf(field, target)) };
	}
	const perRow = axis === "rows" || data === undefined || isPerRow(data, shape);
	const given = { ...field, axis: perRow ? "rows" : "steps" } as const;
	const ones = { array: [1], begin: 0 };
	const sourceOf = data === undefined ? () => ones : sourcesOf(given, data, { width: 1 });
	const each = (part: Span, use: (weight: number, t: number, place: number) => void) => {
		for (let place = 0; place < packing.batchSize; place++) {
			const row = packing.order[place];
			const { array, begin } = sourceOf(row);
			const last = lastOf(field, row, part);
			const silent = axis === "steps" ? silentSteps(shape.going, row) : 0;
			for (let t = firstOf(field, part); t < last; t++) {
				const weight = checkWeight(given, array[perRow ? begin : begin + t], row, t);
				use(t < silent ? 0 : weight, t, place);
			}
		}
	};
	let sum = 0;
	each(wholeOf(packing), (weight) => {
		sum += weight;
	});
	checkSum(field.where, sum);
	return {
		sum,
		write(f32, target) {
			each(target, (weight, t, place) => {
				f32[target.address + rowOf(field, target, t) + place] = weight;
			});
		},
	};
}

function checkWeight(field: Field, value: unknown, row: number, t: number): number {
	const weight = typeof value === "number" ? Math.fround(value) : -1;
	if (weight >= 0 && weight < Infinity) return weight;
	throw new DataError(
		`${field.where}: ${nameOf(field, row, t)} is ${show(value)}; weights must be finite in float32 and at least 0.`,
	);
}

function checkSum(where: string, sum: number): void {
	if (sum > LARGEST_SUM)
		throw new DataError(
			`${where}: the weights add up to ${sum}; they may add up to ${LARGEST_SUM.toPrecision(3)} at most, since the mean divides by it in float32. Scale them down.`,
		);
	if (1 / sum <= LARGEST_SCALE) return;
	const what = sum === 0 ? "every weight is 0" : `the weights add up to ${sum}`;
	throw new DataError(`${where}: ${what}, so there is nothing to take the mean of.`);
}

/** The first entry of a row that lies in a part. */
function firstOf({ axis }: Field, { from }: Span): number {
	return axis === "rows" ? 0 : from;
}

/** The entry of a row after the last one that lies in a part. */
function lastOf(field: Field, row: number, { to }: Span): number {
	return field.axis === "rows" ? 1 : Math.min(to, entriesOf(field, row));
}

/** The packed row where step t begins, counted from the first of a part. */
function rowOf({ axis, packing }: Field, { origin }: Part, t: number): number {
	return axis === "rows" ? 0 : packing.offset[t] - origin;
}

/** How many packed rows of a field lie in a part. */
function countOf({ axis, packing }: Field, { to, origin }: Part): number {
	if (axis === "rows") return packing.batchSize;
	return packing.offset[to - 1] + packing.alive[to - 1] - origin;
}

/** Writes the values of a step. Returns whether all of them were finite. */
function writeStep(array: Row, begin: number, f32: Float32Array, to: number, width: number): boolean {
	if (!areNumbers(array, begin, width)) return false;
	let check = 0;
	for (let j = 0; j < width; j++) {
		f32[to + j] = array[begin + j];
		check += f32[to + j] * 0;
	}
	return check === 0;
}

function notFinite(field: Field, data: unknown, step: readonly unknown[], row: number, t: number): DataError {
	const wrong = step.findIndex((value) => !isFinite32(value));
	const value = step[wrong];
	const advice = isList(value) ? adviceOnTargets(field, data, { width: step.length }) : "";
	return new DataError(
		`${field.where}: ${nameOf(field, row, t, wrong)} is ${show(value)}; values must be finite in float32.${advice}`,
	);
}

/** Whether entries of an array are numbers: null would count as 0, and a bigint would throw. In a typed array the first tells. */
function areNumbers(array: Row, begin: number, width: number): boolean {
	if (ArrayBuffer.isView(array)) return typeof array[begin] === "number";
	for (let j = 0; j < width; j++) {
		if (typeof array[begin + j] !== "number") return false;
	}
	return true;
}

/** How many entries of a row are read. */
function entriesOf({ axis, shape }: Field, row: number): number {
	if (axis === "rows") return 1;
	return shape.lengths === undefined ? shape.steps : shape.lengths[row];
}

/** What a user calls a number: `targets[17, 3]`. */
function nameOf({ name, axis, shape }: Field, row: number, t: number, value?: number): string {
	const step = axis === "steps" ? [t] : [];
	return `${name}[${[rowName(shape.origin, row), ...step, ...(value === undefined ? [] : [value])].join(", ")}]`;
}

function isPerRow(data: unknown, { batchSize, steps }: BatchShape): boolean {
	return steps > 1 && isFlat(data) && (data as ArrayLike<unknown>).length === batchSize;
}

/** Checks the form of an array, and returns a function that finds the numbers of a row. */
function sourcesOf(field: Field, data: unknown, entry: Entry): (row: number) => Source {
	const { where, name, shape, axis } = field;
	const { batchSize, steps } = shape;
	const { width } = entry;
	const advice = () => adviceOnTargets(field, data, entry);
	checkMemory(where, name, data);
	if (isFlat(data)) {
		const array = data as Row;
		const each = axis === "steps" ? ([["steps", steps]] as const) : [];
		const values = width > 1 ? ([["values", width]] as const) : [];
		checkCount(where, name, array.length, [["batchSize", batchSize], ...each, ...values], advice);
		const rowLength = width * (axis === "steps" ? steps : 1);
		return (row) => ({ array, begin: row * rowLength });
	}
	const rows = rowsOf(field, data);
	return (row) => {
		const array = rows[row] as Row;
		const needed = axis === "steps" ? entriesOf(field, row) : width;
		const mayPad = axis === "steps" && shape.mayPad;
		if (array?.length === needed || (mayPad && array?.length > needed)) return { array, begin: 0 };
		const at = `${name}[${rowName(shape.origin, row)}]`;
		checkMemory(where, at, array);
		const what = counted(needed, axis === "steps" ? "step" : "value");
		throw new ShapeError(`${where}: ${at} must have ${what}, got ${shown(array)}.${advice()}`);
	};
}

function rowsOf({ where, name, shape }: Field, data: unknown): readonly unknown[] {
	if (!Array.isArray(data)) {
		throw new DataError(`${where}: ${name} must be a typed array or nested arrays, ${got(data)}`);
	}
	if (data.length !== shape.batchSize) {
		throw new ShapeError(
			`${where}: ${name} must have one entry for each of the ${shape.batchSize} rows, got ${data.length}.`,
		);
	}
	return data;
}

/** Checks the form of nested values [batch][steps][width], and returns them. */
function nestedSteps(field: Field, data: unknown, width: number): readonly (readonly Row[])[] {
	const { where, name, shape } = field;
	const rows = rowsOf(field, data) as readonly (readonly Row[])[];
	const fail = (at: string, value: unknown, sentence: string, hint: string): never => {
		checkMemory(where, at, value);
		const advice = adviceOnTargets(field, data, { width }) || hint;
		throw new ShapeError(`${where}: ${at} must ${sentence}.${advice}`);
	};
	for (const [row, steps] of rows.entries()) {
		const length = entriesOf(field, row);
		const isPadded = shape.mayPad && steps?.length > length;
		if (!Array.isArray(steps) || (steps.length !== length && !isPadded)) {
			const at = `${name}[${rowName(shape.origin, row)}]`;
			if (isNumbers(steps)) fail(at, steps, `be an array of steps, got ${show(steps)}`, CUT);
			fail(at, steps, `have ${counted(length, "step")}, got ${shown(steps)}`, "");
		}
		for (let t = 0; t < length; t++) {
			if (steps[t]?.length === width) continue;
			const isNumber = width === 1 && typeof steps[t] === "number";
			const hint = isNumber ? " Each step is an array: write [[[1], [2], [3]]]." : "";
			const expected = `be an array of ${counted(width, "value")}`;
			fail(nameOf(field, row, t), steps[t], `${expected}, got ${shown(steps[t])}`, hint);
		}
	}
	return rows;
}

function counted(count: number, what: string): string {
	return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** How many entries an array has, or what stands in place of one. */
function shown(array: unknown): string {
	return isList(array) ? `${array.length}` : show(array);
}
