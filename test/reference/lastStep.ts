import { concat, type Matrix, matrix, row, stack } from "./matrix.ts";

/** The last step of a row as each direction sees it: x [T, F] → y [1, F], where the last `backwardSize` features come
 * from a backward direction, whose last step is step 0.
 *   y = [x[T-1][0..F-backwardSize) | x[0][F-backwardSize..F)] */
export function lastStepForward(x: Matrix, backwardSize = 0): Matrix {
	const split = x.columns - backwardSize;
	return stack([concat(row(x, x.rows - 1).slice(0, split), row(x, 0).slice(split, x.columns))]);
}

/** dx is dy where y was taken from, 0 elsewhere. */
export function lastStepBackward(T: number, dy: Matrix, backwardSize = 0): Matrix {
	const split = dy.columns - backwardSize;
	const dx = matrix(T, dy.columns);
	row(dx, T - 1).set(row(dy, 0).slice(0, split), 0);
	row(dx, 0).set(row(dy, 0).slice(split), split);
	return dx;
}
