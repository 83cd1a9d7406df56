import type { IdArray, ValueArray } from "../sequences.ts";

/** Steps laid end to end. */
export interface Track<A> {
	readonly data: A;
	/** Numbers per step. */
	readonly width: number;
	/** The step at which row 0 begins. */
	readonly first: number;
	/** How many steps, from each one on, belong to it: as many as are predicted at once. Default 1. */
	readonly span?: number;
}

/** Copies `count` steps from step `from` on, each with those of its span, to `out` at `to`. */
export function copySteps<A extends IdArray | ValueArray>(
	{ data, width, span = 1 }: Track<A>,
	from: number,
	count: number,
	out: A,
	to: number,
): void {
	if (span === 1) {
		out.set(data.subarray(from * width, (from + count) * width), to);
		return;
	}
	const size = span * width;
	for (let t = 0; t < count; t++) out.set(data.subarray((from + t) * width, (from + t + span) * width), to + t * size);
}
