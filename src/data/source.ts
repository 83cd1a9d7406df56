import { isList } from "../batch/arrays.ts";
import { drawn } from "../batch/origin.ts";
import { DataError, OptionError } from "../errors.ts";
import { checkKeys, checkNumber, checkSeed, checkSize, show } from "../options.ts";
import { Random, Streams } from "../random/random.ts";
import type { AsyncDataset, Batch, Kind, Source, SourceRow, Weights } from "../sequences.ts";
import { within } from "./pull.ts";
import type { BatchOptions } from "./rows.ts";

export interface SourceOptions {
	/** Batches after which a pass ends, for data that never end. What is its own iterator (a generator) goes on from there in the
	 * next pass; all else begins anew. Default: as many as there are. */
	readonly limit?: number | undefined;
	/** How many rows wait in memory, for the seed to draw the next one from: what comes sorted is mixed as far as this reaches. Of
	 * rows only. Default 0: rows in the order in which they come. */
	readonly buffer?: number | undefined;
	/** Seconds after which a source that gives nothing fails with a sentence. Default: it is waited for without end. */
	readonly timeout?: number | undefined;
}

type Items<I extends Kind, T extends Kind> = AsyncIterable<Batch<I, T> | SourceRow<I, T>>;

/** Data that come bit by bit, and need not fit in memory. `fit`, `epochs` and `evaluate` take a source as it is, too; this is for
 * options.
 *
 * Errors name rows by their number in the pass, from 0.
 * @example
 * async function* rows() {
 *   for await (const { text, label } of parseCsv(createReadStream("reviews.csv"))) yield { input: encode(text), target: label };
 * }
 * await trainer.fit(StreamData.from(rows, { buffer: 1000 }), { epochs: 3 }); */
export class StreamData<I extends Kind, T extends Kind> implements AsyncDataset<I, T> {
	readonly #source: Source<I, T>;
	readonly #limit: number;
	readonly #buffer: number;
	readonly #timeout: number;
	#gathering: Gathering<I, T> | undefined;

	private constructor(source: Source<I, T>, options: SourceOptions) {
		const where = "StreamData.from";
		checkKeys(where, options, ["limit", "buffer", "timeout"]);
		if (!isSource(source))
			throw new DataError(
				`${where}: the source must be an async iterable or a function that gives one, got ${show(source)}.`,
			);
		this.#source = source;
		this.#limit = options.limit === undefined ? Infinity : checkSize(where, "limit", options.limit);
		this.#buffer = options.buffer === undefined ? 0 : checkSize(where, "buffer", options.buffer);
		const above0 = { least: 0, open: true };
		this.#timeout = options.timeout === undefined ? Infinity : checkNumber(where, "timeout", options.timeout, above0);
	}

	/** @throws DataError `StreamData.from: the source must be an async iterable or a function that gives one, got an array of 3.` */
	static from<I extends Kind, T extends Kind>(source: Source<I, T>, options: SourceOptions = {}): StreamData<I, T> {
		return new StreamData(source, options);
	}

	/** One pass. Rows are gathered `batchSize` at a time, in their order or, where there is a `buffer`, shuffled by `seed`; batches are
	 * handed on as they come.
	 * @throws DataError `batches: row 17 of the source must be { input, target } or a batch { inputs, targets }, got null.`
	 * @throws DataError `batches: the source gave nothing.` */
	batches(options: BatchOptions): AsyncIterable<Batch<I, T>> {
		checkKeys("batches", options, ["batchSize", "seed"]);
		const batchSize = checkSize("batches", "batchSize", options.batchSize);
		if (options.seed !== undefined) checkSeed("batches", options.seed);
		return this.#pass({ ...options, batchSize });
	}

