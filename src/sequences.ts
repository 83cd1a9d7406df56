/** What a layer reads or a loss compares with: class ids (whole numbers from 0) or values. */
export type Kind = "ids" | "values";

export type IdArray = Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array;

export type ValueArray = Float32Array | Float64Array;

type Row<K extends Kind> = readonly number[] | (K extends "ids" ? IdArray : ValueArray);

/** Ids `[batch][steps]` or values `[batch][steps][features]`: flat typed arrays, or nested ones whose rows may be of
 * unequal lengths. */
export type Inputs<K extends Kind> = K extends "ids"
	? IdArray | readonly Row<"ids">[]
	: ValueArray | readonly (readonly Row<"values">[])[];

/** Ids `[batch, steps]` or `[batch]`; values `[batch, steps, outputs]` or `[batch, outputs]`. */
export type Targets<K extends Kind> = K extends "ids"
	? IdArray | readonly number[] | readonly Row<"ids">[]
	: ValueArray | readonly Row<"values">[] | readonly (readonly Row<"values">[])[];

/** A weight for each step `[batch, steps]` or for each row `[batch]`, at least 0. */
export type Weights = ValueArray | readonly number[] | readonly Row<"values">[];

/** The states of every recurrent layer by name (`1.h`, `1.c`), each `[batchSize, hiddenSize]`. */
export type States = ReadonlyMap<string, Float32Array>;

/** Sequences as users hold them, batch-major. Flat inputs need `batchSize` and `steps`; nested ones have their own. */
export interface Sequences<K extends Kind = Kind> {
	readonly inputs: Inputs<K>;
	/** How many sequences (rows) there are. */
	readonly batchSize?: number | undefined;
	/** Steps of the longest row. */
	readonly steps?: number | undefined;
	/** The states to begin from, as `predict` gives them. Default: zeros. */
	readonly initialState?: States | undefined;
	/** Live steps of each row, 1 to `steps`; what lies beyond is never read. Default: all. */
	readonly lengths?: ArrayLike<number> | undefined;
}

/** Sequences with what the model should say about them. */
export interface Batch<I extends Kind = Kind, T extends Kind = Kind> extends Sequences<I> {
	readonly targets: Targets<T>;
	readonly weights?: Weights | undefined;
	/** Whether the rows, or which of them, go on from the states that they had at the end of the batch before: values are
	 * carried on, gradients are not. The other rows begin from `initialState`. Default: none goes on. */
	readonly continues?: boolean | readonly boolean[] | undefined;
	/** How many first steps of the rows that go on repeat the last ones of the batch before. They are run again so that the
	 * gradient reaches back through them, and carry no loss: TBPTT(h; h') of Williams & Peng 1990, where h is the length of
	 * a batch and h' what is new in it. The states they begin from are those that the batch before computed, with the
	 * parameters of then. Default 0. */
	readonly overlap?: number | undefined;
}

/** How batches are asked for. */
interface Draw {
	/** Rows of each batch; the last one may have fewer. */
	readonly batchSize: number;
	/** Of the order of rows, which is another in each epoch. */
	readonly seed?: number;
}

/** Rows that can be drawn as batches: what `fit` and `evaluate` take. */
export interface Dataset<I extends Kind = Kind, T extends Kind = Kind> {
	/** How many rows (windows, sequences) there are. */
	readonly size: number;
	/** How the targets were scaled, where they were: leads outputs back to the unit of the user's data. */
	readonly targetScale?: TargetScale | undefined;
	/** Every row once, `batchSize` at a time (the last batch may be smaller); in an order shuffled by `seed` if given. */
	batches(options: Draw): Iterable<Batch<I, T>>;
}

/** Leads outputs of a model that was trained on scaled targets back to the unit of the user's data. The numbers of a row of outputs
 * lie as those of its targets do. */
export interface TargetScale {
	/** Outputs or targets in the user's unit, a new array. */
	unscaled(values: Float32Array, options?: UnscaleOptions): Float32Array;
	/** Deviations, or widths of intervals, in the user's unit: they are stretched, not shifted. A new array. */
	unscaledSpread(values: Float32Array, options?: UnscaleOptions): Float32Array;
}

export interface UnscaleOptions {
	/** The numbers of the dataset's rows that the values belong to, each to an equal share of them. Needed where rows have scales of
	 * their own (several series); default: all rows, in their order. */
	readonly rows?: ArrayLike<number> | undefined;
	/** How many numbers a target has, side by side: as many as there are quantiles. Default 1. */
	readonly levels?: number | undefined;
}

/** A dataset whose batches come bit by bit. */
export interface AsyncDataset<I extends Kind = Kind, T extends Kind = Kind> {
	batches(options: Draw): AsyncIterable<Batch<I, T>>;
}

/** One row of a source, by singular names: what `inputs`, `targets` and `weights` of a batch have for it. */
export interface SourceRow<I extends Kind = Kind, T extends Kind = Kind> {
	/** Ids `[steps]`, or values `[steps][features]`. */
	readonly input: I extends "ids" ? Row<"ids"> : readonly Row<"values">[];
	/** An id, or ids `[steps]`; values `[outputs]`, or `[steps][outputs]`. */
	readonly target: T extends "ids" ? number | Row<"ids"> : Row<"values"> | readonly Row<"values">[];
	/** A weight, or weights `[steps]`, at least 0. Default 1. */
	readonly weight?: number | Row<"values"> | undefined;
}

type Items<I extends Kind, T extends Kind> = Batch<I, T> | SourceRow<I, T>;

/** Data that come bit by bit, from a file, a database, the network: batches as they are, or rows, which are gathered into batches.
 * A function makes a new pass for each epoch; an iterable is gone through again. The next is asked for when the batch before is
 * done, so no more than a batch is ever in memory. */
export type Source<I extends Kind = Kind, T extends Kind = Kind> =
	| AsyncIterable<Items<I, T>>
	| ((options: Draw) => AsyncIterable<Items<I, T>> | Iterable<Items<I, T>>);
