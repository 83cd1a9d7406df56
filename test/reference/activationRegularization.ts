import { addTo, dot, type Matrix, map, matrix, row, rowsOf, subtract, type Vector } from "./matrix.ts";

/** AR and TAR (Merity, McCann & Socher 2017): the weights of the mean of x[t]² and of the mean of (x[t] - x[t-1])². */
export interface Penalties {
	readonly activation: number;
	readonly change: number;
}

/** How many steps the means of a batch are over, and how many pairs of neighbouring steps. */
export interface Terms {
	readonly steps: number;
	readonly pairs: number;
}

/** Those of sequences of these lengths. */
export function termsOf(lengths: readonly number[]): Terms {
	const steps = lengths.reduce((sum, length) => sum + length, 0);
	return { steps, pairs: steps - lengths.length };
}

/** Those where of each sequence one step is left. */
export function endTerms({ steps, pairs }: Terms): Terms {
	return { steps: steps - pairs, pairs: 0 };
}

/** What one sequence x [T, H] adds to the penalty of its batch. */
export function penalty(x: Matrix, { activation, change }: Penalties, { steps, pairs }: Terms): number {
	const changes = changesOf(x).reduce((sum, d) => sum + dot(d, d), 0);
	const ofChanges = pairs > 0 ? (change * changes) / (pairs * x.columns) : 0;
	return (activation * dot(x.values, x.values)) / (steps * x.columns) + ofChanges;
}

/** Its gradient. */
export function penaltyGradient(x: Matrix, { activation, change }: Penalties, { steps, pairs }: Terms): Matrix {
	const times = (v: Vector, factor: number) => map(v, (value) => factor * value);
	const dx = matrix(x.rows, x.columns, times(x.values, (2 * activation) / (steps * x.columns)));
	for (const [t, d] of changesOf(x).entries()) {
		const slope = (2 * change) / (pairs * x.columns);
		addTo(row(dx, t + 1), times(d, slope));
		addTo(row(dx, t), times(d, -slope));
	}
	return dx;
}

/** x[t] - x[t-1], from the second step on. */
function changesOf(x: Matrix): Vector[] {
	const rows = rowsOf(x);
	return rows.slice(1).map((xt, t) => subtract(xt, rows[t] as Vector));
}
