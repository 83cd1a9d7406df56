import { at, type Vector } from "./matrix.ts";

/** df/dv by five-point central differences, error O(step⁴); v is left as it was.
 *   df/dv[j] ≈ (8(f(+s) - f(-s)) - (f(+2s) - f(-2s))) / 12s */
export function centralDifferences(f: () => number, v: Vector, step = 1e-3): Vector {
	return Float64Array.from(v, (value, j) => {
		const shifted = (shift: number) => {
			v[j] = value + shift * step;
			return f();
		};
		const near = shifted(1) - shifted(-1);
		const far = shifted(2) - shifted(-2);
		v[j] = value;
		return (8 * near - far) / (12 * step);
	});
}

/** The largest relative difference between elements; elements below the floor count as that large. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 0): number {
	if (actual.length !== expected.length) throw new RangeError(`lengths ${actual.length} and ${expected.length}`);
	const errors = Array.from(actual, (value, j) => {
		const wanted = at(expected, j);
		if (value === wanted) return 0;
		return Math.abs(value - wanted) / Math.max(Math.abs(wanted), floor);
	});
	return Math.max(0, ...errors);
}
