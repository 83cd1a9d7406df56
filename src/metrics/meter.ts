import type { Loss } from "../losses/loss.ts";

/** What a row of output is compared with: its class id, or its values, of which some losses have fewer than outputs. */
export type Target = number | Float32Array;

/** What the loss of an evaluation or an epoch leaves by itself. */
export interface LossFigures {
	/** The mean over all live, weighted steps. */
	readonly loss: number;
	/** The share of them whose largest output is the target's; with class ids only. */
	readonly accuracy?: number;
}

/** What metrics are computed of. */
export interface Subject {
	readonly loss: Loss;
	/** What errors call the loss. */
	readonly lossName: string;
	readonly outputSize: number;
	/** Values of a target. */
	readonly targetSize: number;
}

/** Rows of output in the engine's memory, each with its target and its weight. */
export interface Rows {
	readonly f32: Float32Array;
	readonly i32: Int32Array;
	readonly count: number;
	/** Where the first of them stands, and how far it is to the next, in elements of four bytes. */
	readonly outputs: Places;
	readonly targets: Places;
	readonly weights: Places;
}

interface Places {
	readonly at: number;
	readonly stride: number;
}

/** A metric that is being computed. */
export interface Meter<R = unknown> {
	readonly name: string;
	/** Whether it must see rows of output. */
	readonly seesRows: boolean;
	/** All that it has seen, for whoever goes on later: to be read, or written with `set`. */
	readonly kept: Float64Array;
	/** Sees rows from the last to the first, the order in which the parts of a batch are walked back: so the sums do not depend on how a
	 * batch is cut. */
	see(rows: Rows): void;
	result(figures: LossFigures): R;
}

/** What makes meters. */
export interface Metered {
	readonly name: string;
	meter(where: string, subject: Subject): Meter;
}
