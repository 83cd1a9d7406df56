import { relu, reluSlope, tanh, tanhSlope } from "./activations.ts";
import { timeOrder } from "./direction.ts";
import type { Gradients } from "./gradients.ts";
import {
	add,
	addOuter,
	addTo,
	at,
	type Matrix,
	matrix,
	mul,
	row,
	stack,
	times,
	timesTransposed,
	type Vector,
} from "./matrix.ts";
import type { Activation, RnnPass, RnnStep } from "./rnn.ts";

export type IndRnnParameters = {
	/** [H, I] */
	readonly Wx: Matrix;
	/** [H]: each unit's own recurrent weight */
	readonly u: Vector;
	/** [H] */
	readonly b: Vector;
};

/** Independently recurrent network over one row (Li et al. 2018).
 *   z[t] = Wx·x[t] + u ⊙ h[t-1] + b        h[t] = relu(z[t]) or tanh(z[t])
 * x [T, I], h0 [H]; `reverse` visits the steps from the last to the first. */
export function indRnnForward(
	{ Wx, u, b }: IndRnnParameters,
	x: Matrix,
	h0: Vector,
	{ activation = "relu", reverse = false }: { readonly activation?: Activation; readonly reverse?: boolean } = {},
): RnnPass {
	const f = activation === "tanh" ? tanh : relu;
	const steps: RnnStep[] = [];
	let h = h0;
	for (const t of timeOrder(x.rows, reverse)) {
		const hPrev = h;
		const z = add(times(Wx, row(x, t)), mul(u, hPrev), b);
		h = f(z);
		steps[t] = { x: row(x, t), hPrev, z, h };
	}
	return { activation, reverse, steps, h: stack(steps.map((step) => step.h)), hFinal: h };
}

/** Back through time.
 *   dh[t] = dh from above + u ⊙ dz[t+1]   dz[t] = dh[t] ⊙ f'(z[t])   dx[t] = Wxᵀ·dz[t]   dh0 = u ⊙ dz[1]
 *   dWx += Σ dz[t]·x[t]ᵀ   du += Σ dz[t] ⊙ h[t-1]   db += Σ dz[t]
 * dh [T, H] is the gradient from above at every step, dhFinal what arrives at the final state besides. */
export function indRnnBackward(
	{ Wx, u }: IndRnnParameters,
	pass: RnnPass,
	dh: Matrix,
	{ dWx, du, db }: Gradients<IndRnnParameters>,
	{ dhFinal = new Float64Array(u.length) }: { readonly dhFinal?: Vector } = {},
): { dx: Matrix; dh0: Vector } {
	const slope = pass.activation === "tanh" ? tanhSlope : reluSlope;
	const T = pass.steps.length;
	const dx = matrix(T, Wx.columns);
	let dhNext = dhFinal;
	for (const t of timeOrder(T, !pass.reverse)) {
		const { x, hPrev, h } = at(pass.steps, t);
		const dz = mul(add(row(dh, t), dhNext), slope(h));
		addOuter(dWx, dz, x);
		addTo(du, mul(dz, hPrev));
		addTo(db, dz);
		row(dx, t).set(timesTransposed(Wx, dz));
		dhNext = mul(u, dz);
	}
	return { dx, dh0: dhNext };
}
