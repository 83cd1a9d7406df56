import type { Origin } from "../batch/origin.ts";
import { writeIds, writeValues, writeWeights } from "../batch/rows.ts";
import { fieldsOf } from "../batch/shape.ts";
import { type LossName, losses } from "../losses/index.ts";
import type { Feed, Runtime } from "../run/runtime.ts";
import type { Batch } from "../sequences.ts";

/** What came of a batch. */
export interface BatchResult {
	/** Mean over all weighted rows of output. */
	readonly loss: number;
	/** Share of the weight where the largest output was the target's. */
	readonly right: number;
	/** Sum of the weights. */
	readonly weight: number;
}

/** Runs a batch forward and, with `slots` (how many averages the optimizer keeps), backward, which leaves the gradients in
 * their region. Errors call its rows what `origin` does. */
export function runBatch(
	where: string,
	runtime: Runtime,
	loss: LossName,
	batch: Batch,
	slots?: number,
	origin?: Origin,
): BatchResult {
	const kind = slots === undefined ? "evaluate" : "train";
	const fields = fieldsOf(where, batch, origin);
	const feed = runtime.feed(where, { kind, loss }, fields, slots);
	const weight = writeTargets(where, runtime, feed, loss, fields);
	if (kind === "train") {
		const { gradients, bytes } = runtime.regions();
		runtime.engine.kernels.zero(gradients, bytes);
	}
	runtime.run(feed, 1 / weight);
	const { result, output } = feed.job.program;
	const { f64 } = runtime.engine;
	const at = feed.job.address(result as NonNullable<typeof result>) / 8;
	const count = losses[loss].targets === "ids" ? weight : weight * output.size;
	return { loss: f64[at] / count, right: f64[at + 1] / weight, weight };
}

/** Puts targets and weights into the workspace; gives the sum of the weights. */
function writeTargets(
	where: string,
	{ engine }: Runtime,
	{ job, shape, packing }: Feed,
	loss: LossName,
	batch: Batch,
): number {
	const { output, targets, weights } = job.program as Required<typeof job.program>;
	const { axis, size, stride } = output;
	const target = job.address(targets) / 4;
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
		target: job.address(weights) / 4,
	};
	return writeWeights(weightsField, batch.weights, engine.f32);
}
