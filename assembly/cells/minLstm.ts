// The minimal long short-term memory: Feng et al. 2024. As minGru.ts, but with two gates that share one between them.

import { sigmoidRow } from "../activations";
import { bytes, flushed, mixed, padded } from "../lanes";
import { arriving, BackwardWalk, ForwardWalk } from "./record";
import { walkBackward, walkForward } from "./walk";

/** The smallest normal float. Where σ would be less it gives 0, and of two gates of 0 there are no shares. */
const LEAST: f32 = 1.17549435e-38;

@unmanaged
export class MinLstmBackward extends BackwardWalk {
	gates: usize;
	dz: usize;
}

/** Minimal LSTM over all steps.
 *
 *   f = σ(x·Wfᵀ + bf)   i = σ(x·Wiᵀ + bi)   n = x·Wnᵀ + bn   k = f/(f+i)   h[t] = k⊙h[t-1] + (1-k)⊙n
 *
 * In quotients a gate counts as no less than 1.2e-38, so that two that are shut fast (both arguments below -87.3) make k = 1/2
 * and not 0/0.
 * reads   x [total, ldx]   Wx panels, transposed, [I, 3P]: f, i, n   bx [3P]   initial rows of h
 * writes  gates [total, 3P]: f, i (after σ), n   h [total, P]
 * cut     sequences
 * spans   steps
 * cost    2 · total · 3H · I operations */
export function minLstmForward(w: ForwardWalk, begin: i32, end: i32): void {
	walkForward<ForwardWalk>(forward, w, begin, end, 3, 3);
}

/** The gradient of minLstmForward through time.
 *
 *   dh[t] = dy[t] + what came back     dk = dh⊙(h[t-1]-n)     dn = dh⊙(1-k)     back: dh⊙k
 *   df = dk⊙k(1-k)⊙(1-f)     di = -dk⊙k(1-k)⊙(1-i)
 *
 * reads    gates, h of minLstmForward   dy
 * writes   dz [total, 3P]: of all three; dz may be gates   hiddenNorms [total] f64
 * updates  dh [B, P]: the gradient of the final state becomes that of the initial state
 * cut      sequences
 * spans    steps
 * cost     18 · total · H operations */
export function minLstmBackward(w: MinLstmBackward, begin: i32, end: i32): void {
	walkBackward<MinLstmBackward>(backward, w, begin, end);
}

function forward(w: ForwardWalk, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	let f = w.gates + now * 3;
	let hBefore = w.h + past;
	let h = w.h + now;
	for (; count > 0; count--, f += ldh * 3) {
		const i = f + ldh;
		sigmoidRow(f, f, 2 * P);
		for (let j: usize = 0; j < ldh; j += 16, hBefore += 16, h += 16) {
			const taken = share(v128.load(i + j), v128.load(f + j));
			v128.store(h, mixed(taken, v128.load(hBefore), v128.load(i + ldh + j)));
		}
	}
}

/** a / (a + b), neither less than LEAST. */
function share(a: v128, b: v128): v128 {
	const least = f32x4.splat(LEAST);
	const part = f32x4.pmax(a, least);
	return f32x4.div(part, f32x4.add(part, f32x4.pmax(b, least)));
}

function backward(w: MinLstmBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const ldh = (<usize>padded(w.H)) << 2;
	const one = f32x4.splat(1);
	let gates = w.gates + now * 3;
	let dz = w.dz + now * 3;
	let hBefore = w.h + past;
	let dy = arriving(w, now, place);
	let dh = w.dh + place;
	for (; count > 0; count--, gates += ldh << 1, dz += ldh << 1) {
		for (const end = gates + ldh; gates < end; gates += 16, dz += 16) {
			const f = v128.load(gates);
			const i = v128.load(gates + ldh);
			const n = v128.load(gates + ldh * 2);
			const kept = share(f, i);
			const taken = share(i, f);
			const d = flushed(f32x4.add(v128.load(dy), v128.load(dh)));
			const dk = f32x4.mul(d, f32x4.sub(v128.load(hBefore), n));
			const slope = f32x4.mul(dk, f32x4.mul(kept, taken));
			v128.store(dz, f32x4.mul(slope, f32x4.sub(one, f)));
			v128.store(dz + ldh, f32x4.mul(slope, f32x4.sub(i, one)));
			v128.store(dz + ldh * 2, f32x4.mul(d, taken));
			v128.store(dh, f32x4.mul(d, kept));
			hBefore += 16;
			dy += 16;
			dh += 16;
		}
	}
}
