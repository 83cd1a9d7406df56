import { logSigmoid4, sigmoid4 } from "../activations";
import { bytes, flushed, live } from "../lanes";
import { lossRows, sumLanes } from "./rows";

/** Cross-entropy of logits against probabilities, each output by itself, for each weighted row, and the gradient of its mean
 * (`scale` is 1 / Σ w), as torch.nn.BCEWithLogitsLoss.
 *
 *   losses[k] = w[k] · Σⱼ (max(y, 0) - y·target + log(1 + e^-|y|))     dy[k,j] = scale/O · w[k] · (σ(y[k,j]) - target[k,j])
 *
 * Shares of the gradient below 1e-30 are 0.
 *
 * reads   y, targets [total, ldy], O values a row   weights [total], or 0 for ones
 * writes  dy [total, ldy], zero past O; dy may be y   losses [total] f64
 * cut     steps
 * spans   steps */
export function binaryCrossEntropy(
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
	lossRows<i32>(labels, 0, packing, y, ldy, O, O, targets, ldy, weights, dy, losses, begin, end);
}

function labels(y: usize, target: usize, dy: usize, O: i32, factor: f32, _: i32): f32 {
	const f = f32x4.splat(factor);
	const zero = f32x4.splat(0);
	let sum = zero;
	for (; O > 0; O -= 4, y += 16, target += 16, dy += 16) {
		const x = v128.load(y);
		const t = v128.load(target);
		const line = f32x4.sub(f32x4.pmax(x, zero), f32x4.mul(x, t));
		sum = f32x4.add(sum, live(O, f32x4.sub(line, logSigmoid4(f32x4.abs(x)))));
		v128.store(dy, live(O, flushed(f32x4.mul(f, f32x4.sub(sigmoid4(x), t)))));
	}
	return sumLanes(sum);
}
