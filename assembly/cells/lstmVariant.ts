// Long short-term memory as in lstm.ts, with peepholes (Gers & Schmidhuber 2000), coupled gates (Greff et al. 2017), hard sigmoids, or
// anything of hidden.ts, or several of them; c too may be zoned out (Krueger et al. 2017), h[t] is of the cell before that.
//
// Gates lie in the order [f | g | o | i], so that those that coupled gates are computed from x and h[t-1] are neighbours: all but i.

import { hardSigmoidRow, hardSigmoidSlope4, sigmoidRow, sigmoidSlope4, tanhRow, tanhSlope4 } from "../activations";
import { bytes, flushed, fma, onlyFirst, padded, squares4 } from "../lanes";
import { addProduct, product } from "../product/product";
import { fromAbove, giveHidden, HiddenBackward, HiddenForward, leave, readable, takeHidden } from "./hidden";
import { addState, splitState, zone } from "./hiddenRows";
import { depthOf, ofHidden } from "./record";
import { walkBackward, walkForward } from "./walk";

/** As in lstm.ts: the backward pass divides h by o, or by this where o is smaller. */
const LEAST: f32 = 1e-30;

@unmanaged
export class LstmVariantForward extends HiddenForward {
	c: usize;
	/** [total, P] the cell before zoneout; c where there is none. */
	fresh: usize;
	/** As HiddenForward's, of c. */
	uc: f32;
	updatesC: usize;
	Wh: usize;
	/** Three rows [P]: of f, of o and of i, whose last is not read where gates are coupled; 0: no peepholes. */
	peepholes: usize;
	coupled: i32;
	/** Whether gates are hard sigmoids. */
	hard: i32;
}

@unmanaged
export class LstmVariantBackward extends HiddenBackward {
	gates: usize;
	c: usize;
	dz: usize;
	dc: usize;
	/** [B, P] what of dc passes the cell by. */
	kept: usize;
	updatesC: usize;
	/** As hiddenNorms, of dc. */
	cellNorms: usize;
	Wh: usize;
	peepholes: usize;
	coupled: i32;
	hard: i32;
}

/** LSTM over all steps, keeping what lstmVariantBackward needs.
 *
 *   z[t] = x[t]·Wxᵀ + b + h[t-1]·Whᵀ         z = [f | g | o | i]
 *   f = σ(f + pf⊙c[t-1])                      i = σ(i + pi⊙c[t-1]), coupled: 1 - f
 *   c[t] = f⊙c[t-1] + i⊙tanh(g)              o = σ(o + po⊙c[t])     h[t] = o⊙tanh(c[t])
 *
 * where σ(z) is 1 / (1 + e⁻ᶻ), or hard: 0.2z + 0.5 within 0 and 1; zoned out, that c[t] is `fresh`, and c[t] = u⊙fresh + (1-u)⊙c[t-1].
 * reads   x [total, ldx]   Wx, Wh panels, transposed, [I, 4P], [H, 4P], coupled 3P   bx [4P] = b   peepholes   initial rows of the states
 * writes  gates [total, 4P] (after σ and tanh)   h, c, m, fresh [total, P]   read, projected: assembly/cells/hidden.ts
 * cut     sequences
 * spans   steps
 * cost    2 · total · 4H · (I + H) operations */
export function lstmVariantForward(w: LstmVariantForward, begin: i32, end: i32): void {
	walkForward<LstmVariantForward>(forward, w, begin, end, w.coupled ? 3 : 4, 4);
}

