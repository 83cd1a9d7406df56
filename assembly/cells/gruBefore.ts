// Gated recurrent unit, reset before the product: Cho et al. 2014. Gates lie as in gru.ts.

import { bytes, padded } from "../lanes";
import { addProduct, product } from "../product/product";
import { newState, switches } from "./gru";
import { normalizeCandidate, normalizeGates, throughCandidate, throughGates } from "./gruNorm";
import { blocksOf, candidateSlope, firstGate, resetSlope } from "./gruRows";
import { fromAbove, giveHidden, leave, readable, takeHidden } from "./hidden";
import { HiddenBackward, HiddenForward } from "./hiddenRecord";
import { depthOf } from "./record";
import { walkBackward, walkForward } from "./walk";

@unmanaged
export class GruBeforeForward extends HiddenForward {
	U: usize;
	/** Whether r and z are hard sigmoids. */
	hard: i32;
	/** As in gruForward, but no bq. */
	gains: usize;
	scales: usize;
}

@unmanaged
export class GruBeforeBackward extends HiddenBackward {
	gates: usize;
	/** As HiddenForward's. */
	read: usize;
	dz: usize;
	dq: usize;
	Urz: usize;
	Un: usize;
	hard: i32;
	gains: usize;
	scales: usize;
}

/** GRU over all steps, reset before the product.
 *
 *   r = σ(x·Wrᵀ + br + h[t-1]·Urᵀ)   z = σ(x·Wzᵀ + bz + h[t-1]·Uzᵀ)   q = r⊙h[t-1]
 *   n = tanh(x·Wnᵀ + bn + q·Unᵀ)     h[t] = (1-z)⊙n + z⊙h[t-1]
 *
 * where σ is as in gruForward, and so are r and z with layer norms; then n = tanh(LN(x·Wnᵀ)⊙γx + bn + LN(q·Unᵀ)⊙γh).
 * reads   x [total, ldx]   Wx panels, transposed, [I, 3P]: n, r, z   bx [3P]   U panels, transposed, [H, 3P]: r, z, n
 *         gains, then bx is 0   initial rows of h
 * writes  gates [total, 4P] (after tanh and σ); with layer norms [total, 10P]   h, m [total, P]   scales [total, 4]
 *         read, projected: assembly/cells/hiddenRecord.ts
 * cut     sequences
 * spans   steps
 * cost    2 · total · 3H · (I + H) operations */
export function gruBeforeForward(w: GruBeforeForward, begin: i32, end: i32): void {
	walkForward<GruBeforeForward>(forward, w, begin, end, 3, blocksOf(w.gains));
}

/** The gradient of gruBeforeForward through time.
 *
 *   dh[t] = dy[t] + what came back     dn = dh⊙(1-z)⊙(1-n²)     dz = dh⊙(h[t-1]-n)⊙σ'(z)
 *   dq = dn·Un     dr = dq⊙h[t-1]⊙σ'(r)     back: dh⊙z + dq⊙r + [dr | dz]·[Ur | Uz]
 *
 * With layer norms, dn, dr and dz go back through them before they are multiplied by U.
 * reads    gates, h, scales of gruBeforeForward   dy   Urz panels, [2P, H]   Un panels, [P, H]   gains
 * writes   dz [total, 4P]: of n, r and z, and the reset state as it is, for the gradient of the candidate's weights; with layer norms
 *          [total, 10P], of the products first; dz may be gates   hiddenNorms [total] f64
 * updates  dh [B, P]: the gradient of the final state becomes that of the initial state, if one was given
 * scratch  dq [B, P]   dm, dRead: assembly/cells/hiddenRecord.ts
 * cut      sequences
 * spans    steps
 * cost     2 · total · 3H · H operations */
export function gruBeforeBackward(w: GruBeforeBackward, begin: i32, end: i32): void {
	walkBackward<GruBeforeBackward>(backward, w, begin, end);
}

