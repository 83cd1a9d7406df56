import { exp4 } from "../activations";
import { bytes, flushed, live } from "../lanes";
import { lossRows, sumLanes } from "./rows";

/** The negative log-likelihood of counts, where outputs are logarithms of Poisson means, without the terms in which no output stands, for
 * each weighted row, and the gradient of its mean (`scale` is 1 / Σ w), as torch.nn.PoissonNLLLoss.
 *
 *   losses[k] = w[k] · Σⱼ (e^y - target·y)     dy[k,j] = scale/O · w[k] · (e^y[k,j] - target[k,j])
 *
 * Shares of the gradient below 1e-30 are 0; from y = 88.72284 on e^y is Infinity.
 *
 * reads   y, targets [total, ldy], O values a row   weights [total], or 0 for ones
 * writes  dy [total, ldy], zero past O; dy may be y   losses [total] f64
 * cut     steps
 * spans   steps */
export function poisson(
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
	lossRows<i32>(counts, 0, packing, y, ldy, O, O, targets, ldy, weights, dy, losses, begin, end);
}

function counts(y: usize, target: usize, dy: usize, O: i32, factor: f32, _: i32): f32 {
	const f = f32x4.splat(factor);
	let sum = f32x4.splat(0);
	for (; O > 0; O -= 4, y += 16, target += 16, dy += 16) {
		const x = v128.load(y);
		const t = v128.load(target);
		const mean = exp4(x);
		sum = f32x4.add(sum, live(O, f32x4.sub(mean, f32x4.mul(t, x))));
		v128.store(dy, live(O, flushed(f32x4.mul(f, f32x4.sub(mean, t)))));
	}
	return sumLanes(sum);
}
