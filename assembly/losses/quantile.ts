import { bytes, live } from "../lanes";
import { lossRows, sumLanes } from "./rows";

/** The pinball loss of quantiles for each weighted row, and the gradient of its mean (`scale` is 1 / Σ w). Each output has a target and a
 * level of its own, τ.
 *
 *   d = y[k,j] - target[k,j]     s = 1 - τⱼ where d > 0, -τⱼ where d < 0, 0 where d = 0
 *   losses[k] = w[k] · Σⱼ s·d     dy[k,j] = scale/O · w[k] · s
 *
 * reads   y, targets [total, ldy], O values a row   weights [total], or 0 for ones   levels [ldy], of which O
 * writes  dy [total, ldy], zero past O; dy may be y   losses [total] f64
 * cut     steps
 * spans   steps
 * @see Koenker & Bassett 1978 */
export function quantile(
	packing: usize,
	y: usize,
	ldy: bytes,
	O: i32,
	targets: usize,
	weights: usize,
	levels: usize,
	dy: usize,
	losses: usize,
	begin: i32,
	end: i32,
): void {
	lossRows<usize>(pinballs, levels, packing, y, ldy, O, O, targets, ldy, weights, dy, losses, begin, end);
}

function pinballs(y: usize, target: usize, dy: usize, O: i32, factor: f32, levels: usize): f32 {
	const f = f32x4.splat(factor);
	const one = f32x4.splat(1);
	const zero = f32x4.splat(0);
	let sum = zero;
	for (; O > 0; O -= 4, y += 16, target += 16, dy += 16, levels += 16) {
		const d = f32x4.sub(v128.load(y), v128.load(target));
		const level = v128.load(levels);
		const above = v128.and(f32x4.gt(d, zero), f32x4.sub(one, level));
		const slope = f32x4.sub(above, v128.and(f32x4.lt(d, zero), level));
		sum = f32x4.add(sum, live(O, f32x4.mul(slope, d)));
		v128.store(dy, live(O, f32x4.mul(f, slope)));
	}
	return sumLanes(sum);
}
