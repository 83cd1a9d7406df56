import type { Kernels } from "../engine/kernels.ts";
import { OptionError } from "../errors.ts";
import { checkFlag, checkKeys, checkNumber, show } from "../options.ts";

/** Where an update reads and writes: parallel regions of `bytes` bytes. */
export interface Update {
	readonly kernels: Kernels;
	readonly parameters: number;
	readonly gradients: number;
	/** The optimizer's averages, as many as `slots`; zeros before the first update. */
	readonly averages: readonly number[];
	readonly bytes: number;
	/** Factor for every gradient (of clipping by norm), then the limit of its size (Infinity: none). */
	readonly scale: number;
	readonly limit: number;
	/** 1 for the first. */
	readonly count: number;
}

/** A rule that turns gradients into updates. It holds settings only; what it remembers from update to update belongs to
 * the trainer that uses it. */
export interface Optimizer {
	/** Step size. May be set between updates. */
	learningRate: number;
	/** How many running averages it keeps for each parameter. */
	readonly slots: number;
	/** One update of all parameters. */
	update(update: Update): void;
}

/** Settings as an optimizer's constructor takes them: each a number in a range, a share of the past, or a flag. */
export type Ranges<T> = {
	readonly [K in keyof T]-?:
		| "flag"
		| "share"
		| {
				readonly least?: number;
				readonly most?: number;
				readonly open?: boolean;
		  };
};

/** Options, each with a value. */
type Settings<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** `given` over `defaults`, every key known and every value in range. */
export function settings<T extends object>(
	where: string,
	given: T,
	defaults: Settings<T>,
	ranges: Ranges<T>,
): Settings<T> {
	checkKeys(where, given, Object.keys(defaults));
	const all: { -readonly [K in keyof T]-?: Settings<T>[K] } = { ...defaults };
	for (const key of Object.keys(defaults) as (keyof T & string)[]) {
		const value = given[key];
		if (value === undefined) continue;
		const range = ranges[key];
		if (range === "flag") checkFlag(where, key, value);
		else if (range === "share") checkShare(where, key, value);
		else checkNumber(where, key, value, range);
		all[key] = value as Settings<T>[typeof key];
	}
	return all;
}

/** How much of the past an average keeps: not all of it. */
function checkShare(where: string, name: string, value: unknown): void {
	if (typeof value === "number" && value >= 0 && value < 1) return;
	throw new OptionError(`${where}: "${name}" must be a number at least 0 and below 1, got ${show(value)}.`);
}

export const AT_LEAST_0 = { least: 0 } as const;
