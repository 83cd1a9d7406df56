import { expect } from "vitest";
import { random } from "../reference/random.ts";

/** What a kernel may differ from float64, as a share of the tensor's largest value. */
const TOLERANCE = 1e-5;

/** Expects every element within 1e-5, or `tolerance`, of the largest expected one, or of `least` where all are smaller: what a sum of
 * larger terms cancels to is no measure of its rounding. */
export function expectClose(
	actual: ArrayLike<number>,
	expected: ArrayLike<number>,
	what: string,
	least = 0,
	tolerance = TOLERANCE,
): void {
	expect(actual.length, `${what}: length`).toBe(expected.length);
	let largest = least;
	let worst = 0;
	for (let j = 0; j < expected.length; j++) {
		const wanted = expected[j] as number;
		const error = Math.abs((actual[j] as number) - wanted);
		largest = Math.max(largest, Math.abs(wanted));
		worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
	}
	expect(worst, `${what}: error, beside ${largest}`).toBeLessThan(tolerance * largest || Number.MIN_VALUE);
}

/** Expects the same bits, but for the sign and the letters of a NaN. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
	expect(actual.length, `${what}: length`).toBe(expected.length);
	for (let j = 0; j < expected.length; j++) {
		if (!Object.is(actual[j], expected[j])) expect.fail(`${what}: [${j}] is ${actual[j]}, not ${expected[j]}`);
	}
}

/** Draws floats from ±[0.05, 1), the same for a kernel and for its reference. */
export function randomFloats(seed: number): (length: number) => Float64Array {
	const draw = random(seed);
	return (length) => Float64Array.from({ length }, () => Math.fround(draw()));
}

/** Row-major [rows, columns] with rows `stride` apart: what lies past the columns is `filler`. */
export function strided(values: ArrayLike<number>, columns: number, stride: number, filler = Number.NaN): Float32Array {
	const rows = values.length / columns;
	const padded = new Float32Array(rows * stride).fill(filler);
	for (let row = 0; row < rows; row++)
		for (let j = 0; j < columns; j++) padded[row * stride + j] = values[row * columns + j] as number;
	return padded;
}

/** The first columns of such rows. */
export function unstrided<T extends Float32Array | Int32Array>(
	values: T,
	columns: number,
	stride: number,
	from = 0,
): T {
	const rows = values.length / stride;
	const packed = values.slice(0, rows * columns) as T;
	for (let row = 0; row < rows; row++)
		for (let j = 0; j < columns; j++) packed[row * columns + j] = values[row * stride + from + j] as number;
	return packed;
}

export function range(first: number, last: number): number[] {
	return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
