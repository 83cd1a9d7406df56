import { hardSigmoid, hardSigmoidSlope, oneMinus, sigmoid, sigmoidSlope, tanh, tanhSlope } from "./activations.ts";
import { timeOrder } from "./direction.ts";
import type { Gradients } from "./gradients.ts";
import { type Gained, gained } from "./layerNorm.ts";
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
	/** Gains of layer norms, as b [4H] or [3H], and [H] twice: all of them or none. */
	readonly normX?: Vector | undefined;
	readonly normH?: Vector | undefined;
	readonly normC?: Vector | undefined;
	readonly normCBias?: Vector | undefined;
};

/** As of a plain lstm, and what its layer norms made of the products and of c. */
export interface LstmVariantPass extends LstmPass {
	readonly steps: readonly (LstmPass["steps"][number] & {
		readonly ofX: Gained;
		readonly ofH: Gained;
		readonly seen: Gained;
	})[];
}

export interface LstmVariant {
	readonly coupled?: boolean;
	readonly hard?: boolean;
	readonly reverse?: boolean;
}

/** Long short-term memory with peepholes (Gers & Schmidhuber 2000; the output gate sees the new cell, as in ONNX), coupled gates
 * (Greff et al. 2017), hard sigmoids (Keras) or layer norms (Ba et al. 2016, equations 20 to 22).
 *   f = σ(Wxf·x + Whf·h[t-1] + bf + pf ⊙ c[t-1])    i = σ(Wxi·x + Whi·h[t-1] + bi + pi ⊙ c[t-1]), coupled 1 - f
 *   g = tanh(Wxg·x + Whg·h[t-1] + bg)               c[t] = f ⊙ c[t-1] + i ⊙ g
 *   o = σ(Wxo·x + Who·h[t-1] + bo + po ⊙ c[t])      h[t] = o ⊙ tanh(c[t])
 * With layer norms, LN(Wx·x) ⊙ normX stands for Wx·x, all gates in one LN, LN(Wh·h[t-1]) ⊙ normH for Wh·h[t-1], and
 * h[t] = o ⊙ tanh(LN(c[t]) ⊙ normC + normCBias). */
export function lstmVariantForward(
	{ Wx, Wh, b, p, normX, normH, normC, normCBias }: LstmVariantParameters,
	x: Matrix,
	h0: Vector,
	c0: Vector,
	{ coupled = false, hard = false, reverse = false }: LstmVariant = {},
): LstmVariantPass {
	const gate = hard ? hardSigmoid : sigmoid;
	const peepholes = blocks(p, Wh.columns);
	const [pf, po] = [at(peepholes, coupled ? 0 : 1), at(peepholes, coupled ? 1 : 2)];
	const steps: LstmVariantPass["steps"][number][] = [];
	let h = h0;
	let c = c0;
	for (const t of timeOrder(x.rows, reverse)) {
		const hPrev = h;
		const cPrev = c;
		const ofX = gained(times(Wx, row(x, t)), normX);
		const ofH = gained(times(Wh, hPrev), normH);
		const z = blocks(add(ofX.y, ofH.y, b), Wh.columns);
		const [zf, zg, zo] = z.slice(-3) as [Vector, Vector, Vector];
		const f = gate(add(zf, mul(pf, cPrev)));
		const i = coupled ? oneMinus(f) : gate(add(at(z, 0), mul(at(peepholes, 0), cPrev)));
		const g = tanh(zg);
		c = add(mul(f, cPrev), mul(i, g));
		const o = gate(add(zo, mul(po, c)));
		const seen = gained(c, normC, normCBias);
		h = mul(o, tanh(seen.y));
		steps[t] = { x: row(x, t), hPrev, cPrev, i, f, g, o, c, h, ofX, ofH, seen };
	}
	return { reverse, steps, h: stack(steps.map((step) => step.h)), hFinal: h, cFinal: c };
}

/** Back through time.
 *   dh = dh from above + Whᵀ·dz[t+1]          dzo = dh ⊙ tanh(c) ⊙ σ'(o)
 *   dc = dh ⊙ o ⊙ (1 - tanh²(c)) + po ⊙ dzo + (dc ⊙ f + pf ⊙ dzf + pi ⊙ dzi)[t+1]
 *   dzi = dc ⊙ g ⊙ σ'(i)                      dzf = dc ⊙ c[t-1] ⊙ σ'(f), coupled dc ⊙ (c[t-1] - g) ⊙ σ'(f)
 *   dzg = dc ⊙ i ⊙ (1-g²)                     dp += Σ [dzi ⊙ c[t-1] | dzf ⊙ c[t-1] | dzo ⊙ c[t]]
 * With layer norms, the second term of dc goes through that of c, and dz through theirs to Wx·x and Wh·h[t-1]. */
export function lstmVariantBackward(
	{ Wx, Wh, p }: LstmVariantParameters,
	pass: LstmVariantPass,
	dh: Matrix,
	{ dWx, dWh, db, dp, dnormX, dnormH, dnormC, dnormCBias }: Gradients<LstmVariantParameters>,
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
		const { x, hPrev, cPrev, i, f, g, o, c, ofX, ofH, seen } = at(pass.steps, t);
		const dhHere = add(row(dh, t), dhNext);
		const dzo = mul(dhHere, tanh(seen.y), slope(o));
		const through = seen.back(mul(dhHere, o, tanhSlope(tanh(seen.y))), dnormC, dnormCBias);
		const dc = add(dcNext, through, mul(po, dzo));
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
		const dX = ofX.back(dz, dnormX);
		const dH = ofH.back(dz, dnormH);
		addOuter(dWx, dX, x);
		addOuter(dWh, dH, hPrev);
		addTo(db, dz);
		addTo(dp, concat(...(coupled ? [] : [mul(dzi, cPrev)]), mul(dzf, cPrev), mul(dzo, c)));
		row(dx, t).set(timesTransposed(Wx, dX));
		dhNext = timesTransposed(Wh, dH);
		dcNext = add(mul(dc, f), mul(pf, dzf), ...(coupled ? [] : [mul(at(peepholes, 0), dzi)]));
	}
	return { dx, dh0: dhNext, dc0: dcNext };
}
