import { noBatches } from "../data/iterable.ts";
import type { Pull } from "../data/pull.ts";
import { DataError } from "../errors.ts";
import type { Meters } from "../metrics/meters.ts";
import type { Batch } from "../sequences.ts";
import type { Place } from "./place.ts";
import type { StepReport } from "./reports.ts";
import type { UpdateResult, Updates } from "./updates.ts";

/** What goes on beside an epoch. */
interface Epoching {
	/** Lets the event loop have a turn, if it is time for that. */
	readonly pause: () => Promise<void> | undefined;
	readonly isOver: () => boolean;
	readonly onStep: ((step: StepReport) => unknown) | undefined;
	readonly meters: Meters | undefined;
}

/** Trains for one epoch, or for what is left of it, and returns its mean loss; undefined where training ended in it, which it does between
 * updates. */
export async function runEpoch(
	where: string,
	place: Place,
	updates: Updates,
	pull: Pull<Batch>,
	{ pause, isOver, onStep, meters }: Epoching,
): Promise<number | undefined> {
	const { epoch, batch: done } = place;
	let count = 0;
	const reportOf = ({ weight, ...report }: UpdateResult): StepReport => {
		if (!report.isSkipped) {
			place.sum += report.loss * weight;
			place.weights += weight;
		}
		place.batch = count;
		return { epoch, batch: count, ...report };
	};
	const name = (number = count) => `${where}, batch ${number} of epoch ${epoch}`;
	try {
		for (;;) {
			const coming = pull.next(name(count + 1));
			const batch = coming instanceof Promise ? await coming : coming;
			if (pull.isCut) return undefined;
			if (batch === undefined) break;
			if (count < done) {
				count++;
				continue;
			}
			if (!updates.areWaiting && isOver()) return undefined;
			count++;
			const result = updates.step(name(), batch, meters);
			const report = result && reportOf(result);
			if (report !== undefined && onStep !== undefined && (await onStep(report)) === false) return undefined;
			const waiting = pause();
			if (waiting) await waiting;
		}
	} finally {
		const closing = pull.close();
		if (closing) await closing;
	}
	if (count === 0) throw noBatches(where);
	if (count < done)
		throw new DataError(
			`${where}: this trainer was saved after batch ${done} of epoch ${epoch}, but the data have only ${count} now. Give the same data, or set resume: false.`,
		);
	const rest = updates.rest(name(), meters);
	const report = rest && reportOf(rest);
	if (report !== undefined && (await onStep?.(report)) === false) return undefined;
	return place.sum / place.weights;
}
