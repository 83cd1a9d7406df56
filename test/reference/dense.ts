import type { Gradients } from "./gradients.ts";
import {
	add,
	addOuter,
	addTo,
	type Matrix,
	row,
	rowsOf,
	stack,
	times,
	timesTransposed,
	type Vector,
} from "./matrix.ts";

export type DenseParameters = {
	/** [O, I] */
	readonly W: Matrix;
	/** [O] */
	readonly b: Vector;
};

/** y[t] = W·x[t] + b, with x [T, I] → y [T, O]. */
export function denseForward({ W, b }: DenseParameters, x: Matrix): Matrix {
	return stack(rowsOf(x).map((xt) => add(times(W, xt), b)));
}

/** dx[t] = Wᵀ·dy[t]   dW += Σ dy[t]·x[t]ᵀ   db += Σ dy[t] */
export function denseBackward(
	{ W }: DenseParameters,
	x: Matrix,
	dy: Matrix,
	{ dW, db }: Gradients<DenseParameters>,
): Matrix {
	rowsOf(dy).forEach((dyt, t) => {
		addOuter(dW, dyt, row(x, t));
		addTo(db, dyt);
	});
	return stack(rowsOf(dy).map((dyt) => timesTransposed(W, dyt)));
}
