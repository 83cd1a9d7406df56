import { clipped, flushed, fma } from "../lanes";

/** Stochastic gradient descent, as torch.optim.SGD.
 *
 *   g = clip(g) + weightDecay·p      m = momentum·m + gain·g      p -= learningRate·(nesterov ? g + momentum·m : m)
 *
 * All regions `bytes` long, a multiple of 16; m 0 without momentum; gain 1 at the first update, then 1 - dampening.
 * clip(g): g·scale, then within ±limit. */
export function sgd(
	p: usize,
	g: usize,
	m: usize,
	bytes: usize,
	scale: f32,
	limit: f32,
	learningRate: f32,
	momentum: f32,
	gain: f32,
	nesterov: i32,
	weightDecay: f32,
): void {
	const s = f32x4.splat(scale);
	const l = f32x4.splat(limit);
	const rate = f32x4.splat(-learningRate);
	const mu = f32x4.splat(momentum);
	const k = f32x4.splat(gain);
	const decay = f32x4.splat(weightDecay);
	for (const end = p + bytes; p < end; p += 16, g += 16) {
		const x = v128.load(p);
		const d = fma(decay, x, clipped(v128.load(g), s, l));
		let step = d;
		if (m) {
			step = flushed(fma(mu, v128.load(m), f32x4.mul(k, d)));
			v128.store(m, step);
			m += 16;
			if (nesterov) step = fma(mu, step, d);
		}
		v128.store(p, fma(rate, step, x));
	}
}
