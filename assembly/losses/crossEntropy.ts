// Cross-entropy from logits: never the logarithm of a softmax.

import { exp4 } from "../activations";
import { padded } from "../lanes";
import { lossScale, total } from "../packing";

/** Cross-entropy of logits, summed over weighted rows, and in place of them the gradient of its mean (`scale` is 1 / Σ w),
 * as torch.nn.CrossEntropyLoss.
 *
 *   loss = Σₖ w[k] · (log Σⱼ exp y[k,j] - y[k,target[k]])
 *   dy[k,j] = scale · w[k] · (softmax(y[k])ⱼ - [j = target[k]])
 *
 * reads   y [total, ldy bytes], V values a row   targets [total] i32, in range   weights [total], or 0 for ones
 * writes  y = dy, zero past V   result = loss, and the weight of rows whose target has the largest y (f64, f64) */
export function crossEntropy(
	sequence: usize,
	y: usize,
	ldy: usize,
	V: i32,
	targets: usize,
	weights: usize,
	result: usize,
): void {
	const scale = lossScale(sequence);
	const bytes = (<usize>padded(V)) << 2;
	let loss: f64 = 0;
	let right: f64 = 0;
	for (let k = total(sequence); k > 0; k--, y += ldy, targets += 4) {
		let weight: f32 = 1;
		if (weights) {
			weight = load<f32>(weights);
			weights += 4;
		}
		const target = y + ((<usize>load<i32>(targets)) << 2);
		for (let pad = y + ((<usize>V) << 2); pad < y + bytes; pad += 4) {
			store<f32>(pad, -Infinity);
		}
		const most = largest(y, bytes);
		const margin = most - load<f32>(target);
		const sum = exponentials(y, bytes, most);
		loss += <f64>weight * (<f64>Mathf.log(sum) + <f64>margin);
		if (margin === 0) right += <f64>weight;
		const factor = scale * weight;
		scaleRow(y, bytes, factor / sum);
		store<f32>(target, load<f32>(target) - factor);
	}
	store<f64>(result, loss);
	store<f64>(result, right, 8);
}

function largest(y: usize, bytes: usize): f32 {
	let most = v128.load(y);
	for (let j: usize = 16; j < bytes; j += 16) {
		most = f32x4.pmax(most, v128.load(y + j));
	}
	const a = max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
	const b = max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3));
	return max(a, b);
}

/** y = exp(y - most); their sum. */
function exponentials(y: usize, bytes: usize, most: f32): f32 {
	const shift = f32x4.splat(most);
	let sum = f32x4.splat(0);
	for (let j: usize = 0; j < bytes; j += 16) {
		const e = exp4(f32x4.sub(v128.load(y + j), shift));
		v128.store(y + j, e);
		sum = f32x4.add(sum, e);
	}
	const a = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
	return a + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
}

function scaleRow(y: usize, bytes: usize, factor: f32): void {
	const f = f32x4.splat(factor);
	for (let j: usize = 0; j < bytes; j += 16) {
		v128.store(y + j, f32x4.mul(v128.load(y + j), f));
	}
}