	async *#pass({ batchSize, seed }: BatchOptions): AsyncGenerator<Batch<I, T>, void, undefined> {
		const items = opened(this.#source, { batchSize, ...(seed === undefined ? {} : { seed }) });
		const iterator = items[Symbol.asyncIterator]();
		const isOwn = (iterator as unknown) === items;
		const goesOn = isOwn && typeof this.#source !== "function";
		this.#gathering = (goesOn && this.#gathering) || new Gathering();
		this.#gathering.begin(batchSize, seed === undefined ? 0 : this.#buffer, seed ?? 0);
		let isOpen = true;
		const read = async () => {
			isOpen = false;
			const result = await within(this.#timeout, iterator.next());
			isOpen = !result.done;
			return result;
		};
		let count = 0;
		try {
			for (; count < this.#limit; count++) {
				const batch = await this.#gathering.next(read);
				if (batch === undefined) break;
				yield batch;
			}
			// what goes on in the next pass must not be closed
			if (count === this.#limit && goesOn) isOpen = false;
		} finally {
			if (isOpen) await iterator.return?.();
		}
		if (count > 0) return;
		const advice = " It can be gone through only once: give a function that makes a new one for each pass.";
		throw new DataError(`batches: the source gave nothing.${goesOn ? advice : ""}`);
	}
}

/** Whether a value is a source: what it gives can't be known yet. */
export function isSource(value: unknown): value is Source {
	return typeof value === "function" || typeof Object(value)[Symbol.asyncIterator] === "function";
}

function opened<I extends Kind, T extends Kind>(source: Source<I, T>, draw: { batchSize: number; seed?: number }) {
	const items = typeof source === "function" ? source(draw) : source;
	const given = Object(items) as Partial<Items<I, T> & Iterable<Batch<I, T>>>;
	if (typeof given[Symbol.asyncIterator] === "function") return items as Items<I, T>;
	if (typeof given[Symbol.iterator] !== "function")
		throw new OptionError(
			`batches: the source's function must return an iterable of rows or of batches, got ${show(items)}.`,
		);
	return (async function* () {
		yield* items as Iterable<Batch<I, T> | SourceRow<I, T>>;
	})() as Items<I, T>;
}

/** Rows on their way into batches. */
class Gathering<I extends Kind, T extends Kind> {
	/** Rows that wait, and their numbers. */
	readonly #waiting: { readonly row: SourceRow<I, T>; readonly number: number }[] = [];
	#batchSize = 1;
	#most = 1;
	#random: Random | undefined;
	#count = 0;
	#isOver = false;

	/** Begins a pass; rows that wait since the pass before come first. */
	begin(batchSize: number, buffer: number, seed: number): void {
		this.#batchSize = batchSize;
		this.#most = batchSize - 1 + Math.max(buffer, 1);
		this.#random = buffer > 0 ? new Random(seed, Streams.order) : undefined;
		this.#isOver = false;
	}

	/** The next batch; undefined at the end. */
	async next(read: () => Promise<IteratorResult<Batch<I, T> | SourceRow<I, T>>>): Promise<Batch<I, T> | undefined> {
		while (!this.#isOver && this.#waiting.length < this.#most) {
			const { done, value } = await read();
			if (done) {
				this.#isOver = true;
				break;
			}
			const item: unknown = value;
			if (typeof item !== "object" || item === null || !("inputs" in item || "input" in item))
				throw new DataError(
					`batches: row ${this.#count} of the source must be { input, target } or a batch { inputs, targets }, got ${show(item)}.`,
				);
			if ("inputs" in item) return this.#whole(item as Batch<I, T>);
			checkKeys(`batches: row ${this.#count} of the source`, item, ["input", "target", "weight"]);
			this.#waiting.push({ row: item as SourceRow<I, T>, number: this.#count++ });
		}
		if (this.#waiting.length === 0) return undefined;
		return this.#drawn();
	}

	#whole(batch: Batch<I, T>): Batch<I, T> {
		if (this.#waiting.length === 0) return batch;
		throw new DataError(
			`batches: after ${this.#count} rows the source gave a batch. Give rows { input, target } only, or batches { inputs, targets } only.`,
		);
	}

	#drawn(): Batch<I, T> {
		const waiting = this.#waiting;
		const size = Math.min(this.#batchSize, waiting.length);
		const some = this.#random === undefined ? waiting.splice(0, size) : drawSome(waiting, size, this.#random);
		const rows = some.map(({ row }) => row);
		const weights = weightsOf(rows);
		const batch = {
			inputs: rows.map(({ input }) => input),
			targets: rows.map(({ target }) => target),
			...(weights === undefined ? {} : { weights }),
		};
		return drawn(
			batch as unknown as Batch<I, T>,
			some.map(({ number }) => number),
		);
	}
}

/** Takes entries out of a list at random; the last one fills the gap. */
function drawSome<E>(list: E[], size: number, random: Random): E[] {
	return Array.from({ length: size }, () => {
		const place = random.integer(list.length);
		const entry = list[place] as E;
		const last = list.pop() as E;
		if (place < list.length) list[place] = last;
		return entry;
	});
}

/** The weights of rows, a number each or, where a row has one for each step, steps each; undefined where none has any. */
function weightsOf(rows: readonly SourceRow[]): Weights | undefined {
	if (rows.every(({ weight }) => weight === undefined)) return undefined;
	const isPerStep = rows.some(({ weight }) => isList(weight));
	return rows.map(({ input, weight = 1 }) => {
		return isPerStep && typeof weight === "number" ? new Array(input.length).fill(weight) : weight;
	}) as Weights;
}