/** The gradient of lstmVariantForward through time.
 *
 *   dh[t] = dy[t] + dz[t+1]·Wh     do = dh⊙tanh(c)⊙σ'(o)
 *   dc[t] = dh⊙o⊙(1 - tanh²c[t]) + po⊙do + (dc⊙f + pf⊙df + pi⊙di)[t+1]
 *   df = dc⊙c[t-1]⊙σ'(f), coupled: dc⊙(c[t-1] - g)⊙σ'(f)     di = dc⊙g⊙σ'(i), coupled: 0     dg = dc⊙i⊙(1-g²)
 *
 * reads    gates, h, c of lstmVariantForward   dy   Wh panels, [4P, H], coupled [3P, H]   peepholes
 * writes   dz [total, 4P]; dz may be gates   hiddenNorms, cellNorms [total] f64   dProjected: assembly/cells/hidden.ts
 * updates  dh, dc [B, P]: the gradient of the final state becomes that of the initial state, if one was given
 * scratch  kept [B, P]   dm, dRead: assembly/cells/hidden.ts
 * cut      sequences
 * spans    steps
 * cost     2 · total · 4H · H operations */
export function lstmVariantBackward(w: LstmVariantBackward, begin: i32, end: i32): void {
	walkBackward<LstmVariantBackward>(backward, w, begin, end);
}

function forward(w: LstmVariantForward, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const z = w.gates + (now << 2);
	const R = (<usize>padded(w.R)) << 2;
	addProduct(
		count,
		(w.coupled ? 3 : 4) * P,
		depthOf(w, past),
		readable(w, w.h + ofHidden(w, past), now, count),
		R,
		w.Wh,
		z,
		ldh << 2,
	);
	equations(w, count, P, z, w.c + past, w.m + now, w.fresh + now);
	if (w.fresh !== w.c) zone(count, w.c + past, w.fresh + now, w.updatesC ? w.updatesC + now : 0, w.uc, w.c + now, ldh);
	leave(w, past, now, count);
}

function equations(w: LstmVariantForward, count: i32, P: i32, gates: usize, cBefore: usize, h: usize, c: usize): void {
	const ldh = (<usize>P) << 2;
	const pf = w.peepholes;
	const po = pf + ldh;
	const pi = po + ldh;
	for (; count > 0; count--, gates += ldh << 2, cBefore += ldh, c += ldh, h += ldh) {
		const f = gates;
		const g = f + ldh;
		const o = g + ldh;
		const i = o + ldh;
		if (pf) peep(f, pf, cBefore, ldh);
		gateRow(w.hard, f, P);
		if (w.coupled) oneMinus(f, i, ldh);
		else {
			if (pf) peep(i, pi, cBefore, ldh);
			gateRow(w.hard, i, P);
		}
		tanhRow(g, g, P);
		for (let j: usize = 0; j < ldh; j += 16) {
			const kept = f32x4.mul(v128.load(f + j), v128.load(cBefore + j));
			v128.store(c + j, fma(v128.load(i + j), v128.load(g + j), kept));
		}
		if (pf) peep(o, po, c, ldh);
		gateRow(w.hard, o, P);
		tanhRow(c, h, P);
		for (let j: usize = 0; j < ldh; j += 16) v128.store(h + j, f32x4.mul(v128.load(h + j), v128.load(o + j)));
	}
}

/** z += p⊙c. */
function peep(z: usize, p: usize, c: usize, length: bytes): void {
	for (let j: usize = 0; j < length; j += 16)
		v128.store(z + j, fma(v128.load(p + j), v128.load(c + j), v128.load(z + j)));
}

function gateRow(hard: i32, z: usize, P: i32): void {
	if (hard) hardSigmoidRow(z, z, P);
	else sigmoidRow(z, z, P);
}

function oneMinus(f: usize, i: usize, length: bytes): void {
	const one = f32x4.splat(1);
	for (let j: usize = 0; j < length; j += 16) v128.store(i + j, f32x4.sub(one, v128.load(f + j)));
}

function backward(w: LstmVariantBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const z = now << 2;
	const dz = w.dz + z;
	const R = padded(w.R);
	takeHidden(w, now, place, count);
	if (w.updatesC) splitState(count, w.dc + place, w.updatesC + now, w.kept + place, ldh);
	const dy = fromAbove(w, now, place);
	if (w.cellNorms) slopes<bool>(w, count, ldh, w.gates + z, w.c + past, now, dy, dz, place);
	else slopes<void>(w, count, ldh, w.gates + z, w.c + past, now, dy, dz, place);
	if (w.updatesC) addState(count, w.kept + place, w.dc + place, ldh);
	const back = w.dRead + ofHidden(w, place);
	if (depthOf(w, past)) product(count, R, (w.coupled ? 3 : 4) * P, dz, ldh << 2, w.Wh, back, (<usize>R) << 2, 0, 0);
	giveHidden(w, now, place, count, false);
}

