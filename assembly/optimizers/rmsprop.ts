import { clipped, flushed, flushedSquare, fma, squared } from "../lanes";

/** RMSprop, as torch.optim.RMSprop (epsilon outside the root).
 *
 *   g = clip(g) + weightDecay·p                v = alpha·v + (1-alpha)·g²
 *   a = alpha·a + (1-alpha)·g  (if centered)   d = g / (√(v - a²) + epsilon)
 *   m = momentum·m + d         (if momentum)   p -= learningRate·m
 *
 * take = 1-alpha; a, m: 0 where unused. Regions and clip as in sgd. */
export function rmsprop(
	p: usize,
	g: usize,
	v: usize,
	a: usize,
	m: usize,
	bytes: usize,
	scale: f32,
	limit: f32,
	learningRate: f32,
	alpha: f32,
	take: f32,
	epsilon: f32,
	momentum: f32,
	weightDecay: f32,
): void {
	const s = f32x4.splat(scale);
	const l = f32x4.splat(limit);
	const rate = f32x4.splat(-learningRate);
	const keep = f32x4.splat(alpha);
	const fresh = f32x4.splat(take);
	const eps = f32x4.splat(epsilon);
	const mu = f32x4.splat(momentum);
	const decay = f32x4.splat(weightDecay);
	const zero = f32x4.splat(0);
	for (const end = p + bytes; p < end; p += 16, g += 16, v += 16) {
		const x = v128.load(p);
		const d = fma(decay, x, clipped(v128.load(g), s, l));
		let square = fma(keep, v128.load(v), f32x4.mul(fresh, squared(d)));
		square = flushedSquare(square);
		v128.store(v, square);
		if (a) {
			const mean = flushed(fma(keep, v128.load(a), f32x4.mul(fresh, d)));
			v128.store(a, mean);
			a += 16;
			square = f32x4.pmax(f32x4.sub(square, squared(mean)), zero);
		}
		let step = f32x4.div(d, f32x4.add(f32x4.sqrt(square), eps));
		if (m) {
			step = flushed(fma(mu, v128.load(m), step));
			v128.store(m, step);
			m += 16;
		}
		v128.store(p, fma(rate, step, x));
	}
}
