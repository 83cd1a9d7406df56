import { gateActivation, oneMinus, tanh, tanhSlope } from "./activations.ts";
import { timeOrder } from "./direction.ts";
import type { Gradients } from "./gradients.ts";
import { type Gained, gained } from "./layerNorm.ts";
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
	/** Gains of layer norms [3H], blocks r z n: both or none. */
	readonly normX?: Vector | undefined;
	readonly normH?: Vector | undefined;
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
	/** What layer norms made of Wx·x and Wh·h[t-1]. */
	readonly ofX: Gained;
	readonly ofH: Gained;
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

/** LN of r and z together, and of n by itself (Ba et al. 2016, supplement). */
export function gainedGates(x: Vector, gain: Vector | undefined): Gained {
	const H = x.length / 3;
	const parts = (v: Vector | undefined): [Vector | undefined, Vector | undefined] => [
		v?.subarray(0, 2 * H),
		v?.subarray(2 * H),
	];
	const [rz, n] = parts(gain);
	const switches = gained(x.subarray(0, 2 * H), rz);
	const candidate = gained(x.subarray(2 * H), n);
	return {
		y: concat(switches.y, candidate.y),
		s: Math.max(switches.s ?? 0, candidate.s ?? 0),
		back: (dy, dgain) => {
			const [dSwitches, dCandidate] = parts(dgain);
			return concat(switches.back(dy.subarray(0, 2 * H), dSwitches), candidate.back(dy.subarray(2 * H), dCandidate));
		},
	};
}

/** Gated recurrent unit over one row, reset after the product (Cho et al. 2014, first version; torch.nn.GRU, cuDNN).
 *   r = σ(Wxr·x + Whr·h[t-1] + br)      z = σ(Wxz·x + Whz·h[t-1] + bz)
 *   n = tanh(Wxn·x + b_n + r ⊙ (Whn·h[t-1] + bn))
 *   h[t] = (1 - z) ⊙ n + z ⊙ h[t-1]
 * where b_n is the n block of b. With layer norms, [LN(Wxr·x, Wxz·x) | LN(Wxn·x)] ⊙ normX stands for Wx·x, and the same of
 * Wh·h[t-1]. x [T, I], h0 [H]; `reverse` visits the steps from the last to the first. */
export function gruForward(
	{ Wx, Wh, b, bn, normX, normH }: GruParameters,
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
		const ofX = gainedGates(times(Wx, row(x, t)), normX);
		const ofH = gainedGates(times(Wh, hPrev), normH);
		const fromX = blocks(add(ofX.y, b), H);
		const fromH = blocks(ofH.y, H);
		const r = gate.of(add(at(fromX, 0), at(fromH, 0)));
		const z = gate.of(add(at(fromX, 1), at(fromH, 1)));
		const hn = add(at(fromH, 2), bn);
		const n = tanh(add(at(fromX, 2), mul(r, hn)));
		h = add(mul(oneMinus(z), n), mul(z, hPrev));
		steps[t] = { x: row(x, t), hPrev, r, z, n, hn, h, ofX, ofH };
	}
	return { reverse, hard, steps, h: stack(steps.map((step) => step.h)), hFinal: h };
}

/** Back through time; da are the gradients of the pre-activations, dhn that of hn = Whn·h[t-1] + bn.
 *   dh = dh from above + z[t+1] ⊙ dh[t+1] + Whᵀ·[dar | daz | dhn][t+1]
 *   dan = dh ⊙ (1-z) ⊙ (1-n²)   dhn = dan ⊙ r   dar = dan ⊙ hn ⊙ σ'(r)   daz = dh ⊙ (h[t-1] - n) ⊙ σ'(z)
 *   dx = Wxᵀ·da   dWx += Σ da·xᵀ   dWh += Σ [dar | daz | dhn]·h[t-1]ᵀ   db += Σ da   dbn += Σ dhn
 * With layer norms, da goes back through them first.
 * dh [T, H] is the gradient from above at every step, dhFinal what arrives at the final state besides. */
export function gruBackward(
	{ Wx, Wh }: GruParameters,
	pass: GruPass,
	dh: Matrix,
	{ dWx, dWh, db, dbn, dnormX, dnormH }: Gradients<GruParameters>,
	{ dhFinal = new Float64Array(Wh.columns) }: { readonly dhFinal?: Vector } = {},
): { dx: Matrix; dh0: Vector } {
	const gate = gateActivation(pass.hard);
	const T = pass.steps.length;
	const dx = matrix(T, Wx.columns);
	let dhNext = dhFinal;
	for (const t of timeOrder(T, !pass.reverse)) {
		const { x, hPrev, r, z, n, hn, ofX, ofH } = at(pass.steps, t);
		const dhHere = add(row(dh, t), dhNext);
		const dan = mul(dhHere, oneMinus(z), tanhSlope(n));
		const dhn = mul(dan, r);
		const dar = mul(dan, hn, gate.slope(r));
		const daz = mul(dhHere, subtract(hPrev, n), gate.slope(z));
		const daX = concat(dar, daz, dan);
		const daH = concat(dar, daz, dhn);
		const dX = ofX.back(daX, dnormX);
		const dH = ofH.back(daH, dnormH);
		addOuter(dWx, dX, x);
		addOuter(dWh, dH, hPrev);
		addTo(db, daX);
		addTo(dbn, dhn);
		row(dx, t).set(timesTransposed(Wx, dX));
		dhNext = add(mul(dhHere, z), timesTransposed(Wh, dH));
	}
	return { dx, dh0: dhNext };
}
