import { clipped, flushed, fma } from "../lanes";
import { Update } from "./update";

@unmanaged
export class Asgd extends Update {
	average: usize;
	rate: f32;
	shrink: f32;
	/** What share of p the average takes; 1: it becomes p. */
	share: f32;
	weightDecay: f32;
}

/** Averaged stochastic gradient descent (Polyak & Juditsky 1992), as torch.optim.ASGD.
 *
 *   g = clip(g) + weightDecay·p     p = shrink·p - rate·g     average += share·(p - average)
 *
 * at update t: rate = learningRate / (1 + lambd·learningRate·(t-1))^alpha, shrink = 1 - lambd·rate, share = 1/max(1, t-1-t0).
 *
 * reads    g   scale
 * updates  p, average
 * cut      vectors */
export function asgd(u: Asgd, begin: i32, end: i32): void {
	const s = f32x4.splat(load<f32>(u.scale));
	const l = f32x4.splat(u.limit);
	const r = f32x4.splat(-u.rate);
	const shrunk = f32x4.splat(u.shrink);
	const share = f32x4.splat(u.share);
	const decay = f32x4.splat(u.weightDecay);
	const becomes = u.share === 1;
	const first = (<usize>begin) << 4;
	const after = u.p + ((<usize>end) << 4);
	let g = u.g + first;
	let a = u.average + first;
	for (let p = u.p + first; p < after; p += 16, g += 16, a += 16) {
		const x = v128.load(p);
		const d = fma(decay, x, clipped(v128.load(g), s, l));
		const now = fma(r, d, f32x4.mul(shrunk, x));
		v128.store(p, now);
		const average = v128.load(a);
		v128.store(a, becomes ? now : flushed(fma(share, f32x4.sub(now, average), average)));
	}
}
