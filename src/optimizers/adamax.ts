import type { Schedule } from "../schedules/schedule.ts";
import { AT_LEAST_0, checkSettings, type Optimizer, type Rates, ratesOf, type SettingsOf } from "./optimizer.ts";
import { power } from "./power.ts";

export interface AdamaxOptions {
	/** Step size, or a schedule of it. Default 0.002, as PyTorch's. */
	learningRate?: number | Schedule | undefined;
	/** Share of the past that the mean of gradients keeps. Default 0.9. */
	beta1?: number | undefined;
	/** Share of itself that the largest gradient keeps from update to update. Default 0.999. */
	beta2?: number | undefined;
	/** Added to each gradient's size, for where all are near 0. Default 1e-8; with 0, a parameter that never had a gradient becomes
	 * NaN. */
	epsilon?: number | undefined;
	/** L2 penalty: adds weightDecay·p to the gradient. Default 0. */
	weightDecay?: number | undefined;
}

/** Adamax, Adam by the largest gradient instead of the mean square, as torch.optim.Adamax. At update t:
 *
 * ```
 * g = g + weightDecay·p
 * m = beta1·m + (1 - beta1)·g        u = max(beta2·u, |g| + epsilon)
 * p = p - learningRate · m/(1 - beta1ᵗ) / u
 * ```
 *
 * @see Kingma & Ba 2015, section 7. */
export class Adamax implements Optimizer {
	declare learningRate: number;
	declare readonly schedule?: Schedule;
	readonly beta1: number;
	readonly beta2: number;
	readonly epsilon: number;
	readonly weightDecay: number;
	readonly kernel = "adamax";
	readonly slots = ["m", "u"] as const;
	readonly equation = "m = mean of g, u = max(beta2·u, |g| + epsilon); p -= rate·m / u";
	readonly operations = 10;

	constructor(options: AdamaxOptions = {}) {
		const all = checkSettings("Adamax", options, defaults, ranges);
		Object.assign(this, ratesOf(all.learningRate));
		this.beta1 = all.beta1;
		this.beta2 = all.beta2;
		this.epsilon = all.epsilon;
		this.weightDecay = all.weightDecay;
	}

	/** @internal */
	settings(count: number, { learningRate, weightDecay }: Rates = this): SettingsOf<"adamax"> {
		const { beta1, beta2, epsilon } = this;
		const rate = learningRate / (1 - power(beta1, count));
		return { rate, beta1, take1: 1 - beta1, beta2, epsilon, weightDecay };
	}
}

const defaults = { learningRate: 2e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
const ranges = {
	learningRate: "rate",
	beta1: "share",
	beta2: "share",
	epsilon: AT_LEAST_0,
	weightDecay: AT_LEAST_0,
} as const;
