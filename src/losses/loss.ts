import type { Builder } from "../plan/builder.ts";
import type { Buffer, Value } from "../plan/program.ts";
import type { Kind } from "../sequences.ts";

/** What a model's output is compared with, and how. */
export interface Loss<T extends Kind = Kind> {
	/** Class ids, one for a row of output, or values, as many as outputs. */
	readonly targets: T;
	/** Whether it also tells how often the largest output was the target's. */
	readonly hasAccuracy: boolean;
	/** Writes the call that puts the loss into `result` and the gradient in place of `y`. */
	program(builder: Builder, y: Value, data: LossData): void;
}

interface LossData {
	/** Ids (i32) or values [rows, stride of y]. */
	readonly targets: Buffer;
	/** One f32 a row. */
	readonly weights: Buffer;
	/** Two f64: the loss, and the weighted share of rows that were right. */
	readonly result: Buffer;
}
