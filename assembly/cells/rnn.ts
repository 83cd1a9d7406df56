// The simple recurrent network: Elman 1990; as torch.nn.RNN, with tanh or relu.

import { activate, throughActivation } from "../activations";
import { bytes, padded } from "../lanes";
import { addProduct, product } from "../product/product";
import { fromAbove, giveHidden, leave, readable, takeHidden } from "./hidden";
import { HiddenForward } from "./hiddenRecord";
import { leaveTerms, OmegaWalk } from "./omega";
import { depthOf } from "./record";
import { walkBackward, walkForward } from "./walk";

@unmanaged
export class RnnForward extends HiddenForward {
	relu: i32;
	Wh: usize;
}

@unmanaged
export class RnnBackward extends OmegaWalk {
	relu: i32;
	dz: usize;
	Wh: usize;
}

/** RNN over all steps:   h[t] = tanh(x[t]·Wxᵀ + b + h[t-1]·Whᵀ), or relu.
 *
 * reads   x [total, ldx]   Wx, Wh panels, transposed, [I, P], [H, P]   bx [P] = b   initial rows of h
 * writes  gates [total, P] (before tanh or relu)   h, m [total, P]   read, projected: assembly/cells/hiddenRecord.ts
 * cut     sequences
 * spans   steps
 * cost    2 · total · H · (I + H) operations */
export function rnnForward(w: RnnForward, begin: i32, end: i32): void {
	walkForward<RnnForward>(forward, w, begin, end, 1, 1);
}

/** The gradient of rnnForward through time.
 *
 *   dh[t] = dy[t] + dz[t+1]·Wh     dz[t] = dh[t]⊙(1 - h[t]²); with relu dz[t] = dh[t] where h[t] > 0, else 0
 *
 * reads    h of rnnForward   dy   Wh panels, [P, H]
 * writes   dz [total, P]   hiddenNorms [total] f64   dBack [total, P], terms [total] i32: of Omega (assembly/cells/omega.ts), for
 *          which it needs hiddenNorms
 * updates  dh [B, P]: the gradient of the final state becomes that of the initial state, if one was given
 * scratch  dm, dRead: assembly/cells/hiddenRecord.ts
 * cut      sequences
 * spans    steps
 * cost     2 · total · H · H operations */
export function rnnBackward(w: RnnBackward, begin: i32, end: i32): void {
	walkBackward<RnnBackward>(backward, w, begin, end);
}

function forward(w: RnnForward, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	addProduct(count, P, depthOf(w, past), readable(w, w.h + past, now, count), ldh, w.Wh, w.gates + now, ldh);
	activate(w.relu, w.gates + now, w.m + now, count * P);
	leave(w, past, now, count);
}

function backward(w: RnnBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const dz = w.dz + now;
	takeHidden(w, now, place, count);
	throughActivation(w.relu, w.m + now, fromAbove(w, now, place), w.dm + place, dz, count * P);
	const depth = depthOf(w, past);
	if (depth) product(count, P, P, dz, ldh, w.Wh, w.dRead + place, ldh, 0, 0);
	giveHidden(w, now, place, count, false);
	if (w.dBack) leaveTerms(w, now, place, count, depth > 0);
}
