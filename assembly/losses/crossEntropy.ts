// Cross-entropy from logits: never the logarithm of a softmax.

import { exp4 } from "../activations";
import { bytes, onlyFirst, padded } from "../lanes";
import { lossScale, rowOfSpan } from "../packing";

/** Cross-entropy of logits for each weighted row, and the gradient of its mean (`scale` is 1 / Σ w), as
 * torch.nn.CrossEntropyLoss.
 *
 *   losses[k] = w[k] · (log Σⱼ exp y[k,j] - y[k,target[k]])     hits[k] = w[k], if no y[k,j] is larger than the target's; else 0
 *   dy[k,j] = scale · w[k] · (softmax(y[k])ⱼ - [j = target[k]])
 *
 * reads   y [total, ldy], V values a row   targets [total] i32, in range   weights [total], or 0 for ones
 * writes  dy [total, ldy], zero past V; dy may be y   losses [total] f64   hits [total] f32
 * cut     steps
 * spans   steps */
export function crossEntropy(
	packing: usize,
	y: usize,
	ldy: bytes,
	V: i32,
	targets: usize,
	weights: usize,
	dy: usize,
	losses: usize,
	hits: usize,
	begin: i32,
	end: i32,
): void {
	const scale = lossScale(packing);
	const after = rowOfSpan(packing, end);
	for (let k: usize = rowOfSpan(packing, begin); k < <usize>after; k++) {
		const logits = y + k * ldy;
		const gradient = dy + k * ldy;
		const weight: f32 = weights ? load<f32>(weights + (k << 2)) : 1;
		const target = (<usize>load<i32>(targets + (k << 2))) << 2;
		const most = largest(logits, V);
		const margin = most - load<f32>(logits + target);
		const sum = exponentials(logits, V, most, gradient);
		store<f64>(losses + (k << 3), <f64>weight * (<f64>Mathf.log(sum) + <f64>margin));
		store<f32>(hits + (k << 2), margin === 0 ? weight : 0);
		const factor = scale * weight;
		scaleRow(gradient, V, factor / sum);
		store<f32>(gradient + target, load<f32>(gradient + target) - factor);
	}
}

/** The largest of V values. */
export function largest(y: usize, V: i32): f32 {
	let most = f32x4.splat(-Infinity);
	for (; V >= 4; V -= 4, y += 16) most = f32x4.pmax(most, v128.load(y));
	if (V) most = f32x4.pmax(most, onlyFirst(V, v128.load(y), f32x4.splat(-Infinity)));
	const a = max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
	const b = max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3));
	return max(a, b);
}

/** Writes e = exp(y - most), zero past V, and returns their sum. */
export function exponentials(y: usize, V: i32, most: f32, e: usize): f32 {
	const shift = f32x4.splat(most);
	let sum = f32x4.splat(0);
	for (; V >= 4; V -= 4, y += 16, e += 16) {
		const x = exp4(f32x4.sub(v128.load(y), shift));
		v128.store(e, x);
		sum = f32x4.add(sum, x);
	}
	if (V) {
		const x = onlyFirst(V, exp4(f32x4.sub(v128.load(y), shift)), f32x4.splat(0));
		v128.store(e, x);
		sum = f32x4.add(sum, x);
	}
	const a = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
	return a + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
}

function scaleRow(y: usize, V: i32, factor: f32): void {
	const f = f32x4.splat(factor);
	for (const end = y + ((<usize>padded(V)) << 2); y < end; y += 16) v128.store(y, f32x4.mul(v128.load(y), f));
}
