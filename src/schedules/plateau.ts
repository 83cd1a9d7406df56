import { OptionError } from "../errors.ts";
import { checkKeys } from "../options.ts";
import { checkSchedule, type Schedule } from "./schedule.ts";

export interface PlateauOptions {
	/** The rate at first. */
	readonly from: number;
	/** What it is multiplied by. Default 0.1. */
	readonly factor?: number | undefined;
	/** Epochs in a row without a better loss that are still waited for. Default 10. */
	readonly patience?: number | undefined;
	/** The share of the best loss by which a loss must be below it to be better. Default 1e-4. */
	readonly leastImprovement?: number | undefined;
	/** It does not fall below this. Default 0. */
	readonly least?: number | undefined;
}

/** Multiplies the rate by a factor where the loss of the validation part has got no better for more than `patience` epochs, as
 * torch.optim.lr_scheduler.ReduceLROnPlateau. `fit` tells it that loss after each epoch, so it needs `validation`; in a loop of
 * your own say `schedule.see(loss)`. It remembers what it has seen: make one for each training. */
export function plateau(options: PlateauOptions): Schedule & { see(loss: number): void } {
	checkKeys("plateau", options, ["from", "factor", "patience", "leastImprovement", "least"]);
	const { from, factor = 0.1, patience = 10, leastImprovement = 1e-4, least = 0 } = options;
	checkSchedule("plateau", { rates: { from, factor, patience, leastImprovement, least } });
	let rate = from;
	let best = Infinity;
	let worse = 0;
	return Object.assign(() => rate, {
		made: ["plateau", options] as const,
		memory: () => [rate, best, worse],
		recall(memory: readonly number[]) {
			if (memory.length !== 3 || !(memory[0] >= 0)) throw new OptionError("plateau: what it is to recall is broken.");
			[rate, best, worse] = memory as [number, number, number];
		},
		see(loss: number) {
			if (loss < best * (1 - leastImprovement)) {
				best = loss;
				worse = 0;
			} else worse++;
			if (worse <= patience) return;
			rate = Math.max(least, rate * factor);
			worse = 0;
		},
	});
}
