import { at, type Vector } from "./matrix.ts";

/** Optimizers by PyTorch's definitions (torch.optim), one element at a time; the options' meanings and defaults are
 * PyTorch's. Each returns an update `p ← ...` from the gradient g of this step, with its state inside, for one tensor. */
export type Update = (p: Vector, g: Vector) => void;

export interface SgdOptions {
	readonly learningRate: number;
	readonly momentum?: number;
	readonly dampening?: number;
	readonly nesterov?: boolean;
	readonly weightDecay?: number;
}

export interface RmspropOptions {
	readonly learningRate?: number;
	readonly alpha?: number;
	readonly epsilon?: number;
	readonly weightDecay?: number;
	readonly momentum?: number;
	readonly centered?: boolean;
}

export interface AdamOptions {
	readonly learningRate?: number;
	readonly beta1?: number;
	readonly beta2?: number;
	readonly epsilon?: number;
	readonly weightDecay?: number;
}

/** A row of zeros as long as p, made at the first update. */
export function averages(): (p: Vector) => Vector {
	let v: Vector | undefined;
	return (p) => {
		v ??= new Float64Array(p.length);
		return v;
	};
}

/** g += weightDecay·p
 *  m = g at the first step, then momentum·m + (1 - dampening)·g       (only if momentum > 0)
 *  d = g + momentum·m if nesterov, m otherwise
 *  p -= learningRate·d */
export function sgd({
	learningRate,
	momentum = 0,
	dampening = 0,
	nesterov = false,
	weightDecay = 0,
}: SgdOptions): Update {
	const mOf = averages();
	let isFirst = true;
	return (p, gradient) => {
		const m = mOf(p);
		p.forEach((value, j) => {
			const g = at(gradient, j) + weightDecay * value;
			m[j] = isFirst ? g : momentum * at(m, j) + (1 - dampening) * g;
			const velocity = nesterov ? g + momentum * at(m, j) : at(m, j);
			p[j] = value - learningRate * (momentum > 0 ? velocity : g);
		});
		isFirst = false;
	};
}

/** g += weightDecay·p
 *  v = alpha·v + (1 - alpha)·g²        a = alpha·a + (1 - alpha)·g   (a only if centered)
 *  d = g / (sqrt(v - a²) + epsilon)    m = momentum·m + d
 *  p -= learningRate·m */
export function rmsprop({
	learningRate = 1e-2,
	alpha = 0.99,
	epsilon = 1e-8,
	weightDecay = 0,
	momentum = 0,
	centered = false,
}: RmspropOptions = {}): Update {
	const vOf = averages();
	const aOf = averages();
	const mOf = averages();
	return (p, gradient) => {
		const v = vOf(p);
		const a = aOf(p);
		const m = mOf(p);
		p.forEach((value, j) => {
			const g = at(gradient, j) + weightDecay * value;
			v[j] = alpha * at(v, j) + (1 - alpha) * g * g;
			if (centered) a[j] = alpha * at(a, j) + (1 - alpha) * g;
			const d = g / (Math.sqrt(at(v, j) - at(a, j) ** 2) + epsilon);
			m[j] = momentum * at(m, j) + d;
			p[j] = value - learningRate * at(m, j);
		});
	};
}

/** g += weightDecay·p
 *  m = beta1·m + (1 - beta1)·g    v = beta2·v + (1 - beta2)·g²
 *  p -= learningRate/(1 - beta1^t) · m / (sqrt(v)/sqrt(1 - beta2^t) + epsilon)        t = 1, 2, ...
 * (Kingma & Ba 2015) */
export function adam({
	learningRate = 1e-3,
	beta1 = 0.9,
	beta2 = 0.999,
	epsilon = 1e-8,
	weightDecay = 0,
}: AdamOptions = {}): Update {
	const mOf = averages();
	const vOf = averages();
	let t = 0;
	return (p, gradient) => {
		const m = mOf(p);
		const v = vOf(p);
		t++;
		const correction1 = 1 - beta1 ** t;
		const correction2 = 1 - beta2 ** t;
		p.forEach((value, j) => {
			const g = at(gradient, j) + weightDecay * value;
			m[j] = beta1 * at(m, j) + (1 - beta1) * g;
			v[j] = beta2 * at(v, j) + (1 - beta2) * g * g;
			const denominator = Math.sqrt(at(v, j)) / Math.sqrt(correction2) + epsilon;
			p[j] = value - ((learningRate / correction1) * at(m, j)) / denominator;
		});
	};
}

/** p *= 1 - learningRate·weightDecay, then Adam without weight decay (Loshchilov & Hutter 2019). */
export function adamw({ learningRate = 1e-3, weightDecay = 1e-2, ...options }: AdamOptions = {}): Update {
	const update = adam({ ...options, learningRate });
	return (p, gradient) => {
		p.set(p.map((value) => value * (1 - learningRate * weightDecay)));
		update(p, gradient);
	};
}
