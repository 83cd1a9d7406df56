// Data on its way in: checked, converted and packed in one pass, straight into the engine's memory.

import { DataError } from "../errors.ts";
import { show } from "../options.ts";
import { isFinite32, isFlat, isList } from "./arrays.ts";
import { type Field, firstOf, lastOf, nameOf, rowOf, type Target } from "./field.ts";
import { nestedSteps, type Row, sourcesOf } from "./forms.ts";
import { adviceOnTargets } from "./targets.ts";

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

/** How values are written: packed rows are `stride` floats long, each value stands there `repeat` times. */
interface Form {
	readonly stride: number;
	readonly repeat?: number;
	/** What values must lie within, and what loss says so. */
	readonly range?: { readonly least: number; readonly most: number } | undefined;
	readonly by?: string;
}

/** Writes finite values, `width` to an entry, a part at a time. */
export function valuesWriter(
	field: Field,
	data: unknown,
	width: number,
	{ stride, repeat = 1, range, by }: Form,
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
				if (range !== undefined) checkRange(field, f32, to, width, range, by, row, t);
				if (repeat > 1) spread(f32, to, width, repeat);
			}
		}
	};
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

function checkRange(
	field: Field,
	f32: Float32Array,
	to: number,
	width: number,
	{ least, most }: NonNullable<Form["range"]>,
	by: string | undefined,
	row: number,
	t: number,
): void {
	let wrong = 0;
	while (wrong < width && f32[to + wrong] >= least && f32[to + wrong] <= most) wrong++;
	if (wrong === width) return;
	const limits = most === Infinity ? `be at least ${least}` : `lie from ${least} to ${most}`;
	throw new DataError(
		`${field.where}: ${nameOf(field, row, t, wrong)} is ${f32[to + wrong]}; targets of loss "${by}" must ${limits}.`,
	);
}

/** Puts each of `width` values `repeat` times, from the last on, since they stand where they are put. */
function spread(f32: Float32Array, at: number, width: number, repeat: number): void {
	for (let j = width - 1; j >= 0; j--) f32.fill(f32[at + j] as number, at + j * repeat, at + (j + 1) * repeat);
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
