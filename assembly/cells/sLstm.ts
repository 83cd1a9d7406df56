// The scalar long short-term memory: Beck et al. 2024. The input gate is an exponential, so that a step may outweigh all before
// it; the cell is divided by the sum of the gates that it was made with, so that h stays within ±1.

import { exp4, logSigmoidRow, sigmoidRow, tanhRow, tanhSlope4 } from "../activations";
import { bytes, flushed, fma, onlyFirst, padded, squares4 } from "../lanes";
import { addProduct, product } from "../product/product";
import { arriving, BackwardWalk, depthOf, ForwardWalk } from "./record";
import { walkBackward, walkForward } from "./walk";

@unmanaged
export class SLstmForward extends ForwardWalk {
	c: usize;
	n: usize;
	m: usize;
	heads: i32;
	Wh: usize;
}

@unmanaged
export class SLstmBackward extends BackwardWalk {
	gates: usize;
	c: usize;
	n: usize;
	dz: usize;
	dc: usize;
	dn: usize;
	dm: usize;
	/** As hiddenNorms, of the gradient of c/n where n is held. */
	cellNorms: usize;
	heads: i32;
	Wh: usize;
}

/** sLSTM over all steps, keeping what sLstmBackward needs.
 *
 *   a[t] = x[t]·Wxᵀ + b + h[t-1]·Whᵀ     a = [i | f | z | o]
 *   C[t] = σ(f)⊙C[t-1] + eⁱ⊙tanh(z)      N[t] = σ(f)⊙N[t-1] + eⁱ      h[t] = σ(o)⊙C[t]/N[t]
 *
 * eⁱ has no bound, so that C and N are kept as c·eᵐ and n·eᵐ. With l = log σ(f) + m[t-1] and m[t] = max(i, l):
 *
 *   i' = exp(i - m[t])   f' = exp(l - m[t])      c[t] = f'⊙c[t-1] + i'⊙tanh(z)      n[t] = f'⊙n[t-1] + i'
 *
 * One of i' and f' is 1, so that n never gets less than the smaller of 1 and what it was. Units of whose n[t-1] is 0 (or less)
 * have seen nothing: for them f' = 0, i' = 1, m[t] = i, whatever their c and m.
 *
 * Units are in heads, H/heads neighbours each. A head's gates see of h[t-1] its own units only: Wh is a matrix for each gate and
 * head, in panels of its own (but one matrix where there is one head).
 * reads   x [total, ldx]   Wx, Wh panels, transposed, [I, 4P], heads > 1: 4·heads times [H/heads, H/heads], else [H, 4P]   bx [4P] = b
 *         initial rows of the states
 * writes  gates [total, 5P]: i', σ(f), tanh(z), σ(o), f'   h, c, n, m [total, P]
 * cut     sequences
 * spans   steps
 * cost    2 · total · 4H · (I + H/heads) operations */
export function sLstmForward(w: SLstmForward, begin: i32, end: i32): void {
	walkForward<SLstmForward>(forward, w, begin, end, 4, 5);
}

/** The gradient of sLstmForward through time. What h is does not depend on m, which C and N are divided by: so m is held, and dc, dn
 * are the gradients of C and N times eᵐ.
 *
 *   dh[t] = dy[t] + dz[t+1]·Wh      dc[t] = dc[t+1]⊙f'[t+1] + dh⊙o/n      dn[t] = dn[t+1]⊙f'[t+1] - dh⊙h/n
 *   do = dh⊙h⊙(1-o)   dz = dc⊙i'⊙(1-z²)   di = i'⊙(dc⊙z + dn)   df = f'⊙(dc⊙c[t-1] + dn⊙n[t-1])⊙(1-σ(f))
 *
 * reads    gates, h, c, n of sLstmForward   dy   Wh panels, heads > 1: 4·heads times [H/heads, H/heads], else [4P, H]
 * writes   dz [total, 5P], its first 4P; dz may be gates   hiddenNorms, cellNorms [total] f64
 * updates  dh, dc, dn [B, P]: the gradient of the final state becomes that of the initial state, if one was given
 *          dm [B, P]: that of the initial m, if one was given
 * cut      sequences
 * spans    steps
 * cost     2 · total · 4H · H/heads operations */
