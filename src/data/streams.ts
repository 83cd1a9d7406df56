import { drawn } from "../batch/origin.ts";
import { DataError, OptionError } from "../errors.ts";
import { checkInteger, checkKeys, checkSeed, checkSize } from "../options.ts";
import type { IdArray, TargetScale, ValueArray } from "../sequences.ts";
import { type BatchOptions, countTo } from "./rows.ts";
import { copySteps, type Track } from "./track.ts";
import { watch } from "./watch.ts";

export interface StreamOptions {
	/** How many stretches of the data are read side by side: the rows of every batch. */
	readonly rows: number;
	/** Steps of a batch, those that it repeats included. */
	readonly steps: number;
	/** How many of them repeat the last ones of the batch before, for the gradient to reach back through. Less than `steps`.
	 * Default 0. */
	readonly overlap?: number | undefined;
}

/** A batch of stretches that go on, flat and batch-major. */
export interface StreamBatch<A> {
	/** `[batchSize, steps]` ids or `[batchSize, steps, features]` values. */
	readonly inputs: A;
	/** `[batchSize, steps]` ids or `[batchSize, steps, outputs]` values. */
	readonly targets: A;
	readonly batchSize: number;
	readonly steps: number;
	/** Of all batches but the first. */
	readonly continues: boolean;
	readonly overlap: number;
}

/** Checked options. */
export interface StreamSizes {
	readonly rows: number;
	readonly steps: number;
	readonly overlap: number;
	/** Steps of each row. */
	readonly length: number;
}

export interface StreamPlan<A> extends StreamSizes {
	readonly inputs: Track<A>;
	readonly targets: Track<A>;
}

/** One long sequence cut into as many stretches of equal length as there are rows, which are read side by side, some steps
 * at a time, each batch going on where the one before ended: a `Dataset` for truncated backpropagation through time. Its
 * batches come in their order and have all rows, whatever `batchSize` and `seed` say. */
export class ContinuedRows<A extends IdArray | ValueArray> {
	/** How many rows there are. */
	readonly size: number;
	/** How the targets were scaled, where they were. */
	readonly targetScale: TargetScale | undefined;
	readonly #plan: StreamPlan<A>;
	readonly #checks: readonly (() => void)[];

	constructor(plan: StreamPlan<A>, targetScale?: TargetScale) {
		this.size = plan.rows;
		this.targetScale = targetScale;
		this.#plan = plan;
		this.#checks = [plan.inputs, plan.targets].map(({ data }) => watch("batches", "the streams' sequence", data));
	}

	/** Every step of every row once, but for those that are repeated; the last batch may be shorter. */
	batches(options: Partial<BatchOptions> = {}): Iterable<StreamBatch<A>> {
		checkKeys("batches", options, ["batchSize", "seed"]);
		if (options.batchSize !== undefined) checkSize("batches", "batchSize", options.batchSize);
		if (options.seed !== undefined) checkSeed("batches", options.seed);
		return this.#batches();
	}

	*#batches(): Iterable<StreamBatch<A>> {
		const { rows, steps, overlap, length, inputs, targets } = this.#plan;
		for (let begin = 0, end = 0; end < length; begin = end - overlap) {
			for (const check of this.#checks) check();
			end = Math.min(begin + steps, length);
			const stretch = { rows, length, begin, end };
			const batch = {
				inputs: gather(inputs, stretch),
				targets: gather(targets, stretch),
				batchSize: rows,
				steps: end - begin,
				continues: begin > 0,
				overlap,
			};
			yield drawn(batch, countTo(rows));
		}
	}
}

interface Stretch {
	readonly rows: number;
	readonly length: number;
	readonly begin: number;
	readonly end: number;
}

/** Steps [begin, end) of every row. */
function gather<A extends IdArray | ValueArray>(track: Track<A>, stretch: Stretch): A {
	const { data, width, first, span = 1 } = track;
	const { rows, length, begin, end } = stretch;
	const size = (end - begin) * width * span;
	const out = new (data.constructor as new (size: number) => A)(rows * size);
	for (let row = 0; row < rows; row++) copySteps(track, first + row * length + begin, end - begin, out, row * size);
	return out;
}

/** Options of streams over `count` steps, each with a target.
 * @throws OptionError `TextData.streams: "overlap" must be an integer from 0 to 63, got 64.`
 * @throws DataError `TextData.streams: 16 rows need at least as many characters, got 9.` */
export function checkStreams(where: string, options: StreamOptions, count: number, what: string): StreamSizes {
	const rows = checkSize(where, "rows", options.rows);
	const steps = checkSize(where, "steps", options.steps);
	const overlap = checkInteger(where, "overlap", options.overlap ?? 0, { least: 0, most: steps - 1 });
	const length = Math.floor(count / rows);
	if (length < 1)
		throw new DataError(
			`${where}: ${rows} rows need at least ${rows} ${what} with a target, got ${Math.max(count, 0)}. Give fewer rows.`,
		);
	return { rows, steps, overlap, length };
}

/** That data which are drawn row by row say nothing of rows that go on.
 * @throws OptionError Where they do. */
export function checkNotContinued(where: string, name: string, data: object): void {
	const { continues, overlap } = data as { continues?: unknown; overlap?: unknown };
	if (continues === undefined && overlap === undefined) return;
	throw new OptionError(
		`${where}: ${name} is drawn row by row, so nothing can continue. Give a dataset whose batches do, such as text.streams({ rows, steps }).`,
	);
}
