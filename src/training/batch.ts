import type { Origin } from "../batch/origin.ts";
import { writeIds, writeValues, writeWeights } from "../batch/rows.ts";
import { fieldsOf } from "../batch/shape.ts";
import type { LossPurpose } from "../compile/program.ts";
import { type LossName, losses } from "../losses/index.ts";
import type { Phase, Program } from "../plan/program.ts";
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

/** Runs phases of a loss's program on a batch, whose rows may go on from the states that `carry` has. Errors name its rows as
 * `origin` does. */
export function runBatch(
	where: string,
	runtime: Runtime,
	purpose: LossPurpose,
	phases: readonly Phase[],
	batch: Batch,
	carry: Carry,
	origin?: Origin,
): BatchResult & { readonly feed: Feed } {
	const fields = fieldsOf(where, batch, origin);
	const feed = runtime.feed(where, purpose, fields, carry);
	const { output, loss } = feed.job.program as Required<Program>;
	const weight = writeTargets(where, runtime, feed, purpose.loss, fields);
	runtime.run(feed, phases, 1 / weight);
	const { f64 } = runtime.engine;
	const at = feed.job.address(loss.result) / 8;
	const count = losses[purpose.loss].targets === "ids" ? weight : weight * output.size;
	return { loss: f64[at] / count, right: f64[at + 1] / weight, weight, feed };
}

/** Puts targets and weights into the workspace; gives the sum of the weights. */
function writeTargets(
	where: string,
	{ engine }: Runtime,
	{ job, shape, packing }: Feed,
	loss: LossName,
	batch: Batch,
): number {
	const { output, loss: places } = job.program as Required<Program>;
	const { size, stride } = output;
	const axis = output.axis.perStep ? "steps" : "rows";
	const target = job.address(places.targets) / 4;
	const field = {
		where,
		name: "targets",
		shape,
		packing,
		axis,
		target,
	} as const;
	if (losses[loss].targets === "ids") writeIds(field, batch.targets, engine.i32, size, `the model has ${size} outputs`);
	else writeValues(field, batch.targets, engine.f32, size, stride / 4);
	const weightsField = {
		...field,
		name: "weights",
		target: job.address(places.weights) / 4,
	};
	return writeWeights(weightsField, batch.weights, engine.f32);
}
