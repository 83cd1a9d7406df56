// Long short-term memory: Hochreiter & Schmidhuber 1997; forget gate, Gers et al. 2000; order and bias as torch.nn.LSTM.

import { sigmoidRow, sigmoidSlope4, tanhRow, tanhSlope4 } from "../activations";
import { flushed, fma, padded } from "../lanes";
import { addProduct, product } from "../product/product";
import { walkBackward, walkForward } from "./walk";

/** Least divisor of h/o. Where o is less, whatever is taken for tanh(c) is multiplied by o and counts for nothing. */
const LEAST: f32 = 1e-30;

/** LSTM over all steps, keeping what lstmBackward needs.
 *
 *   z[t] = x[t]·Wxᵀ + b + h[t-1]·Whᵀ         z = [i | f | g | o]
 *   c[t] = σ(f)⊙c[t-1] + σ(i)⊙tanh(g)        h[t] = σ(o)⊙tanh(c[t])
 *
 * reads   x [total, ldx bytes]   Wx, Wh packed transposed, [I, 4P], [H, 4P]   bx [4P] = b   h0, c0 [B, P]
 * writes  gates [total, 4P] (after σ and tanh)   h, c [total, P]
 * cost    2 · total · 4H · (I + H) operations */
export function lstmForward(
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
	c0: usize,
	h: usize,
	c: usize,
	Wh: usize,
): void {
	walkForward(stepForward, sequence, reverse, x, ldx, I, Wx, bx, H, 4, 4, gates, h0, c0, h, c, Wh, 0);
}

/** Its gradient through time.
 *
 *   dh[t] = dy[t] + dz[t+1]·Wh                    dc[t] = dh[t]⊙o⊙(1 - tanh²c[t]) + dc[t+1]⊙f[t+1]
 *   do = dh⊙tanh(c)⊙o(1-o)   di = dc⊙g⊙i(1-i)   df = dc⊙c[t-1]⊙f(1-f)   dg = dc⊙i⊙(1-g²)
 *
 * where tanh(c) = h/o, which is cheaper than tanh.
 * reads   gates, h, c of lstmForward   dy [total, P], or with lddy 0 [B, P]   dh, dc [B, P] = gradient of the final state   Wh packed, [4P, H]
 * writes  gates = dz   dh, dc = gradient of the initial state, if one was given
 * cost    2 · total · 4H · H operations */
export function lstmBackward(
	sequence: usize,
	reverse: i32,
	H: i32,
	gates: usize,
	c0: usize,
	h: usize,
	c: usize,
	dy: usize,
	lddy: usize,
	dh: usize,
	dc: usize,
	Wh: usize,
): void {
	walkBackward(stepBackward, sequence, reverse, H, 4, gates, 0, c0, h, c, dy, lddy, dh, dc, Wh, 0);
}

function stepForward(
	count: i32,
	H: i32,
	depth: i32,
	gates: usize,
	hBefore: usize,
	cBefore: usize,
	h: usize,
	c: usize,
	Wh: usize,
	_b: usize,
): void {
	const P = padded(H);
	const ldh = (<usize>P) << 2;
	addProduct(count, 4 * P, depth, hBefore, ldh, Wh, gates, ldh << 2);
	equations(count, P, gates, cBefore, h, c);
}

/** Row by row, each function in a loop of its own: together their constants are more than there are registers. */
function equations(count: i32, P: i32, gates: usize, cBefore: usize, h: usize, c: usize): void {
	const ldh = (<usize>P) << 2;
	for (; count > 0; count--) {
		const f = gates + ldh;
		const g = f + ldh;
		const o = g + ldh;
		sigmoidRow(gates, gates, 2 * P);
		tanhRow(g, g, P);
		sigmoidRow(o, o, P);
		for (let j: usize = 0; j < ldh; j += 16) {
			const kept = f32x4.mul(v128.load(f + j), v128.load(cBefore + j));
			v128.store(c + j, fma(v128.load(gates + j), v128.load(g + j), kept));
		}
		tanhRow(c, h, P);
		for (let j: usize = 0; j < ldh; j += 16) {
			v128.store(h + j, f32x4.mul(v128.load(h + j), v128.load(o + j)));
		}
		gates = o + ldh;
		cBefore += ldh;
		c += ldh;
		h += ldh;
	}
}

function stepBackward(
	count: i32,
	H: i32,
	wanted: i32,
	gates: usize,
	_hBefore: usize,
	cBefore: usize,
	h: usize,
	_c: usize,
	dy: usize,
	dh: usize,
	dc: usize,
	Wh: usize,
	_W2: usize,
): void {
	const P = padded(H);
	const ldh = (<usize>P) << 2;
	slopes(count, ldh, gates, cBefore, h, dy, dh, dc);
	if (wanted) product(count, P, 4 * P, gates, ldh << 2, Wh, dh, ldh, 0, 0);
}

function slopes(count: i32, ldh: usize, gates: usize, cBefore: usize, h: usize, dy: usize, dh: usize, dc: usize): void {
	const least = f32x4.splat(LEAST);
	for (; count > 0; count--, gates += ldh * 3) {
		for (const end = gates + ldh; gates < end; gates += 16) {
			const i = v128.load(gates);
			const f = v128.load(gates + ldh);
			const g = v128.load(gates + ldh * 2);
			const o = v128.load(gates + ldh * 3);
			const tc = f32x4.div(v128.load(h), f32x4.pmax(o, least));
			const dht = flushed(f32x4.add(v128.load(dy), v128.load(dh)));
			const dct = flushed(fma(f32x4.mul(dht, o), tanhSlope4(tc), v128.load(dc)));
			v128.store(gates, f32x4.mul(f32x4.mul(dct, g), sigmoidSlope4(i)));
			v128.store(gates + ldh, f32x4.mul(f32x4.mul(dct, v128.load(cBefore)), sigmoidSlope4(f)));
			v128.store(gates + ldh * 2, f32x4.mul(f32x4.mul(dct, i), tanhSlope4(g)));
			v128.store(gates + ldh * 3, f32x4.mul(f32x4.mul(dht, tc), sigmoidSlope4(o)));
			v128.store(dc, f32x4.mul(dct, f));
			cBefore += 16;
			h += 16;
			dy += 16;
			dh += 16;
			dc += 16;
		}
	}
}
