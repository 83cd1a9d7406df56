// The rows of hiddenRecord.ts, where something stands between a cell and its hidden state.

import { bytes, flushed, fma, padded } from "../lanes";
import { product } from "../product/product";
import { HiddenBackward, HiddenForward } from "./hiddenRecord";
import { arriving, ofHidden, Walk } from "./record";

/** Sets read[t] = h[t-1]⊙mask[t], and returns where it is. */
export function dropPast(w: HiddenForward, h: usize, now: bytes, count: i32): usize {
	const at = ofHidden(w, now);
	multiply(count, h, w.mask + at, w.read + at, rowOf(w));
	return w.read + at;
}

/** h[t] from m[t]. */
export function setHidden(w: HiddenForward, past: bytes, now: bytes, count: i32): void {
	const at = ofHidden(w, now);
	const ldh = rowOf(w);
	const P = padded(w.H);
	if (w.Wr) product(count, <i32>(ldh >> 2), w.H, w.m + now, (<usize>P) << 2, w.Wr, w.projected + at, ldh, 0, 0);
	if (w.u === 1) return;
	const fresh = w.Wr ? w.projected + at : w.m + now;
	zone(count, w.h + ofHidden(w, past), fresh, w.updates ? w.updates + at : 0, w.u, w.h + at, ldh);
}

/** As takeHidden says, where m is apart from h. */
export function splitGradient(w: HiddenBackward, now: bytes, place: bytes, count: i32): void {
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

/** As giveHidden says. */
export function joinGradient(w: HiddenBackward, now: bytes, place: bytes, count: i32, direct: bool): void {
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
