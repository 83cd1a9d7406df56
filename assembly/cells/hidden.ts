// What may stand between a cell and its hidden state. A cell reads h[t-1], or it with some units dropped; it gives m[t], which is h[t]
// unless it is projected or zoned out:
//
//   read[t] = h[t-1]⊙mask[t]     m[t] = cell(x[t], read[t], h[t-1])     h[t] = u⊙(m[t]·Wrᵀ) + (1-u)⊙h[t-1]
//
// mask: dropout of the recurrence (Gal & Ghahramani 2016). u: zoneout (Krueger et al. 2017), 0 where a unit keeps its value, else 1; in
// predictions the share of ones everywhere. Wr: projection (Sak et al. 2014).

import { bytes } from "../lanes";
import { dropPast, joinGradient, setHidden, splitGradient } from "./hiddenRows";
import { BackwardWalk, ForwardWalk } from "./record";

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
	/** [B, P] the gradient of m; dh where m is h and nothing is dropped. */
	dm: usize;
	/** What is added to it: dy, or where dm isn't dh zeros, a row for each sequence. */
	above: usize;
	/** Whether that has a row for every packed row. */
	everyAbove: i32;
	/** [B, R] the gradient of what products read; may be dh too. */
	dRead: usize;
}

/** The address of what products read at the step of the rows at `now`, which go on from those whose h is at `h`. */
export function readable(w: HiddenForward, h: usize, now: bytes, count: i32): usize {
	return w.read ? dropPast(w, h, now, count) : h;
}

/** Sets h from m, where it isn't m. */
export function leave(w: HiddenForward, past: bytes, now: bytes, count: i32): void {
	if (w.m !== w.h) setHidden(w, past, now, count);
}

/** Takes the gradient of h[t], dy + dh, to that of m[t]. What passes m by, because a unit kept its value, stays in dh. */
export function takeHidden(w: HiddenBackward, now: bytes, place: bytes, count: i32): void {
	if (w.dm !== w.dh) splitGradient(w, now, place, count);
}

/** Where a cell finds what is to be added to dm. */
export function fromAbove(w: HiddenBackward, now: bytes, place: bytes): usize {
	return w.above + (w.everyAbove ? now : place);
}

/** Adds up in dh the gradient of h[t-1]: what passed m by, what came through products, and, where a cell also reads h[t-1] unit by
 * unit, what it left in dm. */
export function giveHidden(w: HiddenBackward, now: bytes, place: bytes, count: i32, direct: bool): void {
	if (w.dm !== w.dh) joinGradient(w, now, place, count, direct);
}
