import type { Builder } from "../plan/builder.ts";
import type { Address, Buffer, Value } from "../plan/program.ts";
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

/** What a model's output is compared with, and how. */
export interface Loss<T extends Kind = Kind, M extends Meaning = Meaning> {
	/** What targets are: a class id for each row of output, or as many values as outputs. */
	readonly targets: T;
	/** Whether it also counts how often the largest output is the target's. */
	readonly hasAccuracy: boolean;
	/** Writes the call that gives each row of y its loss and its gradient. */
	program(builder: Builder, y: Value, data: LossData): void;
	/** What outputs mean, rows of `size` end to end. */
	meaning(outputs: Float32Array, size: number): M;
}

interface LossData {
	/** Ids (i32) or values [rows, stride of y]. */
	readonly targets: Buffer;
	/** One f32 a row. */
	readonly weights: Buffer;
	/** Where the gradient of y is written; its rows are as long as those of y. */
	readonly dy: Address;
	/** One f64 a row: its loss. */
	readonly losses: Buffer;
	/** One f32 a row: its weight if the largest output was the target's, else 0. */
	readonly hits: Buffer;
}
