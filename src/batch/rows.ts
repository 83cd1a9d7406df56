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
