import { OptionError } from "../errors.ts";
import type { Meters, SavedMeters } from "../metrics/meters.ts";
import type { Carry } from "../run/carry.ts";
import type { EarlyStopping, SavedStopping } from "./earlyStopping.ts";
import type { Epoch } from "./reports.ts";
import type { Updates } from "./updates.ts";

/** What decides which rows come when. */
export interface Agreed {
	readonly batchSize: number;
	readonly accumulate: number;
	readonly seed: number;
	/** Rows of the data, where they are known. */
	readonly size: number | null;
}

/** Where a fit stands between two updates. */
export interface Place {
	readonly agreed: Agreed;
	/** The epoch, from 1, and how many of its batches have led to updates. */
	epoch: number;
	batch: number;
	/** The sums of losses times weights, and of weights, in this epoch. */
	sum: number;
	weights: number;
	/** Whether its last epoch has ended it. */
	isOver: boolean;
	/** Epochs that have come to their end. */
	readonly history: Epoch[];
}

/** A fit that was under way, as a file has it. */
export interface SavedFit {
	readonly place: Place;
	/** Milliseconds that it had taken. */
	readonly spent: number;
	readonly stopping?: SavedStopping;
	readonly meters?: SavedMeters | undefined;
}

/** A fit that runs. */
export interface Running {
	readonly place: Place;
	/** When it began, as `Date.now()` has it, or would have begun without a break. */
	readonly begin: number;
	readonly carry: Carry;
	readonly updates: Updates;
	readonly stopping: EarlyStopping | undefined;
	/** Of the epoch. */
	meters: Meters | undefined;
}

/** What a trainer knows of its fits. */
export interface Progress {
	/** Epochs fitted so far, in all fits. */
	epochs: number;
	running: Running | undefined;
	/** What the next fit goes on with: that of the file which the trainer comes from. */
	saved: { readonly fit: SavedFit; readonly carry: Carry } | undefined;
}

export function beginning(agreed: Agreed): Place {
	return { agreed, epoch: 1, batch: 0, sum: 0, weights: 0, isOver: false, history: [] };
}

/** Moves on to the next epoch. */
export function nextEpoch(place: Place, report: Epoch): void {
	place.history.push(report);
	place.epoch++;
	place.batch = place.sum = place.weights = 0;
}

/** Checks that a fit that goes on reads the same rows in the same order. */
export function checkAgreed(where: string, saved: Agreed, given: Agreed): void {
	const names = { batchSize: '"batchSize"', accumulate: '"accumulate"', seed: '"seed"', size: "the number of rows" };
	for (const [key, name] of Object.entries(names) as [keyof Agreed, string][]) {
		if (saved[key] === given[key]) continue;
		throw new OptionError(
			`${where}: this trainer was saved while it was fitting, when ${name} was ${saved[key]}; now it is ${given[key]}. Give the same to go on, or set resume: false to begin anew.`,
		);
	}
}
