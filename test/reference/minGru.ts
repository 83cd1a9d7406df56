import { oneMinus, sigmoid, sigmoidSlope } from "./activations.ts";
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

export type MinGruParameters = {
	/** [2H, I], blocks z n */
	readonly Wx: Matrix;
	/** [2H], blocks z n */
	readonly b: Vector;
};

export interface MinGruStep {
	readonly x: Vector;
	readonly hPrev: Vector;
	readonly z: Vector;
	/** The candidate, linear in x. */
	readonly n: Vector;
	readonly h: Vector;
}

export interface MinGruPass {
	readonly reverse: boolean;
	/** In time order. */
	readonly steps: readonly MinGruStep[];
	/** [T, H], in time order. */
	readonly h: Matrix;
	/** The state after the step visited last. */
	readonly hFinal: Vector;
}

/** Minimal GRU over one row (Feng et al. 2024, its sequential form).
 *   z = σ(Wxz·x + bz)      n = Wxn·x + bn      h[t] = (1 - z) ⊙ h[t-1] + z ⊙ n
 * x [T, I], h0 [H]; `reverse` visits the steps from the last to the first. */
export function minGruForward(
	{ Wx, b }: MinGruParameters,
	x: Matrix,
	h0: Vector,
	{ reverse = false }: { readonly reverse?: boolean } = {},
): MinGruPass {
	const steps: MinGruStep[] = [];
	let h = h0;
	for (const t of timeOrder(x.rows, reverse)) {
		const hPrev = h;
		const fromX = blocks(add(times(Wx, row(x, t)), b), h0.length);
		const z = sigmoid(at(fromX, 0));
		const n = at(fromX, 1);
		h = add(mul(oneMinus(z), hPrev), mul(z, n));
		steps[t] = { x: row(x, t), hPrev, z, n, h };
	}
	return { reverse, steps, h: stack(steps.map((step) => step.h)), hFinal: h };
}

/** Back through time; daz and dn are the gradients of what enters the gates.
 *   dh = dh from above + (1 - z[t+1]) ⊙ dh[t+1]
 *   daz = dh ⊙ (n - h[t-1]) ⊙ z(1-z)   dn = dh ⊙ z
 *   dx = Wxᵀ·[daz | dn]   dWx += Σ [daz | dn]·xᵀ   db += Σ [daz | dn]
 * dh [T, H] is the gradient from above at every step, dhFinal what arrives at the final state besides. */
export function minGruBackward(
	{ Wx }: MinGruParameters,
	pass: MinGruPass,
	dh: Matrix,
	{ dWx, db }: Gradients<MinGruParameters>,
	{ dhFinal = new Float64Array(dh.columns) }: { readonly dhFinal?: Vector } = {},
): { dx: Matrix; dh0: Vector } {
	const T = pass.steps.length;
	const dx = matrix(T, Wx.columns);
	let dhNext = dhFinal;
	for (const t of timeOrder(T, !pass.reverse)) {
		const { x, hPrev, z, n } = at(pass.steps, t);
		const dhHere = add(row(dh, t), dhNext);
		const da = concat(mul(dhHere, subtract(n, hPrev), sigmoidSlope(z)), mul(dhHere, z));
		addOuter(dWx, da, x);
		addTo(db, da);
		row(dx, t).set(timesTransposed(Wx, da));
		dhNext = mul(dhHere, oneMinus(z));
	}
	return { dx, dh0: dhNext };
}
