import { drawn } from "../batch/origin.ts";
import type { IdArray, TargetScale, ValueArray } from "../sequences.ts";
import { type BatchOptions, drawRows } from "./rows.ts";
import { copySteps, type Track } from "./track.ts";
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

/** Window i reads `steps` steps from `inputs.first + i · stride`. */
export interface WindowPlan<A> {
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

/** Windows over one long sequence, or over several, one after the other: a `Dataset` of ids or of values, whose batches are copied
 * from the sequences when drawn, or, where windows lie side by side, are views of it: do not write to them. */
export class Windows<A extends IdArray | ValueArray> {
	/** How many windows there are. */
	readonly size: number;
	/** How the targets were scaled, where they were. */
	readonly targetScale: TargetScale | undefined;
	readonly #plans: readonly WindowPlan<A>[];
	/** The number of each plan's first window. */
	readonly #firsts: readonly number[];
	readonly #checks: readonly (() => void)[];

	/** @param plans One for each sequence, of windows of the same form. */
	constructor(plans: readonly WindowPlan<A>[], targetScale?: TargetScale) {
		let size = 0;
		this.#firsts = plans.map((plan) => {
			size += plan.size;
			return size - plan.size;
		});
		this.size = size;
		this.targetScale = targetScale;
		this.#plans = plans;
		this.#checks = plans.flatMap(({ inputs, targets }) =>
			[inputs, targets].map(({ data }) => watch("batches", "the windows' sequence", data)),
		);
	}

	/** Every window once, `batchSize` at a time (the last batch may be smaller), in their order or shuffled by `seed`.
	 * @throws OptionError `batches: "batchSize" must be a positive integer, got 0.` */
	batches(options: BatchOptions): Iterable<WindowBatch<A>> {
		return this.#gatherAll(drawRows(this.size, options));
	}

	*#gatherAll(draws: Iterable<Uint32Array>): Iterable<WindowBatch<A>> {
		for (const rows of draws) {
			for (const check of this.#checks) check();
			const places = Array.from(rows, (row) => {
				const index = lastUpTo(this.#firsts, row);
				return { plan: this.#plans[index] as WindowPlan<A>, row: row - (this.#firsts[index] as number) };
			});
			yield drawn(gatherBatch(places), rows, "window ");
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

/** The last place in ascending numbers whose number is not above `most`. */
export function lastUpTo(numbers: readonly number[], most: number): number {
	let [low, high] = [0, numbers.length];
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if ((numbers[middle] as number) <= most) low = middle;
		else high = middle;
	}
	return low;
}

/** A window of a plan. */
interface Place<A> {
	readonly plan: WindowPlan<A>;
	readonly row: number;
}

function gatherBatch<A extends IdArray | ValueArray>(places: readonly Place<A>[]): WindowBatch<A> {
	const [{ plan }] = places as [Place<A>];
	const lengths = Int32Array.from(places, lengthOf);
	const steps = lengths.reduce((a, b) => Math.max(a, b));
	const isEven = lengths.every((length) => length === steps);
	const single = { steps: 1, lengths: lengths.map(() => 1) };
	return {
		inputs: gather("inputs", places, { steps, lengths }),
		targets: gather("targets", places, plan.everyStep ? { steps, lengths } : single),
		batchSize: places.length,
		steps,
		...(isEven ? {} : { lengths }),
	};
}

function lengthOf<A>({ plan, row }: Place<A>): number {
	const { steps, stride, targets, end } = plan;
	if (!plan.everyStep) return steps;
	const left = end - targets.first - row * stride - ((targets.span ?? 1) - 1);
	return Math.min(steps, left);
}

/** The rows' steps as `[rows, steps, width]`, zeros beyond a row's length. */
function gather<A extends IdArray | ValueArray>(
	name: "inputs" | "targets",
	places: readonly Place<A>[],
	{ steps, lengths }: { steps: number; lengths: Int32Array },
): A {
	const [{ plan, row }] = places as [Place<A>];
	const { data, width, first, span = 1 } = plan[name];
	const size = places.length * steps * width * span;
	const isRun = places.every((place, i) => place.plan === plan && place.row === row + i);
	const isSideBySide = span === 1 && plan.stride === steps && isRun && lengths.every((length) => length === steps);
	if (isSideBySide) {
		const start = (first + row * plan.stride) * width;
		return data.subarray(start, start + size) as A;
	}
	const out = new (data.constructor as new (size: number) => A)(size);
	for (const [i, { plan, row }] of places.entries()) {
		const track = plan[name];
		copySteps(track, track.first + row * plan.stride, lengths[i] as number, out, i * steps * width * span);
	}
	return out;
}
