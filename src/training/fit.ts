import { OptionError } from "../errors.ts";
import type { Metric } from "../metrics/metric.ts";
import { checkKeys } from "../options.ts";
import { Random } from "../random/random.ts";
import type { Batch, Dataset, Kind } from "../sequences.ts";
import { endingOf } from "./ending.ts";
import { type Fitted, runEpoch } from "./epoch.ts";
import { checkCallback, type Epoch, type EpochsOptions, epochsOptions, type FitOptions, settle } from "./fitOptions.ts";
import { finishWith, pauses } from "./pauses.ts";

/** Trains for some epochs, on every row once in each, and gives what came of each. An epoch that did not come to its end gives
 * nothing. */
export async function* epochsOf<I extends Kind, T extends Kind>(
	where: string,
	trainer: Fitted<I, T>,
	data: Batch<I, T> | Dataset<I, T>,
	options: EpochsOptions<I, T>,
): AsyncGenerator<Epoch, void, undefined> {
	const settled = settle(where, trainer, data, options);
	const { batchSize, seed, epochs, onStep, metrics, dataset, validationSet, stopping } = settled;
	const { progress } = trainer;
	const weights = trainer.weights(settled.weights);
	if (progress.isFitting)
		throw new OptionError(`${where}: this trainer is fitting already. Await that first, or make another trainer.`);
	progress.isFitting = true;
	const isOver = endingOf(where, options);
	const pause = pauses();
	const updates = trainer.updates(settled.accumulate);
	try {
		for (let epoch = 1; epoch <= epochs; epoch++) {
			const batches = dataset.batches({ batchSize, seed: seedOf(seed, progress.epochs + 1) });
			const meters = trainer.meters(metrics);
			const loss = await runEpoch(where, epoch, updates, batches, { pause, isOver, onStep, meters });
			if (loss === undefined) return;
			progress.epochs++;
			const validation = validationSet && (await finishWith(pause, trainer.evaluating(validationSet, settled)));
			if (validation) trainer.see(validation.loss);
			yield { epoch, loss, ...meters?.results(loss), ...(validation && { validation }) };
			if (validation && stopping?.see(validation, weights)) return;
		}
	} finally {
		stopping?.end(weights);
		progress.isFitting = false;
	}
}

/** Trains for some epochs, and returns what came of each. */
export async function fitEpochs<I extends Kind, T extends Kind>(
	where: string,
	trainer: Fitted<I, T>,
	data: Batch<I, T> | Dataset<I, T>,
	options: FitOptions<I, T>,
): Promise<readonly Epoch[]> {
	checkKeys(where, options, [...epochsOptions, "onEpoch"]);
	const { onEpoch, ...others } = options;
	checkCallback(where, "onEpoch", onEpoch);
	const history: Epoch[] = [];
	for await (const epoch of epochsOf(where, trainer, data, others)) {
		history.push(epoch);
		if ((await onEpoch?.(epoch as Epoch<readonly Metric[]>)) === false) break;
	}
	return history;
}

/** The seed of an epoch's order: a word drawn for it, so that epochs of neighbouring seeds do not share orders. */
function seedOf(seed: number, epoch: number): number {
	return new Random(seed, epoch).uint32();
}
