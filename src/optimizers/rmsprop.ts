import type { Schedule } from "../schedules/schedule.ts";
import { AT_LEAST_0, checkSettings, type Optimizer, type Rates, ratesOf, type SettingsOf } from "./optimizer.ts";

export interface RMSpropOptions {
	/** Step size, or a schedule of it. Default 0.01, as PyTorch's. */
	learningRate?: number | Schedule | undefined;
	/** Share of the past that the mean square keeps. Default 0.99. */
	alpha?: number | undefined;
	/** Added to the root, for where it is near 0. Default 1e-8; with 0, a parameter that never had a gradient becomes NaN. */
	epsilon?: number | undefined;
	/** L2 penalty: adds weightDecay·p to the gradient. Default 0. */
	weightDecay?: number | undefined;
	/** Share of the last update that is kept. Default 0. */
	momentum?: number | undefined;
	/** Divides by the deviation instead of the root mean square. Default false. */
	centered?: boolean | undefined;
}

/** RMSprop, as torch.optim.RMSprop:
 *
 * ```
 * g = g + weightDecay·p
 * v = alpha·v + (1 - alpha)·g²
 * a = alpha·a + (1 - alpha)·g                 (centered; else 0)
 * m = momentum·m + g / (√(v - a²) + epsilon)
 * p = p - learningRate·m
 * ```
 *
 * @see Hinton, lecture 6e of Neural Networks for Machine Learning; centered: Graves 2013. */
export class RMSprop implements Optimizer {
	declare learningRate: number;
	declare readonly schedule?: Schedule;
	readonly alpha: number;
	readonly epsilon: number;
	readonly weightDecay: number;
	readonly momentum: number;
	readonly centered: boolean;
	readonly kernel = "rmsprop";
	readonly equation = "v = mean of g²; p -= rate·g / (√v + epsilon)";
	readonly operations = 10;

	constructor(options: RMSpropOptions = {}) {
		const all = checkSettings("RMSprop", options, defaults, ranges);
		Object.assign(this, ratesOf(all.learningRate));
		this.alpha = all.alpha;
		this.epsilon = all.epsilon;
		this.weightDecay = all.weightDecay;
		this.momentum = all.momentum;
		this.centered = all.centered;
	}

	get slots(): readonly string[] {
		return ["v", ...(this.centered ? ["a"] : []), ...(this.momentum > 0 ? ["m"] : [])];
	}

	/** @internal */
	settings(_count?: number, { learningRate: rate, weightDecay }: Rates = this): SettingsOf<"rmsprop"> {
		const { alpha, epsilon, momentum } = this;
		return { rate, alpha, take: 1 - alpha, epsilon, momentum, weightDecay };
	}
}

const defaults = {
	learningRate: 1e-2,
	alpha: 0.99,
	epsilon: 1e-8,
	weightDecay: 0,
	momentum: 0,
	centered: false,
};
const ranges = {
	learningRate: "rate",
	alpha: "share",
	epsilon: AT_LEAST_0,
	weightDecay: AT_LEAST_0,
	momentum: AT_LEAST_0,
	centered: "flag",
} as const;
