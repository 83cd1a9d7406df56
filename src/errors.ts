/** Base of every error that this package throws on purpose. Its message is a sentence that says where, what was
 * expected, what came, and what to do. */
export class BpttError extends Error {
	/** @param options.cause The error that led to it: of a source of data, say. */
	constructor(message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.name = new.target.name;
	}
}

/** A setting is unknown, missing or out of range. */
export class OptionError extends BpttError {}

/** Sizes do not fit: of an array, of two layers, of a batch against the memory there is. */
export class ShapeError extends BpttError {}

/** Data holds what it may not: NaN, an id out of range, nothing at all. */
export class DataError extends BpttError {}

/** Training lost its way: the loss or the gradient stopped being finite. */
export class TrainingError extends BpttError {}

/** A file is not what it says it is. */
export class FormatError extends BpttError {}
