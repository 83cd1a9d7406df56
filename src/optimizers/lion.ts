import type { Schedule } from "../schedules/schedule.ts";
import { AT_LEAST_0, checkSettings, type Optimizer, type Rates, ratesOf, type SettingsOf } from "./optimizer.ts";

export interface LionOptions {
	/** Step size, how far each parameter moves at each update, or a schedule of it. Default 0.0001, as the authors'; 3 to 10 times less than Adam's. */
	learningRate?: number | Schedule | undefined;
	/** Share of the mean of gradients in what a step goes by. Default 0.9. */
	beta1?: number | undefined;
	/** Share of the past that the mean of gradients keeps. Default 0.99. */
	beta2?: number | undefined;
	/** Shrinks p by learningRate·weightDecay at each update. Default 0; 3 to 10 times more than AdamW's. */
	weightDecay?: number | undefined;
}

/** Lion, which steps by the sign of a mean of gradients, as its paper has it (PyTorch has none):
 *
 * ```
 * p = p·(1 - learningRate·weightDecay) - learningRate · sign(beta1·m + (1 - beta1)·g)
 * m = beta2·m + (1 - beta2)·g
 * ```
 *
 * @see Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2. */
export class Lion implements Optimizer {
	declare learningRate: number;
	declare readonly schedule?: Schedule;
	readonly beta1: number;
	readonly beta2: number;
	readonly weightDecay: number;
	readonly kernel = "lion";
	readonly slots = ["m"] as const;
	readonly equation = "p = shrink·p - rate·sign(beta1·m + (1 - beta1)·g); m = mean of g";
	readonly operations = 9;

	constructor(options: LionOptions = {}) {
		const all = checkSettings("Lion", options, defaults, ranges);
		Object.assign(this, ratesOf(all.learningRate));
		this.beta1 = all.beta1;
		this.beta2 = all.beta2;
		this.weightDecay = all.weightDecay;
	}

	/** @internal */
	settings(_count?: number, { learningRate: rate, weightDecay }: Rates = this): SettingsOf<"lion"> {
		const { beta1, beta2 } = this;
		return { rate, beta1, take1: 1 - beta1, beta2, take2: 1 - beta2, shrink: 1 - rate * weightDecay };
	}
}

const defaults = { learningRate: 1e-4, beta1: 0.9, beta2: 0.99, weightDecay: 0 };
const ranges = { learningRate: "rate", beta1: "share", beta2: "share", weightDecay: AT_LEAST_0 } as const;
