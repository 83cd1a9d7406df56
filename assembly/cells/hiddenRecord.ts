// What may stand between a cell and its hidden state. A cell reads h[t-1], or it with some units dropped; it gives m[t], which is h[t]
// unless it is projected or zoned out:
//
//   read[t] = h[t-1]⊙mask[t]     m[t] = cell(x[t], read[t], h[t-1])     h[t] = u⊙(m[t]·Wrᵀ) + (1-u)⊙h[t-1]
//
// mask: dropout of the recurrence (Gal & Ghahramani 2016). u: zoneout (Krueger et al. 2017), 0 where a unit keeps its value, else 1; in
// predictions the share of ones everywhere. Wr: projection (Sak et al. 2014).

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
