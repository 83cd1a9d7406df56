// Gated recurrent unit (Cho et al. 2014), reset after the product as in cuDNN and torch.nn.GRU.
//
// Gates lie in the order [n | r | z | q], so that those computed from x (n, r, z) are neighbours, and those computed from h[t-1]
// (r, z, q) are too.

import { hardSigmoidRow, sigmoidRow, tanhRow } from "../activations";
import { bytes, mixed, padded } from "../lanes";
import { addProduct, product } from "../product/product";
import { slopesThroughReset } from "./gruSlopes";
import { fromAbove, giveHidden, HiddenBackward, HiddenForward, leave, readable, takeHidden } from "./hidden";
import { depthOf } from "./record";
import { walkBackward, walkForward } from "./walk";

@unmanaged
export class GruForward extends HiddenForward {
	U: usize;
	bq: usize;
	/** Whether r and z are hard sigmoids. */
	hard: i32;
}

@unmanaged
export class GruBackward extends HiddenBackward {
	gates: usize;
	dz: usize;
	U: usize;
	hard: i32;
}

/** GRU over all steps, reset after the product.
 *
 *   r = σ(x·Wrᵀ + br + h[t-1]·Urᵀ)   z = σ(x·Wzᵀ + bz + h[t-1]·Uzᵀ)   q = h[t-1]·Unᵀ + bq
 *   n = tanh(x·Wnᵀ + bn + r⊙q)       h[t] = (1-z)⊙n + z⊙h[t-1]
 *
 * where σ(a) is 1 / (1 + e⁻ᵃ), or hard: 0.2a + 0.5 within 0 and 1.
 * reads   x [total, ldx]   Wx panels, transposed, [I, 3P]: n, r, z   bx [3P]   U panels, transposed, [H, 3P]: r, z, n
 *         bq [P]   initial rows of h
 * writes  gates [total, 4P] (after tanh and σ)   h, m [total, P]   read, projected: assembly/cells/hidden.ts
 * cut     sequences
 * spans   steps
 * cost    2 · total · 3H · (I + H) operations */
export function gruForward(w: GruForward, begin: i32, end: i32): void {
	walkForward<GruForward>(forward, w, begin, end, 3, 4);
}

/** The gradient of gruForward through time.
 *
 *   dh[t] = dy[t] + what came back     dn = dh⊙(1-z)⊙(1-n²)     dz = dh⊙(h[t-1]-n)⊙σ'(z)
 *   dq = dn⊙r     dr = dn⊙q⊙σ'(r)     back: dh⊙z + [dr | dz | dq]·U
 *
 * reads    gates, h of gruForward   dy   U panels, [3P, H]
 * writes   dz [total, 4P]: of all four; dz may be gates   hiddenNorms [total] f64
 * updates  dh [B, P]: the gradient of the final state becomes that of the initial state, if one was given
 * scratch  dm, dRead: assembly/cells/hidden.ts
 * cut      sequences
 * spans    steps
 * cost     2 · total · 3H · H operations */
export function gruBackward(w: GruBackward, begin: i32, end: i32): void {
	walkBackward<GruBackward>(backward, w, begin, end);
}

function forward(w: GruForward, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const ldg = ldh << 2;
	const depth = depthOf(w, past);
	const h = readable(w, w.h + past, now, count);
	const n = w.gates + (now << 2);
	const q = n + ldh * 3;
	const Un = w.U + <usize>(2 * P * w.H) * 4;
	addProduct(count, 2 * P, depth, h, ldh, w.U, n + ldh, ldg);
	product(count, P, depth, h, ldh, Un, q, ldg, w.bq, 0);
	switches(w.hard, count, P, n);
	addReset(count, ldh, n);
	newState(count, P, n, w.h + past, w.m + now);
	leave(w, past, now, count);
}

/** n += r⊙q. */
function addReset(count: i32, ldh: usize, gates: usize): void {
	for (; count > 0; count--, gates += ldh * 3) {
		for (const end = gates + ldh; gates < end; gates += 16) {
			const rq = f32x4.mul(v128.load(gates + ldh), v128.load(gates + ldh * 3));
			v128.store(gates, f32x4.add(v128.load(gates), rq));
		}
	}
}

/** Applies σ to r and z. */
export function switches(hard: i32, count: i32, P: i32, gates: usize): void {
	const ldh = (<usize>P) << 2;
	for (; count > 0; count--, gates += ldh << 2) {
		if (hard) hardSigmoidRow(gates + ldh, gates + ldh, 2 * P);
		else sigmoidRow(gates + ldh, gates + ldh, 2 * P);
	}
}

/** Applies tanh to n; then h[t] = (1-z)⊙n + z⊙h[t-1]. */
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

function backward(w: GruBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const ldg = ldh << 2;
	const z = now << 2;
	const dz = w.dz + z;
	takeHidden(w, now, place, count);
	const dy = fromAbove(w, now, place);
	const dm = w.dm + place;
	if (w.hard) hardSlopes(count, ldh, w.gates + z, w.h + past, dy, dz, dm);
	else sigmoidSlopes(count, ldh, w.gates + z, w.h + past, dy, dz, dm);
	if (depthOf(w, past)) addProduct(count, P, 3 * P, dz + ldh, ldg, w.U, w.dRead + place, ldh);
	giveHidden(w, now, place, count, true);
}

function sigmoidSlopes(count: i32, ldh: usize, gates: usize, past: usize, dy: usize, dz: usize, dh: usize): void {
	slopesThroughReset(false, count, ldh, gates, past, dy, dz, dh);
}

function hardSlopes(count: i32, ldh: usize, gates: usize, past: usize, dy: usize, dz: usize, dh: usize): void {
	slopesThroughReset(true, count, ldh, gates, past, dy, dz, dh);
}
