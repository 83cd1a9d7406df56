import type { Schedule } from "../schedules/schedule.ts";
import { AT_LEAST_0, checkSettings, type Optimizer, ratesOf, type SettingsOf } from "./optimizer.ts";
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
 * Training goes on from p; the averages are what to predict with in the end. They are the slot `average`:
 *
 * ```ts
 * for (const [name, values] of trainer.slot("average")) model.parameters.get(name).write(values);
 * ```
 *
 * AWD-LSTM averages with `lambd` 0. A `learningRate` that is set between updates counts from the next one on (in PyTorch, which keeps
 * η, from the one after that).
 *
 * @see Polyak & Juditsky 1992; Bottou 2010; in AWD-LSTM: Merity, Keskar & Socher 2018. */
export class ASGD implements Optimizer {
	declare learningRate: number;
	declare readonly schedule?: Schedule;
	readonly lambd: number;
	readonly alpha: number;
	readonly t0: number;
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
		this.t0 = all.t0;
		this.weightDecay = all.weightDecay;
	}

	/** @internal */
	settings(count: number): SettingsOf<"asgd"> {
		const { learningRate, lambd, alpha, t0, weightDecay } = this;
		const growth = Math.min(1 + lambd * (learningRate * (count - 1)), Number.MAX_VALUE);
		const rate = learningRate / realPower(growth, alpha);
		return { rate, shrink: 1 - lambd * rate, share: 1 / Math.max(1, count - 1 - t0), weightDecay };
	}
}

const defaults = { learningRate: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0 };
const ranges = {
	learningRate: "rate",
	lambd: AT_LEAST_0,
	alpha: AT_LEAST_0,
	t0: AT_LEAST_0,
	weightDecay: AT_LEAST_0,
} as const;
