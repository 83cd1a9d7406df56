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

export type Activation = "tanh" | "relu";

export type RnnParameters = {
	/** [H, I] */
	readonly Wx: Matrix;
	/** [H, H] */
	readonly Wh: Matrix;
	/** [H]; PyTorch's bias_ih + bias_hh */
	readonly b: Vector;
};

export interface RnnStep {
	readonly x: Vector;
	readonly hPrev: Vector;
	/** The pre-activation. */
	readonly z: Vector;
	readonly h: Vector;
}

export interface RnnPass {
	readonly activation: Activation;
	readonly reverse: boolean;
	/** In time order. */
	readonly steps: readonly RnnStep[];
	/** [T, H], in time order. */
	readonly h: Matrix;
	/** The state after the step visited last. */
	readonly hFinal: Vector;
}

/** Elman's network over one row (Elman 1990; torch.nn.RNN).
 *   z[t] = Wx·x[t] + Wh·h[t-1] + b        h[t] = tanh(z[t]) or relu(z[t])
 * x [T, I], h0 [H]; `reverse` visits the steps from the last to the first. */
export function rnnForward(
	{ Wx, Wh, b }: RnnParameters,
	x: Matrix,
	h0: Vector,
	{ activation = "tanh", reverse = false }: { readonly activation?: Activation; readonly reverse?: boolean } = {},
): RnnPass {
	const f = activation === "tanh" ? tanh : relu;
	const steps: RnnStep[] = [];
	let h = h0;
	for (const t of timeOrder(x.rows, reverse)) {
		const hPrev = h;
		const z = add(times(Wx, row(x, t)), times(Wh, hPrev), b);
		h = f(z);
		steps[t] = { x: row(x, t), hPrev, z, h };
	}
	return {
		activation,
		reverse,
		steps,
		h: stack(steps.map((step) => step.h)),
		hFinal: h,
	};
}

/** Back through time.
 *   dh[t] = dh from above + Whᵀ·dz[t+1]   dz[t] = dh[t] ⊙ f'(z[t])   dx[t] = Wxᵀ·dz[t]   dh0 = Whᵀ·dz[1]
 *   dWx += Σ dz[t]·x[t]ᵀ   dWh += Σ dz[t]·h[t-1]ᵀ   db += Σ dz[t]
 * dh [T, H] is the gradient from above at every step, dhFinal what arrives at the final state besides. */
export function rnnBackward(
	{ Wx, Wh }: RnnParameters,
	pass: RnnPass,
	dh: Matrix,
	{ dWx, dWh, db }: Gradients<RnnParameters>,
	{ dhFinal = new Float64Array(Wh.columns) }: { readonly dhFinal?: Vector } = {},
): { dx: Matrix; dh0: Vector } {
	const slope = pass.activation === "tanh" ? tanhSlope : reluSlope;
	const T = pass.steps.length;
	const dx = matrix(T, Wx.columns);
	let dhNext = dhFinal;
	for (const t of timeOrder(T, !pass.reverse)) {
		const { x, hPrev, h } = at(pass.steps, t);
		const dz = mul(add(row(dh, t), dhNext), slope(h));
		addOuter(dWx, dz, x);
		addOuter(dWh, dz, hPrev);
		addTo(db, dz);
		row(dx, t).set(timesTransposed(Wx, dz));
		dhNext = timesTransposed(Wh, dz);
	}
	return { dx, dh0: dhNext };
}