export function sLstmBackward(w: SLstmBackward, begin: i32, end: i32): void {
	walkBackward<SLstmBackward>(backward, w, begin, end);
}

function forward(w: SLstmForward, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const z = w.gates + now * 5;
	const depth = depthOf(w, past);
	if (w.heads === 1) addProduct(count, 4 * P, depth, w.h + past, ldh, w.Wh, z, ldh * 5);
	else if (depth) addHeads(w, past, z, count);
	for (let row: usize = 0; row < <usize>count * ldh; row += ldh) {
		const gates = z + row * 5;
		const f = gates + ldh;
		const kept = gates + (ldh << 2);
		logSigmoidRow(f, kept, P);
		sigmoidRow(f, f, P);
		tanhRow(f + ldh, f + ldh, P);
		sigmoidRow(f + (ldh << 1), f + (ldh << 1), P);
		stabilise(ldh, gates, kept, w.n + past + row, w.m + past + row, w.m + now + row);
		remember(w, past + row, now + row, gates);
	}
}

/** The panels of each matrix of a head, which has `size` units. */
function headBytes(size: i32): usize {
	return (<usize>(((size + 7) >> 3) * size)) << 5;
}

/** z += h[t-1]·Whᵀ, for each gate and head. */
function addHeads(w: SLstmForward, past: bytes, z: usize, count: i32): void {
	const ldh = (<usize>padded(w.H)) << 2;
	const size = w.H / w.heads;
	let Wh = w.Wh;
	for (let gate = 0; gate < 4; gate++, z += ldh) {
		for (let head: usize = 0; head < <usize>w.heads; head++, Wh += headBytes(size)) {
			const unit = (head * <usize>size) << 2;
			addProduct(count, size, size, w.h + past + unit, ldh, Wh, z + unit, ldh * 5);
		}
	}
}

/** From i and log σ(f) (in `kept`) of a row to i' and f', and to m. */
function stabilise(ldh: usize, gates: usize, kept: usize, nBefore: usize, mBefore: usize, m: usize): void {
	const zero = f32x4.splat(0);
	const one = f32x4.splat(1);
	for (let j: usize = 0; j < ldh; j += 16) {
		const i = v128.load(gates + j);
		const hasNone = f32x4.le(v128.load(nBefore + j), zero);
		const mPast = v128.bitselect(f32x4.splat(-Infinity), v128.load(mBefore + j), hasNone);
		const l = f32x4.add(v128.load(kept + j), mPast);
		const lead = f32x4.sub(i, l);
		const less = flushed(exp4(f32x4.neg(f32x4.abs(lead))));
		const isNew = f32x4.gt(lead, zero);
		v128.store(gates + j, v128.bitselect(one, less, isNew));
		v128.store(kept + j, v128.bitselect(less, one, isNew));
		v128.store(m + j, f32x4.pmax(i, l));
	}
}

/** c, n and h of the row at `now` from its gates. */
function remember(w: SLstmForward, past: bytes, now: bytes, gates: usize): void {
	const ldh = (<usize>padded(w.H)) << 2;
	const last = gates + ldh;
	const c = w.c;
	const n = w.n;
	let h = w.h + now;
	for (; gates < last; gates += 16, past += 16, now += 16, h += 16) {
		const taken = v128.load(gates);
		const kept = v128.load(gates + (ldh << 2));
		const ct = fma(taken, v128.load(gates + (ldh << 1)), f32x4.mul(kept, v128.load(c + past)));
		const nt = fma(kept, v128.load(n + past), taken);
		v128.store(c + now, ct);
		v128.store(n + now, nt);
		v128.store(h, f32x4.mul(v128.load(gates + ldh * 3), f32x4.div(ct, nt)));
	}
}

function backward(w: SLstmBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const dz = w.dz + now * 5;
	if (w.cellNorms) cellNorms(w, now, place, count);
	slopes(w, past, now, place, count);
	if (!depthOf(w, past)) return;
	if (w.heads === 1) product(count, P, 4 * P, dz, ldh * 5, w.Wh, w.dh + place, ldh, 0, 0);
	else headsBack(w, dz, place, count);
	if (<i32>past < 0) initialStabiliser(w, past, place, count);
}

