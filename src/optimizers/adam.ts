import { AT_LEAST_0, type Optimizer, settings, type Update } from "./optimizer.ts";

export interface AdamOptions {
	/** Step size. Default 0.001. */
	learningRate?: number | undefined;
	/** Share of the past that the mean of gradients keeps. Default 0.9. */
	beta1?: number | undefined;
	/** Share of the past that the mean of their squares keeps. Default 0.999. */
	beta2?: number | undefined;
	/** Added to the root, for where it is near 0. Default 1e-8; with 0, a parameter that never had a gradient becomes NaN. */
	epsilon?: number | undefined;
	/** Adam: L2 penalty, adds weightDecay·p to the gradient; default 0. AdamW: shrinks p by learningRate·weightDecay at
	 * each update; default 0.01. */
	weightDecay?: number | undefined;
}

/** Adam, as torch.optim.Adam. At update t:
 *
 * ```
 * g = g + weightDecay·p
 * m = beta1·m + (1 - beta1)·g        v = beta2·v + (1 - beta2)·g²
 * p = p - learningRate · m/(1 - beta1ᵗ) / (√(v/(1 - beta2ᵗ)) + epsilon)
 * ```
 *
 * @see Kingma & Ba 2015. */
export class Adam implements Optimizer {
	learningRate: number;
	readonly beta1: number;
	readonly beta2: number;
	readonly epsilon: number;
	readonly weightDecay: number;
	readonly slots = 2;

	constructor(options: AdamOptions = {}) {
		const all = settings("Adam", options, { ...defaults, weightDecay: 0 }, ranges);
		this.learningRate = all.learningRate;
		this.beta1 = all.beta1;
		this.beta2 = all.beta2;
		this.epsilon = all.epsilon;
		this.weightDecay = all.weightDecay;
	}

	/** @internal */
	update(update: Update): void {
		updateAdam(this, update, this.weightDecay, 1);
	}
}

/** Adam with decoupled weight decay, as torch.optim.AdamW: before each update p = p·(1 - learningRate·weightDecay).
 *
 * @see Loshchilov & Hutter 2019. */
export class AdamW implements Optimizer {
	learningRate: number;
	readonly beta1: number;
	readonly beta2: number;
	readonly epsilon: number;
	readonly weightDecay: number;
	readonly slots = 2;

	constructor(options: AdamOptions = {}) {
		const all = settings("AdamW", options, { ...defaults, weightDecay: 1e-2 }, ranges);
		this.learningRate = all.learningRate;
		this.beta1 = all.beta1;
		this.beta2 = all.beta2;
		this.epsilon = all.epsilon;
		this.weightDecay = all.weightDecay;
	}

	/** @internal */
	update(update: Update): void {
		updateAdam(this, update, 0, 1 - this.learningRate * this.weightDecay);
	}
}

function updateAdam(
	{ learningRate, beta1, beta2, epsilon }: Adam | AdamW,
	{ kernels, parameters, gradients, averages, bytes, scale, limit, count }: Update,
	l2: number,
	shrink: number,
): void {
	const [m, v] = averages;
	const rate = learningRate / (1 - power(beta1, count));
	const correction = 1 / Math.sqrt(1 - power(beta2, count));
	kernels.adam(
		parameters,
		gradients,
		m,
		v,
		bytes,
		scale,
		limit,
		rate,
		beta1,
		1 - beta1,
		beta2,
		1 - beta2,
		correction,
		epsilon,
		l2,
		shrink,
	);
}

/** base to a whole power by squaring: unlike `**`, of which JavaScript says no more than about what it gives, the same bits
 * on every engine. */
function power(base: number, exponent: number): number {
	let result = 1;
	for (let square = base; exponent > 0; exponent = Math.floor(exponent / 2)) {
		if (exponent % 2 === 1) result *= square;
		square *= square;
	}
	return result;
}

const defaults = {
	learningRate: 1e-3,
	beta1: 0.9,
	beta2: 0.999,
	epsilon: 1e-8,
};
const ranges = {
	learningRate: AT_LEAST_0,
	beta1: "share",
	beta2: "share",
	epsilon: AT_LEAST_0,
	weightDecay: AT_LEAST_0,
} as const;
