import { clipped, flushed, flushedSquare, fma, squared } from "../lanes";
import { Update } from "./update";

@unmanaged
export class NAdam extends Update {
	m: usize;
	v: usize;
	rate: f32;
	ahead: f32;
	beta1: f32;
	take1: f32;
	beta2: f32;
	take2: f32;
	correction: f32;
	epsilon: f32;
	weightDecay: f32;
	shrink: f32;
}

/** NAdam (Dozat 2016), as torch.optim.NAdam.
 *
 *   g = clip(g) + weightDecay·p     m = beta1·m + (1-beta1)·g     v = beta2·v + (1-beta2)·g²
 *   p = shrink·p - (rate·g + ahead·m) / (√v·correction + epsilon)
 *
 * at update t, with momenta μₜ: rate = learningRate·(1-μₜ)/(1-μ₁…μₜ), ahead = learningRate·μₜ₊₁/(1-μ₁…μₜ₊₁), correction =
 * 1/√(1-beta2ᵗ), take1 = 1-beta1, take2 = 1-beta2. Decoupled, weightDecay is 0 and shrink 1 - learningRate·decay, else 1.
 *
 * reads    g   scale
 * updates  p, m, v
 * cut      vectors */
export function nadam(u: NAdam, begin: i32, end: i32): void {
	const s = f32x4.splat(load<f32>(u.scale));
	const l = f32x4.splat(u.limit);
	const r = f32x4.splat(u.rate);
	const ahead = f32x4.splat(u.ahead);
	const keep1 = f32x4.splat(u.beta1);
	const new1 = f32x4.splat(u.take1);
	const keep2 = f32x4.splat(u.beta2);
	const new2 = f32x4.splat(u.take2);
	const root = f32x4.splat(u.correction);
	const eps = f32x4.splat(u.epsilon);
	const decay = f32x4.splat(u.weightDecay);
	const shrunk = f32x4.splat(u.shrink);
	const first = (<usize>begin) << 4;
	const after = u.p + ((<usize>end) << 4);
	let g = u.g + first;
	let m = u.m + first;
	let v = u.v + first;
	for (let p = u.p + first; p < after; p += 16, g += 16, m += 16, v += 16) {
		const x = v128.load(p);
		const d = fma(decay, x, clipped(v128.load(g), s, l));
		const mean = flushed(fma(keep1, v128.load(m), f32x4.mul(new1, d)));
		const square = flushedSquare(fma(keep2, v128.load(v), f32x4.mul(new2, squared(d))));
		v128.store(m, mean);
		v128.store(v, square);
		const step = f32x4.div(fma(ahead, mean, f32x4.mul(r, d)), fma(f32x4.sqrt(square), root, eps));
		v128.store(p, f32x4.sub(f32x4.mul(shrunk, x), step));
	}
}
