// Gated recurrent unit (Cho et al. 2014), reset after the product as in cuDNN and torch.nn.GRU.
//
// Gates lie in the order [n | r | z | q], so that those multiplied by h and those multiplied by x are neighbours.

import { sigmoidRow, sigmoidSlope4, tanhRow, tanhSlope4 } from "../activations";
import { flushed, mixed, padded } from "../lanes";
import { addProduct, product } from "../product/product";
import { walkBackward, walkForward } from "./walk";

/** GRU over all steps, reset after the product.
 *
 *   r = σ(x·Wrᵀ + br + h[t-1]·Urᵀ)   z = σ(x·Wzᵀ + bz + h[t-1]·Uzᵀ)   q = h[t-1]·Unᵀ + bq
 *   n = tanh(x·Wnᵀ + bn + r⊙q)       h[t] = (1-z)⊙n + z⊙h[t-1]
 *
 * reads   x [total, ldx bytes]   Wx packed transposed, [I, 3P]: n, r, z   bx [3P]   U packed transposed, [H, 3P]: r, z, n
 *         bq [P]   h0 [B, P]
 * writes  gates [total, 4P]: n, r, z (after tanh and σ), q   h [total, P]
 * cost    2 · total · 3H · (I + H) operations */
export function gruForward(
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
	bq: usize,
): void {
	walkForward(afterForward, sequence, reverse, x, ldx, I, Wx, bx, H, 3, 4, gates, h0, 0, h, 0, U, bq);
}

/** The gradient of gruForward through time.
 *
 *   dh[t] = dy[t] + what came back     dn = dh⊙(1-z)⊙(1-n²)     dz = dh⊙(h[t-1]-n)⊙z(1-z)
 *   dq = dn⊙r     dr = dn⊙q⊙r(1-r)     back: dh⊙z + [dr | dz | dq]·U
 *
 * reads   gates, h of gruForward   dy [total, P], or with lddy 0 [B, P]   dh [B, P] = gradient of the final state   U packed, [3P, H]
 * writes  gates = their gradients   dh = gradient of the initial state, if one was given */
export function gruBackward(
	sequence: usize,
	reverse: i32,
	H: i32,
	gates: usize,
	h0: usize,
	h: usize,
	dy: usize,
	lddy: usize,
	dh: usize,
	U: usize,
): void {
	walkBackward(afterBackward, sequence, reverse, H, 4, gates, h0, 0, h, 0, dy, lddy, dh, 0, U, 0);
}

function afterForward(
	count: i32,
	H: i32,
	depth: i32,
	gates: usize,
	hBefore: usize,
	_cBefore: usize,
	h: usize,
	_c: usize,
	U: usize,
	bq: usize,
): void {
	const P = padded(H);
	const ldh = (<usize>P) << 2;
	const ldg = ldh << 2;
	const rz = gates + ldh;
	const q = gates + ldh * 3;
	addProduct(count, 2 * P, depth, hBefore, ldh, U, rz, ldg);
	product(count, P, depth, hBefore, ldh, U + <usize>(2 * P * H) * 4, q, ldg, bq, 0);
	switches(count, P, gates);
	for (let row = count, g = gates; row > 0; row--, g += ldh * 3) {
		for (const end = g + ldh; g < end; g += 16) {
			const rq = f32x4.mul(v128.load(g + ldh), v128.load(g + ldh * 3));
			v128.store(g, f32x4.add(v128.load(g), rq));
		}
	}
	newState(count, P, gates, hBefore, h);
}

/** r, z = σ. */
export function switches(count: i32, P: i32, gates: usize): void {
	const ldh = (<usize>P) << 2;
	for (; count > 0; count--, gates += ldh << 2) sigmoidRow(gates + ldh, gates + ldh, 2 * P);
}

/** n = tanh; h[t] = (1-z)⊙n + z⊙h[t-1]. */
export function newState(count: i32, P: i32, gates: usize, hBefore: usize, h: usize): void {
	const ldh = (<usize>P) << 2;
	for (; count > 0; count--, gates += ldh << 2) {
		const z = gates + ldh * 2;
		tanhRow(gates, gates, P);
		for (let j: usize = 0; j < ldh; j += 16, hBefore += 16, h += 16) {
			v128.store(h, mixed(v128.load(z + j), v128.load(gates + j), v128.load(hBefore)));
		}
	}
}

function afterBackward(
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
	_dc: usize,
	U: usize,
	_W2: usize,
): void {
	const P = padded(H);
	const ldh = (<usize>P) << 2;
	const ldg = ldh << 2;
	const rzq = gates + ldh;
	const back = dh;
	for (let row = count; row > 0; row--, gates += ldh * 3) {
		for (const end = gates + ldh; gates < end; gates += 16) {
			const n = v128.load(gates);
			const r = v128.load(gates + ldh);
			const z = v128.load(gates + ldh * 2);
			const q = v128.load(gates + ldh * 3);
			const d = flushed(f32x4.add(v128.load(dy), v128.load(dh)));
			const dzh = f32x4.mul(d, z);
			const dn = f32x4.mul(f32x4.sub(d, dzh), tanhSlope4(n));
			v128.store(gates, dn);
			v128.store(gates + ldh, f32x4.mul(f32x4.mul(dn, q), sigmoidSlope4(r)));
			v128.store(gates + ldh * 2, f32x4.mul(f32x4.mul(d, f32x4.sub(v128.load(hBefore), n)), sigmoidSlope4(z)));
			v128.store(gates + ldh * 3, f32x4.mul(dn, r));
			v128.store(dh, dzh);
			hBefore += 16;
			dy += 16;
			dh += 16;
		}
	}
	if (wanted) addProduct(count, P, 3 * P, rzq, ldg, U, back, ldh);
}
