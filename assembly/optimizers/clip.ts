import { squareSum } from "./norm";

/** How the gradient of one parameter is clipped beside its values. */
@unmanaged
export class ClipAdaptive {
	p: usize;
	g: usize;
	/** Rows of a matrix, each of `size` values; a vector is one. */
	units: i32;
	size: i32;
	most: f64;
}

/** Norms of weights below this count as this, so that weights of zero can leave it (Brock et al. 2021). */
const LEAST: f64 = 1e-3;

/** Adaptive gradient clipping of each output unit i (Brock et al. 2021, High-Performance Large-Scale Image Recognition Without
 * Normalization).
 *
 *   g_i *= most·max(‖p_i‖, 1e-3) / ‖g_i‖     where ‖g_i‖ > most·max(‖p_i‖, 1e-3)
 *
 * Norms and products are float64. A unit that is not finite stays so; the others stay what they are.
 *
 * reads    p [units, size]
 * updates  g [units, size]
 * cut      units */
export function clipAdaptive(c: ClipAdaptive, begin: i32, end: i32): void {
	const bytes = (<usize>c.size) << 2;
	for (let unit = begin; unit < min(end, c.units); unit++) {
		const g = c.g + <usize>unit * bytes;
		const limit = c.most * max<f64>(normOf(c.p + <usize>unit * bytes, c.size), LEAST);
		const norm = normOf(g, c.size);
		if (norm > limit) rescale(g, c.size, limit / norm);
	}
}

/** How the gradient of one parameter is clipped by its own norm. */
@unmanaged
export class ClipParameterNorm {
	g: usize;
	size: i32;
	most: f64;
}

/** g *= min(1, most / (‖g‖ + 1e-6)), as torch.nn.utils.clip_grad_norm_ does to a parameter alone. The norm and products are
 * float64. A gradient that is not finite stays so.
 *
 * updates  g [size] */
export function clipParameterNorm(c: ClipParameterNorm): void {
	const factor = c.most / (normOf(c.g, c.size) + 1e-6);
	if (factor < 1) rescale(c.g, c.size, factor);
}

function normOf(x: usize, size: i32): f64 {
	let sum = squareSum(x, size >> 2);
	x += (<usize>(size >> 2)) << 4;
	for (let left = size & 3; left > 0; left--, x += 4) {
		const value: f64 = load<f32>(x);
		sum += value * value;
	}
	return sqrt<f64>(sum);
}

function rescale(x: usize, size: i32, factor: f64): void {
	const k = f64x2.splat(factor);
	for (; size >= 4; size -= 4, x += 16) {
		const values = v128.load(x);
		const low = f64x2.mul(f64x2.promote_low_f32x4(values), k);
		const high = f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<f64>(values, values, 1, 1)), k);
		v128.store(x, v128.shuffle<f64>(v128.demote_zero<f64>(low), v128.demote_zero<f64>(high), 0, 2));
	}
	for (; size > 0; size--, x += 4) store<f32>(x, <f32>(<f64>load<f32>(x) * factor));
}
