import { drawn } from "../batch/origin.ts";
import type { IdArray, ValueArray } from "../sequences.ts";
import { type BatchOptions, drawRows, isRun } from "./rows.ts";
import { watch } from "./watch.ts";

/** A batch of windows, flat and batch-major. */
export interface WindowBatch<A> {
	/** `[batchSize, steps]` ids or `[batchSize, steps, features]` values. */
	readonly inputs: A;
	/** `[batchSize, steps]` ids, `[batchSize, steps, outputs]` values, or `[batchSize, outputs]` values. */
	readonly targets: A;
	readonly batchSize: number;
	/** Steps of the longest window of this batch. */
	readonly steps: number;
	/** Steps of each window; absent where all have `steps`. */
	readonly lengths?: Int32Array;
}

/** Steps laid end to end, and the one at which window 0 begins. */
interface Track<A> {
	readonly data: A;
	/** Numbers per step. */
	readonly width: number;
	readonly first: number;
}

/** Window i reads `steps` steps from `inputs.first + i · stride`. */
interface WindowPlan<A> {
	readonly size: number;
	readonly steps: number;
	readonly stride: number;
	readonly inputs: Track<A>;
	/** Where window i's (first) target is: `targets.first + i · stride`. */
	readonly targets: Track<A>;
	/** Whether there is a target for each step of a window, or one for the whole. */
	readonly everyStep: boolean;
	/** The step before which targets end. With `everyStep` it may cut the last windows short; else it is not read. */
	readonly end: number;
}

/** Windows over one long sequence: a `Dataset` of ids or of values, whose batches are copied from the sequence when
 * drawn, or, where windows lie side by side, are views of it: do not write to them. */
export class Windows<A extends IdArray | ValueArray> {
	/** How many windows there are. */
	readonly size: number;
	readonly #plan: WindowPlan<A>;
	readonly #checks: readonly (() => void)[];

	constructor(plan: WindowPlan<A>) {
		this.size = plan.size;
		this.#plan = plan;
		this.#checks = [plan.inputs, plan.targets].map(({ data }) => watch("batches", "the windows' sequence", data));
	}

	/** Every window once, `batchSize` at a time (the last batch may be smaller), in their order or shuffled by `seed`.
	 * @throws OptionError `batches: "batchSize" must be a positive integer, got 0.` */
	batches(options: BatchOptions): Iterable<WindowBatch<A>> {
		return this.#gatherAll(drawRows(this.size, options));
	}

	*#gatherAll(draws: Iterable<Uint32Array>): Iterable<WindowBatch<A>> {
		for (const rows of draws) {
			for (const check of this.#checks) check();
			yield drawn(gatherBatch(this.#plan, rows), rows, "window ");
		}
	}
}

/** How many windows it takes to reach the end of `count` targets: each begins before the end, and none begins after
 * one has reached it. */
export function countWindows(count: number, steps: number, stride: number): number {
	const untilReached = Math.ceil((count - steps) / stride);
	const untilBeyond = Math.floor((count - 1) / stride);
	return 1 + Math.max(0, Math.min(untilReached, untilBeyond));
}

function gatherBatch<A extends IdArray | ValueArray>(plan: WindowPlan<A>, rows: Uint32Array): WindowBatch<A> {
	const lengths = Int32Array.from(rows, (row) => lengthOf(plan, row));
	const steps = lengths.reduce((a, b) => Math.max(a, b));
	const isEven = lengths.every((length) => length === steps);
	const single = { steps: 1, lengths: lengths.map(() => 1) };
	return {
		inputs: gather(plan.inputs, plan.stride, rows, { steps, lengths }),
		targets: gather(plan.targets, plan.stride, rows, plan.everyStep ? { steps, lengths } : single),
		batchSize: rows.length,
		steps,
		...(isEven ? {} : { lengths }),
	};
}

function lengthOf<A>(plan: WindowPlan<A>, row: number): number {
	if (!plan.everyStep) return plan.steps;
	const left = plan.end - plan.targets.first - row * plan.stride;
	return Math.min(plan.steps, left);
}

/** The rows' steps as `[rows, steps, width]`, zeros beyond a row's length. */
function gather<A extends IdArray | ValueArray>(
	{ data, width, first }: Track<A>,
	stride: number,
	rows: Uint32Array,
	{ steps, lengths }: { steps: number; lengths: Int32Array },
): A {
	const size = rows.length * steps * width;
	const startOf = (row: number) => (first + row * stride) * width;
	const isSideBySide = stride === steps && isRun(rows) && lengths.every((length) => length === steps);
	if (isSideBySide) {
		const start = startOf(rows[0] as number);
		return data.subarray(start, start + size) as A;
	}
	const out = new (data.constructor as new (size: number) => A)(size);
	rows.forEach((row, i) => {
		const start = startOf(row);
		const end = start + (lengths[i] as number) * width;
		out.set(data.subarray(start, end), i * steps * width);
	});
	return out;
}
