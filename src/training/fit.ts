import { adviceOnData, checkFields } from "../batch/shape.ts";
import { asDataset } from "../data/batches.ts";
import { checkNotContinued } from "../data/streams.ts";
import { DataError, OptionError } from "../errors.ts";
import { checkKeys, checkSeed, checkSize, show } from "../options.ts";
import { Random } from "../random/random.ts";
import type { Batch, Dataset, Kind } from "../sequences.ts";
import { EarlyStopping, type EarlyStoppingOptions, type Weights } from "./earlyStopping.ts";
import { type EndingOptions, endingOf } from "./ending.ts";
import { type Evaluation, noBatches } from "./evaluate.ts";

export interface EpochsOptions<I extends Kind, T extends Kind> extends EndingOptions {
	/** Passes over the data. Default 1; without end where `minutes` or `earlyStopping` ends the training. */
	readonly epochs?: number | undefined;
	/** Rows of each batch, and so of each update. Default 32. */
	readonly batchSize?: number | undefined;
	/** The seed of the order of rows, which is new in each epoch. The trainer counts its epochs over all calls of `fit`, so that
	 * two calls of one epoch do what one call of two epochs does. Default 0. */
	readonly seed?: number | undefined;
	/** Data to evaluate on after each epoch. */
	readonly validation?: Batch<I, T> | Dataset<I, T> | undefined;
	/** Ends the training where `validation` gets no better. Default: never. */
	readonly earlyStopping?: EarlyStoppingOptions | undefined;
	/** Called after each update; `false` ends the training. Where it returns a promise, that is awaited. */
	readonly onStep?: ((step: StepReport) => unknown) | undefined;
}

export interface FitOptions<I extends Kind, T extends Kind> extends EpochsOptions<I, T> {
	/** Called after each epoch; `false` ends the training. Where it returns a promise, that is awaited. */
	readonly onEpoch?: ((epoch: Epoch) => unknown) | undefined;
}

/** What came of a batch. */
export interface StepReport {
	/** The epoch, and the batch in it, from 1 in each call of `fit`. */
	readonly epoch: number;
	readonly batch: number;
	/** The loss of the batch before the update. */
	readonly loss: number;
	/** The norm of all gradients together, before any clipping. */
	readonly gradientNorm: number;
	/** Whether it updated nothing, since loss or norm was not finite; see `onNonFinite`. */
	readonly isSkipped: boolean;
}

/** What came of an epoch. */
export interface Epoch {
	/** Its number, from 1 in each call of `fit`. */
	readonly epoch: number;
	/** The mean over all live, weighted steps, each as it was before the update that its batch led to. Batches that were skipped
	 * do not count; NaN where all were. */
	readonly loss: number;
	readonly validation?: Evaluation;
}

/** What fitting needs of a trainer. */
interface Fitted<I extends Kind, T extends Kind> {
	step(where: string, batch: Batch<I, T>): Omit<StepReport, "epoch" | "batch"> & { readonly weight: number };
	evaluate(data: Dataset<I, T>, batchSize: number): Evaluation;
	/** Takes the loss of the validation part after an epoch. */
	see(loss: number): void;
	readonly hasAccuracy: boolean;
	readonly weights: Weights;
	/** Epochs fitted so far, in this call and those before, and whether one is being fitted. */
	readonly progress: { epochs: number; isFitting: boolean };
}

/** Trains for some epochs, on every row once in each, and gives what came of each. An epoch that did not come to its end gives
 * nothing. */
export async function* epochsOf<I extends Kind, T extends Kind>(
	where: string,
	trainer: Fitted<I, T>,
	data: Batch<I, T> | Dataset<I, T>,
	options: EpochsOptions<I, T>,
): AsyncGenerator<Epoch, void, undefined> {
	const { batchSize, seed, epochs, onStep, dataset, validationSet, stopping } = settle(where, trainer, data, options);
	const { progress, weights } = trainer;
	if (progress.isFitting)
		throw new OptionError(`${where}: this trainer is fitting already. Await that first, or make another trainer.`);
	progress.isFitting = true;
	const isOver = endingOf(where, options);
	const pause = pauses();
	try {
		for (let epoch = 1; epoch <= epochs; epoch++) {
			const batches = dataset.batches({ batchSize, seed: seedOf(seed, progress.epochs + 1) });
			const loss = await runEpoch(where, epoch, trainer, batches, { pause, isOver, onStep });
			if (loss === undefined) return;
			progress.epochs++;
			const validation = validationSet && trainer.evaluate(validationSet, batchSize);
			if (validation) trainer.see(validation.loss);
			yield { epoch, loss, ...(validation && { validation }) };
			if (validation && stopping?.see(validation, weights)) return;
		}
	} finally {
		stopping?.end(weights);
		progress.isFitting = false;
	}
}

const known = ["epochs", "batchSize", "seed", "validation", "earlyStopping", "onStep", "signal", "minutes"];

