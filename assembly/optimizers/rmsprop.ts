import { clipped, flushed, flushedSquare, fma, squared } from "../lanes";
import { Update } from "./update";

@unmanaged
export class Rmsprop extends Update {
	v: usize;
	/** 0 where it is not centered. */
	a: usize;
	/** 0 where there is no momentum. */
	m: usize;
	rate: f32;
	alpha: f32;
	take: f32;
	epsilon: f32;
	momentum: f32;
	weightDecay: f32;
}

/** RMSprop, as torch.optim.RMSprop (epsilon outside the root).
 *
 *   g = clip(g) + weightDecay·p                v = alpha·v + (1-alpha)·g²
 *   a = alpha·a + (1-alpha)·g  (if centered)   d = g / (√(v - a²) + epsilon)
 *   m = momentum·m + d         (if momentum)   p -= rate·m
 *
 * where take = 1-alpha.
 *
 * reads    g   scale
 * updates  p, v, a, m
 * cut      vectors */
export function rmsprop(u: Rmsprop, begin: i32, end: i32): void {
	const s = f32x4.splat(load<f32>(u.scale));
	const l = f32x4.splat(u.limit);
	const rate = f32x4.splat(-u.rate);
	const keep = f32x4.splat(u.alpha);
	const fresh = f32x4.splat(u.take);
	const eps = f32x4.splat(u.epsilon);
	const mu = f32x4.splat(u.momentum);
	const decay = f32x4.splat(u.weightDecay);
	const zero = f32x4.splat(0);
	const first = (<usize>begin) << 4;
	const after = u.p + ((<usize>end) << 4);
	let g = u.g + first;
	let v = u.v + first;
	let a = u.a ? u.a + first : 0;
	let m = u.m ? u.m + first : 0;
	for (let p = u.p + first; p < after; p += 16, g += 16, v += 16) {
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
