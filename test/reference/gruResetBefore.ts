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

export type GruResetBeforeParameters = {
	/** [3H, I], blocks r z n */
	readonly Wx: Matrix;
	/** [3H, H], blocks r z n */
	readonly Wh: Matrix;
	/** [3H], blocks r z n */
	readonly b: Vector;
};

export interface GruResetBeforeStep {
	readonly x: Vector;
	readonly hPrev: Vector;
	readonly r: Vector;
	readonly z: Vector;
	readonly n: Vector;
	readonly h: Vector;
}

export interface GruResetBeforePass {
	readonly reverse: boolean;
	/** Whether r and z are hard sigmoids. */
	readonly hard: boolean;
	/** In time order. */
	readonly steps: readonly GruResetBeforeStep[];
	/** [T, H], in time order. */
	readonly h: Matrix;
	/** The state after the step visited last. */
	readonly hFinal: Vector;
}

/** Rows r, z and n of Wh, each [H, H]. */
function gateRows(Wh: Matrix): { Whr: Matrix; Whz: Matrix; Whn: Matrix } {
	const H = Wh.columns;
	const gate = (k: number) => matrix(H, H, Wh.values.subarray(k * H * H, (k + 1) * H * H));
	return { Whr: gate(0), Whz: gate(1), Whn: gate(2) };
}

/** Gated recurrent unit over one row, reset before the product (Cho et al. 2014, final version; Keras with
 * `reset_after=False`).
 *   r = σ(Wxr·x + Whr·h[t-1] + br)      z = σ(Wxz·x + Whz·h[t-1] + bz)
 *   n = tanh(Wxn·x + Whn·(r ⊙ h[t-1]) + b_n)
 *   h[t] = (1 - z) ⊙ n + z ⊙ h[t-1]
 * x [T, I], h0 [H]; `reverse` visits the steps from the last to the first. */
export function gruResetBeforeForward(
	{ Wx, Wh, b }: GruResetBeforeParameters,
	x: Matrix,
	h0: Vector,
	{ reverse = false, hard = false }: { readonly reverse?: boolean; readonly hard?: boolean } = {},
): GruResetBeforePass {
	const { Whr, Whz, Whn } = gateRows(Wh);
	const gate = gateActivation(hard);
	const steps: GruResetBeforeStep[] = [];
	let h = h0;
	for (const t of timeOrder(x.rows, reverse)) {
		const hPrev = h;
		const fromX = blocks(add(times(Wx, row(x, t)), b), Wh.columns);
		const r = gate.of(add(at(fromX, 0), times(Whr, hPrev)));
		const z = gate.of(add(at(fromX, 1), times(Whz, hPrev)));
		const n = tanh(add(at(fromX, 2), times(Whn, mul(r, hPrev))));
		h = add(mul(oneMinus(z), n), mul(z, hPrev));
		steps[t] = { x: row(x, t), hPrev, r, z, n, h };
	}
	return { reverse, hard, steps, h: stack(steps.map((step) => step.h)), hFinal: h };
}

/** Back through time; da are the gradients of the pre-activations, drh that of r ⊙ h[t-1].
 *   dan = dh ⊙ (1-z) ⊙ (1-n²)   drh = Whnᵀ·dan   dar = drh ⊙ h[t-1] ⊙ σ'(r)   daz = dh ⊙ (h[t-1] - n) ⊙ σ'(z)
 *   dh[t-1] = dh from above + z ⊙ dh + r ⊙ drh + Whrᵀ·dar + Whzᵀ·daz
 *   dx = Wxᵀ·da   dWx += Σ da·xᵀ   dWhr, dWhz += Σ da·h[t-1]ᵀ   dWhn += Σ dan·(r ⊙ h[t-1])ᵀ   db += Σ da
 * dh [T, H] is the gradient from above at every step, dhFinal what arrives at the final state besides. */
export function gruResetBeforeBackward(
	{ Wx, Wh }: GruResetBeforeParameters,
	pass: GruResetBeforePass,
	dh: Matrix,
	{ dWx, dWh, db }: Gradients<GruResetBeforeParameters>,
	{ dhFinal = new Float64Array(Wh.columns) }: { readonly dhFinal?: Vector } = {},
): { dx: Matrix; dh0: Vector } {
	const { Whr, Whz, Whn } = gateRows(Wh);
	const { Whr: dWhr, Whz: dWhz, Whn: dWhn } = gateRows(dWh);
	const gate = gateActivation(pass.hard);
	const T = pass.steps.length;
	const dx = matrix(T, Wx.columns);
	let dhNext = dhFinal;
	for (const t of timeOrder(T, !pass.reverse)) {
		const { x, hPrev, r, z, n } = at(pass.steps, t);
		const dhHere = add(row(dh, t), dhNext);
		const dan = mul(dhHere, oneMinus(z), tanhSlope(n));
		const drh = timesTransposed(Whn, dan);
		const dar = mul(drh, hPrev, gate.slope(r));
		const daz = mul(dhHere, subtract(hPrev, n), gate.slope(z));
		const da = concat(dar, daz, dan);
		addOuter(dWx, da, x);
		addOuter(dWhr, dar, hPrev);
		addOuter(dWhz, daz, hPrev);
		addOuter(dWhn, dan, mul(r, hPrev));
		addTo(db, da);
		row(dx, t).set(timesTransposed(Wx, da));
		dhNext = add(mul(dhHere, z), mul(drh, r), timesTransposed(Whr, dar), timesTransposed(Whz, daz));
	}
	return { dx, dh0: dhNext };
}
