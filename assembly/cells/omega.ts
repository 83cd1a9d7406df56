// Omega, the regularizer of Pascanu, Mikolov & Bengio 2013, which asks of a step back that it keeps the norm of the gradient:
//
//   Ω = mean over rows of (‖back‖/‖δ‖ - 1)²     δ = ∂L/∂h[t], back = dz[t]·Wh, what goes back from there to h[t-1]
//
// Only its immediate derivative is taken, for which δ, h and so dz are constants:
//
//   ∂Ω/∂Wh = mean of dzᵀ·dBack     dBack = 2 (‖back‖/‖δ‖ - 1) / (‖back‖·‖δ‖) · back
//
// A row has a term where something goes back from it to a state, and where ‖δ‖ is not below 1e-20: rows whose gradient has
// vanished say nothing. Where back is zero there is no derivative, and dBack is zero.

import { bytes, fma, padded, scaled4, squares4 } from "../lanes";
import { afterRow, firstRow } from "../packing";
import { HiddenBackward } from "./hiddenRecord";

/** A ‖δ‖ below it has vanished. */
const LEAST: f64 = 1e-20;

/** A walk back that may leave the terms of Omega behind. */
@unmanaged
export class OmegaWalk extends HiddenBackward {
	/** A row of dBack for every packed row; 0: nowhere, and no terms. */
	dBack: usize;
	/** Of each packed row, whether it has a term. */
	terms: usize;
}

/** The terms of `count` neighbouring rows, from what goes back from them, which is in dh; of none of them unless `goes`. */
export function leaveTerms(w: OmegaWalk, now: bytes, place: bytes, count: i32, goes: bool): void {
	const P = padded(w.H);
	const ldh = (<usize>P) << 2;
	const k = now / ldh;
	let back = w.dh + place;
	let dBack = w.dBack + now;
	let norm = w.hiddenNorms + (k << 3);
	let term = w.terms + (k << 2);
	for (; count > 0; count--, back += ldh, dBack += ldh, norm += 8, term += 4) {
		const delta = sqrt<f64>(load<f64>(norm));
		// A NaN has a term, so that it shows.
		const hasTerm = goes && !(delta < LEAST);
		store<i32>(term, i32(hasTerm));
		if (hasTerm) leaveTerm(back, dBack, ldh, delta);
		else memory.fill(dBack, 0, ldh);
	}
}

/** One row of dBack. Lanes past H are zeros in `back`, since the weights are there. */
function leaveTerm(back: usize, dBack: usize, length: bytes, delta: f64): void {
	let sum = f64x2.splat(0);
	for (let j: usize = 0; j < length; j += 16) sum = f64x2.add(sum, squares4(v128.load(back + j)));
	const norm = sqrt<f64>(f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
	const factor = f64x2.splat(norm === 0 ? 0 : (2 * (norm / delta - 1)) / (norm * delta));
	for (let j: usize = 0; j < length; j += 16) v128.store(dBack + j, scaled4(v128.load(back + j), factor));
}

/** Counts the rows that have a term: count += Σₖ terms[k].
 *
 * reads    terms [total] i32
 * updates  count (f64)
 * spans    steps */
export function countTerms(packing: usize, terms: usize, count: usize): void {
	let more = 0;
	for (let k = firstRow(packing); k < afterRow(packing); k++) more += load<i32>(terms + ((<usize>k) << 2));
	store<f64>(count, load<f64>(count) + <f64>more);
}

/** The operands of addOmega. */
@unmanaged
export class AddOmega {
	/** What Omega enters the gradient with. */
	omega: f32;
	sum: usize;
	count: usize;
	rows: i32;
	columns: i32;
	dU: usize;
}

/** Adds the gradient of Omega, a mean, to that of the weights: dU += omega / count · sum; nothing where no row has a term.
 *
 * reads    sum [rows, columns] = Σ dzᵀ·dBack   count (f64)
 * updates  dU [rows, columns]
 * cut      rows */
export function addOmega(w: AddOmega, begin: i32, end: i32): void {
	const count = load<f64>(w.count);
	if (count === 0) return;
	const scale = <f32>(<f64>w.omega / count);
	const scale4 = f32x4.splat(scale);
	const ldu = (<usize>w.columns) << 2;
	let sum = w.sum + <usize>begin * ldu;
	let dU = w.dU + <usize>begin * ldu;
	for (let row = begin; row < end; row++) {
		let left = w.columns;
		for (; left >= 4; left -= 4, sum += 16, dU += 16) v128.store(dU, fma(v128.load(sum), scale4, v128.load(dU)));
		for (; left > 0; left--, sum += 4, dU += 4) {
			const more = f32x4.splat(load<f32>(sum));
			store<f32>(dU, f32x4.extract_lane(fma(more, scale4, f32x4.splat(load<f32>(dU))), 0));
		}
	}
}
