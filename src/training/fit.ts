import { adviceOnData, checkFields } from "../batch/shape.ts";
import { asDataset } from "../data/batches.ts";
import { checkNotContinued } from "../data/streams.ts";
import { DataError, OptionError } from "../errors.ts";
import { checkKeys, checkSeed, checkSize, show } from "../options.ts";
import { Random } from "../random/random.ts";
import type { Batch, Dataset, Kind } from "../sequences.ts";

export interface FitOptions<I extends Kind, T extends Kind> {
	/** Passes over the data. Default 1. */
	readonly epochs?: number | undefined;
	/** Rows of each batch, and so of each update. Default 32. */
	readonly batchSize?: number | undefined;
	/** The seed of the order of rows, which is new in each epoch. The trainer counts its epochs over all calls of `fit`, so that
	 * two calls of one epoch do what one call of two epochs does. Default 0. */
	readonly seed?: number | undefined;
	/** Data to evaluate on after each epoch. */
	readonly validation?: Batch<I, T> | Dataset<I, T> | undefined;
	/** Called after each epoch; `false` ends the training. */
	readonly onEpoch?: ((epoch: Epoch) => unknown) | undefined;
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

export interface Evaluation {
	/** The mean over all live, weighted steps. */
	readonly loss: number;
	/** The share of them whose largest output is the target's; with class ids only. */
	readonly accuracy?: number;
}

/** What fitting needs of a trainer. */
interface Fitted<I extends Kind, T extends Kind> {
	step(
		where: string,
		batch: Batch<I, T>,
	): { readonly loss: number; readonly weight: number; readonly isSkipped: boolean };
	evaluate(data: Dataset<I, T>, batchSize: number): Evaluation;
	/** Epochs fitted so far, in this call and those before. */
	readonly progress: { epochs: number };
}

/** Trains for some epochs, on every row once in each. */
export async function fitEpochs<I extends Kind, T extends Kind>(
	where: string,
	trainer: Fitted<I, T>,
	data: Batch<I, T> | Dataset<I, T>,
	options: FitOptions<I, T>,
): Promise<readonly Epoch[]> {
	checkKeys(where, options, ["epochs", "batchSize", "seed", "validation", "onEpoch"]);
	const epochs = checkSize(where, "epochs", options.epochs ?? 1);
	const batchSize = checkSize(where, "batchSize", options.batchSize ?? 32);
	const seed = checkSeed(where, options.seed ?? 0);
	const { onEpoch, validation: held } = options;
	if (onEpoch !== undefined && typeof onEpoch !== "function") {
		throw new OptionError(`${where}: "onEpoch" must be a function, got ${show(onEpoch)}.`);
	}
	const dataset = datasetOf(where, "data", data);
	const validationSet = held === undefined ? held : datasetOf(where, '"validation"', held);
	const { progress } = trainer;
	const history: Epoch[] = [];
	const pause = pauses();
	for (let epoch = 1; epoch <= epochs; epoch++) {
		const batches = dataset.batches({ batchSize, seed: seedOf(seed, progress.epochs + 1) });
		const loss = await runEpoch(where, epoch, trainer, batches, pause);
		progress.epochs++;
		const validation = validationSet && trainer.evaluate(validationSet, batchSize);
		const report = { epoch, loss, ...(validation && { validation }) };
		history.push(report);
		if ((await onEpoch?.(report)) === false) break;
	}
	return history;
}

/** Trains for one epoch, and returns its mean loss. */
async function runEpoch<I extends Kind, T extends Kind>(
	where: string,
	epoch: number,
	trainer: Fitted<I, T>,
	batches: Iterable<Batch<I, T>>,
	pause: () => Promise<void> | undefined,
): Promise<number> {
	let [sum, weights, count] = [0, 0, 0];
	for (const batch of batches) {
		count++;
		const place = `${where}, batch ${count} of epoch ${epoch}`;
		const { loss, weight, isSkipped } = trainer.step(place, batch);
		if (!isSkipped) {
			sum += loss * weight;
			weights += weight;
		}
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

export function noBatches(where: string): DataError {
	return new DataError(`${where}: the dataset gave no batches.`);
}
