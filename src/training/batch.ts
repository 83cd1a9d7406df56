import type { Origin } from "../batch/origin.ts";
import { idsWriter, valuesWriter } from "../batch/rows.ts";
import { fieldsOf } from "../batch/shape.ts";
import { weightsWriter } from "../batch/weights.ts";
import type { LossPurpose } from "../compile/program.ts";
import { type LossName, losses } from "../losses/index.ts";
import type { Meters } from "../metrics/meters.ts";
import type { Buffer, Phase, Program } from "../plan/program.ts";
import { type Part, wholeOf } from "../plan/recompute/parts.ts";
import { isSegmented } from "../run/parts.ts";
import type { Feed, Runtime } from "../run/runtime.ts";
import type { Batch } from "../sequences.ts";
import type { Carry } from "./carry.ts";

/** What came of a batch. */
export interface BatchResult {
	/** The mean loss over all rows of output, weighted. */
	readonly loss: number;
	/** The share of the weight on rows whose largest output is the target's; 0 for a loss without accuracy. */
	readonly right: number;
	/** The sum of the weights. */
	readonly weight: number;
}

/** A batch that has run, in its place. */
export interface BatchRun extends BatchResult {
	readonly feed: Feed;
}

interface RunOptions {
	/** How errors name the batch's rows. */
	readonly origin?: Origin | undefined;
	/** Gives the numbers that a program takes, by name, which draws random numbers. */
	readonly drawing?: () => Readonly<Record<string, number>>;
	/** How many rows the batches before have that make an update with this one: what is drawn is then as for one batch of all. */
	readonly rowsBefore?: number;
	/** Metrics that see its outputs. */
	readonly meters?: Meters | undefined;
}

/** Runs phases of a loss's program on a batch, whose rows may go on from the states that `carry` has. */
export function runBatch(
	where: string,
	runtime: Runtime,
	purpose: LossPurpose,
	phases: readonly Phase[],
	batch: Batch,
	carry: Carry,
	{ origin, drawing, rowsBefore = 0, meters }: RunOptions = {},
): BatchRun {
	const fields = fieldsOf(where, batch, origin);
	const feed = runtime.feed(where, purpose, fields, carry);
	const { draws, output, loss } = feed.job.program as Required<Program>;
	const weight = feedTargets(where, runtime, feed, purpose.loss, fields);
	if (purpose.kind === "train" && purpose.omega !== undefined) feed.job.set({ omega: purpose.omega });
	if (draws && drawing !== undefined) feed.job.set(drawing());
	if (rowsBefore > 0) countRows(runtime, feed, rowsBefore);
	const view = meters?.viewer(runtime.engine, feed.job, feed.packing);
	const inParts = isInParts(feed);
	if (view && inParts) feed.parts.outputs = view;
	runtime.run(feed, phases, 1 / weight);
	if (view && !inParts) view(wholeOf(feed.packing));
	const { f64 } = runtime.engine;
	const at = feed.job.address(loss.result) / 8;
	const count = losses[purpose.loss].targets === "ids" ? weight : weight * output.size;
	return { loss: f64[at] / count, right: f64[at + 1] / weight, weight, feed };
}

/** Counts the rows of a batch from `before` on, for layers that draw numbers for each. */
function countRows({ engine }: Runtime, { job, packing }: Feed, before: number): void {
	const { order } = job.program;
	if (order === undefined) return;
	const at = job.address(order) / 4;
	for (let place = 0; place < packing.batchSize; place++) engine.i32[at + place] += before;
}

/** Whether what the loss compares comes part by part. */
function isInParts({ job }: Feed): boolean {
	return job.program.output.axis.perStep && isSegmented(job);
}

/** Puts targets and weights into the workspace, or has it done part by part; gives the sum of the weights. */
function feedTargets(where: string, { engine }: Runtime, feed: Feed, loss: LossName, batch: Batch): number {
	const { job, shape, packing } = feed;
	const { output, loss: places } = job.program as Required<Program>;
	const { size, stride } = output;
	const axis = output.axis.perStep ? "steps" : "rows";
	const field = { where, name: "targets", shape, packing, axis } as const;
	// Written out: copies of objects by spreading cost a percent of a small network's step.
	const at = (place: Buffer, { from, to, origin }: Part) => ({ from, to, origin, address: job.address(place) / 4 });
	const isIds = losses[loss].targets === "ids";
	const ids = isIds ? idsWriter(field, batch.targets, size, `the model has ${size} outputs`) : undefined;
	const values = isIds ? undefined : valuesWriter(field, batch.targets, size, stride / 4);
	const weights = weightsWriter({ where, name: "weights", shape, packing, axis }, batch.weights);
	const write = (part: Part) => {
		ids?.(engine.i32, at(places.targets, part));
		values?.(engine.f32, at(places.targets, part));
		weights.write(engine.f32, at(places.weights, part));
	};
	if (isInParts(feed)) feed.parts.targets = write;
	else write(wholeOf(packing));
	return weights.sum;
}
