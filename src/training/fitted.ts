import type { Meters } from "../metrics/meters.ts";
import type { Metric } from "../metrics/metric.ts";
import type { Carry } from "../run/carry.ts";
import type { Kind } from "../sequences.ts";
import type { Batches } from "./data.ts";
import type { Weights } from "./earlyStopping.ts";
import type { Evaluation } from "./evaluate.ts";
import type { WeightsName } from "./options.ts";
import type { Parts } from "./pauses.ts";
import type { Progress } from "./place.ts";
import type { Updates } from "./updates.ts";

/** How a part is evaluated. */
export interface EvaluateOptions {
	readonly batchSize: number;
	readonly weights: WeightsName;
	readonly metrics?: readonly Metric[] | undefined;
}

/** What fitting needs of a trainer. */
export interface Fitted<I extends Kind, T extends Kind> {
	/** What the rows of one fit go on from. */
	carry(): Carry;
	/** The updates of one fit, each from so many batches. */
	updates(carry: Carry, accumulate: number): Updates;
	/** Evaluates batch by batch. */
	evaluating(data: Batches<I, T>, options: EvaluateOptions): Parts<Evaluation>;
	/** Begins to compute metrics. */
	meters(metrics: readonly Metric[] | undefined): Meters | undefined;
	/** Takes the loss of the validation part after an epoch. */
	see(loss: number): void;
	readonly hasAccuracy: boolean;
	weights(name: WeightsName): Weights;
	readonly progress: Progress;
}
