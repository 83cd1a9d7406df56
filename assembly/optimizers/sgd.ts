import { clipped, flushed, fma } from "../lanes";
import { Update } from "./update";

@unmanaged
export class Sgd extends Update {
	/** 0 where there is no momentum. */
	m: usize;
	rate: f32;
	momentum: f32;
	gain: f32;
	nesterov: i32;
	weightDecay: f32;
}

/** Stochastic gradient descent, as torch.optim.SGD.
 *
 *   g = clip(g) + weightDecay·p      m = momentum·m + gain·g      p -= rate·(nesterov ? g + momentum·m : m)
 *
 * where gain is 1 at the first update, then 1 - dampening.
 *
 * reads    g   scale
 * updates  p, m
 * cut      vectors */
export function sgd(u: Sgd, begin: i32, end: i32): void {
	const s = f32x4.splat(load<f32>(u.scale));
	const l = f32x4.splat(u.limit);
	const rate = f32x4.splat(-u.rate);
	const mu = f32x4.splat(u.momentum);
	const k = f32x4.splat(u.gain);
	const decay = f32x4.splat(u.weightDecay);
	const looksAhead = u.nesterov;
	const first = (<usize>begin) << 4;
	const after = u.p + ((<usize>end) << 4);
	let g = u.g + first;
	let m = u.m ? u.m + first : 0;
	for (let p = u.p + first; p < after; p += 16, g += 16) {
		const x = v128.load(p);
		const d = fma(decay, x, clipped(v128.load(g), s, l));
		let step = d;
		if (m) {
			step = flushed(fma(mu, v128.load(m), f32x4.mul(k, d)));
			v128.store(m, step);
			m += 16;
			if (looksAhead) step = fma(mu, step, d);
		}
		v128.store(p, fma(rate, step, x));
	}
}
