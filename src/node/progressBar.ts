import { SingleBar } from "cli-progress";
import { checkKeys, checkNumber, checkSize } from "../options.ts";
import type { Epoch, StepReport } from "../training/reports.ts";

export interface ProgressOptions {
	/** As `fit` has it: what the bar is full at. Default 1. */
	readonly epochs?: number | undefined;
	/** As `fit` has it: the bar is full then, if that is before. */
	readonly minutes?: number | undefined;
	/** Updates of an epoch. Default: as many as the first one has; until it is over the bar knows epochs only. */
	readonly updates?: number | undefined;
	/** Where it is drawn. Default `process.stderr`. Where that is no terminal, nothing is. */
	readonly stream?: NodeJS.WriteStream | undefined;
}

/** What is asked of a trainer. */
interface Training {
	readonly optimizer: { readonly learningRate: number };
}

/** What `fit` calls, and what ends it. */
export interface ProgressBar {
	onStep(report: StepReport): void;
	onEpoch(epoch: Epoch): void;
	stop(): void;
}

/** Spread into options of `fit`, a bar gives what they know: not `stop`. */
function barOf(calls: Omit<ProgressBar, "stop">, stop: () => void): ProgressBar {
	return Object.defineProperty(calls, "stop", { value: stop }) as ProgressBar;
}

/** A bar in the terminal for `fit`: the epoch, the loss of the last update, the learning rate, the time that is left.
 *
 * ```ts
 * const bar = progressBar(trainer, { epochs: 10 });
 * await trainer.fit(data, { epochs: 10, ...bar });
 * bar.stop();
 * ```
 *
 * @throws OptionError `progressBar: "epochs" must be a positive integer, got 0.` */
export function progressBar(trainer: Training, options: ProgressOptions = {}): ProgressBar {
	const where = "progressBar";
	checkKeys(where, options, ["epochs", "minutes", "updates", "stream"]);
	const { minutes, stream = process.stderr } = options;
	const epochs =
		options.epochs === undefined && minutes !== undefined ? Infinity : checkSize(where, "epochs", options.epochs ?? 1);
	if (minutes !== undefined) checkNumber(where, "minutes", minutes, { least: 0, open: true });
	let updates = options.updates === undefined ? undefined : checkSize(where, "updates", options.updates);
	if (!stream.isTTY) return barOf({ onStep() {}, onEpoch() {} }, () => {});
	const bar = new SingleBar({
		...{ format: FORMAT, stream, hideCursor: true, barsize: 24, barCompleteChar: "█", barIncompleteChar: "░" },
		...{ clearOnComplete: false, stopOnComplete: false },
	});
	const begin = Date.now();
	let [updated, loss] = [0, Number.NaN];
	const show = (done: number) => {
		const seconds = (Date.now() - begin) / 1000;
		const share = Math.max(done / epochs, minutes === undefined ? 0 : Math.min(1, seconds / 60 / minutes));
		bar.update(Math.floor(1000 * share), {
			...{ epoch: Math.min(epochs, Math.floor(done) + 1), epochs: epochs < Infinity ? `/${epochs}` : "" },
			...{ loss: loss.toPrecision(4), rate: trainer.optimizer.learningRate.toPrecision(3) },
			left: share > 0 ? timeOf(seconds * (1 / share - 1)) : "?",
		});
	};
	bar.start(1000, 0, { epoch: 1, epochs: "", loss: "?", rate: "?", left: "?" });
	const calls: Omit<ProgressBar, "stop"> = {
		onStep(report) {
			updated++;
			loss = report.loss;
			show(report.epoch - 1 + (updates === undefined ? 0 : Math.min(1, updated / updates)));
		},
		onEpoch({ epoch }) {
			updates ??= updated;
			updated = 0;
			show(epoch);
		},
	};
	return barOf(calls, () => bar.stop());
}

const FORMAT = "epoch {epoch}{epochs} {bar} loss {loss} | rate {rate} | {left} left";

function timeOf(seconds: number): string {
	if (seconds < 100) return `${Math.ceil(seconds)} s`;
	return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