/** dh = dz·Wh: each head's units are the sum over its gates. */
function headsBack(w: SLstmBackward, dz: usize, place: bytes, count: i32): void {
	const ldh = (<usize>padded(w.H)) << 2;
	const size = w.H / w.heads;
	let Wh = w.Wh;
	for (let gate = 0; gate < 4; gate++, dz += ldh) {
		for (let head: usize = 0; head < <usize>w.heads; head++, Wh += headBytes(size)) {
			const unit = (head * <usize>size) << 2;
			const dh = w.dh + place + unit;
			product(count, size, size, dz + unit, ldh * 5, Wh, dh, ldh, gate ? dh : 0, gate ? ldh : 0);
		}
	}
}

/** dm = c⊙dc + n⊙dn of initial rows: C and N are as many times as large as eᵐ. */
function initialStabiliser(w: SLstmBackward, past: bytes, place: bytes, count: i32): void {
	const last = place + ((<usize>(count * padded(w.H))) << 2);
	for (; place < last; place += 16, past += 16) {
		const n = f32x4.mul(v128.load(w.n + past), v128.load(w.dn + place));
		v128.store(w.dm + place, fma(v128.load(w.c + past), v128.load(w.dc + place), n));
	}
}

/** Σ (n⊙dc)² of each row, where n⊙dc[t] = dh⊙o + n⊙dc[t+1]⊙f'[t+1]. */
function cellNorms(w: SLstmBackward, now: bytes, place: bytes, count: i32): void {
	const ldh = (<usize>padded(w.H)) << 2;
	let dy = arriving(w, now, place);
	let norm = w.cellNorms + (now / ldh) * 8;
	const left = w.H & 3;
	for (; count > 0; count--, norm += 8) {
		let sum = f64x2.splat(0);
		const o = w.gates + now * 5 + ldh * 3;
		for (let j: usize = 0; j < ldh; j += 16, dy += 16, place += 16, now += 16) {
			const dh = f32x4.add(v128.load(dy), v128.load(w.dh + place));
			const d = fma(dh, v128.load(o + j), f32x4.mul(v128.load(w.n + now), v128.load(w.dc + place)));
			sum = f64x2.add(sum, squares4(left && j + 16 === ldh ? onlyFirst(left, d, f32x4.splat(0)) : d));
		}
		store<f64>(norm, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
	}
}

function slopes(w: SLstmBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const ldh = (<usize>padded(w.H)) << 2;
	const one = f32x4.splat(1);
	const c = w.c;
	const n = w.n;
	const dc = w.dc;
	const dn = w.dn;
	let gates = w.gates + now * 5;
	let dz = w.dz + now * 5;
	let dy = arriving(w, now, place);
	let dh = w.dh + place;
	let h = w.h + now;
	for (; count > 0; count--, gates += ldh << 2, dz += ldh << 2) {
		for (const end = gates + ldh; gates < end; gates += 16, dz += 16) {
			const taken = v128.load(gates);
			const z = v128.load(gates + (ldh << 1));
			const o = v128.load(gates + ldh * 3);
			const kept = v128.load(gates + (ldh << 2));
			const ht = v128.load(h);
			const dht = flushed(f32x4.add(v128.load(dy), v128.load(dh)));
			const share = f32x4.div(dht, v128.load(n + now));
			const dct = flushed(fma(share, o, v128.load(dc + place)));
			const dnt = flushed(f32x4.sub(v128.load(dn + place), f32x4.mul(share, ht)));
			const dKept = fma(dct, v128.load(c + past), f32x4.mul(dnt, v128.load(n + past)));
			const shut = f32x4.sub(one, v128.load(gates + ldh));
			v128.store(dz, f32x4.mul(taken, fma(dct, z, dnt)));
			v128.store(dz + ldh, f32x4.mul(f32x4.mul(kept, dKept), shut));
			v128.store(dz + (ldh << 1), f32x4.mul(f32x4.mul(dct, taken), tanhSlope4(z)));
			v128.store(dz + ldh * 3, f32x4.mul(f32x4.mul(dht, ht), f32x4.sub(one, o)));
			v128.store(dc + place, f32x4.mul(dct, kept));
			v128.store(dn + place, f32x4.mul(dnt, kept));
			past += 16;
			now += 16;
			place += 16;
			dy += 16;
			dh += 16;
			h += 16;
		}
	}
}
