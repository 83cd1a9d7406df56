import { type KernelName, kernels, type OperandKinds } from "../engine/kernels.ts";
import { OptionError } from "../errors.ts";
import { checkFlag, checkKeys, checkNumber, checkSize, show } from "../options.ts";
import { rateAt, type Schedule } from "../schedules/schedule.ts";

/** The kernels that update parameters: those whose record begins as assembly/optimizers/update.ts says. */
export type UpdateKernel = {
	[K in KernelName]: OperandKinds<K> extends { p: "place"; g: "place"; scale: "place"; limit: "f32" } ? K : never;
}[KernelName];

/** What a program must know of an optimizer: everything but its settings. */
export interface UpdateRule {
	/** The kernel that makes an update of all parameters. */
	readonly kernel: UpdateKernel;
	/** The names, as its kernel has them, of what it keeps from update to update: for each name a float for each parameter, at
	 * first 0. */
	readonly slots: readonly string[];
	/** What it does, in the letters of its kernel's docstring. */
	readonly equation: string;
	/** How many operations that takes for each parameter. */
	readonly operations: number;
}

/** What may differ from parameter to parameter. */
export interface Rates {
	readonly learningRate: number;
	readonly weightDecay: number;
}

/** A rule that turns gradients into updates. It holds settings only; what it remembers from update to update belongs to
 * the trainer that uses it. */
export interface Optimizer extends UpdateRule {
	/** Step size. May be set between updates; with a schedule, that of the update before, or of the first. */
	learningRate: number;
	/** Sets the step size before each update, if there is one. */
	readonly schedule?: Schedule | undefined;
	/** Told by `fit` after each epoch: the loss of the validation part, and how many updates have been made. */
	see?(loss: number, updates: number): void;
	/** What it remembers of what it has seen, and how it takes that up again. */
	memory?(): readonly number[];
	recall?(memory: readonly number[]): void;
	/** Of parameters that have no other. */
	readonly weightDecay?: number | undefined;
	/** The numbers that its kernel takes at update `count`, 1 for the first, for parameters of these rates: by default its own. */
	settings(count: number, rates?: Rates): Readonly<Record<string, number>>;
}

/** Checks that a value is an optimizer, and returns it. */
export function checkOptimizer(where: string, optimizer: Optimizer): Optimizer {
	const { settings, kernel, slots }: Partial<Optimizer> = optimizer ?? {};
	const isKernel = typeof kernel === "string" && Object.hasOwn(kernels, kernel) && "limit" in kernels[kernel].operands;
	if (typeof settings === "function" && isKernel && Array.isArray(slots)) return optimizer;
	throw new OptionError(
		`${where}: "optimizer" must be an optimizer such as new Adam({ learningRate: 1e-3 }), got ${show(optimizer)}.`,
	);
}

/** The numbers that an optimizer sets for its kernel: all but the limit of clipping, which the trainer sets. */
export type SettingsOf<K extends UpdateKernel> = {
	readonly [Name in keyof OperandKinds<K> as OperandKinds<K>[Name] extends "place"
		? never
		: Exclude<Name, "limit">]: number;
};

/** What each setting of an optimizer may be: a number in a range, a share of the past (see checkShare), a flag, a count, or a learning rate, which
 * may follow a schedule. */
export type Ranges<T> = {
	readonly [K in keyof T]-?:
		| "flag"
		| "size"
		| "share"
		| "rate"
		| { readonly least?: number; readonly most?: number; readonly open?: boolean };
};

/** Options, each of them given. */
export type Checked<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** Checks the settings that are given, key by key, and fills in the defaults of the others. */
export function checkSettings<T extends object>(
	where: string,
	given: T,
	defaults: Checked<T>,
	ranges: Ranges<T>,
): Checked<T> {
	checkKeys(where, given, Object.keys(defaults));
	const all: { -readonly [K in keyof T]-?: Checked<T>[K] } = { ...defaults };
	for (const key of Object.keys(defaults) as (keyof T & string)[]) {
		const value = given[key];
		if (value === undefined) continue;
		const range = ranges[key];
		if (range === "flag") checkFlag(where, key, value);
		else if (range === "size") checkSize(where, key, value);
		else if (range === "share") checkShare(where, key, value);
		else if (range === "rate") checkRate(where, key, value);
		else checkNumber(where, key, value, range);
		all[key] = value as Checked<T>[typeof key];
	}
	return all;
}

/** Checks how much of the past a running mean keeps: from 0, and below 1, which would keep all of it. */
function checkShare(where: string, name: string, value: unknown): void {
	if (typeof value === "number" && value >= 0 && value < 1) return;
	throw new OptionError(`${where}: "${name}" must be a number at least 0 and below 1, got ${show(value)}.`);
}

function checkRate(where: string, name: string, value: unknown): void {
	if (typeof value === "function") rateAt(where, value as Schedule, 1);
	else checkNumber(where, name, value as number, AT_LEAST_0);
}

/** The learning rate of an optimizer's first update, and its schedule, if it has one. */
export function ratesOf(rate: number | Schedule): Pick<Optimizer, "learningRate" | "schedule"> {
	return typeof rate === "number" ? { learningRate: rate } : { learningRate: rate(1), schedule: rate };
}

export const AT_LEAST_0 = { least: 0 } as const;
