import { oneMinus, sigmoid } from "./activations.ts";
import { timeOrder } from "./direction.ts";
import type { Gradients } from "./gradients.ts";
import {
	add,
	addOuter,
	addTo,
	at,
	blocks,
	concat,
	type Matrix,
	map,
	matrix,
	mul,
	row,
	stack,
	subtract,
	times,
	timesTransposed,
	type Vector,
} from "./matrix.ts";

export type MinLstmParameters = {
	/** [3H, I], blocks f i n */
	readonly Wx: Matrix;
	/** [3H], blocks f i n */
	readonly b: Vector;
};

export interface MinLstmStep {
	readonly x: Vector;
	readonly hPrev: Vector;
	readonly f: Vector;
	readonly i: Vector;
	/** f / (f + i): what is kept of the state before; the rest is taken of the candidate. */
	readonly kept: Vector;
	/** The candidate, linear in x. */
	readonly n: Vector;
	readonly h: Vector;
}

export interface MinLstmPass {
	readonly reverse: boolean;
	/** In time order. */
	readonly steps: readonly MinLstmStep[];
	/** [T, H], in time order. */
	readonly h: Matrix;
	/** The state after the step visited last. */
	readonly hFinal: Vector;
}

/** Minimal LSTM over one row (Feng et al. 2024, its sequential form).
 *   f = σ(Wxf·x + bf)      i = σ(Wxi·x + bi)      n = Wxn·x + bn
 *   h[t] = f/(f+i) ⊙ h[t-1] + i/(f+i) ⊙ n
 * x [T, I], h0 [H]; `reverse` visits the steps from the last to the first. */
export function minLstmForward(
	{ Wx, b }: MinLstmParameters,
	x: Matrix,
	h0: Vector,
	{ reverse = false }: { readonly reverse?: boolean } = {},
): MinLstmPass {
	const steps: MinLstmStep[] = [];
	let h = h0;
	for (const t of timeOrder(x.rows, reverse)) {
		const hPrev = h;
		const fromX = blocks(add(times(Wx, row(x, t)), b), h0.length);
		const f = sigmoid(at(fromX, 0));
		const i = sigmoid(at(fromX, 1));
		const n = at(fromX, 2);
		const scale = map(add(f, i), (sum) => 1 / sum);
		const kept = mul(f, scale);
		h = add(mul(kept, hPrev), mul(i, scale, n));
		steps[t] = { x: row(x, t), hPrev, f, i, kept, n, h };
	}
	return { reverse, steps, h: stack(steps.map((step) => step.h)), hFinal: h };
}

/** Back through time; da are the gradients of what enters the gates, k is f / (f + i).
 *   dh = dh from above + k[t+1] ⊙ dh[t+1]      dk = dh ⊙ (h[t-1] - n)
 *   daf = dk ⊙ k(1-k) ⊙ (1-f)   dai = -dk ⊙ k(1-k) ⊙ (1-i)   dn = dh ⊙ (1-k)
 *   dx = Wxᵀ·da   dWx += Σ da·xᵀ   db += Σ da
 * dh [T, H] is the gradient from above at every step, dhFinal what arrives at the final state besides. */
export function minLstmBackward(
	{ Wx }: MinLstmParameters,
	pass: MinLstmPass,
	dh: Matrix,
	{ dWx, db }: Gradients<MinLstmParameters>,
	{ dhFinal = new Float64Array(dh.columns) }: { readonly dhFinal?: Vector } = {},
): { dx: Matrix; dh0: Vector } {
	const T = pass.steps.length;
	const dx = matrix(T, Wx.columns);
	let dhNext = dhFinal;
	for (const t of timeOrder(T, !pass.reverse)) {
		const { x, hPrev, f, i, kept, n } = at(pass.steps, t);
		const dhHere = add(row(dh, t), dhNext);
		const slope = mul(dhHere, subtract(hPrev, n), kept, oneMinus(kept));
		const dai = map(mul(slope, oneMinus(i)), (value) => -value);
		const da = concat(mul(slope, oneMinus(f)), dai, mul(dhHere, oneMinus(kept)));
		addOuter(dWx, da, x);
		addTo(db, da);
		row(dx, t).set(timesTransposed(Wx, da));
		dhNext = mul(dhHere, kept);
	}
	return { dx, dh0: dhNext };
}
