import { at, dot, type Matrix, map, rowsOf, stack } from "./matrix.ts";

export type LossName = "crossEntropy" | "meanSquaredError";

export interface LossResult {
	readonly loss: number;
	/** Shaped like the outputs. */
	readonly dOutputs: Matrix;
}

/** Cross-entropy from logits (torch.nn.functional.cross_entropy), a weighted mean over the N rows of z [N, O].
 *   p = softmax(z)   loss = Σ w·(-log p[target]) / Σ w   dz = w/Σw · (p - onehot(target)) */
export function crossEntropy(
	z: Matrix,
	targets: readonly number[],
	weights: readonly number[] = targets.map(() => 1),
): LossResult {
	const total = sum(weights);
	const logP = rowsOf(z).map((zn) => {
		const max = Math.max(...zn);
		const logSum = max + Math.log(sum(map(zn, (v) => Math.exp(v - max))));
		return map(zn, (v) => v - logSum);
	});
	const losses = logP.map((l, n) => -at(weights, n) * at(l, at(targets, n)));
	const dz = logP.map((l, n) =>
		l.map((v, k) => (at(weights, n) / total) * (Math.exp(v) - (k === at(targets, n) ? 1 : 0))),
	);
	return { loss: sum(losses) / total, dOutputs: stack(dz) };
}

/** Mean squared error (torch.nn.functional.mse_loss), a weighted mean over the N rows of y [N, O] and their O outputs;
 * targets [N·O].
 *   loss = Σ w·Σ (y - target)² / (O·Σ w)   dy = 2w/(O·Σw) · (y - target) */
export function meanSquaredError(
	y: Matrix,
	targets: readonly number[],
	weights: readonly number[] = Array<number>(y.rows).fill(1),
): LossResult {
	const O = y.columns;
	const total = O * sum(weights);
	const errors = rowsOf(y).map((yn, n) => yn.map((v, k) => v - at(targets, n * O + k)));
	const losses = errors.map((e, n) => at(weights, n) * dot(e, e));
	const dy = errors.map((e, n) => map(e, (v) => ((2 * at(weights, n)) / total) * v));
	return { loss: sum(losses) / total, dOutputs: stack(dy) };
}

function sum(values: ArrayLike<number>): number {
	return Array.from(values).reduce((total, value) => total + value, 0);
}
