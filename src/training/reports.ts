// What fit tells on its way.

import type { Metric, MetricValues } from "../metrics/metric.ts";
import type { Evaluation } from "./evaluate.ts";

/** What came of an update. */
export interface StepReport {
	/** The epoch, from 1 in each call of `fit`, and the batch in it, the last of the update. */
	readonly epoch: number;
	readonly batch: number;
	/** The loss of its batches before the update. */
	readonly loss: number;
	/** The norm of all gradients together, before any clipping. */
	readonly gradientNorm: number;
	/** Whether it updated nothing, since loss or norm was not finite; see `onNonFinite`. */
	readonly isSkipped: boolean;
}

/** What came of an epoch: its loss, the results of metrics by their names, and the same of the validation part. */
export type Epoch<M extends readonly Metric[] = readonly []> = EpochFigures<M> & MetricValues<M>;

interface EpochFigures<M extends readonly Metric[]> {
	/** Its number, from 1 in each call of `fit`; one that goes on where a file was written counts on. */
	readonly epoch: number;
	/** The mean over all live, weighted steps, each as it was before the update that its batch led to. Batches that were skipped
	 * do not count; NaN where all were. */
	readonly loss: number;
	readonly validation?: Evaluation<M>;
}
