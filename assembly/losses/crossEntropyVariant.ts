import { bytes, live } from "../lanes";
import { lossScale, rowOfSpan } from "../packing";
import { exponentials, largest } from "./crossEntropy";
import { sumLanes } from "./rows";

/** Cross-entropy of logits with a weight c for each class and with smoothed labels, for each weighted row, and the gradient of its mean
 * (`scale` is 1 / Σ w·c[target]), as torch.nn.CrossEntropyLoss with `weight` and `label_smoothing` ε.
 *
 *   l(j) = log Σᵢ exp y[k,i] - y[k,j]     own = (1 - ε)·c[target]
 *   losses[k] = w[k] · (own·l(target) + ε/V · Σⱼ c[j]·l(j))     hits[k] = w[k], if no y[k,j] is larger than the target's; else 0
 *   dy[k,j] = scale · w[k] · ((own + ε/V · Σ c)·softmax(y[k])ⱼ - ε/V · c[j] - own·[j = target])
 *
 * reads   y [total, ldy], V values a row   targets [total] i32, in range   weights [total], or 0 for ones   classWeights [ldy], of which V
 * writes  dy [total, ldy], zero past V; dy may be y   losses [total] f64   hits [total] f32
 * cut     steps
 * spans   steps
 * @see Szegedy et al. 2016 */
export function crossEntropyVariant(
	packing: usize,
	y: usize,
	ldy: bytes,
	V: i32,
	targets: usize,
	weights: usize,
	classWeights: usize,
	smoothing: f32,
	dy: usize,
	losses: usize,
	hits: usize,
	begin: i32,
	end: i32,
): void {
	const scale = lossScale(packing);
	const share: f32 = smoothing / <f32>V;
	const all = sumOf(classWeights, V);
	const after = rowOfSpan(packing, end);
	for (let k: usize = rowOfSpan(packing, begin); k < <usize>after; k++) {
		const logits = y + k * ldy;
		const gradient = dy + k * ldy;
		const weight: f32 = weights ? load<f32>(weights + (k << 2)) : 1;
		const target = (<usize>load<i32>(targets + (k << 2))) << 2;
		const own: f32 = (1 - smoothing) * load<f32>(classWeights + target);
		const most = largest(logits, V);
		const margin = most - load<f32>(logits + target);
		const margins: f32 = share > 0 ? share * marginsOf(logits, classWeights, V, most) : 0;
		const sum = exponentials(logits, V, most, gradient);
		const total = own + share * all;
		const loss = <f64>own * <f64>margin + <f64>margins + <f64>total * <f64>Mathf.log(sum);
		store<f64>(losses + (k << 3), <f64>weight * loss);
		store<f32>(hits + (k << 2), margin === 0 ? weight : 0);
		const factor = scale * weight;
		mix(gradient, classWeights, V, (factor * total) / sum, factor * share);
		store<f32>(gradient + target, load<f32>(gradient + target) - factor * own);
	}
}

function sumOf(c: usize, V: i32): f32 {
	let sum = f32x4.splat(0);
	for (; V > 0; V -= 4, c += 16) sum = f32x4.add(sum, live(V, v128.load(c)));
	return sumLanes(sum);
}

/** Σⱼ c[j]·(most - y[j]). */
function marginsOf(y: usize, c: usize, V: i32, most: f32): f32 {
	const top = f32x4.splat(most);
	let sum = f32x4.splat(0);
	for (; V > 0; V -= 4, y += 16, c += 16)
		sum = f32x4.add(sum, live(V, f32x4.mul(v128.load(c), f32x4.sub(top, v128.load(y)))));
	return sumLanes(sum);
}

/** e = factor·e - share·c, zero past V. */
function mix(e: usize, c: usize, V: i32, factor: f32, share: f32): void {
	const f = f32x4.splat(factor);
	const s = f32x4.splat(share);
	for (; V > 0; V -= 4, e += 16, c += 16)
		v128.store(e, live(V, f32x4.sub(f32x4.mul(f, v128.load(e)), f32x4.mul(s, v128.load(c)))));
}
