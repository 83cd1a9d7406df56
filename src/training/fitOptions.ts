import { OptionError } from "../errors.ts";
import type { Metric } from "../metrics/metric.ts";
import { checkChoice, checkFlag, checkKeys, checkSeed, checkSize, show } from "../options.ts";
import type { Kind } from "../sequences.ts";
import { type Data, datasetOf } from "./data.ts";
import { EarlyStopping, type EarlyStoppingOptions } from "./earlyStopping.ts";
import { type EndingOptions, endingOf } from "./ending.ts";
import type { Fitted } from "./fitted.ts";
import { type WeightsName, weightsNames } from "./options.ts";
import type { Epoch, StepReport } from "./reports.ts";

export interface EpochsOptions<I extends Kind, T extends Kind, M extends readonly Metric[] = readonly Metric[]>
	extends EndingOptions {
	/** Passes over the data. Default 1; without end where `minutes` or `earlyStopping` ends the training. */
	readonly epochs?: number | undefined;
	/** Rows of each batch, and so of each update, unless several make one. Default 32. */
	readonly batchSize?: number | undefined;
	/** Batches that make an update together: the one that a single batch of all their rows would make, to rounding, in the memory that
	 * one of them takes. The gradient is that of the mean over all their weighted rows of output, whatever their lengths and
	 * weights; what layers drop, they drop as from that one batch. At the end of an epoch those that are left make an update. Clipping,
	 * schedules, `updateCount`, `onStep`, `signal` and `minutes` go by updates; of `trainer.health` the gradients through time are those of the last
	 * batch. A batch that is skipped (`onNonFinite`) is left out, and the others make the update. Rows that go on
	 * (`continues`) do so from batch to batch. What enters a gradient besides the loss (`omega`, activation regularization) is the mean
	 * of the batches', each by the sum of its weights. Default 1. */
	readonly accumulate?: number | undefined;
	/** The seed of the order of rows, which is new in each epoch. The trainer counts its epochs over all calls of `fit`, so that
	 * two calls of one epoch do what one call of two epochs does. Default 0. */
	readonly seed?: number | undefined;
	/** Data to evaluate on after each epoch. */
	readonly validation?: Data<I, T> | undefined;
	/** Which parameters `validation` is evaluated with: as they are trained (`"trained"`, default), or their `"average"`, where the trainer or an
	 * ASGD keeps one. With `earlyStopping: { restoreBest: true }` the model then has the averages of the best epoch at the end. */
	readonly weights?: WeightsName | undefined;
	/** Figures to compute on the way, of each epoch as it is trained (each row as it was before the update that its batch led to) and of
	 * `validation`: `[accuracy(), topK(5)]`. They are in the epoch under their names. */
	readonly metrics?: M | undefined;
	/** Ends the training where `validation` gets no better. Default: never. */
	readonly earlyStopping?: EarlyStoppingOptions<"loss" | "accuracy" | M[number]["name"]> | undefined;
	/** A trainer that was saved while `fit` ran goes on where that stood: in the middle of its epoch, with the same rows to come. Its data and
	 * the options that decide their order must be the same. `false` begins anew instead, with the parameters as they are. Default
	 * true; without effect on other trainers. */
	readonly resume?: boolean | undefined;
	/** Called after each update; `false` ends the training. Where it returns a promise, that is awaited. */
	readonly onStep?: ((step: StepReport) => unknown) | undefined;
}

export interface FitOptions<I extends Kind, T extends Kind, M extends readonly Metric[] = readonly Metric[]>
	extends EpochsOptions<I, T, M> {
	/** Called after each epoch; `false` ends the training. Where it returns a promise, that is awaited. */
	readonly onEpoch?: ((epoch: Epoch<M>) => unknown) | undefined;
}

/** Names of the options of `epochs`. */
export const epochsOptions = [
	"epochs",
	"batchSize",
	"accumulate",
	"seed",
	"validation",
	"weights",
	"metrics",
	"earlyStopping",
	"onStep",
	"signal",
	"minutes",
	"resume",
];

/** Checks all that is asked for. */
export function settle<I extends Kind, T extends Kind>(
	where: string,
	{ hasAccuracy, meters }: Pick<Fitted<I, T>, "hasAccuracy" | "meters">,
	data: Data<I, T>,
	options: EpochsOptions<I, T>,
) {
	checkKeys(where, options, epochsOptions);
	const { onStep, validation: held, earlyStopping, minutes, metrics = [] } = options;
	checkCallback(where, "onStep", onStep);
	endingOf(where, options);
	meters(metrics);
	if (earlyStopping !== undefined && held === undefined)
		throw new OptionError(`${where}: "earlyStopping" watches "validation", which is missing. Give it.`);
	const endless = minutes !== undefined || earlyStopping !== undefined;
	return {
		epochs: options.epochs === undefined && endless ? Infinity : checkSize(where, "epochs", options.epochs ?? 1),
		batchSize: checkSize(where, "batchSize", options.batchSize ?? 32),
		accumulate: checkSize(where, "accumulate", options.accumulate ?? 1),
		seed: checkSeed(where, options.seed ?? 0),
		weights: checkChoice(where, "weights", options.weights ?? "trained", weightsNames),
		resume: checkFlag(where, "resume", options.resume ?? true),
		...{ onStep, metrics },
		dataset: datasetOf(where, "data", data),
		validationSet: held === undefined ? held : datasetOf(where, '"validation"', held),
		stopping: earlyStopping && new EarlyStopping(where, earlyStopping, hasAccuracy, metrics),
	};
}

/** Checks that an option is a function, if it is there. */
export function checkCallback(where: string, name: string, callback: unknown): void {
	if (callback === undefined || typeof callback === "function") return;
	throw new OptionError(`${where}: "${name}" must be a function, got ${show(callback)}.`);
}
