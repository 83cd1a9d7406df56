// Losses by the formulas of PyTorch's documentation, in float64: of one row of outputs each, and their weighted mean over rows.

import type { LossResult } from "./losses.ts";
import { at, type Matrix, rowsOf, stack } from "./matrix.ts";

/** The loss of a row, a sum over its terms, and its gradient. */
export interface RowResult {
	readonly loss: number;
	readonly gradient: number[];
}

export type RowLoss = (y: readonly number[], target: readonly number[]) => RowResult;

/** The weighted mean over rows and over the `terms` of each.
 *   loss = Σ w·row / (terms·Σ w)   dy = w/(terms·Σw) · row' */
export function meanOf(
	row: RowLoss,
	y: Matrix,
	targets: readonly (readonly number[])[],
	weights: readonly number[],
	terms: number,
): LossResult {
	const total = terms * sum(weights);
	const results = rowsOf(y).map((yn, n) => row([...yn], targets[n] as readonly number[]));
	const losses = results.map(({ loss }, n) => at(weights, n) * loss);
	const dy = results.map(({ gradient }, n) => Float64Array.from(gradient, (g) => (at(weights, n) / total) * g));
	return { loss: sum(losses) / total, dOutputs: stack(dy) };
}

/** A loss of each output and its target by themselves. */
function each(loss: (y: number, t: number, j: number) => number, slope: (y: number, t: number, j: number) => number) {
	return (y: readonly number[], target: readonly number[]): RowResult => ({
		loss: sum(y.map((v, j) => loss(v, at(target, j), j))),
		gradient: y.map((v, j) => slope(v, at(target, j), j)),
	});
}

/** |y - t| (torch.nn.L1Loss) */
export const absolute: RowLoss = each(
	(y, t) => Math.abs(y - t),
	(y, t) => Math.sign(y - t),
);

/** -t·log σ(y) - (1 - t)·log(1 - σ(y)) (torch.nn.BCEWithLogitsLoss), by log(1 + e^x) that doesn't overflow. */
export const binary: RowLoss = each(
	(y, t) => t * softplus(-y) + (1 - t) * softplus(y),
	(y, t) => 1 / (1 + Math.exp(-y)) - t,
);

/** e^y - t·y (torch.nn.PoissonNLLLoss) */
export const counts: RowLoss = each(
	(y, t) => Math.exp(y) - t * y,
	(y, t) => Math.exp(y) - t,
);

/** d²/2 where |d| ≤ δ, δ(|d| - δ/2) elsewhere (torch.nn.HuberLoss) */
export const huber = (delta: number): RowLoss =>
	each(
		(y, t) => (Math.abs(y - t) <= delta ? (y - t) ** 2 / 2 : delta * (Math.abs(y - t) - delta / 2)),
		(y, t) => (Math.abs(y - t) <= delta ? y - t : delta * Math.sign(y - t)),
	);

/** max(τ(t - y), (τ - 1)(t - y)), the outputs of a value side by side, one a level τ. */
export function pinball(levels: readonly number[]): RowLoss {
	const level = (j: number) => at(levels, j % levels.length);
	const row = each(
		(y, t, j) => Math.max(level(j) * (t - y), (level(j) - 1) * (t - y)),
		(y, t, j) => (y > t ? 1 - level(j) : y < t ? -level(j) : 0),
	);
	return (y, target) =>
		row(
			y,
			target.flatMap((t) => levels.map(() => t)),
		);
}

/** ½(log var + (mean - t)²/var), var = e^s (torch.nn.GaussianNLLLoss); all means, then all s. */
export const normal: RowLoss = (y, target) => {
	const n = target.length;
	const parts = target.map((t, j) => ({ d: at(y, j) - t, s: at(y, n + j) }));
	return {
		loss: sum(parts.map(({ d, s }) => (s + d * d * Math.exp(-s)) / 2)),
		gradient: [
			...parts.map(({ d, s }) => d * Math.exp(-s)),
			...parts.map(({ d, s }) => (1 - d * d * Math.exp(-s)) / 2),
		],
	};
};

/** Cross-entropy with class weights c and smoothed labels (torch.nn.CrossEntropyLoss), a mean weighted with w·c[target].
 *   q = (1 - ε)·onehot + ε/V   loss = Σ w·Σⱼ cⱼ·qⱼ·(-log pⱼ) / Σ w·c[target] */
export function smoothedCrossEntropy(
	z: Matrix,
	targets: readonly number[],
	weights: readonly number[],
	{ smoothing = 0, classWeights = new Array<number>(z.columns).fill(1) },
): LossResult {
	const V = z.columns;
	const total = sum(targets.map((target, n) => at(weights, n) * at(classWeights, target)));
	const rows = rowsOf(z).map((zn, n) => {
		const max = Math.max(...zn);
		const logSum = max + Math.log(sum([...zn].map((v) => Math.exp(v - max))));
		const shares = [...zn].map(
			(_, j) => at(classWeights, j) * (smoothing / V + (j === at(targets, n) ? 1 - smoothing : 0)),
		);
		const w = at(weights, n) / total;
		return {
			loss: w * sum(shares.map((share, j) => share * (logSum - at(zn, j)))),
			dz: Float64Array.from(zn, (v, j) => w * (sum(shares) * Math.exp(v - logSum) - at(shares, j))),
		};
	});
	return { loss: sum(rows.map(({ loss }) => loss)), dOutputs: stack(rows.map(({ dz }) => dz)) };
}

function softplus(x: number): number {
	return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
