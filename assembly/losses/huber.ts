import { bytes, live } from "../lanes";
import { lossRows, sumLanes } from "./rows";

/** Huber's loss for each weighted row, and the gradient of its mean (`scale` is 1 / Σ w), as torch.nn.HuberLoss: squares up to an
 * error of delta, then lines of the slope reached there.
 *
 *   d = y[k,j] - target[k,j]     c = d within ±delta
 *   losses[k] = w[k] · Σⱼ c·(d - c/2)     dy[k,j] = scale/O · w[k] · c
 *
 * reads   y, targets [total, ldy], O values a row   weights [total], or 0 for ones
 * writes  dy [total, ldy], zero past O; dy may be y   losses [total] f64
 * cut     steps
 * spans   steps
 * @see Huber 1964 */
export function huber(
	packing: usize,
	y: usize,
	ldy: bytes,
	O: i32,
	targets: usize,
	weights: usize,
	delta: f32,
	dy: usize,
	losses: usize,
	begin: i32,
	end: i32,
): void {
	lossRows<f32>(hubers, delta, packing, y, ldy, O, O, targets, ldy, weights, dy, losses, begin, end);
}

function hubers(y: usize, target: usize, dy: usize, O: i32, factor: f32, delta: f32): f32 {
	const f = f32x4.splat(factor);
	const most = f32x4.splat(delta);
	const least = f32x4.neg(most);
	const half = f32x4.splat(0.5);
	let sum = f32x4.splat(0);
	for (; O > 0; O -= 4, y += 16, target += 16, dy += 16) {
		const d = f32x4.sub(v128.load(y), v128.load(target));
		const c = f32x4.pmax(f32x4.pmin(d, most), least);
		sum = f32x4.add(sum, live(O, f32x4.mul(c, f32x4.sub(d, f32x4.mul(half, c)))));
		v128.store(dy, live(O, f32x4.mul(f, c)));
	}
	return sumLanes(sum);
}
