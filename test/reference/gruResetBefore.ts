import { gateActivation, oneMinus, tanh, tanhSlope } from "./activations.ts";
import { timeOrder } from "./direction.ts";
import type { Gradients } from "./gradients.ts";
import { gainedGates } from "./gru.ts";
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

export type GruResetBeforeParameters = {
	/** [3H, I], blocks r z n */
	readonly Wx: Matrix;
	/** [3H, H], blocks r z n */
	readonly Wh: Matrix;
	/** [3H], blocks r z n */
	readonly b: Vector;
	/** Gains of layer norms [3H], blocks r z n: both or none. */
	readonly normX?: Vector | undefined;
	readonly normH?: Vector | undefined;
};

export interface GruResetBeforeStep {
	readonly x: Vector;
	readonly hPrev: Vector;
	readonly r: Vector;
	readonly z: Vector;
	readonly n: Vector;
	readonly h: Vector;
	/** What layer norms made of Wx·x, of [Whr | Whz]·h[t-1] and of Whn·(r ⊙ h[t-1]). */
	readonly ofX: Gained;
	readonly ofH: Gained;
	readonly ofReset: Gained;
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
 * With layer norms, [LN(Wxr·x, Wxz·x) | LN(Wxn·x)] ⊙ normX stands for Wx·x, LN(Whr·h[t-1], Whz·h[t-1]) ⊙ normH for these, and
 * LN(Whn·(r ⊙ h[t-1])) ⊙ normH for that. x [T, I], h0 [H]; `reverse` visits the steps from the last to the first. */
export function gruResetBeforeForward(
	{ Wx, Wh, b, normX, normH }: GruResetBeforeParameters,
	x: Matrix,
	h0: Vector,
	{ reverse = false, hard = false }: { readonly reverse?: boolean; readonly hard?: boolean } = {},
): GruResetBeforePass {
	const { Whr, Whz, Whn } = gateRows(Wh);
	const H = Wh.columns;
	const gate = gateActivation(hard);
	const steps: GruResetBeforeStep[] = [];
	let h = h0;
	for (const t of timeOrder(x.rows, reverse)) {
		const hPrev = h;
		const ofX = gainedGates(times(Wx, row(x, t)), normX);
		const ofH = gained(concat(times(Whr, hPrev), times(Whz, hPrev)), normH?.subarray(0, 2 * H));
		const fromX = blocks(add(ofX.y, b), H);
		const fromH = blocks(ofH.y, H);
		const r = gate.of(add(at(fromX, 0), at(fromH, 0)));
		const z = gate.of(add(at(fromX, 1), at(fromH, 1)));
		const ofReset = gained(times(Whn, mul(r, hPrev)), normH?.subarray(2 * H));
		const n = tanh(add(at(fromX, 2), ofReset.y));
		h = add(mul(oneMinus(z), n), mul(z, hPrev));
		steps[t] = { x: row(x, t), hPrev, r, z, n, h, ofX, ofH, ofReset };
	}
	return { reverse, hard, steps, h: stack(steps.map((step) => step.h)), hFinal: h };
}

/** Back through time; da are the gradients of the pre-activations, drh that of r ⊙ h[t-1].
 *   dan = dh ⊙ (1-z) ⊙ (1-n²)   drh = Whnᵀ·dan   dar = drh ⊙ h[t-1] ⊙ σ'(r)   daz = dh ⊙ (h[t-1] - n) ⊙ σ'(z)
 *   dh[t-1] = dh from above + z ⊙ dh + r ⊙ drh + Whrᵀ·dar + Whzᵀ·daz
 *   dx = Wxᵀ·da   dWx += Σ da·xᵀ   dWhr, dWhz += Σ da·h[t-1]ᵀ   dWhn += Σ dan·(r ⊙ h[t-1])ᵀ   db += Σ da
 * With layer norms, these go back through them first.
 * dh [T, H] is the gradient from above at every step, dhFinal what arrives at the final state besides. */
export function gruResetBeforeBackward(
	{ Wx, Wh }: GruResetBeforeParameters,
	pass: GruResetBeforePass,
	dh: Matrix,
	{ dWx, dWh, db, dnormX, dnormH }: Gradients<GruResetBeforeParameters>,
	{ dhFinal = new Float64Array(Wh.columns) }: { readonly dhFinal?: Vector } = {},
): { dx: Matrix; dh0: Vector } {
	const { Whr, Whz, Whn } = gateRows(Wh);
	const { Whr: dWhr, Whz: dWhz, Whn: dWhn } = gateRows(dWh);
	const gate = gateActivation(pass.hard);
	const H = Wh.columns;
	const T = pass.steps.length;
	const dx = matrix(T, Wx.columns);
	let dhNext = dhFinal;
	for (const t of timeOrder(T, !pass.reverse)) {
		const { x, hPrev, r, z, n, ofX, ofH, ofReset } = at(pass.steps, t);
		const dhHere = add(row(dh, t), dhNext);
		const dan = mul(dhHere, oneMinus(z), tanhSlope(n));
		const dReset = ofReset.back(dan, dnormH?.subarray(2 * H));
		const drh = timesTransposed(Whn, dReset);
		const dar = mul(drh, hPrev, gate.slope(r));
		const daz = mul(dhHere, subtract(hPrev, n), gate.slope(z));
		const da = concat(dar, daz, dan);
		const dX = ofX.back(da, dnormX);
		const [dHr, dHz] = blocks(ofH.back(concat(dar, daz), dnormH?.subarray(0, 2 * H)), H) as [Vector, Vector];
		addOuter(dWx, dX, x);
		addOuter(dWhr, dHr, hPrev);
		addOuter(dWhz, dHz, hPrev);
		addOuter(dWhn, dReset, mul(r, hPrev));
		addTo(db, da);
		row(dx, t).set(timesTransposed(Wx, dX));
		dhNext = add(mul(dhHere, z), mul(drh, r), timesTransposed(Whr, dHr), timesTransposed(Whz, dHz));
	}
	return { dx, dh0: dhNext };
}
