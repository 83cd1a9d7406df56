import type { Schedule } from "../schedules/schedule.ts";
import { AT_LEAST_0, checkSettings, type Optimizer, type Rates, ratesOf, type SettingsOf } from "./optimizer.ts";

export interface AdadeltaOptions {
	/** What the steps that the rule finds are multiplied by. Default 1, as PyTorch's and the paper's. */
	learningRate?: number | Schedule | undefined;
	/** Share of the past that both mean squares keep. Default 0.9. */
	rho?: number | undefined;
	/** Added within both roots; the first steps are about its root large. Default 1e-6; with 0 nothing ever moves. */
	epsilon?: number | undefined;
	/** L2 penalty: adds weightDecay·p to the gradient. Default 0. */
	weightDecay?: number | undefined;
}

/** Adadelta, which finds the size of its steps from that of the steps before, as torch.optim.Adadelta:
 *
 * ```
 * g = g + weightDecay·p
 * v = rho·v + (1 - rho)·g²
 * d = √(u + epsilon) / √(v + epsilon) · g     u = rho·u + (1 - rho)·d²
 * p = p - learningRate·d
 * ```
 *
 * @see Zeiler 2012, "ADADELTA: An adaptive learning rate method". */
export class Adadelta implements Optimizer {
	declare learningRate: number;
	declare readonly schedule?: Schedule;
	readonly rho: number;
	readonly epsilon: number;
	readonly weightDecay: number;
	readonly kernel = "adadelta";
	readonly slots = ["v", "u"] as const;
	readonly equation = "v = mean of g², u = mean of d²; d = √u/√v·g; p -= rate·d";
	readonly operations = 18;

	constructor(options: AdadeltaOptions = {}) {
		const all = checkSettings("Adadelta", options, defaults, ranges);
		Object.assign(this, ratesOf(all.learningRate));
		this.rho = all.rho;
		this.epsilon = all.epsilon;
		this.weightDecay = all.weightDecay;
	}

	/** @internal */
	settings(_count?: number, { learningRate: rate, weightDecay }: Rates = this): SettingsOf<"adadelta"> {
		const { rho, epsilon } = this;
		return { rate, rho, take: 1 - rho, epsilon, weightDecay };
	}
}

const defaults = { learningRate: 1, rho: 0.9, epsilon: 1e-6, weightDecay: 0 };
const ranges = { learningRate: "rate", rho: "share", epsilon: AT_LEAST_0, weightDecay: AT_LEAST_0 } as const;
