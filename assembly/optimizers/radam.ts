import { clipped, flushed, flushedSquare, fma, squared } from "../lanes";
import { Update } from "./update";

@unmanaged
export class RAdam extends Update {
	m: usize;
	v: usize;
	rate: f32;
	beta1: f32;
	take1: f32;
	beta2: f32;
	take2: f32;
	/** Whether the step is divided by the root of v. */
	adaptive: i32;
	epsilon: f32;
	weightDecay: f32;
	shrink: f32;
}

/** RAdam (Liu et al. 2020), as torch.optim.RAdam.
 *
 *   g = clip(g) + weightDecay·p     m = beta1·m + (1-beta1)·g     v = beta2·v + (1-beta2)·g²
 *   p = shrink·p - rate · m / (√v + epsilon), or while v is of too few gradients (not adaptive) shrink·p - rate · m
 *
 * at update t: rate = learningRate/(1-beta1ᵗ), adaptive times the rectification and √(1-beta2ᵗ); take1 = 1-beta1, take2 =
 * 1-beta2. Decoupled, weightDecay is 0 and shrink 1 - learningRate·decay, else 1.
 *
 * reads    g   scale
 * updates  p, m, v
 * cut      vectors */
export function radam(u: RAdam, begin: i32, end: i32): void {
	const s = f32x4.splat(load<f32>(u.scale));
	const l = f32x4.splat(u.limit);
	const r = f32x4.splat(-u.rate);
	const keep1 = f32x4.splat(u.beta1);
	const new1 = f32x4.splat(u.take1);
	const keep2 = f32x4.splat(u.beta2);
	const new2 = f32x4.splat(u.take2);
	const eps = f32x4.splat(u.epsilon);
	const decay = f32x4.splat(u.weightDecay);
	const shrunk = f32x4.splat(u.shrink);
	const isAdaptive = u.adaptive;
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
		const step = isAdaptive ? f32x4.div(mean, f32x4.add(f32x4.sqrt(square), eps)) : mean;
		v128.store(p, fma(r, step, f32x4.mul(shrunk, x)));
	}
}
