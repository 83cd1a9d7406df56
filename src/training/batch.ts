import type { Origin } from "../batch/origin.ts";
import { idsWriter, valuesWriter } from "../batch/rows.ts";
import { fieldsOf } from "../batch/shape.ts";
import { checkSum, weightsWriter } from "../batch/weights.ts";
import type { LossPurpose } from "../compile/program.ts";
import type { Loss } from "../losses/loss.ts";
import type { Meters } from "../metrics/meters.ts";
import type { Phase, Program } from "../plan/program.ts";
import { type Part, wholeOf } from "../plan/recompute/parts.ts";
import type { Carry } from "../run/carry.ts";
import { isSegmented } from "../run/parts.ts";
import type { Feed, Runtime } from "../run/runtime.ts";
import type { Batch } from "../sequences.ts";
import { ownKernel } from "./ownLoss.ts";

/** What came of a batch. */
export interface BatchResult {
	/** The mean loss over all rows of output, weighted. */
	readonly loss: number;
	/** The share of the weight on rows whose largest output is the target's; 0 for a loss without accuracy. */
	readonly right: number;
	/** What the mean loss was divided by: the sum of the weights, of a loss with class weights times those of the targets. */
	readonly weight: number;
	/** The sum of the weights, which `right` is a share of. */
	readonly counted: number;
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
	/** Whether a step whose loss is not finite is skipped. */
	readonly skips?: boolean;
}

/** Runs phases of a loss's program on a batch, whose rows may go on from the states that `carry` has. */
export function runBatch(
	where: string,
	runtime: Runtime,
	purpose: LossPurpose,
	phases: readonly Phase[],
	batch: Batch,
	carry: Carry,
	{ origin, drawing, rowsBefore = 0, meters, skips = false }: RunOptions = {},
): BatchRun {
	const fields = fieldsOf(where, batch, origin);
	const feed = runtime.feed(where, purpose, fields, carry);
	const { draws, output, loss } = feed.job.program as Required<Program>;
	const { weight, counted } = feedTargets(where, runtime, feed, purpose.loss, fields);
	if (purpose.kind === "train" && purpose.omega !== undefined) feed.job.set({ omega: purpose.omega });
	if (draws && drawing !== undefined) feed.job.set(drawing());
	if (rowsBefore > 0) countRows(runtime, feed, rowsBefore);
	if (purpose.loss.row !== undefined)
		runtime.engine.lend(runtime.guarded(where, ownKernel(where, runtime, purpose.loss, feed, skips)));
	const view = meters?.viewer(runtime.engine, feed.job, feed.packing);
	const inParts = isInParts(feed);
	if (view && inParts) feed.parts.outputs = view;
	runtime.run(feed, phases, 1 / weight);
	if (view && !inParts) view(wholeOf(feed.packing));
	const { f64 } = runtime.engine;
	const at = feed.job.address(loss.result) / 8;
	const count = weight * purpose.loss.terms(output.size);
	return { loss: f64[at] / count, right: f64[at + 1] / counted, weight, counted, feed };
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

/** Puts targets and weights into the workspace, or has it done part by part; gives the sums of the weights. */
function feedTargets(where: string, { engine }: Runtime, feed: Feed, loss: Loss, batch: Batch) {
	const { job, shape, packing } = feed;
	const { output, loss: places } = job.program as Required<Program>;
	const { size } = output;
	const axis = output.axis.perStep ? "steps" : "rows";
	const note =
		loss.outputs > 1 ? ` Loss "${loss.name}" takes a value for each ${loss.outputs} of ${size} outputs.` : "";
	const field = { where, name: "targets", shape, packing, axis, note } as const;
	// Written out: copies of objects by spreading cost a percent of a small network's step.
	const at = (place: number, { from, to, origin }: Part) => ({ from, to, origin, address: place });
	const isIds = loss.targets === "ids";
	const ids = isIds ? idsWriter(field, batch.targets, size, `the model has ${size} outputs`) : undefined;
	const form = {
		stride: places.targetStride / 4,
		range: loss.range,
		repeat: loss.repeats ? loss.outputs : 1,
		by: loss.name,
	};
	const values = isIds ? undefined : valuesWriter(field, batch.targets, size / loss.outputs, form);
	const weights = weightsWriter({ where, name: "weights", shape, packing, axis }, batch.weights);
	if (places.constants !== undefined) engine.f32.set(loss.constants?.(size) ?? [], job.address(places.constants) / 4);
	const write = (part: Part) => {
		const target = at(job.address(places.targets) / 4, part);
		ids?.(engine.i32, target);
		values?.(engine.f32, target);
		weights.write(engine.f32, at(job.address(places.weights) / 4, part));
	};
	const counted = weights.sum;
	const whole = at(0, wholeOf(packing));
	const weight = ids && loss.classWeights ? classSum(ids, loss.classWeights) : counted;
	const writeAll = () => write(whole);
	if (isInParts(feed)) feed.parts.targets = write;
	else writeAll();
	feed.parts.again = writeAll;
	return { weight, counted };

	/** The sum of the weights, each times that of the target's class. */
	function classSum(writeIds: NonNullable<typeof ids>, classWeights: readonly number[]): number {
		const rows = axis === "steps" ? packing.total : packing.batchSize;
		const [targets, own] = [new Int32Array(rows), new Float32Array(rows)];
		writeIds(targets, whole);
		weights.write(own, whole);
		const sum = own.reduce(
			(all, weight, k) => all + weight * Math.fround(classWeights[targets[k] as number] as number),
			0,
		);
		checkSum(where, sum);
		return sum;
	}
}
