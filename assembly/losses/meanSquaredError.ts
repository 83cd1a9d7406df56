import { lossScale, total } from "../packing";

/** Squared error, summed over weighted rows and outputs, and in place of y the gradient of its mean (`scale` is 1 / Σ w), as
 * torch.nn.MSELoss.
 *
 *   loss = Σₖ w[k] · Σⱼ (y[k,j] - target[k,j])²     dy[k,j] = 2·scale/O · w[k] · (y[k,j] - target[k,j])
 *
 * reads   y, targets [total, ldy bytes], O values a row   weights [total], or 0 for ones
 * writes  y = dy, zero past O   result = loss (f64) */
export function meanSquaredError(
	sequence: usize,
	y: usize,
	ldy: usize,
	O: i32,
	targets: usize,
	weights: usize,
	result: usize,
): void {
	const scale = lossScale(sequence) / <f32>O;
	let loss: f64 = 0;
	for (let k = total(sequence); k > 0; k--, y += ldy, targets += ldy) {
		let weight: f32 = 1;
		if (weights) {
			weight = load<f32>(weights);
			weights += 4;
		}
		loss += <f64>weight * <f64>squares(y, targets, O, 2 * scale * weight);
	}
	store<f64>(result, loss);
}

/** y = factor · (y - target); the sum of the squared differences. */
function squares(y: usize, target: usize, O: i32, factor: f32): f32 {
	const f = f32x4.splat(factor);
	let sum4 = f32x4.splat(0);
	for (; O >= 4; O -= 4, y += 16, target += 16) {
		const d = f32x4.sub(v128.load(y), v128.load(target));
		sum4 = f32x4.add(sum4, f32x4.mul(d, d));
		v128.store(y, f32x4.mul(f, d));
	}
	let sum =
		f32x4.extract_lane(sum4, 0) +
		f32x4.extract_lane(sum4, 1) +
		(f32x4.extract_lane(sum4, 2) + f32x4.extract_lane(sum4, 3));
	if (O === 0) return sum;
	for (let j: usize = 0; j < 16; j += 4, O--) {
		const d: f32 = O > 0 ? load<f32>(y + j) - load<f32>(target + j) : 0;
		sum += d * d;
		store<f32>(y + j, factor * d);
	}
	return sum;
}
