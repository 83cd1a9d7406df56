// What a walk works on, and where its rows are.
//
// The rows of a state (h, c) are packed, each ldh = 4P bytes long, P being H rounded up to a multiple of 4; the initial rows of
// the sequences stand right before the first. So a row is told by its distance in bytes from there, negative for an initial
// one: of h and c the same, of gates so many times as they have blocks.

import { bytes } from "../lanes";
import { stateful } from "../packing";

/** What a walk over the steps of a batch works on: a record that the host writes once, when it binds the call. A cell adds
 * fields of its own, which no other cell sees. */
@unmanaged
export class Walk {
	packing: usize;
	/** Whether it goes from the last step to the first. */
	reverse: i32;
	H: i32;
	/** How many initial rows the states have room for. */
	room: i32;
	h: usize;
}

@unmanaged
export class ForwardWalk extends Walk {
	gates: usize;
	x: usize;
	ldx: bytes;
	I: i32;
	Wx: usize;
	bx: usize;
}

@unmanaged
export class BackwardWalk extends Walk {
	/** Gradients of h from the layers above: a row for every packed row, or, unless `everyStep`, one row for each sequence
	 * that serves all its steps. */
	dy: usize;
	everyStep: i32;
	/** The gradient of h on its way from the step after to the step before, a row for each sequence. */
	dh: usize;
	/** Where the square of the norm of each row's dh goes, one f64 a packed row, for who wants to see it; 0: nowhere. */
	hiddenNorms: usize;
}

/** How much of h[t-1] enters a product: nothing where it is an initial state that was not given, and so zero. */
export function depthOf(w: Walk, past: bytes): i32 {
	return <i32>past < 0 && !stateful(w.packing) ? 0 : w.H;
}

/** Where dy stands for the rows `now`, whose sequences are at `place`. */
export function arriving(w: BackwardWalk, now: bytes, place: bytes): usize {
	return w.dy + (w.everyStep ? now : place);
}
