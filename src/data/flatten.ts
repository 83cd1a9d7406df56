import { checkMemory, got, isList } from "../batch/arrays.ts";
import { DataError, ShapeError } from "../errors.ts";
import { checkSize, show } from "../options.ts";
import type { IdArray, ValueArray } from "../sequences.ts";

export type Numbers = readonly number[] | ValueArray | IdArray;

const FILL = " Fill the gap first, for example with the value before it.";

/** A series as one array `[time, features]`, every value finite.
 * @param given How many features a step has: needed for flat values only, where the default is 1.
 * @param hint What to do about a value that is not finite. */
export function flatten(
	where: string,
	values: Numbers | readonly Numbers[],
	given: number | undefined,
	hint = FILL,
): { all: Float64Array; features: number } {
	if (!isList(values))
		throw new DataError(`${where}: values must be an array of numbers or of rows of numbers, ${got(values)}`);
	checkMemory(where, "values", values);
	if (values.length === 0) throw new DataError(`${where}: values must hold a step, got none.`);
	const firstRow = values[0] as number | Numbers;
	checkMemory(where, "values[0]", firstRow);
	const isNested = isList(firstRow);
	const usual = isNested ? firstRow.length : 1;
	const features = checkSize(where, "features", given ?? usual);
	const rows = isNested ? (values as readonly Numbers[]) : [values as Numbers];
	if (isNested) checkRows(where, rows, features);
	const all = join(rows);
	if (all.length % features !== 0)
		throw new ShapeError(`${where}: values must hold ${features} numbers for each step, got ${all.length} in all.`);
	const wrong = all.findIndex((value) => !Number.isFinite(value));
	if (wrong >= 0) {
		const step = Math.floor(wrong / features);
		const feature = wrong % features;
		const place = isNested || features > 1 ? `${step}, ${feature}` : step;
		const value = isNested ? rows[step]?.[feature] : rows[0]?.[wrong];
		throw new DataError(`${where}: values[${place}] must be a finite number, got ${show(value)}.${hint}`);
	}
	return { all, features };
}

function checkRows(where: string, rows: readonly Numbers[], features: number): void {
	for (const [step, row] of rows.entries()) {
		if (row?.length === features) continue;
		checkMemory(where, `values[${step}]`, row);
		throw new ShapeError(`${where}: values[${step}] must have ${features} features, got ${show(row?.length ?? row)}.`);
	}
}

/** The rows end to end. What is no number becomes NaN; `null` would count as 0. */
function join(rows: readonly Numbers[]): Float64Array {
	const all = new Float64Array(rows.reduce((size, row) => size + row.length, 0));
	let count = 0;
	for (const row of rows) {
		for (let i = 0; i < row.length; i++) {
			const value: unknown = row[i];
			all[count++] = typeof value === "number" ? value : Number.NaN;
		}
	}
	return all;
}
