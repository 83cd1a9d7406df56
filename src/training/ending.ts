import { OptionError } from "../errors.ts";
import { checkNumber, show } from "../options.ts";

/** What ends training between two updates, whatever epoch it is in. */
export interface EndingOptions {
	/** Ends after the running update once it is aborted; what was learned stays, and `fit` does not fail. */
	readonly signal?: Signal | undefined;
	/** Ends after the update with which so many minutes are over. */
	readonly minutes?: number | undefined;
}

/** As much of an `AbortSignal` as is needed. */
export interface Signal {
	readonly aborted: boolean;
}

/** Checks the options, and returns a function that says whether training is to end now. Time counts from this call, or from `spent`
 * milliseconds before. */
export function endingOf(where: string, { signal, minutes }: EndingOptions, spent = 0): () => boolean {
	if (signal !== undefined && typeof (signal as Signal | null)?.aborted !== "boolean")
		throw new OptionError(`${where}: "signal" must be an AbortSignal, got ${show(signal)}.`);
	const limit = minutes === undefined ? Infinity : checkNumber(where, "minutes", minutes, { least: 0, open: true });
	const end = Date.now() - spent + limit * 60_000;
	return () => signal?.aborted === true || Date.now() >= end;
}
