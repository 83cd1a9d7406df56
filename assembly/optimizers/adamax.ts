import { clipped, flushed, fma } from "../lanes";
import { Update } from "./update";

@unmanaged
export class Adamax extends Update {
	m: usize;
	u: usize;
	rate: f32;
	beta1: f32;
	take1: f32;
	beta2: f32;
	epsilon: f32;
	weightDecay: f32;
}

/** Adamax (Kingma & Ba 2015), as torch.optim.Adamax: Adam by the largest gradient instead of the mean square.
 *
 *   g = clip(g) + weightDecay·p     m = beta1·m + (1-beta1)·g     u = max(beta2·u, |g| + epsilon)     p -= rate · m / u
 *
 * at update t: rate = learningRate/(1-beta1ᵗ), take1 = 1-beta1.
 *
 * reads    g   scale
 * updates  p, m, u
 * cut      vectors */
export function adamax(w: Adamax, begin: i32, end: i32): void {
	const s = f32x4.splat(load<f32>(w.scale));
	const l = f32x4.splat(w.limit);
	const r = f32x4.splat(-w.rate);
	const keep1 = f32x4.splat(w.beta1);
	const new1 = f32x4.splat(w.take1);
	const keep2 = f32x4.splat(w.beta2);
	const eps = f32x4.splat(w.epsilon);
	const decay = f32x4.splat(w.weightDecay);
	const first = (<usize>begin) << 4;
	const after = w.p + ((<usize>end) << 4);
	let g = w.g + first;
	let m = w.m + first;
	let u = w.u + first;
	for (let p = w.p + first; p < after; p += 16, g += 16, m += 16, u += 16) {
		const x = v128.load(p);
		const d = fma(decay, x, clipped(v128.load(g), s, l));
		const mean = flushed(fma(keep1, v128.load(m), f32x4.mul(new1, d)));
		const largest = flushed(f32x4.pmax(f32x4.add(f32x4.abs(d), eps), f32x4.mul(keep2, v128.load(u))));
		v128.store(m, mean);
		v128.store(u, largest);
		v128.store(p, fma(r, f32x4.div(mean, largest), x));
	}
}
