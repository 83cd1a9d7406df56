/** Which rows of a user's data a batch holds. An error names these rows, not their places in a batch that was shuffled. */
export interface Origin {
	/** The number of each row of the batch in the data. */
	readonly rows: ArrayLike<number>;
	/** A word before these numbers in error messages, where they count something else than rows: `window `. */
	readonly unit: string;
}

const origins = new WeakMap<object, Origin>();

/** Notes that a batch holds these rows, and returns the batch. */
export function drawn<B extends object>(batch: B, rows: ArrayLike<number>, unit = ""): B {
	origins.set(batch, { rows, unit });
	return batch;
}

/** The origin of a batch; undefined for one that no dataset of this package drew. */
export function originOf(batch: object): Origin | undefined {
	return origins.get(batch);
}

/** What a user calls a row of the batch. */
export function rowName(origin: Origin | undefined, row: number): string {
	return origin === undefined ? `${row}` : `${origin.unit}${origin.rows[row]}`;
}
