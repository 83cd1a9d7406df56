import type { Batch, Dataset, Kind } from "../sequences.ts";
import type { Weights } from "./earlyStopping.ts";
import { type Evaluation, noBatches } from "./evaluate.ts";
import type { EpochsOptions, StepReport } from "./fitOptions.ts";

/** What fitting needs of a trainer. */
export interface Fitted<I extends Kind, T extends Kind> {
	step(where: string, batch: Batch<I, T>): Omit<StepReport, "epoch" | "batch"> & { readonly weight: number };
	evaluate(data: Dataset<I, T>, batchSize: number): Evaluation;
	/** Takes the loss of the validation part after an epoch. */
	see(loss: number): void;
	readonly hasAccuracy: boolean;
	readonly weights: Weights;
	/** Epochs fitted so far, in this call and those before, and whether one is being fitted. */
	readonly progress: { epochs: number; isFitting: boolean };
}

/** Trains for one epoch, and returns its mean loss; undefined where training ended in it. */
export async function runEpoch<I extends Kind, T extends Kind>(
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