/** tanh(c) = h/o of four units. */
function tanhOf(h: usize, o: usize): v128 {
	return f32x4.div(v128.load(h), f32x4.pmax(v128.load(o), f32x4.splat(LEAST)));
}

function gateSlope(hard: i32, y: v128): v128 {
	return hard ? hardSigmoidSlope4(y) : sigmoidSlope4(y);
}

/** dh⊙tanh(c)⊙σ'(o) of four units. */
function outputGradient(hard: i32, dht: v128, o: v128, tc: v128): v128 {
	return f32x4.mul(f32x4.mul(dht, tc), gateSlope(hard, o));
}

/** dc[t] of four units, the first of them j bytes into the row. */
function cellGradient(w: LstmVariantBackward, j: usize, dht: v128, o: v128, tc: v128, back: v128): v128 {
	const through = fma(f32x4.mul(dht, o), tanhSlope4(tc), back);
	if (!w.peepholes) return through;
	const ldh = (<usize>padded(w.H)) << 2;
	return fma(v128.load(w.peepholes + ldh + j), outputGradient(w.hard, dht, o, tc), through);
}

/** As in lstm.ts, slopes<bool> also leaves Σ dc² of each row; a dh that is flushed has no share in it. */
function slopes<Seen>(
	w: LstmVariantBackward,
	count: i32,
	ldh: usize,
	gates: usize,
	cBefore: usize,
	now: bytes,
	dy: usize,
	dz: usize,
	place: bytes,
): void {
	const pf = w.peepholes;
	const pi = pf + ldh * 2;
	const dh = w.dm;
	let norm = isBoolean<Seen>() ? w.cellNorms + (now / ldh) * 8 : 0;
	for (; count > 0; count--, gates += ldh * 3, dz += ldh * 3) {
		let sum = f64x2.splat(0);
		for (let j: usize = 0; j < ldh; j += 16, gates += 16, dz += 16, now += 16, place += 16, cBefore += 16, dy += 16) {
			const f = v128.load(gates);
			const g = v128.load(gates + ldh);
			const o = v128.load(gates + ldh * 2);
			const i = v128.load(gates + ldh * 3);
			const c = v128.load(cBefore);
			const tc = tanhOf(w.m + now, gates + ldh * 2);
			const dht = flushed(f32x4.add(v128.load(dy), v128.load(dh + place)));
			const seen = cellGradient(w, j, dht, o, tc, v128.load(w.dc + place));
			const dct = flushed(seen);
			if (isBoolean<Seen>()) {
				const left = w.H - <i32>(j >> 2);
				sum = f64x2.add(sum, squares4(left < 4 ? onlyFirst(left, seen, f32x4.splat(0)) : seen));
			}
			const dzf = flushed(f32x4.mul(f32x4.mul(dct, w.coupled ? f32x4.sub(c, g) : c), gateSlope(w.hard, f)));
			const dzi = w.coupled ? f32x4.splat(0) : flushed(f32x4.mul(f32x4.mul(dct, g), gateSlope(w.hard, i)));
			v128.store(dz, dzf);
			v128.store(dz + ldh, flushed(f32x4.mul(f32x4.mul(dct, i), tanhSlope4(g))));
			v128.store(dz + ldh * 2, flushed(outputGradient(w.hard, dht, o, tc)));
			v128.store(dz + ldh * 3, dzi);
			let back = f32x4.mul(dct, f);
			if (pf) back = fma(v128.load(pf + j), dzf, back);
			if (pf && !w.coupled) back = fma(v128.load(pi + j), dzi, back);
			v128.store(w.dc + place, flushed(back));
		}
		if (isBoolean<Seen>()) {
			store<f64>(norm, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
			norm += 8;
		}
	}
}
