import type { Schedule } from "../schedules/schedule.ts";
import {
	AT_LEAST_0,
	type Checked,
	checkSettings,
	type Optimizer,
	type Rates,
	ratesOf,
	type SettingsOf,
} from "./optimizer.ts";
import { power } from "./power.ts";

export interface AdamOptions {
	/** Step size, or a schedule of it. Default 0.001. */
	learningRate?: number | Schedule | undefined;
	/** Share of the past that the mean of gradients keeps. Default 0.9. */
	beta1?: number | undefined;
	/** Share of the past that the mean of their squares keeps. Default 0.999. */
	beta2?: number | undefined;
	/** Added to the root, for where it is near 0. Default 1e-8; with 0, a parameter that never had a gradient becomes NaN. */
	epsilon?: number | undefined;
	/** L2 penalty: adds weightDecay·p to the gradient; or, decoupled, shrinks p by learningRate·weightDecay at each update.
	 * Default 0; of AdamW 0.01. */
	weightDecay?: number | undefined;
	/** Whether weight decay leaves the gradient alone, as in AdamW. Default false. */
	decoupledWeightDecay?: boolean | undefined;
}

/** Adam, as torch.optim.Adam. At update t:
 *
 * ```
 * g = g + weightDecay·p                       (decoupled: p = p·(1 - learningRate·weightDecay) instead)
 * m = beta1·m + (1 - beta1)·g        v = beta2·v + (1 - beta2)·g²
 * p = p - learningRate · m/(1 - beta1ᵗ) / (√(v/(1 - beta2ᵗ)) + epsilon)
 * ```
 *
 * @see Kingma & Ba 2015; decoupled: Loshchilov & Hutter 2019. */
export class Adam implements Optimizer {
	declare learningRate: number;
	declare readonly schedule?: Schedule;
	readonly beta1: number;
	readonly beta2: number;
	readonly epsilon: number;
	readonly weightDecay: number;
	readonly decoupledWeightDecay: boolean;
	readonly kernel = "adam";
	readonly slots = ["m", "v"] as const;
	readonly equation = "m = mean of g, v = mean of g²; p -= rate·m / (√v + epsilon)";
	readonly operations = 14;

	constructor(options: AdamOptions = {}) {
		const all = checkSettings("Adam", options, defaults, ranges);
		Object.assign(this, ratesOf(all.learningRate));
		this.beta1 = all.beta1;
		this.beta2 = all.beta2;
		this.epsilon = all.epsilon;
		this.weightDecay = all.weightDecay;
		this.decoupledWeightDecay = all.decoupledWeightDecay;
	}

	/** @internal */
	settings(count: number, { learningRate, weightDecay }: Rates = this): SettingsOf<"adam"> {
		const { beta1, beta2, epsilon, decoupledWeightDecay } = this;
		return {
			rate: learningRate / (1 - power(beta1, count)),
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
}

export type AdamWOptions = Omit<AdamOptions, "decoupledWeightDecay">;

/** Adam with decoupled weight decay, 0.01 unless told otherwise, as torch.optim.AdamW.
 *
 * @see Loshchilov & Hutter 2019. */
export class AdamW extends Adam {
	constructor(options: AdamWOptions = {}) {
		const { decoupledWeightDecay: _, ...known } = defaults;
		const all = checkSettings<AdamWOptions>("AdamW", options, { ...known, weightDecay: 1e-2 }, ranges);
		super({ ...all, decoupledWeightDecay: true });
	}
}

const defaults: Checked<AdamOptions> = {
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
