import type { Schedule } from "../schedules/schedule.ts";
import { AT_LEAST_0, checkSettings, type Optimizer, type Rates, ratesOf, type SettingsOf } from "./optimizer.ts";
import { power } from "./power.ts";

export interface RAdamOptions {
	/** Step size, or a schedule of it. Default 0.001. */
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
	/** Whether weight decay leaves the gradient alone, as in AdamW. Default false. */
	decoupledWeightDecay?: boolean | undefined;
}

/** RAdam, Adam that makes small steps by itself while its mean square is of few gradients, as torch.optim.RAdam. At update t:
 *
 * ```
 * g = g + weightDecay·p                       (decoupled: p = p·(1 - learningRate·weightDecay) instead)
 * m = beta1·m + (1 - beta1)·g        v = beta2·v + (1 - beta2)·g²
 * ρ = ρ∞ - 2t·beta2ᵗ/(1 - beta2ᵗ)    ρ∞ = 2/(1 - beta2) - 1
 * p = p - learningRate · m/(1 - beta1ᵗ) · r·√(1 - beta2ᵗ) / (√v + epsilon)       where ρ > 5, else
 * p = p - learningRate · m/(1 - beta1ᵗ)       r = √((ρ - 4)(ρ - 2)ρ∞ / ((ρ∞ - 4)(ρ∞ - 2)ρ))
 * ```
 *
 * @see Liu et al. 2020, "On the variance of the adaptive learning rate and beyond". */
export class RAdam implements Optimizer {
	declare learningRate: number;
	declare readonly schedule?: Schedule;
	readonly beta1: number;
	readonly beta2: number;
	readonly epsilon: number;
	readonly weightDecay: number;
	readonly decoupledWeightDecay: boolean;
	readonly kernel = "radam";
	readonly slots = ["m", "v"] as const;
	readonly equation = "m = mean of g, v = mean of g²; p -= rate·m / (√v + epsilon), at first p -= rate·m";
	readonly operations = 14;

	constructor(options: RAdamOptions = {}) {
		const all = checkSettings("RAdam", options, defaults, ranges);
		Object.assign(this, ratesOf(all.learningRate));
		this.beta1 = all.beta1;
		this.beta2 = all.beta2;
		this.epsilon = all.epsilon;
		this.weightDecay = all.weightDecay;
		this.decoupledWeightDecay = all.decoupledWeightDecay;
	}

	/** @internal */
	settings(count: number, { learningRate, weightDecay }: Rates = this): SettingsOf<"radam"> {
		const { beta1, beta2, epsilon, decoupledWeightDecay } = this;
		const rectified = rectification(beta2, count);
		return {
			rate: (learningRate / (1 - power(beta1, count))) * (rectified ?? 1),
			beta1,
			take1: 1 - beta1,
			beta2,
			take2: 1 - beta2,
			adaptive: +(rectified !== undefined),
			epsilon,
			weightDecay: decoupledWeightDecay ? 0 : weightDecay,
			shrink: decoupledWeightDecay ? 1 - learningRate * weightDecay : 1,
		};
	}
}

/** r·√(1 - beta2ᵗ); undefined while ρ is at most 5. */
function rectification(beta2: number, t: number): number | undefined {
	const decayed = power(beta2, t);
	const most = 2 / (1 - beta2) - 1;
	const rho = most - (2 * t * decayed) / (1 - decayed);
	if (!(rho > 5)) return undefined;
	const ratio = ((rho - 4) * (rho - 2) * most) / ((most - 4) * (most - 2) * rho);
	return Math.sqrt(ratio) * Math.sqrt(1 - decayed);
}

const defaults = {
	learningRate: 1e-3,
	beta1: 0.9,
	beta2: 0.999,
	epsilon: 1e-8,
	weightDecay: 0,
	decoupledWeightDecay: false,
};
const ranges = {
	learningRate: "rate",
	beta1: "share",
	beta2: "share",
	epsilon: AT_LEAST_0,
	weightDecay: AT_LEAST_0,
	decoupledWeightDecay: "flag",
} as const;
