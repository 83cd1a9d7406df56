import { gateActivation, oneMinus, tanh, tanhSlope } from "./activations.ts";
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
	matrix,
	mul,
	row,
	stack,
	subtract,
	times,
	timesTransposed,
	type Vector,
} from "./matrix.ts";

export type GruParameters = {
	/** [3H, I], blocks r z n */
	readonly Wx: Matrix;
	/** [3H, H], blocks r z n */
	readonly Wh: Matrix;
	/** [3H], blocks r z n; PyTorch's bias_ih + bias_hh, of the n block bias_ih alone */
	readonly b: Vector;
	/** [H]; the n block of PyTorch's bias_hh */
	readonly bn: Vector;
};

export interface GruStep {
	readonly x: Vector;
	readonly hPrev: Vector;
	readonly r: Vector;
	readonly z: Vector;
	readonly n: Vector;
	/** Whn·h[t-1] + bn: what the reset gate scales. */
	readonly hn: Vector;
	readonly h: Vector;
}

export interface GruPass {
	readonly reverse: boolean;
	/** Whether r and z are hard sigmoids. */
	readonly hard: boolean;
	/** In time order. */
	readonly steps: readonly GruStep[];
	/** [T, H], in time order. */
	readonly h: Matrix;
	/** The state after the step visited last. */
	readonly hFinal: Vector;
}

/** Gated recurrent unit over one row, reset after the product (Cho et al. 2014, first version; torch.nn.GRU, cuDNN).
 *   r = σ(Wxr·x + Whr·h[t-1] + br)      z = σ(Wxz·x + Whz·h[t-1] + bz)
 *   n = tanh(Wxn·x + b_n + r ⊙ (Whn·h[t-1] + bn))
 *   h[t] = (1 - z) ⊙ n + z ⊙ h[t-1]
 * where b_n is the n block of b. x [T, I], h0 [H]; `reverse` visits the steps from the last to the first. */
export function gruForward(
	{ Wx, Wh, b, bn }: GruParameters,
	x: Matrix,
	h0: Vector,
	{ reverse = false, hard = false }: { readonly reverse?: boolean; readonly hard?: boolean } = {},
): GruPass {
	const H = Wh.columns;
	const gate = gateActivation(hard);
	const steps: GruStep[] = [];
	let h = h0;
	for (const t of timeOrder(x.rows, reverse)) {
		const hPrev = h;
		const fromX = blocks(add(times(Wx, row(x, t)), b), H);
		const fromH = blocks(times(Wh, hPrev), H);
		const r = gate.of(add(at(fromX, 0), at(fromH, 0)));
		const z = gate.of(add(at(fromX, 1), at(fromH, 1)));
		const hn = add(at(fromH, 2), bn);
		const n = tanh(add(at(fromX, 2), mul(r, hn)));
		h = add(mul(oneMinus(z), n), mul(z, hPrev));
		steps[t] = { x: row(x, t), hPrev, r, z, n, hn, h };
	}
	return { reverse, hard, steps, h: stack(steps.map((step) => step.h)), hFinal: h };
}

/** Back through time; da are the gradients of the pre-activations, dhn that of hn = Whn·h[t-1] + bn.
 *   dh = dh from above + z[t+1] ⊙ dh[t+1] + Whᵀ·[dar | daz | dhn][t+1]
 *   dan = dh ⊙ (1-z) ⊙ (1-n²)   dhn = dan ⊙ r   dar = dan ⊙ hn ⊙ σ'(r)   daz = dh ⊙ (h[t-1] - n) ⊙ σ'(z)
 *   dx = Wxᵀ·da   dWx += Σ da·xᵀ   dWh += Σ [dar | daz | dhn]·h[t-1]ᵀ   db += Σ da   dbn += Σ dhn
 * dh [T, H] is the gradient from above at every step, dhFinal what arrives at the final state besides. */
export function gruBackward(
	{ Wx, Wh }: GruParameters,
	pass: GruPass,
	dh: Matrix,
	{ dWx, dWh, db, dbn }: Gradients<GruParameters>,
	{ dhFinal = new Float64Array(Wh.columns) }: { readonly dhFinal?: Vector } = {},
): { dx: Matrix; dh0: Vector } {
	const gate = gateActivation(pass.hard);
	const T = pass.steps.length;
	const dx = matrix(T, Wx.columns);
	let dhNext = dhFinal;
	for (const t of timeOrder(T, !pass.reverse)) {
		const { x, hPrev, r, z, n, hn } = at(pass.steps, t);
		const dhHere = add(row(dh, t), dhNext);
		const dan = mul(dhHere, oneMinus(z), tanhSlope(n));
		const dhn = mul(dan, r);
		const dar = mul(dan, hn, gate.slope(r));
		const daz = mul(dhHere, subtract(hPrev, n), gate.slope(z));
		const daX = concat(dar, daz, dan);
		const daH = concat(dar, daz, dhn);
		addOuter(dWx, daX, x);
		addOuter(dWh, daH, hPrev);
		addTo(db, daX);
		addTo(dbn, dhn);
		row(dx, t).set(timesTransposed(Wx, daX));
		dhNext = add(mul(dhHere, z), timesTransposed(Wh, daH));
	}
	return { dx, dh0: dhNext };
}
