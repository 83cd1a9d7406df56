import type { KernelName } from "../engine/kernels.ts";
import { OptionError } from "../errors.ts";
import type { Builder } from "../plan/builder.ts";
import { valuesCost } from "../plan/cost.ts";
import type { Address, Buffer, Operands, Value } from "../plan/program.ts";
import type { Kind } from "../sequences.ts";

/** What a loss means by rows of outputs. */
export interface Meaning {
	/** One for each output: of classes they add up to 1 in each row. */
	readonly probabilities?: Float32Array;
	/** What is expected, as many numbers a row as targets have. */
	readonly mean?: Float32Array;
	/** The standard deviation around that. */
	readonly deviation?: Float32Array;
	/** For each level of a quantile loss, as many numbers a row as targets have. */
	readonly quantiles?: readonly Float32Array[];
}

/** What a model's output is compared with, and how: what the function of a loss returns, frozen. `name` and `options`, which are plain
 * data, say all of it; the rest is for the trainer. */
export interface Loss<T extends Kind = Kind, M extends Meaning = Meaning> {
	readonly name: string;
	/** As they were given. */
	readonly options: Readonly<Record<string, unknown>>;
	/** What targets are: a class id for each row of output, or values. */
	readonly targets: T;
	/** Outputs for each value of a target. */
	readonly outputs: number;
	/** Whether it also counts how often the largest output is the target's. */
	readonly hasAccuracy: boolean;
	/** What a target's values lie within. */
	readonly range?: { readonly least: number; readonly most: number };
	/** What a row with this class for its target weighs; the mean divides by the weights of all rows. */
	readonly classWeights?: readonly number[] | undefined;
	/** Whether a value of a target is handed over once for each of its outputs. */
	readonly repeats?: boolean;
	/** Numbers that its call reads besides, for so many outputs. */
	constants?(size: number): readonly number[];
	/** Over how many terms the mean is taken in each row of so many outputs. */
	terms(size: number): number;
	/** Writes the call that gives each row of y its loss and its gradient. */
	program(builder: Builder, y: Value, data: LossData): void;
	/** What outputs mean, rows of `size` end to end. */
	meaning(outputs: Float32Array, size: number): M;
	/** Where JavaScript computes it: the loss of a row and its gradient. */
	row?(outputs: Float32Array, targets: Float32Array | Int32Array, gradient: Float32Array): unknown;
}

export interface LossData {
	/** Ids (i32), or values [rows, targetStride]. */
	readonly targets: Buffer;
	readonly targetStride: number;
	/** One f32 a row. */
	readonly weights: Buffer;
	/** {@link Loss.constants}, or 0 where it has none. */
	readonly constants: Buffer | 0;
	/** Where the gradient of y is written; its rows are as long as those of y. */
	readonly dy: Address;
	/** One f64 a row: its loss. */
	readonly losses: Buffer;
	/** One f32 a row: its weight if the largest output was the target's, else 0. */
	readonly hits: Buffer;
}

/** A loss of values, with a mean over outputs unless it says otherwise; frozen. */
export function valuesLoss<M extends Meaning>(
	name: string,
	rest: Pick<Loss<"values", M>, "program" | "meaning"> & Partial<Loss<"values", M>>,
	options: object = {},
): Loss<"values", M> {
	const known = { ...options };
	const fixed = { name, options: Object.freeze(known), targets: "values", hasAccuracy: false } as const;
	return Object.freeze({ ...fixed, outputs: 1, terms: (size: number) => size, ...rest });
}

/** The kernels that compare each output with a value and know nothing else. */
type PlainKernel = "meanSquaredError" | "meanAbsoluteError" | "binaryCrossEntropy" | "poisson";

/** What outputs mean that are compared with values as they are. */
export const asMean = (mean: Float32Array): Means => ({ mean });

/** What is expected. */
export interface Means {
	readonly mean: Float32Array;
}

/** Writes the call of such a kernel. */
export function plainProgram(kernel: PlainKernel & KernelName, equation: string, perValue: number): Loss["program"] {
	return (builder, { axis, address: y, stride: ldy, size: O }, { targets, weights, dy, losses }) => {
		const operands = { packing: axis.packing, y, ldy, O, targets, weights, dy, losses };
		const account = { equation: `loss = ${equation}; dy`, cost: valuesCost(axis, O, perValue) };
		builder.call<PlainKernel, Operands<PlainKernel>>(kernel, operands, account);
	};
}

/** Checks that a model of so many outputs has what a loss needs.
 * @throws OptionError `Trainer: loss "gaussian" takes 2 outputs for each value of a target, but the model has 3 outputs. …` */
export function checkOutputs(where: string, { name, outputs, classWeights }: Loss, size: number): void {
	const counted = `the model has ${size} output${size === 1 ? "" : "s"}`;
	if (size % outputs !== 0)
		throw new OptionError(
			`${where}: loss "${name}" takes ${outputs} outputs for each value of a target, but ${counted}. Give its last layer a multiple of ${outputs} as outputSize.`,
		);
	if (classWeights !== undefined && classWeights.length !== size)
		throw new OptionError(
			`${where}: "classWeights" of loss "${name}" has ${classWeights.length} entries, but ${counted}. Give a weight for each class.`,
		);
}
