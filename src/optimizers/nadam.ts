import type { Schedule } from "../schedules/schedule.ts";
import { AT_LEAST_0, checkSettings, type Optimizer, type Rates, ratesOf, type SettingsOf } from "./optimizer.ts";
import { power, realPower } from "./power.ts";

export interface NAdamOptions {
	/** Step size, or a schedule of it. Default 0.002, as PyTorch's. */
	learningRate?: number | Schedule | undefined;
	/** Share of the past that the mean of gradients keeps. Default 0.9. */
	beta1?: number | undefined;
	/** Share of the past that the mean of their squares keeps. Default 0.999. */
	beta2?: number | undefined;
	/** Added to the root, for where it is near 0. Default 1e-8; with 0, a parameter that never had a gradient becomes NaN. */
	epsilon?: number | undefined;
	/** L2 penalty: adds weightDecay·p to the gradient; or, decoupled, shrinks p by learningRate·weightDecay at each update.
	 * Default 0. */
	weightDecay?: number | undefined;
	/** How soon the momentum μ grows from beta1/2 to beta1. Default 0.004. */
	momentumDecay?: number | undefined;
	/** Whether weight decay leaves the gradient alone, as in AdamW. Default false. */
	decoupledWeightDecay?: boolean | undefined;
}

/** NAdam, Adam with Nesterov's momentum, as torch.optim.NAdam. At update t:
 *
 * ```
 * g = g + weightDecay·p                       (decoupled: p = p·(1 - learningRate·weightDecay) instead)
 * m = beta1·m + (1 - beta1)·g        v = beta2·v + (1 - beta2)·g²        μₜ = beta1·(1 - 0.96^(t·momentumDecay)/2)
 * p = p - learningRate · ((1 - μₜ)·g/(1 - μ₁…μₜ) + μₜ₊₁·m/(1 - μ₁…μₜ₊₁)) / (√(v/(1 - beta2ᵗ)) + epsilon)
 * ```
 *
 * @see Dozat 2016, "Incorporating Nesterov momentum into Adam". */
export class NAdam implements Optimizer {
	declare learningRate: number;
	declare readonly schedule?: Schedule;
	readonly beta1: number;
	readonly beta2: number;
	readonly epsilon: number;
	readonly weightDecay: number;
	readonly momentumDecay: number;
	readonly decoupledWeightDecay: boolean;
	readonly kernel = "nadam";
	readonly slots = ["m", "v"] as const;
	readonly equation = "m = mean of g, v = mean of g²; p -= (rate·g + ahead·m) / (√v + epsilon)";
	readonly operations = 17;

	constructor(options: NAdamOptions = {}) {
		const all = checkSettings("NAdam", options, defaults, ranges);
		Object.assign(this, ratesOf(all.learningRate));
		this.beta1 = all.beta1;
		this.beta2 = all.beta2;
		this.epsilon = all.epsilon;
		this.weightDecay = all.weightDecay;
		this.momentumDecay = all.momentumDecay;
		this.decoupledWeightDecay = all.decoupledWeightDecay;
	}

	/** @internal */
	settings(count: number, { learningRate, weightDecay }: Rates = this): SettingsOf<"nadam"> {
		const { beta1, beta2, epsilon, decoupledWeightDecay } = this;
		const [now, next] = [this.#momentum(count), this.#momentum(count + 1)];
		const product = this.#momenta(count);
		return {
			rate: (learningRate * (1 - now)) / (1 - product),
			ahead: (learningRate * next) / (1 - product * next),
			beta1,
			take1: 1 - beta1,
			beta2,
			take2: 1 - beta2,
			correction: 1 / Math.sqrt(1 - power(beta2, count)),
			epsilon,
			weightDecay: decoupledWeightDecay ? 0 : weightDecay,
			shrink: decoupledWeightDecay ? 1 - learningRate * weightDecay : 1,
		};
	}

	/** μ at update t. */
	#momentum(t: number): number {
		return this.beta1 * (1 - 0.5 * realPower(0.96, t * this.momentumDecay));
	}

	/** μ₁…μₜ: once it is too small to change 1 - μ₁…μₜ, which is soon, further factors are left out. */
	#momenta(t: number): number {
		let product = 1;
		for (let i = 1; i <= t && product > Number.EPSILON / 4; i++) product *= this.#momentum(i);
		return product;
	}
}

const defaults = {
	learningRate: 2e-3,
	beta1: 0.9,
	beta2: 0.999,
	epsilon: 1e-8,
	weightDecay: 0,
	momentumDecay: 4e-3,
	decoupledWeightDecay: false,
};
const ranges = {
	learningRate: "rate",
	beta1: "share",
	beta2: "share",
	epsilon: AT_LEAST_0,
	weightDecay: AT_LEAST_0,
	momentumDecay: AT_LEAST_0,
	decoupledWeightDecay: "flag",
} as const;
