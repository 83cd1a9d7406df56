// Gated recurrent unit, reset before the product: Cho et al. 2014. Gates lie as in gru.ts.

import { sigmoidSlope4, tanhSlope4 } from "../activations";
import { flushed, fma, padded } from "../lanes";
import { addProduct, product } from "../product/product";
import { newState, switches } from "./gru";
import { walkBackward, walkForward } from "./walk";

/** GRU over all steps, reset before the product.
 *
 *   r = σ(x·Wrᵀ + br + h[t-1]·Urᵀ)   z = σ(x·Wzᵀ + bz + h[t-1]·Uzᵀ)   q = r⊙h[t-1]
 *   n = tanh(x·Wnᵀ + bn + q·Unᵀ)     h[t] = (1-z)⊙n + z⊙h[t-1]
 *
 * reads   x [total, ldx bytes]   Wx packed transposed, [I, 3P]: n, r, z   bx [3P]   U packed transposed, [H, 3P]: r, z, n
 *         h0 [B, P]
 * writes  gates [total, 4P]: n, r, z (after tanh and σ), q   h [total, P]
 * cost    2 · total · 3H · (I + H) operations */
export function gruBeforeForward(
	sequence: usize,
	reverse: i32,
	x: usize,
	ldx: usize,
	I: i32,
	Wx: usize,
	bx: usize,
	H: i32,
	gates: usize,
	h0: usize,
	h: usize,
	U: usize,
): void {
	walkForward(beforeForward, sequence, reverse, x, ldx, I, Wx, bx, H, 3, 4, gates, h0, 0, h, 0, U, 0);
}

/** The gradient of gruBeforeForward through time.
 *
 *   dh[t] = dy[t] + what came back     dn = dh⊙(1-z)⊙(1-n²)     dz = dh⊙(h[t-1]-n)⊙z(1-z)
 *   dq = dn·Un     dr = dq⊙h[t-1]⊙r(1-r)     back: dh⊙z + dq⊙r + [dr | dz]·[Ur | Uz]
 *
 * reads   gates, h of gruBeforeForward   dy [total, P], or with lddy 0 [B, P]   dh [B, P] = gradient of the final state
 *         Urz packed, [2P, H]   Un packed, [P, H]
 * writes  gates: dn, dr, dz, and still q, which the gradient of Un is multiplied by   dh = gradient of the initial state, if one was given
 * scratch [B, P] */
export function gruBeforeBackward(
	sequence: usize,
	reverse: i32,
	H: i32,
	gates: usize,
	h0: usize,
	h: usize,
	dy: usize,
	lddy: usize,
	dh: usize,
	Urz: usize,
	Un: usize,
	scratch: usize,
): void {
	walkBackward(beforeBackward, sequence, reverse, H, 4, gates, h0, 0, h, 0, dy, lddy, dh, scratch, Urz, Un);
}

function beforeForward(
	count: i32,
	H: i32,
	depth: i32,
	gates: usize,
	hBefore: usize,
	_cBefore: usize,
	h: usize,
	_c: usize,
	U: usize,
	_b: usize,
): void {
	const P = padded(H);
	const ldh = (<usize>P) << 2;
	const ldg = ldh << 2;
	const rz = gates + ldh;
	const q = gates + ldh * 3;
	addProduct(count, 2 * P, depth, hBefore, ldh, U, rz, ldg);
	switches(count, P, gates);
	for (let row = count, g = gates, past = hBefore; row > 0; row--, g += ldh * 3) {
		for (const end = g + ldh; g < end; g += 16, past += 16) {
			v128.store(g + ldh * 3, f32x4.mul(v128.load(g + ldh), v128.load(past)));
		}
	}
	addProduct(count, P, depth, q, ldg, U + <usize>(2 * P * H) * 4, gates, ldg);
	newState(count, P, gates, hBefore, h);
}

function beforeBackward(
	count: i32,
	H: i32,
	wanted: i32,
	gates: usize,
	hBefore: usize,
	_cBefore: usize,
	_h: usize,
	_c: usize,
	dy: usize,
	dh: usize,
	dq: usize,
	Urz: usize,
	Un: usize,
): void {
	const P = padded(H);
	const ldh = (<usize>P) << 2;
	const ldg = ldh << 2;
	candidateSlope(count, ldh, gates, hBefore, dy, dh);
	product(count, P, P, gates, ldg, Un, dq, ldh, 0, 0);
	resetSlope(count, ldh, gates, hBefore, dq, dh);
	if (wanted) addProduct(count, P, 2 * P, gates + ldh, ldg, Urz, dh, ldh);
}

function candidateSlope(count: i32, ldh: usize, gates: usize, hBefore: usize, dy: usize, dh: usize): void {
	for (; count > 0; count--, gates += ldh * 3) {
		for (const end = gates + ldh; gates < end; gates += 16) {
			const n = v128.load(gates);
			const z = v128.load(gates + ldh * 2);
			const d = flushed(f32x4.add(v128.load(dy), v128.load(dh)));
			const dzh = f32x4.mul(d, z);
			v128.store(gates, f32x4.mul(f32x4.sub(d, dzh), tanhSlope4(n)));
			v128.store(gates + ldh * 2, f32x4.mul(f32x4.mul(d, f32x4.sub(v128.load(hBefore), n)), sigmoidSlope4(z)));
			v128.store(dh, dzh);
			hBefore += 16;
			dy += 16;
			dh += 16;
		}
	}
}

function resetSlope(count: i32, ldh: usize, gates: usize, hBefore: usize, dq: usize, dh: usize): void {
	for (; count > 0; count--, gates += ldh * 3) {
		for (const end = gates + ldh; gates < end; gates += 16) {
			const r = v128.load(gates + ldh);
			const d = v128.load(dq);
			v128.store(gates + ldh, f32x4.mul(f32x4.mul(d, v128.load(hBefore)), sigmoidSlope4(r)));
			v128.store(dh, fma(d, r, v128.load(dh)));
			hBefore += 16;
			dq += 16;
			dh += 16;
		}
	}
}
