import { OptionError } from "../errors.ts";
import type { Schedule } from "../schedules/schedule.ts";
import { AT_LEAST_0, checkSettings, type Optimizer, type Rates, ratesOf, type SettingsOf } from "./optimizer.ts";

export interface SGDOptions {
	/** Step size, or a schedule of it. Default 0.001, as PyTorch's. */
	learningRate?: number | Schedule | undefined;
	/** Share of the last update that is kept. Default 0. */
	momentum?: number | undefined;
	/** The share of a gradient that does not enter the momentum. Default 0. */
	dampening?: number | undefined;
	/** L2 penalty: adds weightDecay·p to the gradient. Default 0. */
	weightDecay?: number | undefined;
	/** Looks ahead by one update of momentum. Default false. */
	nesterov?: boolean | undefined;
}

/** Stochastic gradient descent, as torch.optim.SGD:
 *
 * ```
 * g = g + weightDecay·p
 * m = momentum·m + (1 - dampening)·g          (first update: m = g)
 * p = p - learningRate·(nesterov ? g + momentum·m : m)
 * ```
 *
 * @throws OptionError `SGD: "nesterov" needs "momentum" above 0 and "dampening" 0.` */
export class SGD implements Optimizer {
	declare learningRate: number;
	declare readonly schedule?: Schedule;
	readonly momentum: number;
	readonly dampening: number;
	readonly weightDecay: number;
	readonly nesterov: boolean;
	readonly kernel = "sgd";
	readonly equation = "m = momentum·m + g; p -= rate·m";
	readonly operations = 6;

	constructor(options: SGDOptions = {}) {
		const all = checkSettings("SGD", options, defaults, ranges);
		Object.assign(this, ratesOf(all.learningRate));
		this.momentum = all.momentum;
		this.dampening = all.dampening;
		this.weightDecay = all.weightDecay;
		this.nesterov = all.nesterov;
		if (this.nesterov && (this.momentum === 0 || this.dampening !== 0)) {
			throw new OptionError('SGD: "nesterov" needs "momentum" above 0 and "dampening" 0.');
		}
	}

	get slots(): readonly string[] {
		return this.momentum === 0 ? [] : ["m"];
	}

	/** @internal */
	settings(count: number, { learningRate: rate, weightDecay }: Rates = this): SettingsOf<"sgd"> {
		const { momentum, dampening, nesterov } = this;
		return { rate, momentum, gain: count === 1 ? 1 : 1 - dampening, nesterov: +nesterov, weightDecay };
	}
}

const defaults = {
	learningRate: 1e-3,
	momentum: 0,
	dampening: 0,
	weightDecay: 0,
	nesterov: false,
};
const ranges = {
	learningRate: "rate",
	momentum: AT_LEAST_0,
	dampening: {},
	weightDecay: AT_LEAST_0,
	nesterov: "flag",
} as const;
