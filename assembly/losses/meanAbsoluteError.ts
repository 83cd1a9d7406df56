import { bytes, live } from "../lanes";
import { lossRows, sumLanes } from "./rows";

/** Absolute error for each weighted row, and the gradient of its mean (`scale` is 1 / Σ w), as torch.nn.L1Loss.
 *
 *   losses[k] = w[k] · Σⱼ |y[k,j] - target[k,j]|     dy[k,j] = scale/O · w[k] · sign(y[k,j] - target[k,j]), 0 where they are equal
 *
 * reads   y, targets [total, ldy], O values a row   weights [total], or 0 for ones
 * writes  dy [total, ldy], zero past O; dy may be y   losses [total] f64
 * cut     steps
 * spans   steps */
export function meanAbsoluteError(
	packing: usize,
	y: usize,
	ldy: bytes,
	O: i32,
	targets: usize,
	weights: usize,
	dy: usize,
	losses: usize,
	begin: i32,
	end: i32,
): void {
	lossRows<i32>(absolutes, 0, packing, y, ldy, O, O, targets, ldy, weights, dy, losses, begin, end);
}

function absolutes(y: usize, target: usize, dy: usize, O: i32, factor: f32, _: i32): f32 {
	const up = f32x4.splat(factor);
	const down = f32x4.neg(up);
	const zero = f32x4.splat(0);
	let sum = zero;
	for (; O > 0; O -= 4, y += 16, target += 16, dy += 16) {
		const d = f32x4.sub(v128.load(y), v128.load(target));
		sum = f32x4.add(sum, live(O, f32x4.abs(d)));
		const slope = v128.or(v128.and(f32x4.gt(d, zero), up), v128.and(f32x4.lt(d, zero), down));
		v128.store(dy, live(O, slope));
	}
	return sumLanes(sum);
}
