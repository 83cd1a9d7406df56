import { checkMemory, got, isList, typedName } from "../batch/arrays.ts";
import { drawn } from "../batch/origin.ts";
import { CUT } from "../batch/shape.ts";
import { DataError, ShapeError } from "../errors.ts";
import { checkKeys, checkSeed, show } from "../options.ts";
import { Random, Streams } from "../random/random.ts";
import type { IdArray, Inputs, Kind, Targets, ValueArray, Weights } from "../sequences.ts";
import { type Column, column, entriesMessage, takeAll } from "./batches.ts";
import { type BatchOptions, countTo, cut, drawRows, type Parts } from "./rows.ts";

/** Rows of ids `[rows][steps]` or of values `[rows][steps][features]`, of unequal lengths. */
export type RaggedInputs = Exclude<Inputs<"ids">, IdArray> | Exclude<Inputs<"values">, ValueArray>;

/** Sequences of unequal lengths, each with what should be said about it. */
export interface RaggedRows<I extends RaggedInputs = RaggedInputs, T extends Targets<Kind> = Targets<Kind>> {
	/** One entry for each row: its ids `[steps]` or its values `[steps][features]`. */
	readonly inputs: I;
	/** One entry for each row: an id; ids `[steps]`; values `[outputs]`; or values `[steps][outputs]`. */
	readonly targets: T;
	/** One entry for each row: a weight, or weights `[steps]`, at least 0. Default: 1. */
	readonly weights?: Weights | undefined;
}

/** Sequences of unequal lengths as a dataset that can be split and drawn as batches. Nothing is padded, here or in the
 * model: a short row costs and counts what it has.
 * @example
 * const [train, test] = RaggedData.from({ inputs: sentences, targets: labels }).split([0.8, 0.2], { seed: 1 });
 * await trainer.fit(train, { batchSize: 32, epochs: 10, validation: test }); */
export class RaggedData<I extends RaggedInputs, T extends Targets<Kind>> {
	/** How many rows there are. */
	readonly size: number;
	readonly #take: (rows: Uint32Array) => RaggedRows<I, T>;

	private constructor(size: number, take: (rows: Uint32Array) => RaggedRows<I, T>) {
		this.size = size;
		this.#take = take;
	}

	/** The rows are kept, not copied: do not change them afterwards. Of values, each row is an array of steps, each an array of
	 * its features.
	 * @throws ShapeError `RaggedData.from: targets must have one entry for each of the 3 rows, got 2.`
	 * @throws DataError `RaggedData.from: inputs[2] must have at least one step, got none. Leave the row out.` */
	static from<I extends RaggedInputs, T extends Targets<Kind>>(data: RaggedRows<I, T>): RaggedData<I, T> {
		const where = "RaggedData.from";
		checkKeys(where, data, ["inputs", "targets", "weights"]);
		checkRows(where, data.inputs);
		const size = data.inputs.length;
		const columnOf = <A>(name: string, array: A): Column<A> => {
			checkMemory(where, name, array);
			const entries = (array as Partial<ArrayLike<unknown>> | null)?.length;
			if (entries !== undefined && entries !== size) throw new ShapeError(entriesMessage(where, name, size, entries));
			return column(where, name, array, size);
		};
		const inputsOf = columnOf("inputs", data.inputs);
		const targetsOf = columnOf("targets", data.targets);
		const weightsOf = data.weights === undefined ? undefined : columnOf("weights", data.weights);
		return new RaggedData(size, (rows) => {
			const batch = {
				inputs: inputsOf(rows),
				targets: targetsOf(rows),
				...(weightsOf === undefined ? {} : { weights: weightsOf(rows) }),
			};
			return drawn(batch, rows);
		});
	}

	/** Parts of the rows, drawn at random: always shuffled, since data often come sorted by class.
	 * @param fractions Their shares, adding up to 1: `[0.8, 0.2]`.
	 * @param options.seed The same seed, the same parts, on every machine. Default 0.
	 * @throws OptionError `RaggedData.split: fractions must add up to 1, got 0.9.`
	 * @throws DataError `RaggedData.split: fractions[1] is 0.01, which leaves that part none of 20 rows.` */
	split<const F extends readonly number[]>(
		fractions: F,
		options: { readonly seed?: number | undefined } = {},
	): Parts<F, RaggedData<I, T>> {
		const where = "RaggedData.split";
		checkKeys(where, options, ["seed"]);
		const seed = checkSeed(where, options.seed ?? 0);
		const ends = cut(where, this.size, "rows", fractions);
		const order = new Random(seed, Streams.split).shuffle(countTo(this.size));
		return fractions.map((_, i) => {
			const part = order.subarray(ends[i], ends[i + 1]);
			return new RaggedData<I, T>(part.length, (rows) => this.#take(rows.map((row) => part[row] as number)));
		}) as Parts<F, RaggedData<I, T>>;
	}

	/** Every row once, `batchSize` at a time (the last batch may be smaller), in order or shuffled by `seed`.
	 * @throws OptionError `batches: "batchSize" must be a positive integer, got 0.` */
	batches(options: BatchOptions): Iterable<RaggedRows<I, T>> {
		return takeAll(drawRows(this.size, options), this.#take);
	}
}

function checkRows(where: string, inputs: unknown): void {
	if (!Array.isArray(inputs)) {
		const advice = isValues(inputs) ? FLAT : "";
		throw new DataError(`${where}: inputs must be an array of rows, got ${show(inputs)}.${advice}`);
	}
	if (inputs.length === 0) throw new DataError(`${where}: inputs must hold a row, got none.`);
	for (const [i, row] of inputs.entries()) {
		checkMemory(where, `inputs[${i}]`, row);
		if (!isList(row)) throw new DataError(`${where}: inputs[${i}] must be an array of steps, ${got(row)}`);
		if (isValues(row)) throw new DataError(`${where}: inputs[${i}] must be an array of steps, got ${show(row)}.${CUT}`);
		if (row.length === 0)
			throw new DataError(`${where}: inputs[${i}] must have at least one step, got none. Leave the row out.`);
	}
}

/** What to do with all rows in one typed array. */
const FLAT =
	" scaler.transform forgets where rows and steps end: give it one row at a time, and cut what comes into steps.";

/** Whether it is a typed array of values, which no row of ids is. */
function isValues(array: unknown): boolean {
	return typedName(array)?.startsWith("Float") ?? false;
}
