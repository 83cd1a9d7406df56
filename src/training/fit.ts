import { Pull } from "../data/pull.ts";
import { OptionError } from "../errors.ts";
import type { Metric } from "../metrics/metric.ts";
import { checkKeys } from "../options.ts";
import { Random } from "../random/random.ts";
import type { Kind } from "../sequences.ts";
import type { Data } from "./data.ts";
import { endingOf } from "./ending.ts";
import { runEpoch } from "./epoch.ts";
import { checkCallback, type EpochsOptions, epochsOptions, type FitOptions, settle } from "./fitOptions.ts";
import type { Fitted } from "./fitted.ts";
import { finishWith, pauses } from "./pauses.ts";
import { type Agreed, beginning, checkAgreed, nextEpoch, type Running } from "./place.ts";
import type { Epoch } from "./reports.ts";

/** Trains for some epochs, on every row once in each, and gives what came of each. An epoch that did not come to its end gives
 * nothing. */
export async function* epochsOf<I extends Kind, T extends Kind>(
	where: string,
	trainer: Fitted<I, T>,
	data: Data<I, T>,
	options: EpochsOptions<I, T>,
): AsyncGenerator<Epoch, void, undefined> {
	const settled = settle(where, trainer, data, options);
	const { batchSize, seed, epochs, onStep, metrics, dataset, validationSet, stopping } = settled;
	const { progress } = trainer;
	const weights = trainer.weights(settled.weights);
	if (progress.running)
		throw new OptionError(`${where}: this trainer is fitting already. Await that first, or make another trainer.`);
	const agreed: Agreed = { batchSize, accumulate: settled.accumulate, seed, size: dataset.size ?? null };
	const saved = settled.resume ? progress.saved : undefined;
	if (saved) checkAgreed(where, saved.fit.place.agreed, agreed);
	const { place, spent, stopping: seen } = saved?.fit ?? { place: beginning(agreed), spent: 0 };
	const { epoch: first, batch: done } = place;
	let resumed = saved?.fit.meters && done > 0 ? trainer.meters(metrics) : undefined;
	if (saved?.fit.meters) resumed?.restore(where, saved.fit.meters);
	progress.saved = undefined;
	if (seen) stopping?.restore(seen);
	const carry = saved?.carry ?? trainer.carry();
	const isOver = endingOf(where, options, spent);
	const mayEnd = options.signal !== undefined || options.minutes !== undefined;
	const pause = pauses();
	const updates = trainer.updates(carry, settled.accumulate);
	const running: Running = { place, begin: Date.now() - spent, carry, updates, stopping, meters: undefined };
	progress.running = running;
	try {
		while (place.epoch <= epochs && !place.isOver) {
			const { epoch } = place;
			const batches = dataset.batches({ batchSize, seed: seedOf(seed, progress.epochs + 1) });
			const pull = new Pull(batches, mayEnd ? isOver : undefined);
			const meters = resumed ?? trainer.meters(metrics);
			resumed = undefined;
			running.meters = meters;
			const loss = await runEpoch(where, place, updates, pull, { pause, isOver, onStep, meters });
			if (loss === undefined) return;
			const validation = validationSet && (await finishWith(pause, trainer.evaluating(validationSet, settled)));
			if (validation) trainer.see(validation.loss);
			const report = { epoch, loss, ...meters?.results(loss), ...(validation && { validation }) };
			place.isOver = validation !== undefined && stopping?.see(validation, weights) === true;
			// From here to the next step all moves on at once, for whoever saves the trainer meanwhile.
			progress.epochs++;
			nextEpoch(place, report);
			yield report;
		}
	} finally {
		progress.running = undefined;
		// Where the data have failed on the way to its place, it still goes on from there.
		if (saved && place.epoch === first && place.batch === done && !place.isOver) progress.saved = saved;
		else stopping?.end(weights);
	}
}

/** Trains for some epochs, and returns what came of each; of a fit that goes on, also of those before. */
export async function fitEpochs<I extends Kind, T extends Kind>(
	where: string,
	trainer: Fitted<I, T>,
	data: Data<I, T>,
	options: FitOptions<I, T>,
): Promise<readonly Epoch[]> {
	checkKeys(where, options, [...epochsOptions, "onEpoch"]);
	const { onEpoch, ...others } = options;
	checkCallback(where, "onEpoch", onEpoch);
	const before = options.resume === false ? [] : (trainer.progress.saved?.fit.place.history ?? []);
	const history = [...before];
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
