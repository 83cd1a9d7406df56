// The gradient of weights that multiply a state unit by unit, after the recursion has left dz in place.

import { bytes, fma, padded } from "../lanes";
import { afterStep, aliveAt, firstStep, offset, stateful } from "../packing";
import { Walk } from "./record";
import { beginOf } from "./walk";

@unmanaged
export class ElementwiseGradient extends Walk {
	dz: usize;
	lddz: bytes;
	/** Bytes of a row of h. */
	ldh: bytes;
	/** Neighbouring blocks of dz and h, each with weights of its own. */
	blocks: i32;
	/** Whether dz of a row is multiplied by the state after its step, not by that before. */
	after: i32;
	du: usize;
}

/** The gradient of u in z[t] = … + u⊙h[t-1], or u⊙h[t], h being any state, or in the latter case any rows.
 *
 *   du[b, j] += Σₖ dz[k, b, j] · h[k, b, j], the state before row k, or after it; b a block
 *
 * over all packed rows k of the span, each step's sum from zero, row by row; steps are added from the last of the walk to the
 * first, the order in which the gradient comes back. So spans that are taken one after another from the last of the walk
 * give the bits of the whole. Initial states that were not given are left out.
 *
 * reads    dz [total, lddz], of which blocks · P   h [total, ldh], of which blocks · P, and its initial rows
 * updates  du [blocks, H]
 * cut      H
 * spans    steps
 * cost     2 · total · blocks · H operations */
export function elementwiseGradient(w: ElementwiseGradient, begin: i32, end: i32): void {
	const packing = w.packing;
	const ahead = w.reverse ? -1 : 1;
	const ldh = w.ldh;
	const block = (<usize>padded(w.H)) << 2;
	const width = (<usize>w.H) << 2;
	let t = w.reverse ? firstStep(packing) : afterStep(packing) - 1;
	for (let left = afterStep(packing) - firstStep(packing); left > 0; left--, t -= ahead) {
		const alive = aliveAt(packing, t);
		const source = w.after ? t : t - ahead;
		const going = w.after ? alive : t === beginOf(w) ? 0 : min(aliveAt(packing, source), alive);
		const beginning = stateful(packing) ? alive - going : 0;
		const now = w.dz + <usize>offset(packing, t) * w.lddz;
		const state = going > 0 ? w.h + <usize>offset(packing, source) * ldh : 0;
		const initial = w.h + <usize>(going - w.room) * ldh;
		for (let b: usize = 0; b < <usize>w.blocks; b++)
			for (let unit = begin & ~3; unit < end; unit += 4) {
				const j = (<usize>unit) << 2;
				const at = b * block + j;
				const sum = addRows(going, w.lddz, ldh, now + at, state + at, f32x4.splat(0));
				const all = addRows(beginning, w.lddz, ldh, now + <usize>going * w.lddz + at, initial + at, sum);
				addLanes(all, w.du + b * width + j, begin - unit, end - unit);
			}
	}
}

/** sum + Σ dz·h over rows that are neighbours, of four units. */
function addRows(count: i32, lddz: bytes, ldh: bytes, dz: usize, h: usize, sum: v128): v128 {
	for (; count > 0; count--, dz += lddz, h += ldh) sum = fma(v128.load(dz), v128.load(h), sum);
	return sum;
}

/** target[k] += x[k] for the lanes k of [from, to), of which there are four; from is less than 4, and to more than 0. */
function addLanes(x: v128, target: usize, from: i32, to: i32): void {
	if (from <= 0 && to >= 4) {
		v128.store(target, f32x4.add(v128.load(target), x));
		return;
	}
	if (from <= 0) store<f32>(target, load<f32>(target) + f32x4.extract_lane(x, 0));
	if (from <= 1 && to > 1) store<f32>(target, load<f32>(target, 4) + f32x4.extract_lane(x, 1), 4);
	if (from <= 2 && to > 2) store<f32>(target, load<f32>(target, 8) + f32x4.extract_lane(x, 2), 8);
	if (to > 3) store<f32>(target, load<f32>(target, 12) + f32x4.extract_lane(x, 3), 12);
}
