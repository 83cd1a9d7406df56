// Gated recurrent unit (Cho et al. 2014), reset after the product as in cuDNN and torch.nn.GRU.
//
// Gates lie in the order [n | r | z | q], so that those computed from x (n, r, z) are neighbours, and those computed from h[t-1]
// (r, z, q) are too. With layer norms, a row is [x·Wxᵀ: n, r, z | h·Uᵀ: r, z, n | gates: n, r, z, q], the products normalised.

import { hardSigmoidRow, sigmoidRow, tanhRow } from "../activations";
import { bytes, mixed, padded } from "../lanes";
import { addProduct, product } from "../product/product";
import { normalizeGates, normalizeReset, throughCandidate, throughGates } from "./gruNorm";
import { blocksOf, slopesThroughReset } from "./gruRows";
import { fromAbove, giveHidden, leave, readable, takeHidden } from "./hidden";
import { HiddenBackward, HiddenForward } from "./hiddenRecord";
import { depthOf } from "./record";
import { walkBackward, walkForward } from "./walk";

@unmanaged
export class GruForward extends HiddenForward {
	U: usize;
	bq: usize;
	/** Whether r and z are hard sigmoids. */
	hard: i32;
	/** Of layer norms γx (n, r, z), γh (r, z, n), b (n, r, z) and bq, P each; 0: there are none. */
	gains: usize;
	/** With layer norms, 1 / √(variance + 1e-5) of each row's x·Wxᵀ (n; r and z) and h·Uᵀ (r and z; n). */
	scales: usize;
}

@unmanaged
export class GruBackward extends HiddenBackward {
	gates: usize;
	dz: usize;
	U: usize;
	hard: i32;
	gains: usize;
	scales: usize;
}

/** GRU over all steps, reset after the product.
 *
 *   r = σ(x·Wrᵀ + br + h[t-1]·Urᵀ)   z = σ(x·Wzᵀ + bz + h[t-1]·Uzᵀ)   q = h[t-1]·Unᵀ + bq
 *   n = tanh(x·Wnᵀ + bn + r⊙q)       h[t] = (1-z)⊙n + z⊙h[t-1]
 *
 * where σ(a) is 1 / (1 + e⁻ᵃ), or hard: 0.2a + 0.5 within 0 and 1. With layer norms
 *
 *   [r, z] = σ(LN(x·[Wr, Wz]ᵀ)⊙γx + [br, bz] + LN(h[t-1]·[Ur, Uz]ᵀ)⊙γh)     q = LN(h[t-1]·Unᵀ)⊙γh + bq
 *   n = tanh(LN(x·Wnᵀ)⊙γx + bn + r⊙q)                                       LN(v) = (v - mean) / √(variance + 1e-5)
 *
 * over the 2H gates r and z, and over the H of n.
 * reads   x [total, ldx]   Wx panels, transposed, [I, 3P]: n, r, z   bx [3P]   U panels, transposed, [H, 3P]: r, z, n
 *         bq [P]; with layer norms bx and bq are 0   gains   initial rows of h
 * writes  gates [total, 4P] (after tanh and σ); with layer norms [total, 10P]   h, m [total, P]   scales [total, 4]
 *         read, projected: assembly/cells/hiddenRecord.ts
 * cut     sequences
 * spans   steps
 * cost    2 · total · 3H · (I + H) operations */
export function gruForward(w: GruForward, begin: i32, end: i32): void {
	walkForward<GruForward>(w.gains ? normedForward : forward, w, begin, end, 3, blocksOf(w.gains));
}

/** The gradient of gruForward through time.
 *
 *   dh[t] = dy[t] + what came back     dn = dh⊙(1-z)⊙(1-n²)     dz = dh⊙(h[t-1]-n)⊙σ'(z)
 *   dq = dn⊙r     dr = dn⊙q⊙σ'(r)     back: dh⊙z + [dr | dz | dq]·U
 *
 * With layer norms, dr, dz and dq go back through them before they are multiplied by U.
 * reads    gates, h, scales of gruForward   dy   U panels, [3P, H]   gains
 * writes   dz [total, 4P]: of all four; with layer norms [total, 10P], of the products first; dz may be gates   hiddenNorms [total] f64
 * updates  dh [B, P]: the gradient of the final state becomes that of the initial state, if one was given
 * scratch  dm, dRead: assembly/cells/hiddenRecord.ts
 * cut      sequences
 * spans    steps
 * cost     2 · total · 3H · H operations */
