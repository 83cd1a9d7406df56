/** What a forecast has to beat. Each says the value at every step from `begin` on, given all before that step. */

/** Tomorrow is as today. */
export function persistence(values: readonly number[], begin: number): number[] {
	return values.slice(begin - 1, -1);
}

/** A constant and the last `order` values, each times a weight fitted by least squares on the steps before `begin`. */
export function autoregression(values: readonly number[], begin: number, order: number): number[] {
	const rowAt = (step: number) => [1, ...values.slice(step - order, step)];
	const width = order + 1;
	// the normal equations, with their right side as the last column
	const equations = Array.from({ length: width }, () => new Array<number>(width + 1).fill(0));
	for (let step = order; step < begin; step++) {
		const row = rowAt(step);
		const extended = [...row, values[step]];
		for (let i = 0; i < width; i++)
			extended.forEach((value, j) => {
				equations[i][j] += row[i] * value;
			});
	}
	const weights = solve(equations);
	return values.slice(begin).map((_, i) => dot(rowAt(begin + i), weights));
}

/** Gaussian elimination of `[A | b]`; A is symmetric and positive definite, so no pivoting is needed. */
function solve(equations: number[][]): number[] {
	const size = equations.length;
	equations.forEach((pivot, i) => {
		for (const [j, row] of equations.entries()) {
			if (j === i) continue;
			const factor = row[i] / pivot[i];
			for (let k = i; k <= size; k++) row[k] -= factor * pivot[k];
		}
	});
	return equations.map((row, i) => row[size] / row[i]);
}

function dot(a: readonly number[], b: readonly number[]): number {
	return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

export function meanAbsoluteError(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
	let sum = 0;
	for (let i = 0; i < truth.length; i++) sum += Math.abs(predicted[i] - truth[i]);
	return sum / truth.length;
}
