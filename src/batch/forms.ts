// The forms that data come in: flat, or nested arrays.

import { DataError, ShapeError } from "../errors.ts";
import { show } from "../options.ts";
import { checkMemory, got, isFlat, isList, isNumbers } from "./arrays.ts";
import { entriesOf, type Field, nameOf } from "./field.ts";
import { rowName } from "./origin.ts";
import { CUT, checkCount } from "./shape.ts";
import { adviceOnTargets, type Entry } from "./targets.ts";

export type Row = ArrayLike<number>;

/** Where the numbers of one row stand: in an array of their own, or in one for all. */
export interface Source {
	readonly array: Row;
	readonly begin: number;
}

/** Checks the form of an array, and returns a function that finds the numbers of a row. */
export function sourcesOf(field: Field, data: unknown, entry: Entry): (row: number) => Source {
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
export function nestedSteps(field: Field, data: unknown, width: number): readonly (readonly Row[])[] {
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
