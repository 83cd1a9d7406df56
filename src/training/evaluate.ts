import { originOf } from "../batch/origin.ts";
import type { LossPurpose } from "../compile/program.ts";
import { DataError } from "../errors.ts";
import { losses } from "../losses/index.ts";
import type { Runtime } from "../run/runtime.ts";
import type { Dataset } from "../sequences.ts";
import { runBatch } from "./batch.ts";
import { Carry } from "./carry.ts";

export interface Evaluation {
	/** The mean over all live, weighted steps. */
	readonly loss: number;
	/** The share of them whose largest output is the target's; with class ids only. */
	readonly accuracy?: number;
}

/** The loss on data, and with class ids the accuracy. */
export function evaluate(
	where: string,
	runtime: Runtime,
	purpose: LossPurpose,
	data: Dataset,
	batchSize: number,
): Evaluation {
	let [loss, right, weight] = [0, 0, 0];
	const carry = new Carry(runtime);
	for (const batch of data.batches({ batchSize })) {
		const origin = originOf(batch);
		const part = runBatch(where, runtime, purpose, ["forward"], batch, carry, { origin });
		carry.keep(part.feed);
		loss += part.loss * part.weight;
		right += part.right * part.weight;
		weight += part.weight;
	}
	if (weight === 0) throw noBatches(where);
	const { hasAccuracy } = losses[purpose.loss];
	return { loss: loss / weight, ...(hasAccuracy && { accuracy: right / weight }) };
}

export function noBatches(where: string): DataError {
	return new DataError(`${where}: the dataset gave no batches.`);
}