export function gruBackward(w: GruBackward, begin: i32, end: i32): void {
	walkBackward<GruBackward>(w.gains ? normedBackward : backward, w, begin, end);
}

function forward(w: GruForward, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const ldg = ldh << 2;
	const depth = depthOf(w, past);
	const h = readable(w, w.h + past, now, count);
	const n = w.gates + (now << 2);
	const Un = w.U + <usize>(2 * P * w.H) * 4;
	addProduct(count, 2 * P, depth, h, ldh, w.U, n + ldh, ldg);
	product(count, P, depth, h, ldh, Un, n + ldh * 3, ldg, w.bq, 0);
	switches(w.hard, count, P, n, ldg);
	addReset(count, ldh, n, ldg);
	newState(count, P, n, ldg, w.h + past, w.m + now);
	leave(w, past, now, count);
}

function normedForward(w: GruForward, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const ldg = ldh * 10;
	const h = readable(w, w.h + past, now, count);
	const row = w.gates + now * 10;
	const n = row + ldh * 6;
	product(count, 3 * P, depthOf(w, past), h, ldh, w.U, row + ldh * 3, ldg, 0, 0);
	normalizeGates(count, w.H, now, w.gates, w.gains, w.scales);
	normalizeReset(count, w.H, now, w.gates, w.gains, w.scales);
	switches(w.hard, count, P, n, ldg);
	addReset(count, ldh, n, ldg);
	newState(count, P, n, ldg, w.h + past, w.m + now);
	leave(w, past, now, count);
}

/** n += r⊙q. */
function addReset(count: i32, ldh: usize, gates: usize, ldg: bytes): void {
	for (; count > 0; count--, gates += ldg - ldh) {
		for (const end = gates + ldh; gates < end; gates += 16) {
			const rq = f32x4.mul(v128.load(gates + ldh), v128.load(gates + ldh * 3));
			v128.store(gates, f32x4.add(v128.load(gates), rq));
		}
	}
}

/** Applies σ to r and z. */
export function switches(hard: i32, count: i32, P: i32, gates: usize, ldg: bytes): void {
	const r = gates + ((<usize>P) << 2);
	if (hard) hardRows(count, 2 * P, r, ldg);
	else sigmoidRows(count, 2 * P, r, ldg);
}

function sigmoidRows(count: i32, n: i32, z: usize, ldg: bytes): void {
	for (; count > 0; count--, z += ldg) sigmoidRow(z, z, n);
}

function hardRows(count: i32, n: i32, z: usize, ldg: bytes): void {
	for (; count > 0; count--, z += ldg) hardSigmoidRow(z, z, n);
}

/** Applies tanh to n; then h[t] = (1-z)⊙n + z⊙h[t-1]. */
export function newState(count: i32, P: i32, gates: usize, ldg: bytes, hBefore: usize, h: usize): void {
	const ldh = (<usize>P) << 2;
	for (; count > 0; count--, gates += ldg) {
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
	const z = now << 2;
	takeHidden(w, now, place, count);
	slopes(w, past, now, place, count, z, ldh << 2);
	if (depthOf(w, past)) addProduct(count, P, 3 * P, w.dz + z + ldh, ldh << 2, w.U, w.dRead + place, ldh);
	giveHidden(w, now, place, count, true);
}

function normedBackward(w: GruBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const row = now * 10;
	takeHidden(w, now, place, count);
	slopes(w, past, now, place, count, row + ldh * 6, ldh * 10);
	throughGates(count, w.H, now, w.gates, w.gains, w.scales, w.dz);
	throughCandidate(count, w.H, now, w.gates, w.gains, w.scales, w.dz, ldh * 9);
	if (depthOf(w, past)) addProduct(count, P, 3 * P, w.dz + row + ldh * 3, ldh * 10, w.U, w.dRead + place, ldh);
	giveHidden(w, now, place, count, true);
}

/** Gates and dz of the first row stand `first` bytes into theirs. */
function slopes(w: GruBackward, past: bytes, now: bytes, place: bytes, count: i32, first: bytes, ldg: bytes): void {
	const ldh = (<usize>padded(w.H)) << 2;
	const dy = fromAbove(w, now, place);
	const h = w.h + past;
	if (w.hard) slopesThroughReset(true, count, ldh, ldg, w.gates + first, h, dy, w.dz + first, w.dm + place);
	else slopesThroughReset(false, count, ldh, ldg, w.gates + first, h, dy, w.dz + first, w.dm + place);
}
