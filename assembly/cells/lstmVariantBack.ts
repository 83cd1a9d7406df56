// The way back of lstmVariant.ts.

import { gateSlope4, tanhSlope4 } from "../activations";
import { bytes, flushed, fma, live, padded, squares4 } from "../lanes";
import { product } from "../product/product";
import { throughGain } from "./cellNorm";
import { fromAbove, giveHidden, takeHidden } from "./hidden";
import { HiddenBackward } from "./hiddenRecord";
import { addState, splitState } from "./hiddenRows";
import { blocksOf, firstGate, peep } from "./lstmVariant";
import { depthOf, ofHidden } from "./record";
import { walkBackward } from "./walk";

/** As in lstm.ts: the backward pass divides h by o, or by this where o is smaller. */
const LEAST: f32 = 1e-30;

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
	gains: usize;
	scales: usize;
}

/** The gradient of lstmVariantForward through time.
 *
 *   dh[t] = dy[t] + dz[t+1]·Wh     do = dh⊙tanh(c)⊙σ'(o)
 *   dc[t] = dh⊙o⊙(1 - tanh²c[t]) + po⊙do + (dc⊙f + pf⊙df + pi⊙di)[t+1]
 *   df = dc⊙c[t-1]⊙σ'(f), coupled: dc⊙(c[t-1] - g)⊙σ'(f)     di = dc⊙g⊙σ'(i), coupled: 0     dg = dc⊙i⊙(1-g²)
 *
 * where tanh(c) = h/o, which is cheaper than tanh. With layer norms that is tanh(LN(c)⊙γc + βc), so the first term of dc goes back
 * through LN; and dz goes back through LN to the products with x and h, of which the latter takes the place of dz in dh. With
 * u = (v - mean)·s and g = du⊙γ, dv = s·(g - mean of g - u·mean of g⊙u).
 * reads    gates, h, c, scales of lstmVariantForward   dy   Wh panels, [4P, H], coupled [3P, H]   peepholes   gains
 * writes   dz [total, 4P]; with layer norms [total, 13P], in the order of a row; dz may be gates
 *          hiddenNorms, cellNorms [total] f64   dProjected: assembly/cells/hiddenRecord.ts
 * updates  dh, dc [B, P]: the gradient of the final state becomes that of the initial state, if one was given
 * scratch  kept [B, P]   dm, dRead: assembly/cells/hiddenRecord.ts
 * cut      sequences
 * spans    steps
 * cost     2 · total · 4H · H operations */
export function lstmVariantBackward(w: LstmVariantBackward, begin: i32, end: i32): void {
	walkBackward<LstmVariantBackward>(backward, w, begin, end);
}

function backward(w: LstmVariantBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const ldz = ldh * blocksOf(w.gains);
	const R = padded(w.R);
	takeHidden(w, now, place, count);
	if (w.updatesC) splitState(count, w.dc + place, w.updatesC + now, w.kept + place, ldh);
	slopes(w, past, now, place, count);
	if (w.updatesC) addState(count, w.kept + place, w.dc + place, ldh);
	const dz = w.dz + now * blocksOf(w.gains) + (w.gains ? ldh * 4 : 0);
	const back = w.dRead + ofHidden(w, place);
	if (depthOf(w, past)) product(count, R, (w.coupled ? 3 : 4) * P, dz, ldz, w.Wh, back, (<usize>R) << 2, 0, 0);
	giveHidden(w, now, place, count, false);
}

function slopes(w: LstmVariantBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const ldh = (<usize>padded(w.H)) << 2;
	const ldg = ldh * blocksOf(w.gains);
	const first = now * blocksOf(w.gains) + ldh * firstGate(w.gains);
	let gates = w.gates + first;
	let dz = w.dz + first;
	let dy = fromAbove(w, now, place);
	let row = now / ldh;
	for (; count > 0; count--, gates += ldg, dz += ldg, dy += ldh, now += ldh, past += ldh, place += ldh, row++) {
		const scales = w.scales + (row << 4);
		const dc = w.dc + place;
		throughOutput(w, gates, now, dy, place, dz);
		if (w.gains) throughCellNorm(w, gates, dz, scales, dc);
		if (w.peepholes) peep(dc, w.peepholes + ldh, dz + ldh * 2, ldh);
		if (w.cellNorms) store<f64>(w.cellNorms + (row << 3), squareSum(dc, w.H));
		throughCell(w, gates, w.c + past, dz, dc);
		if (w.gains) throughProductNorms(w, gates, dz, scales);
	}
}

