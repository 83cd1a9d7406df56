// The gradient of weights that the state before is multiplied by unit by unit, after the recursion has left dz in place.

import { bytes, fma, padded } from "../lanes";
import { afterStep, aliveAt, firstStep, offset, stateful } from "../packing";
import { Walk } from "./record";
import { beginOf } from "./walk";

@unmanaged
export class ElementwiseGradient extends Walk {
	dz: usize;
	du: usize;
}

/** The gradient of u in z[t] = … + u⊙h[t-1].
 *
 *   du[j] += Σₖ dz[k, j] · past[k, j], the state before row k
 *
 * over all packed rows k of the span, each step's sum from zero, row by row; steps are added from the last of the walk to the
 * first, the order in which the gradient comes back. So spans that are taken one after another from the last of the walk
 * give the bits of the whole. Initial states that were not given are left out.
 *
 * reads    dz [total, P]   h [total, P], and its initial rows
 * updates  du [H]
 * cut      H
 * spans    steps
 * cost     2 · total · H operations */
export function elementwiseGradient(w: ElementwiseGradient, begin: i32, end: i32): void {
	const packing = w.packing;
	const ahead = w.reverse ? -1 : 1;
	const ldh = (<usize>padded(w.H)) << 2;
	let t = w.reverse ? firstStep(packing) : afterStep(packing) - 1;
	for (let left = afterStep(packing) - firstStep(packing); left > 0; left--, t -= ahead) {
		const going = t === beginOf(w) ? 0 : min(aliveAt(packing, t - ahead), aliveAt(packing, t));
		const beginning = stateful(packing) ? aliveAt(packing, t) - going : 0;
		const now = w.dz + <usize>offset(packing, t) * ldh;
		const before = going > 0 ? w.h + <usize>offset(packing, t - ahead) * ldh : 0;
		const initial = w.h + <usize>(going - w.room) * ldh;
		for (let unit = begin & ~3; unit < end; unit += 4) {
			const j = (<usize>unit) << 2;
			const sum = addRows(going, ldh, now + j, before + j, f32x4.splat(0));
			const all = addRows(beginning, ldh, now + <usize>going * ldh + j, initial + j, sum);
			addLanes(all, w.du + j, begin - unit, end - unit);
		}
	}
}

/** sum + Σ dz·past over rows that are neighbours, of four units. */
function addRows(count: i32, ldh: bytes, dz: usize, past: usize, sum: v128): v128 {
	for (; count > 0; count--, dz += ldh, past += ldh) sum = fma(v128.load(dz), v128.load(past), sum);
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
