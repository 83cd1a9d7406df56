import { OptionError } from "../errors.ts";
import type { Schedule } from "../schedules/schedule.ts";
import { AT_LEAST_0, checkSettings, type Optimizer, type Rates, ratesOf, type SettingsOf } from "./optimizer.ts";
import { realPower } from "./power.ts";

export interface ASGDOptions {
	/** Step size of the first update, or a schedule of it. Default 0.01, as PyTorch's. */
	learningRate?: number | Schedule | undefined;
	/** How much each update shrinks p, and how soon steps become smaller. Default 1e-4. */
	lambd?: number | undefined;
	/** With which power steps become smaller. Default 0.75. */
	alpha?: number | undefined;
	/** After how many updates averaging begins; until then the average is p. Default 1e6. */
	t0?: number | undefined;
	/** Averaging begins where validation gets no better (AWD-LSTM's trigger): after the epoch whose loss of the validation part is above the
	 * least of those more than so many epochs before. In AWD-LSTM 5. It takes the place of `t0`, and `fit` has to be given
	 * `validation`; in a loop of your own say `optimizer.see(loss, trainer.updateCount)`. Default: none. */
	nonMonotone?: number | undefined;
	/** L2 penalty: adds weightDecay·p to the gradient. Default 0. */
	weightDecay?: number | undefined;
}

/** Averaged stochastic gradient descent, as torch.optim.ASGD. At update t:
 *
 * ```
 * g = g + weightDecay·p
 * η = learningRate / (1 + lambd·learningRate·(t - 1))^alpha
 * p = p·(1 - lambd·η) - η·g
 * average = average + (p - average) / max(1, t - 1 - t0)
 * ```
 *
 * Training goes on from p; the averages are what to predict with in the end: `trainer.averaged()` makes a model of them,
 * `evaluate(data, { weights: "average" })` and `fit(data, { weights: "average" })` look at them, and they are the slot `average`.
 *
 * AWD-LSTM is `new ASGD({ learningRate: 30, lambd: 0, nonMonotone: 5 })`, plain SGD until validation stops getting better, then
 * averages, with `weights: "average"` in `fit`. It remembers the losses that it saw: make one for each training. A `learningRate` that
 * is set between updates counts from the next one on (in PyTorch, which keeps η, from the one after that).
 *
 * @see Polyak & Juditsky 1992; Bottou 2010; in AWD-LSTM: Merity, Keskar & Socher 2018. */
export class ASGD implements Optimizer {
	declare learningRate: number;
	declare readonly schedule?: Schedule;
	readonly lambd: number;
	readonly alpha: number;
	/** After how many updates averaging begins; with `nonMonotone` Infinity until it does. */
	t0: number;
	readonly nonMonotone: number | undefined;
	/** With `nonMonotone`: the losses of the validation part, epoch by epoch, until averaging begins. */
	readonly losses: number[] = [];
	readonly weightDecay: number;
	readonly kernel = "asgd";
	readonly slots = ["average"] as const;
	readonly equation = "p = shrink·p - rate·g; average += share·(p - average)";
	readonly operations = 9;

	constructor(options: ASGDOptions = {}) {
		const all = checkSettings("ASGD", options, defaults, ranges);
		Object.assign(this, ratesOf(all.learningRate));
		this.lambd = all.lambd;
		this.alpha = all.alpha;
		this.nonMonotone = options.nonMonotone;
		if (this.nonMonotone !== undefined && options.t0 !== undefined)
			throw new OptionError('ASGD: "t0" and "nonMonotone" both say when averaging begins. Leave one out.');
		this.t0 = this.nonMonotone === undefined ? all.t0 : Infinity;
		this.weightDecay = all.weightDecay;
	}

	/** Takes the loss of the validation part after an epoch, and how many updates have been made. */
	see(loss: number, updates: number): void {
		const { nonMonotone, losses } = this;
		if (nonMonotone === undefined || this.t0 < Infinity) return;
		if (losses.length > nonMonotone && loss > Math.min(...losses.slice(0, -nonMonotone))) this.t0 = updates;
		losses.push(loss);
	}

	/** @internal */
	memory(): readonly number[] {
		return [this.t0, ...this.losses];
	}

	/** @internal */
	recall([t0, ...losses]: readonly number[]): void {
		if (t0 === undefined) throw new OptionError("ASGD: what it is to recall is broken.");
		this.t0 = t0;
		this.losses.splice(0, Infinity, ...losses);
	}

	/** @internal */
	settings(count: number, { learningRate, weightDecay }: Rates = this): SettingsOf<"asgd"> {
		const { lambd, alpha, t0 } = this;
		const growth = Math.min(1 + lambd * (learningRate * (count - 1)), Number.MAX_VALUE);
		const rate = learningRate / realPower(growth, alpha);
		return { rate, shrink: 1 - lambd * rate, share: 1 / Math.max(1, count - 1 - t0), weightDecay };
	}
}

const defaults = { learningRate: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, nonMonotone: 5, weightDecay: 0 };
const ranges = {
	learningRate: "rate",
	lambd: AT_LEAST_0,
	alpha: AT_LEAST_0,
	t0: AT_LEAST_0,
	nonMonotone: "size",
	weightDecay: AT_LEAST_0,
} as const;
