import { clipped, flushed, flushedSquare, fma, squared } from "../lanes";

/** Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019), as torch.optim.
 *
 *   g = clip(g) + weightDecay·p     m = beta1·m + (1-beta1)·g     v = beta2·v + (1-beta2)·g²
 *   p = shrink·p - rate · m / (√v·correction + epsilon)
 *
 * at update t: rate = learningRate/(1-beta1ᵗ), correction = 1/√(1-beta2ᵗ); Adam has shrink 1, AdamW weightDecay 0 and
 * shrink 1 - learningRate·decay. Regions and clip as in sgd. */
export function adam(
	p: usize,
	g: usize,
	m: usize,
	v: usize,
	bytes: usize,
	scale: f32,
	limit: f32,
	rate: f32,
	beta1: f32,
	take1: f32,
	beta2: f32,
	take2: f32,
	correction: f32,
	epsilon: f32,
	weightDecay: f32,
	shrink: f32,
): void {
	const s = f32x4.splat(scale);
	const l = f32x4.splat(limit);
	const r = f32x4.splat(-rate);
	const keep1 = f32x4.splat(beta1);
	const new1 = f32x4.splat(take1);
	const keep2 = f32x4.splat(beta2);
	const new2 = f32x4.splat(take2);
	const root = f32x4.splat(correction);
	const eps = f32x4.splat(epsilon);
	const decay = f32x4.splat(weightDecay);
	const shrunk = f32x4.splat(shrink);
	for (const end = p + bytes; p < end; p += 16, g += 16, m += 16, v += 16) {
		const x = v128.load(p);
		const d = fma(decay, x, clipped(v128.load(g), s, l));
		const mean = flushed(fma(keep1, v128.load(m), f32x4.mul(new1, d)));
		const square = flushedSquare(fma(keep2, v128.load(v), f32x4.mul(new2, squared(d))));
		v128.store(m, mean);
		v128.store(v, square);
		const step = f32x4.div(mean, fma(f32x4.sqrt(square), root, eps));
		v128.store(p, fma(r, step, f32x4.mul(shrunk, x)));
	}
}
