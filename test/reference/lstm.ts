import { sigmoid, sigmoidSlope, tanh, tanhSlope } from "./activations.ts";
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
	times,
	timesTransposed,
	type Vector,
} from "./matrix.ts";

export type LstmParameters = {
	/** [4H, I], blocks i f g o */
	readonly Wx: Matrix;
	/** [4H, H], blocks i f g o */
	readonly Wh: Matrix;
	/** [4H], blocks i f g o; PyTorch's bias_ih + bias_hh */
	readonly b: Vector;
	/** [R, H], where h is a projection; Wh is [4H, R] then. */
	readonly Wr?: Matrix;
};

export interface LstmStep {
	readonly x: Vector;
	readonly hPrev: Vector;
	readonly cPrev: Vector;
	readonly i: Vector;
	readonly f: Vector;
	readonly g: Vector;
	readonly o: Vector;
	readonly c: Vector;
	readonly h: Vector;
}

export interface LstmPass {
	readonly reverse: boolean;
	/** In time order. */
	readonly steps: readonly LstmStep[];
	/** [T, H], in time order. */
	readonly h: Matrix;
	/** The states after the step visited last. */
	readonly hFinal: Vector;
	readonly cFinal: Vector;
}

/** Long short-term memory over one row (Hochreiter & Schmidhuber 1997, forget gate of Gers et al. 2000; torch.nn.LSTM).
 *   i = σ(Wxi·x + Whi·h[t-1] + bi)      f = σ(Wxf·x + Whf·h[t-1] + bf)
 *   g = tanh(Wxg·x + Whg·h[t-1] + bg)   o = σ(Wxo·x + Who·h[t-1] + bo)
 *   c[t] = f ⊙ c[t-1] + i ⊙ g           h[t] = o ⊙ tanh(c[t])     (projected: Wr·(o ⊙ tanh(c[t])), Sak et al. 2014)
 * x [T, I], h0 and c0 [H]; `reverse` visits the steps from the last to the first. */
export function lstmForward(
	{ Wx, Wh, b, Wr }: LstmParameters,
	x: Matrix,
	h0: Vector,
	c0: Vector,
	{ reverse = false }: { readonly reverse?: boolean } = {},
): LstmPass {
	const steps: LstmStep[] = [];
	let h = h0;
	let c = c0;
	for (const t of timeOrder(x.rows, reverse)) {
		const hPrev = h;
		const cPrev = c;
		const z = blocks(add(times(Wx, row(x, t)), times(Wh, hPrev), b), b.length / 4);
		const i = sigmoid(at(z, 0));
		const f = sigmoid(at(z, 1));
		const g = tanh(at(z, 2));
		const o = sigmoid(at(z, 3));
		c = add(mul(f, cPrev), mul(i, g));
		const m = mul(o, tanh(c));
		h = Wr ? times(Wr, m) : m;
		steps[t] = { x: row(x, t), hPrev, cPrev, i, f, g, o, c, h };
	}
	return {
		reverse,
		steps,
		h: stack(steps.map((step) => step.h)),
		hFinal: h,
		cFinal: c,
	};
}

/** Back through time.
 *   dh = dh from above + Whᵀ·dz[t+1]          dc = dc[t+1] ⊙ f[t+1] + dh ⊙ o ⊙ (1 - tanh²(c))
 *   dzi = dc ⊙ g ⊙ i(1-i)                     dzf = dc ⊙ c[t-1] ⊙ f(1-f)
 *   dzg = dc ⊙ i ⊙ (1-g²)                     dzo = dh ⊙ tanh(c) ⊙ o(1-o)
 *   projected: dm = Wrᵀ·dh in place of dh, dWr += Σ dh·(o ⊙ tanh(c))ᵀ
 *   dx = Wxᵀ·dz   dWx += Σ dz·xᵀ   dWh += Σ dz·h[t-1]ᵀ   db += Σ dz
 * dh [T, H] is the gradient from above at every step, dhFinal and dcFinal what arrives at the final states besides. */
export function lstmBackward(
	{ Wx, Wh, Wr }: LstmParameters,
	pass: LstmPass,
	dh: Matrix,
	{ dWx, dWh, db, dWr }: Gradients<LstmParameters>,
	{
		dhFinal = new Float64Array(Wh.columns),
		dcFinal = new Float64Array(Wh.rows / 4),
	}: { readonly dhFinal?: Vector; readonly dcFinal?: Vector } = {},
): { dx: Matrix; dh0: Vector; dc0: Vector } {
	const T = pass.steps.length;
	const dx = matrix(T, Wx.columns);
	let dhNext = dhFinal;
	let dcNext = dcFinal;
	for (const t of timeOrder(T, !pass.reverse)) {
		const { x, hPrev, cPrev, i, f, g, o, c } = at(pass.steps, t);
		const dhHere = add(row(dh, t), dhNext);
		const dm = Wr ? timesTransposed(Wr, dhHere) : dhHere;
		if (dWr) addOuter(dWr, dhHere, mul(o, tanh(c)));
		const dc = add(dcNext, mul(dm, o, tanhSlope(tanh(c))));
		const dz = concat(
			mul(dc, g, sigmoidSlope(i)),
			mul(dc, cPrev, sigmoidSlope(f)),
			mul(dc, i, tanhSlope(g)),
			mul(dm, tanh(c), sigmoidSlope(o)),
		);
		addOuter(dWx, dz, x);
		addOuter(dWh, dz, hPrev);
		addTo(db, dz);
		row(dx, t).set(timesTransposed(Wx, dz));
		dhNext = timesTransposed(Wh, dz);
		dcNext = mul(dc, f);
	}
	return { dx, dh0: dhNext, dc0: dcNext };
}
