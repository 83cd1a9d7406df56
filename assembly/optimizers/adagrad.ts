import { clipped, fma, squared } from "../lanes";
import { Update } from "./update";

@unmanaged
export class Adagrad extends Update {
	v: usize;
	rate: f32;
	initial: f32;
	epsilon: f32;
	weightDecay: f32;
}

/** Adagrad (Duchi, Hazan & Singer 2011), as torch.optim.Adagrad (epsilon outside the root).
 *
 *   g = clip(g) + weightDecay·p     v += g²     p -= rate · g / (√(initial + v) + epsilon)
 *
 * at update t: rate = learningRate/(1 + (t-1)·decay of it).
 *
 * reads    g   scale
 * updates  p, v
 * cut      vectors */
export function adagrad(u: Adagrad, begin: i32, end: i32): void {
	const s = f32x4.splat(load<f32>(u.scale));
	const l = f32x4.splat(u.limit);
	const r = f32x4.splat(-u.rate);
	const initial = f32x4.splat(u.initial);
	const eps = f32x4.splat(u.epsilon);
	const decay = f32x4.splat(u.weightDecay);
	const first = (<usize>begin) << 4;
	const after = u.p + ((<usize>end) << 4);
	let g = u.g + first;
	let v = u.v + first;
	for (let p = u.p + first; p < after; p += 16, g += 16, v += 16) {
		const x = v128.load(p);
		const d = fma(decay, x, clipped(v128.load(g), s, l));
		const sum = f32x4.add(v128.load(v), squared(d));
		v128.store(v, sum);
		v128.store(p, fma(r, f32x4.div(d, f32x4.add(f32x4.sqrt(f32x4.add(initial, sum)), eps)), x));
	}
}
