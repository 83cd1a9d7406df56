// The operands of a walk, and where its rows are.
//
// A state (h, c) has a row for every packed row, each 4P bytes long, P being H rounded up to a multiple of 4. The initial rows, one
// for each sequence, stand right before the first packed row. So a row is named by its distance in bytes from the first packed
// row, which is negative for an initial one. A row of gates is several times as long, and its distance as many times as large.

import { bytes, padded } from "../lanes";
import { stateful } from "../packing";

/** The operands that every walk over the steps of a batch has: a record that the host writes once, when it binds the call. A
 * cell extends it by fields of its own. */
@unmanaged
export class Walk {
	packing: usize;
	/** Whether it goes from the last step to the first. */
	reverse: i32;
	H: i32;
	/** The width of h: H, unless the cell's output is projected. */
	R: i32;
	/** How many initial rows the states have memory for. */
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
	/** The gradient of h from the layers above. With `everyStep` it has a row for every packed row, else one row for each
	 * sequence, which is added at each of its steps. */
	dy: usize;
	everyStep: i32;
	/** The gradient of h on its way from the step after to the step before, a row for each sequence. */
	dh: usize;
	/** Where the square of the norm of each row's dh goes, one f64 a packed row, for who wants to see it; 0: nowhere. */
	hiddenNorms: usize;
}

/** The depth of a product with h[t-1]: its width, or 0 where h[t-1] is an initial state that was not given, and so zero. */
export function depthOf(w: Walk, past: bytes): i32 {
	return <i32>past < 0 && !stateful(w.packing) ? 0 : w.R;
}

/** The address of dy for the row at `now`, whose sequence has its row at `place`. */
export function arriving(w: BackwardWalk, now: bytes, place: bytes): usize {
	return w.dy + (w.everyStep ? now : place);
}

/** The distance in h, or in a buffer of rows as wide, of the row whose distance in the cell's other rows is `at`. */
export function ofHidden(w: Walk, at: bytes): bytes {
	if (w.R === w.H) return at;
	return <usize>((<i32>at / (padded(w.H) << 2)) * (padded(w.R) << 2));
}