/** do, and dh⊙o⊙(1 - tanh²) added to dc; with layer norms, it is the gradient of LN(c)⊙γc, and set. */
function throughOutput(w: LstmVariantBackward, gates: usize, now: bytes, dy: usize, place: bytes, dz: usize): void {
	const ldh = (<usize>padded(w.H)) << 2;
	const o = gates + ldh * 2;
	const h = w.m + now;
	const dh = w.dm + place;
	const dc = w.dc + place;
	const du = dz + ldh * 4;
	for (let j: usize = 0; j < ldh; j += 16) {
		const open = v128.load(o + j);
		const tc = f32x4.div(v128.load(h + j), f32x4.pmax(open, f32x4.splat(LEAST)));
		const dht = flushed(f32x4.add(v128.load(dy + j), v128.load(dh + j)));
		const through = f32x4.mul(dht, open);
		if (w.gains) v128.store(du + j, flushed(f32x4.mul(through, tanhSlope4(tc))));
		else v128.store(dc + j, fma(through, tanhSlope4(tc), v128.load(dc + j)));
		v128.store(dz + ldh * 2 + j, flushed(f32x4.mul(f32x4.mul(dht, tc), gateSlope4(<bool>w.hard, open))));
	}
}

function throughCellNorm(w: LstmVariantBackward, gates: usize, dz: usize, scales: usize, dc: usize): void {
	const ldh = (<usize>padded(w.H)) << 2;
	throughGain(dz + ldh * 4, w.gains + ldh * 12, gates + ldh * 4, scales + 8, 1, w.H, 1, dc);
}

/** Σ x² of the first n floats of a row. */
function squareSum(x: usize, n: i32): f64 {
	let sum = f64x2.splat(0);
	for (; n > 0; n -= 4, x += 16) sum = f64x2.add(sum, squares4(live(n, v128.load(x))));
	return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** df, dg and di from dc[t], which becomes what goes on to dc[t-1]. */
function throughCell(w: LstmVariantBackward, gates: usize, cBefore: usize, dz: usize, dc: usize): void {
	const ldh = (<usize>padded(w.H)) << 2;
	const pf = w.peepholes;
	const pi = pf + ldh * 2;
	for (let j: usize = 0; j < ldh; j += 16, gates += 16, dz += 16) {
		const f = v128.load(gates);
		const g = v128.load(gates + ldh);
		const i = v128.load(gates + ldh * 3);
		const c = v128.load(cBefore + j);
		const dct = flushed(v128.load(dc + j));
		const dzf = flushed(f32x4.mul(f32x4.mul(dct, w.coupled ? f32x4.sub(c, g) : c), gateSlope4(<bool>w.hard, f)));
		const dzi = w.coupled ? f32x4.splat(0) : flushed(f32x4.mul(f32x4.mul(dct, g), gateSlope4(<bool>w.hard, i)));
		v128.store(dz, dzf);
		v128.store(dz + ldh, flushed(f32x4.mul(f32x4.mul(dct, i), tanhSlope4(g))));
		v128.store(dz + ldh * 3, dzi);
		let back = f32x4.mul(dct, f);
		if (pf) back = fma(v128.load(pf + j), dzf, back);
		if (pf && !w.coupled) back = fma(v128.load(pi + j), dzi, back);
		v128.store(dc + j, flushed(back));
	}
}

/** From dz of the gates to that of both products. */
function throughProductNorms(w: LstmVariantBackward, gates: usize, dz: usize, scales: usize): void {
	const N = w.coupled ? 3 : 4;
	const ldh = (<usize>padded(w.H)) << 2;
	const toX = ldh * 8;
	const toH = ldh * 4;
	throughGain(dz, w.gains, gates - toX, scales, N, w.H, 0, dz - toX);
	throughGain(dz, w.gains + ldh * 4, gates - toH, scales + 4, N, w.H, 0, dz - toH);
}
