// Advice on targets that have the form which another model or another loss would want.

import { isFlat, isList } from "./arrays.ts";
import type { Field } from "./field.ts";
import type { BatchShape } from "./shape.ts";

/** An entry of targets: how many values it has (1 for ids) and, if ids are wanted, how many there are. */
export interface Entry {
	readonly width: number;
	readonly classes?: number | undefined;
}

/** What to do about targets of a wrong form, for the end of a sentence; empty where the form is not known. */
export function adviceOnTargets(
	{ name, axis, shape, note = "" }: Field,
	data: unknown,
	{ width, classes }: Entry,
): string {
	if (name !== "targets" || !isList(data)) return "";
	if (classes !== undefined && isOneHot(data, shape, classes)) {
		return ` Give the class id of each ${axis === "rows" ? "row" : "step"}, not a one-hot row: 1 for [0, 1, 0].`;
	}
	if (axis === "steps" && isPerRow(data, shape, width)) {
		return " The model gives an output at every step: give a target for each step, or add lastStep() to the model.";
	}
	if (axis === "rows" && isPerStep(data, shape, width)) {
		return " The model gives one output a row: give one target for each row, or take lastStep() out of the model.";
	}
	return note;
}

function isPerRow(data: ArrayLike<unknown>, { batchSize, steps }: BatchShape, width: number): boolean {
	if (steps === 1) return false;
	if (isFlat(data)) return data.length === batchSize * width;
	return Array.from(data).every((row) => isFlat(row) && (row as ArrayLike<unknown>).length === width);
}

function isPerStep(data: ArrayLike<unknown>, { batchSize, steps, lengths }: BatchShape, width: number): boolean {
	if (isFlat(data)) return data.length === batchSize * steps * width;
	return Array.from(data).every((row, index) => {
		if (!isList(row)) return false;
		return !isFlat(row) || row.length === (lengths?.[index] ?? steps) * width;
	});
}

/** Whether each row says 1 of one class and 0 of the others, or shares that add up to 1. */
function isOneHot(data: ArrayLike<unknown>, { batchSize, steps }: BatchShape, classes: number): boolean {
	if (classes === 1) return false;
	const rows = isFlat(data) ? cut(data, classes) : leavesOf(data);
	const isWhole = !isFlat(data) || rows.length === batchSize || rows.length === batchSize * steps;
	return isWhole && rows.length > 0 && rows.every((row) => row.length === classes && isShares(row));
}

function isShares(row: readonly unknown[]): boolean {
	const sum = row.reduce((all: number, share) => (typeof share === "number" && share >= 0 ? all + share : Infinity), 0);
	return Math.abs(sum - 1) < 1e-3;
}

function cut(data: ArrayLike<unknown>, size: number): unknown[][] {
	const all = Array.from(data);
	return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

/** The innermost arrays. */
function leavesOf(data: unknown): unknown[][] {
	if (!isList(data)) return [];
	return isFlat(data) ? [Array.from<unknown>(data)] : Array.from<unknown>(data).flatMap(leavesOf);
}