function forward(w: GruBeforeForward, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const ldg = ldh * blocksOf(w.gains);
	const depth = depthOf(w, past);
	const h = readable(w, w.h + past, now, count);
	const row = w.gates + now * blocksOf(w.gains);
	const n = row + ldh * firstGate(w.gains);
	const q = n + ldh * 3;
	const Un = w.U + <usize>(2 * P * w.H) * 4;
	if (w.gains) {
		product(count, 2 * P, depth, h, ldh, w.U, row + ldh * 3, ldg, 0, 0);
		normalizeGates(count, w.H, now, w.gates, w.gains, w.scales);
	} else addProduct(count, 2 * P, depth, h, ldh, w.U, n + ldh, ldg);
	switches(w.hard, count, P, n, ldg);
	resetPast(count, ldh, n, ldg, h);
	if (w.gains) {
		product(count, P, depth, q, ldg, Un, row + ldh * 5, ldg, 0, 0);
		normalizeCandidate(count, w.H, now, w.gates, w.gains, w.scales);
	} else addProduct(count, P, depth, q, ldg, Un, n, ldg);
	newState(count, P, n, ldg, w.h + past, w.m + now);
	leave(w, past, now, count);
}

/** q = r⊙h[t-1]. */
function resetPast(count: i32, ldh: usize, gates: usize, ldg: bytes, hBefore: usize): void {
	for (; count > 0; count--, gates += ldg - ldh) {
		for (const end = gates + ldh; gates < end; gates += 16, hBefore += 16) {
			v128.store(gates + ldh * 3, f32x4.mul(v128.load(gates + ldh), v128.load(hBefore)));
		}
	}
}

function backward(w: GruBeforeBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const ldg = ldh * blocksOf(w.gains);
	const row = now * blocksOf(w.gains);
	const first = row + ldh * firstGate(w.gains);
	const gates = w.gates + first;
	const h = w.h + past;
	const dz = w.dz + first;
	const dq = w.dq + place;
	const dm = w.dm + place;
	const back = w.dRead + place;
	takeHidden(w, now, place, count);
	const dy = fromAbove(w, now, place);
	if (w.hard) hardCandidateSlope(count, ldh, ldg, gates, h, dy, dz, dm);
	else sigmoidCandidateSlope(count, ldh, ldg, gates, h, dy, dz, dm);
	if (w.gains) throughCandidate(count, w.H, now, w.gates, w.gains, w.scales, w.dz, ldh * 6);
	product(count, P, P, w.gains ? w.dz + row + ldh * 5 : dz, ldg, w.Un, dq, ldh, 0, 0);
	const read = w.read ? w.read + now : h;
	if (w.hard) hardResetSlope(count, ldh, ldg, gates, read, dq, dz, back);
	else sigmoidResetSlope(count, ldh, ldg, gates, read, dq, dz, back);
	if (w.gains) throughGates(count, w.H, now, w.gates, w.gains, w.scales, w.dz);
	if (depthOf(w, past)) addProduct(count, P, 2 * P, w.gains ? w.dz + row + ldh * 3 : dz + ldh, ldg, w.Urz, back, ldh);
	giveHidden(w, now, place, count, true);
}

function sigmoidCandidateSlope(
	count: i32,
	ldh: bytes,
	ldg: bytes,
	gates: usize,
	past: usize,
	dy: usize,
	dz: usize,
	dh: usize,
): void {
	candidateSlope(false, count, ldh, ldg, gates, past, dy, dz, dh);
}

function hardCandidateSlope(
	count: i32,
	ldh: bytes,
	ldg: bytes,
	gates: usize,
	past: usize,
	dy: usize,
	dz: usize,
	dh: usize,
): void {
	candidateSlope(true, count, ldh, ldg, gates, past, dy, dz, dh);
}

function sigmoidResetSlope(
	count: i32,
	ldh: bytes,
	ldg: bytes,
	gates: usize,
	past: usize,
	dq: usize,
	dz: usize,
	dh: usize,
): void {
	resetSlope(false, count, ldh, ldg, gates, past, dq, dz, dh);
}

function hardResetSlope(
	count: i32,
	ldh: bytes,
	ldg: bytes,
	gates: usize,
	past: usize,
	dq: usize,
	dz: usize,
	dh: usize,
): void {
	resetSlope(true, count, ldh, ldg, gates, past, dq, dz, dh);
}
