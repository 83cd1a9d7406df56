import { at, type Matrix, map, rowsOf, stack, type Vector } from "./matrix.ts";

/** log(Σ exp v). */
function logSumExp(...values: readonly number[]): number {
	const most = Math.max(...values);
	return most === -Infinity ? most : most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

export function logSoftmax(z: Vector): Vector {
	const sum = logSumExp(...z);
	return map(z, (value) => value - sum);
}

/** Connectionist temporal classification of one sequence (Graves et al. 2006; torch.nn.functional.ctc_loss behind log_softmax), x [T, C] logits.
 * With z = blank l1 blank l2 … blank, of U = 2L + 1 states, lp = log softmax(x), and a way from s-2 where z[s] is neither the blank nor z[s-2]:
 *   α[t,s] = lp[t,z[s]] + lse(α[t-1,s], α[t-1,s-1], α[t-1,s-2])      loss = -lse(α[T-1,U-1], α[T-1,U-2])
 *   β[t,s] = lse over the ways on to s' of β[t+1,s'] + lp[t+1,z[s']]
 *   dx[t,k] = softmax(x[t])[k] - Σ exp(α[t,s] + β[t,s] + loss) over the states s of k
 * It is Infinity, and dx no number, where the labels do not fit into T steps. */
export function ctc(x: Matrix, labels: readonly number[], blank = 0): { readonly loss: number; readonly dx: Matrix } {
	const z = [blank, ...labels.flatMap((label) => [label, blank])];
	const [T, U] = [x.rows, z.length];
	const lp = rowsOf(x).map(logSoftmax);
	const skips = z.map((label, s) => s > 1 && label !== blank && label !== z[s - 2]);
	const emission = (t: number, s: number) => at(at(lp, t), at(z, s));
	const alpha: number[][] = [];
	const read = (rows: readonly number[], s: number) => rows[s] ?? -Infinity;
	for (let t = 0; t < T; t++) {
		const before = alpha[t - 1] ?? [];
		const comes = (s: number) =>
			t === 0
				? s < 2
					? 0
					: -Infinity
				: logSumExp(read(before, s), read(before, s - 1), skips[s] ? read(before, s - 2) : -Infinity);
		alpha[t] = z.map((_, s) => comes(s) + emission(t, s));
	}
	const last = at(alpha, T - 1);
	const loss = -logSumExp(read(last, U - 1), read(last, U - 2));
	const beta: number[][] = [];
	for (let t = T - 1; t >= 0; t--) {
		const goes = (s: number) => (s < U ? read(at(beta, t + 1), s) + emission(t + 1, s) : -Infinity);
		beta[t] = z.map((_, s) => {
			if (t === T - 1) return s >= U - 2 ? 0 : -Infinity;
			return logSumExp(goes(s), goes(s + 1), skips[s + 2] ? goes(s + 2) : -Infinity);
		});
	}
	const dx = rowsOf(x).map((_, t) => {
		const d = map(at(lp, t), Math.exp);
		z.forEach((label, s) => {
			d[label] = at(d, label) - Math.exp(at(at(alpha, t), s) + at(at(beta, t), s) + loss);
		});
		return d;
	});
	return { loss, dx: stack(dx) };
}

/** What a path of a symbol a step says: repeats merged, blanks dropped. */
export function collapsed(path: readonly number[], blank = 0): number[] {
	return path.filter((symbol, t) => symbol !== blank && symbol !== path[t - 1]);
}

/** The probability of each labelling of logits x [T, C], by all Cᵀ paths; keys are labels joined by commas. */
export function labellings(x: Matrix, blank = 0): Map<string, number> {
	const lp = rowsOf(x).map(logSoftmax);
	const sums = new Map<string, number>();
	for (let index = 0; index < x.columns ** x.rows; index++) {
		const path = lp.map((_, t) => Math.floor(index / x.columns ** t) % x.columns);
		const key = collapsed(path, blank).join();
		const probability = Math.exp(path.reduce((sum, symbol, t) => sum + at(at(lp, t), symbol), 0));
		sums.set(key, (sums.get(key) ?? 0) + probability);
	}
	return sums;
}

/** The likeliest path of logits x [T, C] that says these labels, by all Cᵀ paths, and the logarithm of its probability. */
export function likeliestPath(x: Matrix, labels: readonly number[], blank = 0): { path: number[]; score: number } {
	const lp = rowsOf(x).map(logSoftmax);
	let best = { path: [] as number[], score: -Infinity };
	for (let index = 0; index < x.columns ** x.rows; index++) {
		const path = lp.map((_, t) => Math.floor(index / x.columns ** t) % x.columns);
		if (collapsed(path, blank).join() !== labels.join()) continue;
		const score = path.reduce((sum, symbol, t) => sum + at(at(lp, t), symbol), 0);
		if (score > best.score) best = { path, score };
	}
	return best;
}
