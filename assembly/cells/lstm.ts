// Long short-term memory: Hochreiter & Schmidhuber 1997; forget gate, Gers et al. 2000; order and bias as torch.nn.LSTM.

import { sigmoidRow, sigmoidSlope4, tanhRow, tanhSlope4 } from "../activations";
import { bytes, flushed, fma, onlyFirst, padded, squares4 } from "../lanes";
import { addProduct, product } from "../product/product";
import { arriving, BackwardWalk, depthOf, ForwardWalk } from "./record";
import { walkBackward, walkForward } from "./walk";

/** The backward pass divides h by o, or by this where o is smaller: it multiplies the quotient by o again, so that there
 * it makes no difference what the quotient is. */
const LEAST: f32 = 1e-30;

@unmanaged
export class LstmForward extends ForwardWalk {
	c: usize;
	Wh: usize;
}

@unmanaged
export class LstmBackward extends BackwardWalk {
	gates: usize;
	c: usize;
	dz: usize;
	dc: usize;
	/** As hiddenNorms, of dc. */
	cellNorms: usize;
	Wh: usize;
}

/** LSTM over all steps, keeping what lstmBackward needs.
 *
 *   z[t] = x[t]·Wxᵀ + b + h[t-1]·Whᵀ         z = [i | f | g | o]
 *   c[t] = σ(f)⊙c[t-1] + σ(i)⊙tanh(g)        h[t] = σ(o)⊙tanh(c[t])
 *
 * reads   x [total, ldx]   Wx, Wh panels, transposed, [I, 4P], [H, 4P]   bx [4P] = b   initial rows of the states
 * writes  gates [total, 4P] (after σ and tanh)   h, c [total, P]
 * cut     sequences
 * spans   steps
 * cost    2 · total · 4H · (I + H) operations */
export function lstmForward(w: LstmForward, begin: i32, end: i32): void {
	walkForward<LstmForward>(forward, w, begin, end, 4, 4);
}

/** The gradient of lstmForward through time.
 *
 *   dh[t] = dy[t] + dz[t+1]·Wh                    dc[t] = dh[t]⊙o⊙(1 - tanh²c[t]) + dc[t+1]⊙f[t+1]
 *   do = dh⊙tanh(c)⊙o(1-o)   di = dc⊙g⊙i(1-i)   df = dc⊙c[t-1]⊙f(1-f)   dg = dc⊙i⊙(1-g²)
 *
 * where tanh(c) = h/o, which is cheaper than tanh.
 * reads    gates, h, c of lstmForward   dy   Wh panels, [4P, H]
 * writes   dz [total, 4P]; dz may be gates   hiddenNorms, cellNorms [total] f64
 * updates  dh, dc [B, P]: the gradient of the final state becomes that of the initial state, if one was given
 * cut      sequences
 * spans    steps
 * cost     2 · total · 4H · H operations */
export function lstmBackward(w: LstmBackward, begin: i32, end: i32): void {
	walkBackward<LstmBackward>(backward, w, begin, end);
}

function forward(w: LstmForward, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const z = w.gates + (now << 2);
	addProduct(count, 4 * P, depthOf(w, past), w.h + past, ldh, w.Wh, z, ldh << 2);
	equations(count, P, z, w.c + past, w.h + now, w.c + now);
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

function backward(w: LstmBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const z = now << 2;
	const dz = w.dz + z;
	const dh = w.dh + place;
	const dy = arriving(w, now, place);
	const dc = w.dc + place;
	if (w.cellNorms) {
		const norms = w.cellNorms + (now / ldh) * 8;
		slopes<bool>(count, ldh, w.gates + z, w.c + past, w.h + now, dy, dz, dh, dc, norms, w.H & 3);
	} else slopes<void>(count, ldh, w.gates + z, w.c + past, w.h + now, dy, dz, dh, dc, 0, 0);
	if (depthOf(w, past)) product(count, P, 4 * P, dz, ldh << 2, w.Wh, dh, ldh, 0, 0);
}

/** Two functions: slopes<bool> also leaves Σ dc² of each row in `norms`, of a last vector only the first `left` lanes, if not 0;
 * slopes<void> doesn't. */
function slopes<Seen>(
	count: i32,
	ldh: usize,
	gates: usize,
	cBefore: usize,
	h: usize,
	dy: usize,
	dz: usize,
	dh: usize,
	dc: usize,
	norms: usize,
	left: i32,
): void {
	const least = f32x4.splat(LEAST);
	for (; count > 0; count--, gates += ldh * 3, dz += ldh * 3) {
		let sum = f64x2.splat(0);
		for (const end = gates + ldh; gates < end; gates += 16, dz += 16) {
			const i = v128.load(gates);
			const f = v128.load(gates + ldh);
			const g = v128.load(gates + ldh * 2);
			const o = v128.load(gates + ldh * 3);
			const tc = f32x4.div(v128.load(h), f32x4.pmax(o, least));
			const arrived = f32x4.add(v128.load(dy), v128.load(dh));
			const dht = flushed(arrived);
			const dct = flushed(fma(f32x4.mul(dht, o), tanhSlope4(tc), v128.load(dc)));
			if (isBoolean<Seen>()) {
				const seen = fma(f32x4.mul(arrived, o), tanhSlope4(tc), v128.load(dc));
				const isLast = left > 0 && gates + 16 === end;
				sum = f64x2.add(sum, squares4(isLast ? onlyFirst(left, seen, f32x4.splat(0)) : seen));
			}
			v128.store(dz, f32x4.mul(f32x4.mul(dct, g), sigmoidSlope4(i)));
			v128.store(dz + ldh, f32x4.mul(f32x4.mul(dct, v128.load(cBefore)), sigmoidSlope4(f)));
			v128.store(dz + ldh * 2, f32x4.mul(f32x4.mul(dct, i), tanhSlope4(g)));
			v128.store(dz + ldh * 3, f32x4.mul(f32x4.mul(dht, tc), sigmoidSlope4(o)));
			v128.store(dc, f32x4.mul(dct, f));
			cBefore += 16;
			h += 16;
			dy += 16;
			dh += 16;
			dc += 16;
		}
		if (isBoolean<Seen>()) {
			store<f64>(norms, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
			norms += 8;
		}
	}
}
