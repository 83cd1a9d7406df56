import type { Schedule } from "../schedules/schedule.ts";
import { AT_LEAST_0, checkSettings, type Optimizer, type Rates, ratesOf, type SettingsOf } from "./optimizer.ts";

export interface AdagradOptions {
	/** Step size, or a schedule of it. Default 0.01, as PyTorch's. */
	learningRate?: number | Schedule | undefined;
	/** How the step size shrinks: at update t it is divided by 1 + (t - 1)·learningRateDecay. Default 0. */
	learningRateDecay?: number | undefined;
	/** L2 penalty: adds weightDecay·p to the gradient. Default 0. */
	weightDecay?: number | undefined;
	/** What the sum of squares starts from: the larger, the smaller first steps are. Default 0. */
	initialAccumulatorValue?: number | undefined;
	/** Added to the root, for where it is near 0. Default 1e-10; with 0, a parameter that never had a gradient becomes NaN. */
	epsilon?: number | undefined;
}

/** Adagrad, as torch.optim.Adagrad. At update t:
 *
 * ```
 * g = g + weightDecay·p
 * v = v + g²                                  (v at first initialAccumulatorValue)
 * p = p - learningRate/(1 + (t - 1)·learningRateDecay) · g / (√v + epsilon)
 * ```
 *
 * @see Duchi, Hazan & Singer 2011. */
export class Adagrad implements Optimizer {
	declare learningRate: number;
	declare readonly schedule?: Schedule;
	readonly learningRateDecay: number;
	readonly weightDecay: number;
	readonly initialAccumulatorValue: number;
	readonly epsilon: number;
	readonly kernel = "adagrad";
	readonly slots = ["v"] as const;
	readonly equation = "v = sum of g²; p -= rate·g / (√v + epsilon)";
	readonly operations = 9;

	constructor(options: AdagradOptions = {}) {
		const all = checkSettings("Adagrad", options, defaults, ranges);
		Object.assign(this, ratesOf(all.learningRate));
		this.learningRateDecay = all.learningRateDecay;
		this.weightDecay = all.weightDecay;
		this.initialAccumulatorValue = all.initialAccumulatorValue;
		this.epsilon = all.epsilon;
	}

	/** @internal */
	settings(count: number, { learningRate, weightDecay }: Rates = this): SettingsOf<"adagrad"> {
		const { learningRateDecay, initialAccumulatorValue: initial, epsilon } = this;
		return { rate: learningRate / (1 + (count - 1) * learningRateDecay), initial, epsilon, weightDecay };
	}
}

const defaults = {
	learningRate: 1e-2,
	learningRateDecay: 0,
	weightDecay: 0,
	initialAccumulatorValue: 0,
	epsilon: 1e-10,
};
const ranges = {
	learningRate: "rate",
	learningRateDecay: AT_LEAST_0,
	weightDecay: AT_LEAST_0,
	initialAccumulatorValue: AT_LEAST_0,
	epsilon: AT_LEAST_0,
} as const;
