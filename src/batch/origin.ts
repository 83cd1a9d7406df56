/** Which rows of a user's data a batch holds: an error names those, not their places in a batch that was shuffled. */
export interface Origin {
	/** The number of each row of the batch in the data. */
	readonly rows: ArrayLike<number>;
	/** What goes before such a number where it counts no rows: `window `. */
	readonly unit: string;
}

const origins = new WeakMap<object, Origin>();

/** The batch, known from now on to hold these rows. */
export function drawn<B extends object>(batch: B, rows: ArrayLike<number>, unit = ""): B {
	origins.set(batch, { rows, unit });
	return batch;
}

/** Of a batch that a dataset of this package drew. */
export function originOf(batch: object): Origin | undefined {
	return origins.get(batch);
}

/** What a user calls a row of the batch. */
export function rowName(origin: Origin | undefined, row: number): string {
	return origin === undefined ? `${row}` : `${origin.unit}${origin.rows[row]}`;
}
