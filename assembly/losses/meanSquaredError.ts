import { bytes, onlyFirst } from "../lanes";
import { lossScale, rowOfSpan } from "../packing";

/** Squared error for each weighted row, and the gradient of its mean (`scale` is 1 / Σ w), as torch.nn.MSELoss.
 *
 *   losses[k] = w[k] · Σⱼ (y[k,j] - target[k,j])²     dy[k,j] = 2·scale/O · w[k] · (y[k,j] - target[k,j])
 *
 * reads   y, targets [total, ldy], O values a row   weights [total], or 0 for ones
 * writes  dy [total, ldy], zero past O; dy may be y   losses [total] f64
 * cut     steps
 * spans   steps */
export function meanSquaredError(
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
	const scale = lossScale(packing) / <f32>O;
	const after = rowOfSpan(packing, end);
	for (let k: usize = rowOfSpan(packing, begin); k < <usize>after; k++) {
		const weight: f32 = weights ? load<f32>(weights + (k << 2)) : 1;
		const sum = squares(y + k * ldy, targets + k * ldy, O, 2 * scale * weight, dy + k * ldy);
		store<f64>(losses + (k << 3), <f64>weight * <f64>sum);
	}
}

/** Writes dy = factor · (y - target), zero past O, and returns the sum of the squared differences. */
function squares(y: usize, target: usize, O: i32, factor: f32, dy: usize): f32 {
	const f = f32x4.splat(factor);
	let sum4 = f32x4.splat(0);
	for (; O >= 4; O -= 4, y += 16, target += 16, dy += 16) {
		const d = f32x4.sub(v128.load(y), v128.load(target));
		sum4 = f32x4.add(sum4, f32x4.mul(d, d));
		v128.store(dy, f32x4.mul(f, d));
	}
	const a = f32x4.extract_lane(sum4, 0) + f32x4.extract_lane(sum4, 1);
	const sum = a + (f32x4.extract_lane(sum4, 2) + f32x4.extract_lane(sum4, 3));
	if (O === 0) return sum;
	const d = onlyFirst(O, f32x4.sub(v128.load(y), v128.load(target)), f32x4.splat(0));
	v128.store(dy, f32x4.mul(f, d));
	const squared = f32x4.mul(d, d);
	let all = sum + f32x4.extract_lane(squared, 0);
	all += f32x4.extract_lane(squared, 1);
	all += f32x4.extract_lane(squared, 2);
	return all;
}
