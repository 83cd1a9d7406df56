import { OptionError } from "../errors.ts";
import { checkNumber, checkSize, show } from "../options.ts";

/** The learning rate of an update, 1 for the first. A function that depends on its argument alone gives the same training again. */
export interface Schedule {
	(update: number): number;
	/** Told by `fit` after each epoch: the loss of the validation part. */
	see?(loss: number): void;
	/** The function of this package that made it and its arguments, so that a file can say it; none of a function of your own. */
	readonly made?: MadeSchedule | undefined;
	/** What it remembers of what it has seen. */
	memory?(): readonly number[];
	/** Takes up what `memory` gave. */
	recall?(memory: readonly number[]): void;
}

export type MadeSchedule = readonly [name: string, ...given: unknown[]];

/** A schedule that says how it was made. */
export function made(name: string, options: object, schedule: (update: number) => number): Schedule {
	return Object.assign(schedule, { made: [name, options] as const });
}

/** Checks the numbers of a schedule, each by its name: rates and factors at least 0, counts of updates positive. */
export function checkSchedule(
	where: string,
	{
		rates = {},
		counts = {},
	}: { rates?: Readonly<Record<string, unknown>>; counts?: Readonly<Record<string, unknown>> },
): void {
	for (const [name, rate] of Object.entries(rates)) checkNumber(where, name, rate as number, { least: 0 });
	for (const [name, count] of Object.entries(counts)) checkSize(where, name, count);
}

/** The learning rate that a schedule gives for an update.
 * @throws OptionError `Trainer.step: the schedule gives NaN for update 3; a learning rate must be a finite number at least 0.` */
export function rateAt(where: string, schedule: Schedule, update: number): number {
	const rate: unknown = schedule(update);
	if (typeof rate === "number" && rate >= 0 && rate < Infinity) return rate;
	throw new OptionError(
		`${where}: the schedule gives ${show(rate)} for update ${update}; a learning rate must be a finite number at least 0.`,
	);
}
