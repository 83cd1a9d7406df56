import { clipped, flushed, fma } from "../lanes";
import { Update } from "./update";

@unmanaged
export class Lion extends Update {
	m: usize;
	rate: f32;
	beta1: f32;
	take1: f32;
	beta2: f32;
	take2: f32;
	shrink: f32;
}

/** Lion (Chen et al. 2023, algorithm 2).
 *
 *   g = clip(g)     p = shrink·p - rate · sign(beta1·m + (1-beta1)·g)     m = beta2·m + (1-beta2)·g
 *
 * where take1 = 1-beta1, take2 = 1-beta2, shrink = 1 - rate·weight decay; the sign of 0 is 0. A mean that fades is 0 below 1e-30, and
 * then moves nothing any more.
 *
 * reads    g   scale
 * updates  p, m
 * cut      vectors */
export function lion(u: Lion, begin: i32, end: i32): void {
	const s = f32x4.splat(load<f32>(u.scale));
	const l = f32x4.splat(u.limit);
	const r = f32x4.splat(-u.rate);
	const keep1 = f32x4.splat(u.beta1);
	const new1 = f32x4.splat(u.take1);
	const keep2 = f32x4.splat(u.beta2);
	const new2 = f32x4.splat(u.take2);
	const shrunk = f32x4.splat(u.shrink);
	const first = (<usize>begin) << 4;
	const after = u.p + ((<usize>end) << 4);
	let g = u.g + first;
	let m = u.m + first;
	for (let p = u.p + first; p < after; p += 16, g += 16, m += 16) {
		const d = clipped(v128.load(g), s, l);
		const mean = v128.load(m);
		const towards = signOf(fma(keep1, mean, f32x4.mul(new1, d)));
		v128.store(m, flushed(fma(keep2, mean, f32x4.mul(new2, d))));
		v128.store(p, fma(r, towards, f32x4.mul(shrunk, v128.load(p))));
	}
}

/** 1 or -1 as x, or x itself where that is 0 or NaN. */
function signOf(x: v128): v128 {
	const one = v128.bitselect(x, f32x4.splat(1), i32x4.splat(0x80000000));
	return v128.bitselect(one, x, f32x4.gt(f32x4.abs(x), f32x4.splat(0)));
}
