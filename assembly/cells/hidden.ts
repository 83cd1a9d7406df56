// What may stand between a cell and its hidden state. A cell reads h[t-1], or it with some units dropped; it gives m[t], which is h[t]
// unless it is projected or zoned out:
//
//   read[t] = h[t-1]⊙mask[t]     m[t] = cell(x[t], read[t], h[t-1])     h[t] = u⊙(m[t]·Wrᵀ) + (1-u)⊙h[t-1]
//
// mask: dropout of the recurrence (Gal & Ghahramani 2016). u: zoneout (Krueger et al. 2017), 0 where a unit keeps its value, else 1; in
// predictions the share of ones everywhere. Wr: projection (Sak et al. 2014).

import { bytes, flushed, fma, padded } from "../lanes";
import { product } from "../product/product";
import { arriving, BackwardWalk, ForwardWalk, ofHidden, Walk } from "./record";

@unmanaged
export class HiddenForward extends ForwardWalk {
	/** [total, P] what the cell gives; may be h. */
	m: usize;
	/** [total, R] what its products read; 0: h[t-1]. */
	read: usize;
	mask: usize;
	/** Weights of the projection in panels, [H, R]; 0: none. */
	Wr: usize;
	/** [total, R] m·Wrᵀ; h where there is no zoneout. */
	projected: usize;
	/** The share of units that zoneout lets have their new value; 1: no zoneout. */
	u: f32;
	/** [total, R] which ones they are; 0: all, by that share. */
	updates: usize;
}

@unmanaged
export class HiddenBackward extends BackwardWalk {
	/** As HiddenForward's. */
	m: usize;
	mask: usize;
	/** Weights of the projection in panels, [R, H]; 0: none. */
	Wr: usize;
	/** [total, R] the gradient of m·Wrᵀ. */
	dProjected: usize;
	/** 0: no zoneout. */
	updates: usize;
	/** [B, P] the gradient of m, in place of dy + dh; 0 where m is h and nothing is dropped. */
	dm: usize;
	/** [B, P] zeros, in place of dy. */
	zeros: usize;
	/** [B, R] the gradient of what products read. */
	dRead: usize;
}

/** The address of what products read at the step of the rows at `now`, which go on from those at `past`. */
export function readable(w: HiddenForward, past: bytes, now: bytes, count: i32): usize {
	const h = w.h + ofHidden(w, past);
	if (!w.read) return h;
	const at = ofHidden(w, now);
	multiply(count, h, w.mask + at, w.read + at, rowOf(w));
	return w.read + at;
}

/** Sets h from m, where it isn't m. */
export function leave(w: HiddenForward, past: bytes, now: bytes, count: i32): void {
	if (w.m === w.h) return;
	const at = ofHidden(w, now);
	const ldh = rowOf(w);
	const P = padded(w.H);
	if (w.Wr) product(count, <i32>(ldh >> 2), w.H, w.m + now, (<usize>P) << 2, w.Wr, w.projected + at, ldh, 0, 0);
	if (w.u === 1) return;
	const fresh = w.Wr ? w.projected + at : w.m + now;
	zone(count, w.h + ofHidden(w, past), fresh, w.updates ? w.updates + at : 0, w.u, w.h + at, ldh);
}

/** Whether the gradient of m is apart from that of h. */
function isApart(w: HiddenBackward): bool {
	return w.dm !== 0;
}

/** Takes the gradient of h[t], dy + dh, to that of m[t]. What passes m by, because a unit kept its value, stays in dh. */
export function takeHidden(w: HiddenBackward, now: bytes, place: bytes, count: i32): void {
	if (!isApart(w)) return;
	const at = ofHidden(w, now);
	const to = ofHidden(w, place);
	const ldh = rowOf(w);
	const d = w.Wr ? w.dProjected + at : w.dm + place;
	split(w, count, arriving(w, at, to), w.updates ? w.updates + at : 0, w.dh + to, d);
	memory.fill(w.dRead + to, 0, <usize>count * ldh);
	if (!w.Wr) return;
	const P = padded(w.H);
	product(count, P, <i32>(ldh >> 2), d, ldh, w.Wr, w.dm + place, (<usize>P) << 2, 0, 0);
}