/** Checks all that is asked for. */
function settle<I extends Kind, T extends Kind>(
	where: string,
	{ hasAccuracy }: Fitted<I, T>,
	data: Batch<I, T> | Dataset<I, T>,
	options: EpochsOptions<I, T>,
) {
	checkKeys(where, options, known);
	const { onStep, validation: held, earlyStopping, minutes } = options;
	checkCallback(where, "onStep", onStep);
	endingOf(where, options);
	if (earlyStopping !== undefined && held === undefined)
		throw new OptionError(`${where}: "earlyStopping" watches "validation", which is missing. Give it.`);
	const endless = minutes !== undefined || earlyStopping !== undefined;
	return {
		epochs: options.epochs === undefined && endless ? Infinity : checkSize(where, "epochs", options.epochs ?? 1),
		batchSize: checkSize(where, "batchSize", options.batchSize ?? 32),
		seed: checkSeed(where, options.seed ?? 0),
		onStep,
		dataset: datasetOf(where, "data", data),
		validationSet: held === undefined ? held : datasetOf(where, '"validation"', held),
		stopping: earlyStopping && new EarlyStopping(where, earlyStopping, hasAccuracy),
	};
}

/** Checks that an option is a function, if it is there. */
function checkCallback(where: string, name: string, callback: unknown): void {
	if (callback === undefined || typeof callback === "function") return;
	throw new OptionError(`${where}: "${name}" must be a function, got ${show(callback)}.`);
}

/** Trains for some epochs, and returns what came of each. */
export async function fitEpochs<I extends Kind, T extends Kind>(
	where: string,
	trainer: Fitted<I, T>,
	data: Batch<I, T> | Dataset<I, T>,
	options: FitOptions<I, T>,
): Promise<readonly Epoch[]> {
	checkKeys(where, options, [...known, "onEpoch"]);
	const { onEpoch, ...others } = options;
	checkCallback(where, "onEpoch", onEpoch);
	const history: Epoch[] = [];
	for await (const epoch of epochsOf(where, trainer, data, others)) {
		history.push(epoch);
		if ((await onEpoch?.(epoch)) === false) break;
	}
	return history;
}

/** Trains for one epoch, and returns its mean loss; undefined where training ended in it. */
async function runEpoch<I extends Kind, T extends Kind>(
	where: string,
	epoch: number,
	trainer: Fitted<I, T>,
	batches: Iterable<Batch<I, T>>,
	{
		pause,
		isOver,
		onStep,
	}: Pick<EpochsOptions<I, T>, "onStep"> & {
		readonly pause: () => Promise<void> | undefined;
		readonly isOver: () => boolean;
	},
): Promise<number | undefined> {
	let [sum, weights, count] = [0, 0, 0];
	for (const batch of batches) {
		if (isOver()) return undefined;
		count++;
		const place = `${where}, batch ${count} of epoch ${epoch}`;
		const { weight, ...result } = trainer.step(place, batch);
		if (!result.isSkipped) {
			sum += result.loss * weight;
			weights += weight;
		}
		if (onStep !== undefined && (await onStep({ epoch, batch: count, ...result })) === false) return undefined;
		const waiting = pause();
		if (waiting) await waiting;
	}
	if (count === 0) throw noBatches(where);
	return sum / weights;
}

/** The seed of an epoch's order: a word drawn for it, so that epochs of neighbouring seeds do not share orders. */
function seedOf(seed: number, epoch: number): number {
	return new Random(seed, epoch).uint32();
}

/** Milliseconds after which `fit` lets the event loop have a turn. */
const YIELD_MS = 50;

declare function setTimeout(run: () => void, milliseconds: number): unknown;

/** A function to call after every batch. Once YIELD_MS have passed, it returns a promise that gives the event loop a turn. */
function pauses(): () => Promise<void> | undefined {
	let last = Date.now();
	return () => {
		if (Date.now() - last < YIELD_MS) return undefined;
		return new Promise((resume) => {
			setTimeout(() => {
				last = Date.now();
				resume();
			}, 0);
		});
	};
}

/** Data as a dataset. The fields of a batch are checked here, since the dataset keeps only those that it knows; the batches that
 * a dataset draws are checked when they come. */
export function datasetOf<I extends Kind, T extends Kind>(
	where: string,
	name: string,
	data: Batch<I, T> | Dataset<I, T>,
): Dataset<I, T> {
	const isRecord = typeof data === "object" && data !== null;
	const isBatches = isRecord && "batches" in data;
	const advice = isRecord && !isBatches ? adviceOnData(data) : "";
	if (!isRecord || Array.isArray(data) || ArrayBuffer.isView(data) || advice !== "") {
		throw new DataError(`${where}: ${name} must be { inputs, targets } or a dataset, got ${show(data)}.${advice}`);
	}
	if (!isBatches) {
		checkFields(where, data);
		checkNotContinued(where, name, data);
	} else if (typeof data.batches !== "function")
		throw new DataError(`${where}: batches of ${name} must be a function, got ${show(data.batches)}.`);
	const dataset = asDataset(where, data);
	return {
		size: dataset.size,
		batches: (options) => iterable(where, name, dataset.batches(options)),
	};
}

function iterable<B>(where: string, name: string, batches: Iterable<B>): Iterable<B> {
	const given: Partial<Iterable<B>> = Object(batches);
	if (typeof given[Symbol.iterator] === "function") return batches;
	const isAsync = Symbol.asyncIterator in given || "then" in given;
	throw new DataError(
		`${where}: batches() of ${name} must give an iterable of batches, got ${isAsync ? "an async one" : show(batches)}.${isAsync ? " Wait for its batches first, and give an array of them." : ""}`,
	);
}
