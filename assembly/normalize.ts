// Rows brought to mean 0 and variance 1 (Ba et al. 2016). A row is `blocks` blocks of `size` floats, each in whole vectors of its own; what
// pads a block is not counted, and comes out as 0.

import { flushed, live, squared } from "./lanes";

/** The mean of a row. */
export function meanOf(x: usize, blocks: i32, size: i32): f32 {
	let total = f32x4.splat(0);
	for (let block = blocks; block > 0; block--)
		for (let left = size; left > 0; left -= 4, x += 16) total = f32x4.add(total, live(left, v128.load(x)));
	return added(total) / <f32>(blocks * size);
}

/** s = 1 / √(variance + epsilon) of a row, the variance being the mean of (x - mean)². */
export function scaleOf(x: usize, blocks: i32, size: i32, mean: f32, epsilon: f32): f32 {
	const middle = f32x4.splat(mean);
	let total = f32x4.splat(0);
	for (let block = blocks; block > 0; block--)
		for (let left = size; left > 0; left -= 4, x += 16)
			total = f32x4.add(total, squared(live(left, f32x4.sub(v128.load(x), middle))));
	return <f32>1 / sqrt<f32>(added(total) / <f32>(blocks * size) + epsilon);
}

/** y = (x - mean)·s; y may be x. Returns s. */
export function standardize(x: usize, blocks: i32, size: i32, epsilon: f32, y: usize): f32 {
	const mean = meanOf(x, blocks, size);
	const scale = scaleOf(x, blocks, size, mean, epsilon);
	const middle = f32x4.splat(mean);
	const s = f32x4.splat(scale);
	for (let block = blocks; block > 0; block--)
		for (let left = size; left > 0; left -= 4, x += 16, y += 16)
			v128.store(y, live(left, f32x4.mul(f32x4.sub(v128.load(x), middle), s)));
	return scale;
}

/** The way back of a row through y = u⊙gain with u = (x - mean)·scale. With g = dy⊙gain
 *
 *   dx = s · (g - Σⱼ gⱼ / n - u · Σⱼ gⱼ·uⱼ / n)     n = blocks · size
 *
 * or, where `adds`, that added to dx. What is next to nothing is 0. `scale` is s; where x is u already, mean is 0 and scale 1. */
export function throughNorm(
	dy: usize,
	gain: usize,
	x: usize,
	mean: f32,
	scale: f32,
	s: f32,
	blocks: i32,
	size: i32,
	adds: i32,
	dx: usize,
): void {
	const middle = f32x4.splat(mean);
	const inner = f32x4.splat(scale);
	let sums = f32x4.splat(0);
	let products = f32x4.splat(0);
	let at: usize = 0;
	for (let block = blocks; block > 0; block--)
		for (let left = size; left > 0; left -= 4, at += 16) {
			const g = f32x4.mul(v128.load(dy + at), v128.load(gain + at));
			const u = f32x4.mul(f32x4.sub(v128.load(x + at), middle), inner);
			sums = f32x4.add(sums, live(left, g));
			products = f32x4.add(products, live(left, f32x4.mul(g, u)));
		}
	const count = <f32>(blocks * size);
	const shift = f32x4.splat(added(sums) / count);
	const slope = f32x4.splat(added(products) / count);
	const outer = f32x4.splat(s);
	at = 0;
	for (let block = blocks; block > 0; block--)
		for (let left = size; left > 0; left -= 4, at += 16) {
			const g = f32x4.mul(v128.load(dy + at), v128.load(gain + at));
			const u = f32x4.mul(f32x4.sub(v128.load(x + at), middle), inner);
			const share = flushed(f32x4.mul(outer, f32x4.sub(f32x4.sub(g, shift), f32x4.mul(u, slope))));
			v128.store(dx + at, live(left, adds ? f32x4.add(v128.load(dx + at), share) : share));
		}
}

/** The sum of four lanes. */
function added(x: v128): f32 {
	const low = f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1);
	return low + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}
