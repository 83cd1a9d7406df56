import { type KernelName, kernels, type OperandKinds } from "../engine/kernels.ts";
import { OptionError } from "../errors.ts";
import { checkFlag, checkKeys, checkNumber, show } from "../options.ts";

/** The kernels that update parameters: those whose record begins as assembly/optimizers/update.ts says. */
export type UpdateKernel = {
	[K in KernelName]: OperandKinds<K> extends { p: "place"; g: "place"; scale: "place"; limit: "f32" } ? K : never;
}[KernelName];

/** What a program must know of an optimizer: everything but its settings. */
export interface UpdateRule {
	/** The kernel that makes an update of all parameters. */
	readonly kernel: UpdateKernel;
	/** What it keeps from update to update, by the kernel's names: one float for each parameter and name, zeros at first. */
	readonly slots: readonly string[];
	/** What it does, in the letters of its kernel's docstring, and how many operations that takes for a parameter. */
	readonly equation: string;
	readonly operations: number;
}

/** A rule that turns gradients into updates. It holds settings only; what it remembers from update to update belongs to
 * the trainer that uses it. */
export interface Optimizer extends UpdateRule {
	/** Step size. May be set between updates. */
	learningRate: number;
	/** The numbers that its kernel takes at update `count`, 1 for the first. */
	settings(count: number): Readonly<Record<string, number>>;
}

/** That a value is an optimizer. */
export function checkOptimizer(where: string, optimizer: Optimizer): Optimizer {
	const { settings, kernel, slots }: Partial<Optimizer> = optimizer ?? {};
	const isKernel = typeof kernel === "string" && Object.hasOwn(kernels, kernel) && "limit" in kernels[kernel].operands;
	if (typeof settings === "function" && isKernel && Array.isArray(slots)) return optimizer;
	throw new OptionError(
		`${where}: "optimizer" must be an optimizer such as new Adam({ learningRate: 1e-3 }), got ${show(optimizer)}.`,
	);
}

/** The numbers that a kernel takes, but for the limit of clipping, which is the trainer's. */
export type SettingsOf<K extends UpdateKernel> = {
	readonly [Name in keyof OperandKinds<K> as OperandKinds<K>[Name] extends "place"
		? never
		: Exclude<Name, "limit">]: number;
};

/** Settings as an optimizer's constructor takes them: each a number in a range, a share of the past, or a flag. */
export type Ranges<T> = {
	readonly [K in keyof T]-?:
		| "flag"
		| "share"
		| { readonly least?: number; readonly most?: number; readonly open?: boolean };
};

/** Options, each with a value. */
export type Checked<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** `given` over `defaults`, every key known and every value in range. */
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
		else if (range === "share") checkShare(where, key, value);
		else checkNumber(where, key, value, range);
		all[key] = value as Checked<T>[typeof key];
	}
	return all;
}

/** How much of the past an average keeps: not all of it. */
function checkShare(where: string, name: string, value: unknown): void {
	if (typeof value === "number" && value >= 0 && value < 1) return;
	throw new OptionError(`${where}: "${name}" must be a number at least 0 and below 1, got ${show(value)}.`);
}

export const AT_LEAST_0 = { least: 0 } as const;
