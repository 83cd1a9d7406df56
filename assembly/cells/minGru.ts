// The minimal gated recurrent unit: Feng et al. 2024. Its gates know only x, so that nothing in the recursion is a product.

import { sigmoidRow, sigmoidSlope4 } from "../activations";
import { bytes, flushed, mixed, padded } from "../lanes";
import { arriving, BackwardWalk, ForwardWalk } from "./record";
import { walkBackward, walkForward } from "./walk";

@unmanaged
export class MinGruBackward extends BackwardWalk {
	gates: usize;
	dz: usize;
}

/** Minimal GRU over all steps.
 *
 *   z = σ(x·Wzᵀ + bz)   n = x·Wnᵀ + bn   h[t] = (1-z)⊙h[t-1] + z⊙n
 *
 * reads   x [total, ldx]   Wx panels, transposed, [I, 2P]: z, n   bx [2P]   initial rows of h
 * writes  gates [total, 2P]: z (after σ), n   h [total, P]
 * cut     sequences
 * spans   steps
 * cost    2 · total · 2H · I operations */
export function minGruForward(w: ForwardWalk, begin: i32, end: i32): void {
	walkForward<ForwardWalk>(forward, w, begin, end, 2, 2);
}

/** The gradient of minGruForward through time.
 *
 *   dh[t] = dy[t] + what came back     dn = dh⊙z     dz = dh⊙(n-h[t-1])⊙z(1-z)     back: dh⊙(1-z)
 *
 * reads    gates, h of minGruForward   dy
 * writes   dz [total, 2P]: of both; dz may be gates   hiddenNorms [total] f64
 * updates  dh [B, P]: the gradient of the final state becomes that of the initial state
 * cut      sequences
 * spans    steps
 * cost     8 · total · H operations */
export function minGruBackward(w: MinGruBackward, begin: i32, end: i32): void {
	walkBackward<MinGruBackward>(backward, w, begin, end);
}

function forward(w: ForwardWalk, past: bytes, now: bytes, count: i32): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	let z = w.gates + (now << 1);
	let hBefore = w.h + past;
	let h = w.h + now;
	for (; count > 0; count--, z += ldh << 1) {
		sigmoidRow(z, z, P);
		for (let j: usize = 0; j < ldh; j += 16, hBefore += 16, h += 16)
			v128.store(h, mixed(v128.load(z + j), v128.load(hBefore), v128.load(z + ldh + j)));
	}
}

function backward(w: MinGruBackward, past: bytes, now: bytes, place: bytes, count: i32): void {
	const ldh = (<usize>padded(w.H)) << 2;
	let gates = w.gates + (now << 1);
	let dz = w.dz + (now << 1);
	let hBefore = w.h + past;
	let dy = arriving(w, now, place);
	let dh = w.dh + place;
	for (; count > 0; count--, gates += ldh, dz += ldh) {
		for (const end = gates + ldh; gates < end; gates += 16, dz += 16) {
			const z = v128.load(gates);
			const n = v128.load(gates + ldh);
			const d = flushed(f32x4.add(v128.load(dy), v128.load(dh)));
			const dn = f32x4.mul(d, z);
			v128.store(dz, f32x4.mul(f32x4.mul(d, f32x4.sub(n, v128.load(hBefore))), sigmoidSlope4(z)));
			v128.store(dz + ldh, dn);
			v128.store(dh, f32x4.sub(d, dn));
			hBefore += 16;
			dy += 16;
			dh += 16;
		}
	}
}
