// Layer normalisation: each row of features brought to mean 0 and variance 1, then scaled and shifted by what is learned.

import { bytes, fma, onlyFirst } from "../lanes";
import { meanOf, scaleOf, throughNorm } from "../normalize";
import { afterRow, firstRow, rowOfSpan } from "../packing";

/** Normalises each packed row k over its `size` features (Ba et al. 2016), as torch.nn.LayerNorm.
 *
 *   mean = Σⱼ x[k,j] / size     s = 1 / √(Σⱼ (x[k,j] - mean)² / size + epsilon)
 *   y[k,j] = (x[k,j] - mean)·s·weight[j] + bias[j]     stats[k] = mean, s
 *
 * reads   x [total, ldx], rows of whole vectors   weight, bias [size] in whole vectors
 * writes  y [total, ldy], zero past size   stats [total, 2]
 * cut     steps
 * spans   steps */
export function layerNormForward(
	packing: usize,
	x: usize,
	ldx: bytes,
	size: i32,
	epsilon: f32,
	weight: usize,
	bias: usize,
	y: usize,
	ldy: bytes,
	stats: usize,
	begin: i32,
	end: i32,
): void {
	const after = rowOfSpan(packing, end);
	for (let k: usize = rowOfSpan(packing, begin); k < <usize>after; k++) {
		const row = x + k * ldx;
		const mean = meanOf(row, 1, size);
		const scale = scaleOf(row, 1, size, mean, epsilon);
		store<f32>(stats + (k << 3), mean);
		store<f32>(stats + (k << 3), scale, 4);
		normalize(row, size, mean, scale, weight, bias, y + k * ldy);
	}
}

/** The operands of layerNormBackward. */
@unmanaged
export class LayerNormBackward {
	packing: usize;
	dy: usize;
	lddy: bytes;
	size: i32;
	x: usize;
	ldx: bytes;
	stats: usize;
	weight: usize;
	/** Whether the gradient of another reader of x is in dx, to be added to. */
	adds: i32;
	dx: usize;
	lddx: bytes;
}

/** The gradient of layerNormForward with respect to x. With u = (x - mean)·s and g = dy⊙weight
 *
 *   dx[k] = s · (g - Σⱼ gⱼ / size - u · Σⱼ gⱼ·uⱼ / size)
 *
 * or, where the gradient of another reader is there, added to it. What is next to nothing is 0.
 *
 * reads    dy [total, lddy], x [total, ldx], rows of whole vectors   stats [total, 2]   weight [size] in whole vectors
 * updates  dx [total, lddx], zero past size, unless `adds` is 0: then what is there is not read
 * cut      steps
 * spans    steps */
export function layerNormBackward(n: LayerNormBackward, begin: i32, end: i32): void {
	const after = rowOfSpan(n.packing, end);
	for (let k: usize = rowOfSpan(n.packing, begin); k < <usize>after; k++) {
		const mean = load<f32>(n.stats + (k << 3));
		const scale = load<f32>(n.stats + (k << 3), 4);
		const dy = n.dy + k * n.lddy;
		throughNorm(dy, n.weight, n.x + k * n.ldx, mean, scale, scale, 1, n.size, n.adds, n.dx + k * n.lddx);
	}
}

/** The gradients of layerNormForward with respect to weight and bias, row by row from the last packed row to the first, the order
 * in which the gradient comes back.
 *
 *   dWeight += Σₖ dy[k] ⊙ (x[k] - mean)·s     dBias += Σₖ dy[k]
 *
 * reads    dy [total, lddy]   x [total, ldx]   stats [total, 2]
 * updates  dWeight, dBias [size]
 * cut      size
 * spans    steps */
export function layerNormGradient(
	packing: usize,
	dy: usize,
	lddy: bytes,
	size: i32,
	x: usize,
	ldx: bytes,
	stats: usize,
	dWeight: usize,
	dBias: usize,
	begin: i32,
	end: i32,
): void {
	const skip = (<usize>begin) << 2;
	const count = min(end, size) - begin;
	const first = firstRow(packing);
	for (let k = afterRow(packing) - 1; k >= first; k--) {
		const at = <usize>k;
		const mean = load<f32>(stats + (at << 3));
		const scale = load<f32>(stats + (at << 3), 4);
		addShares(dy + at * lddy + skip, x + at * ldx + skip, count, mean, scale, dWeight + skip, dBias + skip);
	}
}

function normalize(x: usize, size: i32, mean: f32, scale: f32, weight: usize, bias: usize, y: usize): void {
	const middle = f32x4.splat(mean);
	const s = f32x4.splat(scale);
	for (; size > 0; size -= 4, x += 16, weight += 16, bias += 16, y += 16) {
		const u = f32x4.mul(f32x4.sub(v128.load(x), middle), s);
		const value = fma(u, v128.load(weight), v128.load(bias));
		v128.store(y, size >= 4 ? value : onlyFirst(size, value, f32x4.splat(0)));
	}
}

/** What a row adds to the gradients of `count` features. Nothing is fused, so that a feature's sum is the same in a vector as
 * alone. */
function addShares(dy: usize, x: usize, count: i32, mean: f32, scale: f32, dWeight: usize, dBias: usize): void {
	const middle = f32x4.splat(mean);
	const s = f32x4.splat(scale);
	for (; count >= 4; count -= 4, dy += 16, x += 16, dWeight += 16, dBias += 16) {
		const d = v128.load(dy);
		const share = f32x4.mul(d, f32x4.mul(f32x4.sub(v128.load(x), middle), s));
		v128.store(dWeight, f32x4.add(v128.load(dWeight), share));
		v128.store(dBias, f32x4.add(v128.load(dBias), d));
	}
	for (; count > 0; count--, dy += 4, x += 4, dWeight += 4, dBias += 4) {
		const d = load<f32>(dy);
		store<f32>(dWeight, load<f32>(dWeight) + d * ((load<f32>(x) - mean) * scale));
		store<f32>(dBias, load<f32>(dBias) + d);
	}
}
