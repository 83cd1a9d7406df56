import { clipped, flushedSquare, fma, squared } from "../lanes";
import { Update } from "./update";

@unmanaged
export class Adadelta extends Update {
	v: usize;
	u: usize;
	rate: f32;
	rho: f32;
	take: f32;
	epsilon: f32;
	weightDecay: f32;
}

/** Adadelta (Zeiler 2012), as torch.optim.Adadelta (epsilon inside both roots).
 *
 *   g = clip(g) + weightDecay·p               v = rho·v + (1-rho)·g²
 *   d = √(u + epsilon) / √(v + epsilon) · g   u = rho·u + (1-rho)·d²     p -= rate·d
 *
 * where take = 1-rho.
 *
 * reads    g   scale
 * updates  p, v, u
 * cut      vectors */
export function adadelta(w: Adadelta, begin: i32, end: i32): void {
	const s = f32x4.splat(load<f32>(w.scale));
	const l = f32x4.splat(w.limit);
	const r = f32x4.splat(-w.rate);
	const keep = f32x4.splat(w.rho);
	const fresh = f32x4.splat(w.take);
	const eps = f32x4.splat(w.epsilon);
	const decay = f32x4.splat(w.weightDecay);
	const first = (<usize>begin) << 4;
	const after = w.p + ((<usize>end) << 4);
	let g = w.g + first;
	let v = w.v + first;
	let u = w.u + first;
	for (let p = w.p + first; p < after; p += 16, g += 16, v += 16, u += 16) {
		const x = v128.load(p);
		const gradient = fma(decay, x, clipped(v128.load(g), s, l));
		const square = flushedSquare(fma(keep, v128.load(v), f32x4.mul(fresh, squared(gradient))));
		v128.store(v, square);
		const before = v128.load(u);
		const ratio = f32x4.div(f32x4.sqrt(f32x4.add(before, eps)), f32x4.sqrt(f32x4.add(square, eps)));
		const d = f32x4.mul(ratio, gradient);
		v128.store(u, flushedSquare(fma(keep, before, f32x4.mul(fresh, squared(d)))));
		v128.store(p, fma(r, d, x));
	}
}
