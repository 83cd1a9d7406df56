// Schedules that are curves over the updates. Each gives the same bits on every JavaScript engine.

import { checkKeys, checkNumber } from "../options.ts";
import { cosPi, exp, log } from "../random/elementary.ts";
import { checkSchedule, made, type Schedule } from "./schedule.ts";

export interface StepOptions {
	/** The rate of the first updates. */
	readonly from: number;
	/** What it is multiplied by each time. Default 0.1. */
	readonly factor?: number | undefined;
	/** After how many updates. */
	readonly every: number;
}

/** Multiplies the rate by a factor each so many updates, as torch.optim.lr_scheduler.StepLR:
 * `rate = from · factor^⌊(update - 1) / every⌋`. */
export function step(options: StepOptions): Schedule {
	checkKeys("step", options, ["from", "factor", "every"]);
	const { from, factor = 0.1, every } = options;
	checkSchedule("step", { rates: { from, factor }, counts: { every } });
	return made("step", options, (update) => {
		let rate = from;
		for (let count = Math.floor((update - 1) / every); count > 0 && rate > 0; count--) rate *= factor;
		return rate;
	});
}

export interface CurveOptions {
	/** The rate of the first update. */
	readonly from: number;
	/** The rate after `updates` updates, and from then on. */
	readonly to: number;
	/** How many updates it takes. */
	readonly updates: number;
}

/** Falls by the same factor with each update: `rate = from · (to / from)^((update - 1) / updates)`, then stays at `to`. Both
 * rates must be above 0. */
export function exponential(options: CurveOptions): Schedule {
	checkKeys("exponential", options, ["from", "to", "updates"]);
	const { from, to, updates } = options;
	checkSchedule("exponential", { counts: { updates } });
	for (const [name, rate] of Object.entries({ from, to }))
		checkNumber("exponential", name, rate, { least: 0, open: true });
	const slope = log(to) - log(from);
	return made("exponential", options, (update) => {
		const share = (update - 1) / updates;
		if (share <= 0) return from;
		return share >= 1 ? to : from * exp(slope * share);
	});
}

/** Falls as half a cosine, as torch.optim.lr_scheduler.CosineAnnealingLR with `T_max = updates`:
 * `rate = to + (from - to)/2 · (1 + cos(π · (update - 1) / updates))`, then stays at `to`.
 *
 * @see Loshchilov & Hutter 2017 (without restarts). */
export function cosine(options: Omit<CurveOptions, "to"> & { readonly to?: number | undefined }): Schedule {
	checkKeys("cosine", options, ["from", "to", "updates"]);
	const { from, to = 0, updates } = options;
	checkSchedule("cosine", { rates: { from, to }, counts: { updates } });
	return made("cosine", options, (update) => between(from, to, (update - 1) / updates));
}

export interface OneCycleOptions {
	/** The largest rate. */
	readonly most: number;
	/** Updates of the whole cycle. */
	readonly updates: number;
	/** The share of them in which the rate rises. Default 0.3. */
	readonly rising?: number | undefined;
	/** The rate of the first update. Default most / 25. */
	readonly from?: number | undefined;
	/** The rate of the last one. Default from / 10,000. */
	readonly to?: number | undefined;
}

/** Rises as half a cosine to the largest rate and falls to next to nothing, as torch.optim.lr_scheduler.OneCycleLR.
 *
 * @see Smith & Topin 2018. */
export function oneCycle(options: OneCycleOptions): Schedule {
	checkKeys("oneCycle", options, ["most", "updates", "rising", "from", "to"]);
	const { most, updates, rising = 0.3, from = most / 25, to = from / 1e4 } = options;
	checkSchedule("oneCycle", { rates: { most, from, to }, counts: { updates } });
	checkNumber("oneCycle", "rising", rising, { least: 0, most: 1 });
	const top = rising * updates - 1;
	return made("oneCycle", options, (update) => {
		const at = update - 1;
		if (at < top) return between(from, most, at / top);
		return between(most, to, (at - top) / (updates - 1 - top));
	});
}

/** From one number to another along half a cosine; before 0 and after 1 it stays. */
function between(from: number, to: number, share: number): number {
	return to + ((from - to) / 2) * (1 + cosPi(Math.min(1, Math.max(0, share))));
}
