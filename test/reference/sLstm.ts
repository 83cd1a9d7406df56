import { oneMinus, sigmoid, sigmoidSlope, tanh, tanhSlope } from "./activations.ts";
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
	map,
	matrix,
	mul,
	row,
	stack,
	subtract,
	times,
	timesTransposed,
	type Vector,
} from "./matrix.ts";

export type SLstmParameters = {
	/** [4H, I], blocks i f z o */
	readonly Wx: Matrix;
	/** [4H, H/heads], blocks i f z o: of each unit the weights of its own head's units */
	readonly Wh: Matrix;
	/** [4H], blocks i f z o */
	readonly b: Vector;
};

export interface SLstmStep {
	readonly x: Vector;
	readonly hPrev: Vector;
	readonly cPrev: Vector;
	readonly nPrev: Vector;
	readonly i: Vector;
	readonly f: Vector;
	readonly z: Vector;
	readonly o: Vector;
	readonly c: Vector;
	readonly n: Vector;
	readonly h: Vector;
}

export interface SLstmPass {
	readonly reverse: boolean;
	/** In time order. */
	readonly steps: readonly SLstmStep[];
	/** [T, H], in time order. */
	readonly h: Matrix;
	/** The states after the step visited last. */
	readonly hFinal: Vector;
	readonly cFinal: Vector;
	readonly nFinal: Vector;
}

const divide = (a: Vector, b: Vector): Vector =>
	mul(
		a,
		map(b, (value) => 1 / value),
	);

/** Scalar LSTM over one row (Beck et al. 2024, equations 8 to 14, the forget gate a sigmoid), without the stabiliser: float64 holds
 * exponentials up to 709.
 *   i = exp(Wxi·x + Whi·h[t-1] + bi)    f = σ(Wxf·x + Whf·h[t-1] + bf)
 *   z = tanh(Wxz·x + Whz·h[t-1] + bz)   o = σ(Wxo·x + Who·h[t-1] + bo)
 *   c[t] = f ⊙ c[t-1] + i ⊙ z           n[t] = f ⊙ n[t-1] + i          h[t] = o ⊙ c[t]/n[t]
 * x [T, I], h0, c0 and n0 [H], n0 at least 0; `reverse` visits the steps from the last to the first. */
export function sLstmForward(
	{ Wx, Wh, b }: SLstmParameters,
	x: Matrix,
	h0: Vector,
	c0: Vector,
	n0: Vector,
	{ reverse = false }: { readonly reverse?: boolean } = {},
): SLstmPass {
	const H = h0.length;
	const U = ofHeads(Wh, H);
	const steps: SLstmStep[] = [];
	let [h, c, n] = [h0, c0, n0];
	for (const t of timeOrder(x.rows, reverse)) {
		const [hPrev, cPrev, nPrev] = [h, c, n];
		const a = blocks(add(times(Wx, row(x, t)), times(U, hPrev), b), H);
		const i = map(at(a, 0), Math.exp);
		const f = sigmoid(at(a, 1));
		const z = tanh(at(a, 2));
		const o = sigmoid(at(a, 3));
		c = add(mul(f, cPrev), mul(i, z));
		n = add(mul(f, nPrev), i);
		h = mul(o, divide(c, n));
		steps[t] = { x: row(x, t), hPrev, cPrev, nPrev, i, f, z, o, c, n, h };
	}
	return { reverse, steps, h: stack(steps.map((step) => step.h)), hFinal: h, cFinal: c, nFinal: n };
}

/** Back through time; da are the gradients of what enters the gates, U is Wh with zeros between heads.
 *   dh = dh from above + Uᵀ·da[t+1]
 *   dc = dc[t+1] ⊙ f[t+1] + dh ⊙ o/n       dn = dn[t+1] ⊙ f[t+1] - dh ⊙ h/n
 *   dai = (dc ⊙ z + dn) ⊙ i                daf = (dc ⊙ c[t-1] + dn ⊙ n[t-1]) ⊙ f(1-f)
 *   daz = dc ⊙ i ⊙ (1-z²)                  dao = dh ⊙ c/n ⊙ o(1-o)
 *   dx = Wxᵀ·da   dWx += Σ da·xᵀ   dU += Σ da·h[t-1]ᵀ   db += Σ da
 * dh [T, H] is the gradient from above at every step; dhFinal, dcFinal and dnFinal are what arrives at the final states besides. */
export function sLstmBackward(
	{ Wx, Wh }: SLstmParameters,
	pass: SLstmPass,
	dh: Matrix,
	{ dWx, dWh, db }: Gradients<SLstmParameters>,
	{
		dhFinal = new Float64Array(dh.columns),
		dcFinal = new Float64Array(dh.columns),
		dnFinal = new Float64Array(dh.columns),
	}: { readonly dhFinal?: Vector; readonly dcFinal?: Vector; readonly dnFinal?: Vector } = {},
): { dx: Matrix; dh0: Vector; dc0: Vector; dn0: Vector } {
	const T = pass.steps.length;
	const H = dh.columns;
	const U = ofHeads(Wh, H);
	const dU = matrix(U.rows, U.columns);
	const dx = matrix(T, Wx.columns);
	let [dhNext, dcNext, dnNext] = [dhFinal, dcFinal, dnFinal];
	for (const t of timeOrder(T, !pass.reverse)) {
		const { x, hPrev, cPrev, nPrev, i, f, z, o, c, n, h } = at(pass.steps, t);
		const dhHere = add(row(dh, t), dhNext);
		const dc = add(dcNext, mul(dhHere, divide(o, n)));
		const dn = subtract(dnNext, mul(dhHere, divide(h, n)));
		const da = concat(
			mul(add(mul(dc, z), dn), i),
			mul(add(mul(dc, cPrev), mul(dn, nPrev)), sigmoidSlope(f)),
			mul(dc, i, tanhSlope(z)),
			mul(dhHere, divide(c, n), o, oneMinus(o)),
		);
		addOuter(dWx, da, x);
		addOuter(dU, da, hPrev);
		addTo(db, da);
		row(dx, t).set(timesTransposed(Wx, da));
		dhNext = timesTransposed(U, da);
		[dcNext, dnNext] = [mul(dc, f), mul(dn, f)];
	}
	eachWeight(Wh, H, (r, j, unit) => {
		const index = r * Wh.columns + j;
		dWh.values[index] = at(dWh.values, index) + at(dU.values, r * H + unit);
	});
	return { dx, dh0: dhNext, dc0: dcNext, dn0: dnNext };
}

/** Calls `visit` for each weight: its row, its column, and the unit that it multiplies, which is one of its own unit's head. */
function eachWeight({ rows, columns }: Matrix, H: number, visit: (r: number, j: number, unit: number) => void): void {
	for (let r = 0; r < rows; r++) {
		const head = Math.floor((r % H) / columns);
		for (let j = 0; j < columns; j++) visit(r, j, head * columns + j);
	}
}

/** [4H, H/heads] as a matrix of H columns: zero for the units of other heads. */
function ofHeads(Wh: Matrix, H: number): Matrix {
	const U = matrix(Wh.rows, H);
	eachWeight(Wh, H, (r, j, unit) => {
		U.values[r * H + unit] = at(Wh.values, r * Wh.columns + j);
	});
	return U;
}
