import { hardSigmoid, hardSigmoidSlope, oneMinus, sigmoid, sigmoidSlope, tanh, tanhSlope } from "./activations.ts";
import { timeOrder } from "./direction.ts";
import type { Gradients } from "./gradients.ts";
import type { LstmPass } from "./lstm.ts";
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

export type LstmVariantParameters = {
	/** [4H, I], blocks i f g o; coupled [3H, I], blocks f g o */
	readonly Wx: Matrix;
	/** [4H, H] or [3H, H] */
	readonly Wh: Matrix;
	/** [4H] or [3H] */
	readonly b: Vector;
	/** Peepholes [3H], blocks i f o; coupled [2H], blocks f o. Zeros are none. */
	readonly p: Vector;
};

export interface LstmVariant {
	readonly coupled?: boolean;
	readonly hard?: boolean;
	readonly reverse?: boolean;
}

/** Long short-term memory with peepholes (Gers & Schmidhuber 2000; the output gate sees the new cell, as in ONNX), coupled gates
 * (Greff et al. 2017) or hard sigmoids (Keras).
 *   f = σ(Wxf·x + Whf·h[t-1] + bf + pf ⊙ c[t-1])    i = σ(Wxi·x + Whi·h[t-1] + bi + pi ⊙ c[t-1]), coupled 1 - f
 *   g = tanh(Wxg·x + Whg·h[t-1] + bg)               c[t] = f ⊙ c[t-1] + i ⊙ g
 *   o = σ(Wxo·x + Who·h[t-1] + bo + po ⊙ c[t])      h[t] = o ⊙ tanh(c[t]) */
export function lstmVariantForward(
	{ Wx, Wh, b, p }: LstmVariantParameters,
	x: Matrix,
	h0: Vector,
	c0: Vector,
	{ coupled = false, hard = false, reverse = false }: LstmVariant = {},
): LstmPass {
	const gate = hard ? hardSigmoid : sigmoid;
	const peepholes = blocks(p, Wh.columns);
	const [pf, po] = [at(peepholes, coupled ? 0 : 1), at(peepholes, coupled ? 1 : 2)];
	const steps: LstmPass["steps"][number][] = [];
	let h = h0;
	let c = c0;
	for (const t of timeOrder(x.rows, reverse)) {
		const hPrev = h;
		const cPrev = c;
		const z = blocks(add(times(Wx, row(x, t)), times(Wh, hPrev), b), Wh.columns);
		const [zf, zg, zo] = z.slice(-3) as [Vector, Vector, Vector];
		const f = gate(add(zf, mul(pf, cPrev)));
		const i = coupled ? oneMinus(f) : gate(add(at(z, 0), mul(at(peepholes, 0), cPrev)));
		const g = tanh(zg);
		c = add(mul(f, cPrev), mul(i, g));
		const o = gate(add(zo, mul(po, c)));
		h = mul(o, tanh(c));
		steps[t] = { x: row(x, t), hPrev, cPrev, i, f, g, o, c, h };
	}
	return { reverse, steps, h: stack(steps.map((step) => step.h)), hFinal: h, cFinal: c };
}

/** Back through time.
 *   dh = dh from above + Whᵀ·dz[t+1]          dzo = dh ⊙ tanh(c) ⊙ σ'(o)
 *   dc = dh ⊙ o ⊙ (1 - tanh²(c)) + po ⊙ dzo + (dc ⊙ f + pf ⊙ dzf + pi ⊙ dzi)[t+1]
 *   dzi = dc ⊙ g ⊙ σ'(i)                      dzf = dc ⊙ c[t-1] ⊙ σ'(f), coupled dc ⊙ (c[t-1] - g) ⊙ σ'(f)
 *   dzg = dc ⊙ i ⊙ (1-g²)                     dp += Σ [dzi ⊙ c[t-1] | dzf ⊙ c[t-1] | dzo ⊙ c[t]] */
export function lstmVariantBackward(
	{ Wx, Wh, p }: LstmVariantParameters,
	pass: LstmPass,
	dh: Matrix,
	{ dWx, dWh, db, dp }: Gradients<LstmVariantParameters>,
	{
		dhFinal = new Float64Array(Wh.columns),
		dcFinal = new Float64Array(Wh.columns),
	}: { readonly dhFinal?: Vector; readonly dcFinal?: Vector } = {},
	{ coupled = false, hard = false }: LstmVariant = {},
): { dx: Matrix; dh0: Vector; dc0: Vector } {
	const slope = hard ? hardSigmoidSlope : sigmoidSlope;
	const peepholes = blocks(p, Wh.columns);
	const [pf, po] = [at(peepholes, coupled ? 0 : 1), at(peepholes, coupled ? 1 : 2)];
	const T = pass.steps.length;
	const dx = matrix(T, Wx.columns);
	let dhNext = dhFinal;
	let dcNext = dcFinal;
	for (const t of timeOrder(T, !pass.reverse)) {
		const { x, hPrev, cPrev, i, f, g, o, c } = at(pass.steps, t);
		const dhHere = add(row(dh, t), dhNext);
		const dzo = mul(dhHere, tanh(c), slope(o));
		const dc = add(dcNext, mul(dhHere, o, tanhSlope(tanh(c))), mul(po, dzo));
		const dzi = mul(dc, g, slope(i));
		const dzf = mul(
			dc,
			coupled
				? add(
						cPrev,
						g.map((value) => -value),
					)
				: cPrev,
			slope(f),
		);
		const dzg = mul(dc, i, tanhSlope(g));
		const dz = coupled ? concat(dzf, dzg, dzo) : concat(dzi, dzf, dzg, dzo);
		addOuter(dWx, dz, x);
		addOuter(dWh, dz, hPrev);
		addTo(db, dz);
		addTo(dp, concat(...(coupled ? [] : [mul(dzi, cPrev)]), mul(dzf, cPrev), mul(dzo, c)));
		row(dx, t).set(timesTransposed(Wx, dz));
		dhNext = timesTransposed(Wh, dz);
		dcNext = add(mul(dc, f), mul(pf, dzf), ...(coupled ? [] : [mul(at(peepholes, 0), dzi)]));
	}
	return { dx, dh0: dhNext, dc0: dcNext };
}