/** Where a cell finds the gradient of m that comes from above; the rest of it is at `carried`. */
export function fromAbove(w: HiddenBackward, now: bytes, place: bytes): usize {
	return isApart(w) ? w.zeros + place : arriving(w, now, place);
}

export function carried(w: HiddenBackward, place: bytes): usize {
	return (isApart(w) ? w.dm : w.dh) + place;
}

/** Where the gradient of what products read goes. */
export function returned(w: HiddenBackward, place: bytes): usize {
	return isApart(w) ? w.dRead + ofHidden(w, place) : w.dh + place;
}

/** Adds up in dh the gradient of h[t-1]: what passed m by, what came through products, and, where a cell also reads h[t-1] unit by
 * unit, what it left in dm. */
export function giveHidden(w: HiddenBackward, now: bytes, place: bytes, count: i32, direct: bool): void {
	if (!isApart(w)) return;
	const at = ofHidden(w, now);
	const to = ofHidden(w, place);
	const length = <usize>count * rowOf(w);
	for (let j: usize = 0; j < length; j += 16) {
		let d = v128.load(w.dRead + to + j);
		if (w.mask) d = f32x4.mul(d, v128.load(w.mask + at + j));
		d = f32x4.add(d, v128.load(w.dh + to + j));
		if (direct) d = f32x4.add(d, v128.load(w.dm + to + j));
		v128.store(w.dh + to + j, flushed(d));
	}
}

function rowOf(w: Walk): bytes {
	return (<usize>padded(w.R)) << 2;
}

/** y = x⊙mask. */
function multiply(count: i32, x: usize, mask: usize, y: usize, ld: bytes): void {
	const length = <usize>count * ld;
	for (let j: usize = 0; j < length; j += 16) v128.store(y + j, f32x4.mul(v128.load(x + j), v128.load(mask + j)));
}

/** h = u⊙fresh + (1-u)⊙past. */
export function zone(count: i32, past: usize, fresh: usize, updates: usize, u: f32, h: usize, ld: bytes): void {
	const length = <usize>count * ld;
	const one = f32x4.splat(1);
	let share = f32x4.splat(u);
	for (let j: usize = 0; j < length; j += 16) {
		if (updates) share = v128.load(updates + j);
		const kept = f32x4.mul(f32x4.sub(one, share), v128.load(past + j));
		v128.store(h + j, fma(share, v128.load(fresh + j), kept));
	}
}

/** d = u⊙(dy + dh), dh = (1-u)⊙(dy + dh); without zoneout u is 1. */
function split(w: HiddenBackward, count: i32, dy: usize, updates: usize, dh: usize, d: usize): void {
	const length = <usize>count * rowOf(w);
	const one = f32x4.splat(1);
	let share = one;
	for (let j: usize = 0; j < length; j += 16) {
		if (updates) share = v128.load(updates + j);
		const all = flushed(f32x4.add(v128.load(dy + j), v128.load(dh + j)));
		v128.store(d + j, f32x4.mul(share, all));
		v128.store(dh + j, f32x4.mul(f32x4.sub(one, share), all));
	}
}

/** dc = u⊙dc, and (1-u)⊙dc in `by`. */
export function splitState(count: i32, dc: usize, updates: usize, by: usize, ld: bytes): void {
	const length = <usize>count * ld;
	const one = f32x4.splat(1);
	for (let j: usize = 0; j < length; j += 16) {
		const share = v128.load(updates + j);
		const all = v128.load(dc + j);
		v128.store(dc + j, f32x4.mul(share, all));
		v128.store(by + j, f32x4.mul(f32x4.sub(one, share), all));
	}
}

/** dc += by. */
export function addState(count: i32, by: usize, dc: usize, ld: bytes): void {
	const length = <usize>count * ld;
	for (let j: usize = 0; j < length; j += 16) {
		v128.store(dc + j, flushed(f32x4.add(v128.load(dc + j), v128.load(by + j))));
	}
}
