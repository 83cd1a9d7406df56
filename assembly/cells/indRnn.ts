// The independently recurrent network: Li et al. 2018. As rnn.ts, but each unit sees of the state before only its own.

import { activate, throughActivation } from "../activations";
import { bytes, fma, padded } from "../lanes";
import { arriving, BackwardWalk, depthOf, ForwardWalk } from "./record";
import { walkBackward, walkForward } from "./walk";

@unmanaged
export class IndRnnForward extends ForwardWalk {
	relu: i32;
	u: usize;
}

@unmanaged
export class IndRnnBackward extends BackwardWalk {
	relu: i32;
	dz: usize;
	u: usize;
}

/** IndRNN over all steps:   h[t] = relu(x[t]·Wxᵀ + b + u⊙h[t-1]), or tanh.
 *
 * reads   x [total, ldx]   Wx panels, transposed, [I, P]   bx [P] = b   u [P]   initial rows of h
 * writes  gates [total, P] (before relu or tanh)   h [total, P]
 * cut     sequences
 * spans   steps
 * cost    2 · total · H · (I + 1) operations */
export function indRnnForward(w: IndRnnForward, begin: i32, end: i32): void {
	walkForward<IndRnnForward>(forward, w, begin, end, 1, 1);
}

/** The gradient of indRnnForward through time.
 *
 *   dh[t] = dy[t] + u⊙dz[t+1]     dz[t] = dh[t] where h[t] > 0, else 0; with tanh dz[t] = dh[t]⊙(1 - h[t]²)
 *
 * reads    h of indRnnForward   dy   u [P]
 * writes   dz [total, P]   hiddenNorms [total] f64
 * updates  dh [B, P]: the gradient of the final state becomes that of the initial state, if one was given
 * cut      sequences
 * spans    steps
 * cost     2 · total · H operations */
export function indRnnBackward(w: IndRnnBackward, begin: i32, end: i32): void {
	walkBackward<IndRnnBackward>(backward, w, begin, end);
}

function forward(w: IndRnnForward, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	if (depthOf(w, past)) addPast(count, (<usize>P) << 2, w.u, w.h + past, w.gates + now);
	activate(w.relu, w.gates + now, w.h + now, count * P);
}

/** z += u⊙h[t-1]. */
function addPast(count: i32, ldh: usize, u: usize, hBefore: usize, z: usize): void {
	for (; count > 0; count--) {
		for (let j: usize = 0; j < ldh; j += 16, hBefore += 16, z += 16)
			v128.store(z, fma(v128.load(u + j), v128.load(hBefore), v128.load(z)));
	}
}

function backward(w: IndRnnBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const P = padded(w.H);
	const dz = w.dz + now;
	const dh = w.dh + place;
	throughActivation(w.relu, w.h + now, arriving(w, now, place), dh, dz, count * P);
	if (depthOf(w, past)) goBack(count, (<usize>P) << 2, w.u, dz, dh);
}

/** dh = u⊙dz. */
function goBack(count: i32, ldh: usize, u: usize, dz: usize, dh: usize): void {
	for (; count > 0; count--) {
		for (let j: usize = 0; j < ldh; j += 16, dz += 16, dh += 16)
			v128.store(dh, f32x4.mul(v128.load(u + j), v128.load(dz)));
	}
}
