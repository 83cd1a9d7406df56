// How a cell goes through what may stand between it and its hidden state (hiddenRecord.ts): where nothing does, straight on.

import { bytes } from "../lanes";
import { HiddenBackward, HiddenForward } from "./hiddenRecord";
import { dropPast, joinGradient, setHidden, splitGradient } from "./hiddenRows";

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
