// L2 on activations and on their change from step to step (AR and TAR: Merity, McCann & Socher 2017). Only the gradient: what is
// reported as the loss is the task's alone.

import { bytes, flushed, onlyFirst } from "../lanes";
import { afterStep, aliveAt, batchSize, firstStep, offset, total } from "../packing";

/** The operands of activationRegularization. */
@unmanaged
export class ActivationRegularization {
	packing: usize;
	x: usize;
	ldx: bytes;
	size: i32;
	/** The weight of the mean of x². */
	activation: f32;
	/** The weight of the mean of the squared change. */
	change: f32;
	/** Rows of x at the step before the span's first; 0 without `change`. */
	before: usize;
	/** What goes back from each sequence's step after; 0 without `change`. */
	carry: usize;
	/** Whether the gradient of another reader of x is in dx, to be added to. */
	adds: i32;
	dx: usize;
	lddx: bytes;
}

/** The gradient of activation · mean of x[t]² + change · mean of (x[t] - x[t-1])², which joins that of the loss.
 *
 *   dx[t] += 2·activation/n · x[t] + c[t] - c[t+1]     c[t] = 2·change/m · (x[t] - x[t-1]), 0 at a sequence's first step
 *
 * where the means are over n values, `size` of every packed row, and m values, those of all rows but each sequence's first. Nothing
 * changes on the way to a sequence's first step, also where it goes on from a batch before. What is next to nothing is 0.
 *
 * reads    x [total, ldx], rows of whole vectors   before [B, ldx], where the span has a step before it
 * updates  dx [total, lddx], zero past size, unless `adds` is 0: then what is there is not read
 *          carry [B, ldx]: c of the step after the span, zeros at first, becomes c of its first step
 * cut      sequences
 * spans    steps */
export function activationRegularization(w: ActivationRegularization, begin: i32, end: i32): void {
	const packing = w.packing;
	const rows = total(packing);
	const pull = slope(w.activation, rows * w.size);
	const changePull = slope(w.change, (rows - batchSize(packing)) * w.size);
	const first = firstStep(packing);
	for (let t = afterStep(packing) - 1; t >= first; t--) {
		const now = offset(packing, t);
		const past = t === 0 ? 0 : t === first ? w.before : w.x + <usize>offset(packing, t - 1) * w.ldx;
		const alive = min(aliveAt(packing, t), end);
		for (let r = begin; r < alive; r++) {
			const x = w.x + <usize>(now + r) * w.ldx;
			const dx = w.dx + <usize>(now + r) * w.lddx;
			const place = <usize>r * w.ldx;
			if (w.carry) changeBack(w, pull, changePull, x, past && past + place, w.carry + place, dx);
			else activationBack(w, pull, x, dx);
		}
	}
}

/** The slope of weight · mean of x², over x; the mean of nothing has none. */
function slope(weight: f32, count: i32): v128 {
	return f32x4.splat(count ? <f32>((2 * <f64>weight) / <f64>count) : 0);
}

function activationBack(w: ActivationRegularization, pull: v128, x: usize, dx: usize): void {
	for (let left = w.size; left > 0; left -= 4, x += 16, dx += 16) give(w, left, f32x4.mul(pull, v128.load(x)), dx);
}

function changeBack(
	w: ActivationRegularization,
	pull: v128,
	changePull: v128,
	x: usize,
	past: usize,
	carry: usize,
	dx: usize,
): void {
	for (let left = w.size; left > 0; left -= 4, x += 16, carry += 16, dx += 16) {
		const now = v128.load(x);
		let c = f32x4.splat(0);
		if (past) {
			c = flushed(f32x4.mul(changePull, f32x4.sub(now, v128.load(past))));
			past += 16;
		}
		give(w, left, f32x4.add(f32x4.mul(pull, now), f32x4.sub(c, v128.load(carry))), dx);
		v128.store(carry, c);
	}
}

/** Adds a vector to the gradient, of which `left` values are features. */
function give(w: ActivationRegularization, left: i32, share: v128, dx: usize): void {
	const small = flushed(share);
	const value = w.adds ? f32x4.add(v128.load(dx), small) : small;
	v128.store(dx, left >= 4 ? value : onlyFirst(left, value, f32x4.splat(0)));
}
