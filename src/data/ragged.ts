import { checkMemory, got, isList, typedName } from "../batch/arrays.ts";
import { drawn, originOf } from "../batch/origin.ts";
import { CUT } from "../batch/shape.ts";
import { DataError, ShapeError } from "../errors.ts";
import { checkChoice, checkKeys, checkSeed, checkSize, show } from "../options.ts";
import { Random, Streams } from "../random/random.ts";
import type { IdArray, Inputs, Kind, Targets, ValueArray, Weights } from "../sequences.ts";
import { type Column, column, entriesMessage, takeAll } from "./batches.ts";
import { type Drawing, drawBatches, rowsByClass } from "./drawing.ts";
import { checkGroups, chooseGroups, type Group, splitGroups } from "./groups.ts";
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
	/** One entry for each row: what it belongs to, a speaker or a patient. */
	readonly groups?: readonly Group[] | undefined;
}

/** Drawn rows. */
export type RaggedBatch<I extends RaggedInputs, T extends Targets<Kind>> = Omit<RaggedRows<I, T>, "groups">;

/** What the rows of batches have to do: see {@link RaggedData.balance}. */
export interface Balance {
	readonly batches: number;
	/** Rows alive at a step of the recurrence, on average. */
	readonly rowsPerStep: number;
	/** The share of batch × longest row that is alive: what a padded batch would not have wasted. Here the rest costs nothing. */
	readonly alive: number;
	/** Live steps of the smallest and of the largest batch. */
	readonly least: number;
	readonly most: number;
}

/** Sequences of unequal lengths as a dataset that can be split and drawn as batches. Nothing is padded, here or in the
 * model: a short row costs and counts what it has.
 * @example
 * const [train, test] = RaggedData.from({ inputs: sentences, targets: labels }).split([0.8, 0.2], { seed: 1 });
 * await trainer.fit(train, { batchSize: 32, epochs: 10, validation: test }); */
export class RaggedData<I extends RaggedInputs, T extends Targets<Kind>> {
	/** How many rows there are. */
	readonly size: number;
	readonly #whole: Whole<I, T>;
	/** The numbers of this part's rows. */
	readonly #part: Uint32Array;
	readonly #drawing: Drawing;
	/** Weights that balance classes, for the part's rows. */
	readonly #factors: Float64Array | undefined;

	private constructor(whole: Whole<I, T>, part: Uint32Array, drawing: Drawing = {}, factors?: Float64Array) {
		this.size = part.length;
		this.#whole = whole;
		this.#part = part;
		this.#drawing = drawing;
		this.#factors = factors;
	}

	/** The rows are kept, not copied: do not change them afterwards. Of values, each row is an array of steps, each an array of
	 * its features.
	 * @throws ShapeError `RaggedData.from: targets must have one entry for each of the 3 rows, got 2.`
	 * @throws DataError `RaggedData.from: inputs[2] must have at least one step, got none. Leave the row out.` */
	static from<I extends RaggedInputs, T extends Targets<Kind>>(data: RaggedRows<I, T>): RaggedData<I, T> {
		const whole = wholeOf("RaggedData.from", data);
		return new RaggedData(whole, countTo(whole.inputs.length));
	}

	/** Parts of the rows. By `"row"` (the default) they are drawn at random: always shuffled, since data often come sorted by class. By
	 * `"group"` whole groups are drawn at random, for speakers or patients that the model has never met. By `"order"` parts are
	 * consecutive, for rows that come in the order of time.
	 * @param fractions Their shares, of rows or of groups, adding up to 1: `[0.8, 0.2]`.
	 * @param options.seed The same seed, the same parts, on every machine. Default 0.
	 * @throws OptionError `RaggedData.split: fractions must add up to 1, got 0.9.`
	 * @throws DataError `RaggedData.split: fractions[1] is 0.01, which leaves that part none of 20 rows.` */
	split<const F extends readonly number[]>(
		fractions: F,
		options: { readonly seed?: number | undefined; readonly by?: "row" | "group" | "order" | undefined } = {},
	): Parts<F, RaggedData<I, T>> {
		const where = "RaggedData.split";
		checkKeys(where, options, ["seed", "by"]);
		const seed = checkSeed(where, options.seed ?? 0);
		const by = checkChoice(where, "by", options.by ?? "row", ["row", "group", "order"] as const);
		if (by === "group") {
			const parts = splitGroups(where, this.#groups(where), fractions, seed);
			return parts.map((numbers) => this.#chosen(numbers)) as Parts<F, RaggedData<I, T>>;
		}
		const ends = cut(where, this.size, "rows", fractions);
		const order = countTo(this.size);
		if (by === "row") new Random(seed, Streams.split).shuffle(order);
		return fractions.map((_, i) => this.#chosen(order.subarray(ends[i], ends[i + 1]))) as Parts<F, RaggedData<I, T>>;
	}

	/** The rows of some groups.
	 * @throws DataError `RaggedData.only: there is no group "theo"; there are "george", "jackson".` */
	only(groups: readonly Group[]): RaggedData<I, T> {
		const where = "RaggedData.only";
		return this.#chosen(chooseGroups(where, this.#groups(where), groups, false));
	}

	/** All rows but those of some groups: leave one speaker out. */
	without(groups: readonly Group[]): RaggedData<I, T> {
		const where = "RaggedData.without";
		return this.#chosen(chooseGroups(where, this.#groups(where), groups, true));
	}

	/** The same rows, so that every class counts the same in training. By `"weights"` (the default) each row counts
	 * rows / (classes · rows of its class), as scikit-learn's "balanced" weights, times its own weight: every row once an epoch, and nothing
	 * left to chance. By `"sampling"` an epoch has as many rows, but as many of each class, rare ones repeated, common ones left out in turn:
	 * where a class is so rare that most batches have none of it. Sampling needs a seed, as `fit` gives one; without, as in
	 * `evaluate`, every row comes once. Balance the training part only, after splitting: parts of it are not balanced.
	 * @throws DataError `RaggedData.balanced: targets must have a class for each row, got an array of 2 for row 0. …` */
	balanced(by: "weights" | "sampling" = "weights"): RaggedData<I, T> {
		const where = "RaggedData.balanced";
		checkChoice(where, "by", by, ["weights", "sampling"]);
		const targets = this.#whole.targets as ArrayLike<unknown>;
		const classes = Array.from(this.#part, (row) => {
			const name = targets[row];
			if (typeof name === "number") return name;
			throw new DataError(
				`${where}: targets must have a class for each row, got ${show(name)} for row ${row}. Give weights of steps, or classWeights of the loss.`,
			);
		});
		if (by === "sampling") return this.#drawnBy({ ...this.#drawing, classes });
		const rowsOf = rowsByClass(classes);
		const factorOf = (name: number) => classes.length / (rowsOf.size * (rowsOf.get(name) as number[]).length);
		return this.#drawnBy(this.#drawing, Float64Array.from(classes, factorOf));
	}

	/** The same rows, drawn so that those of a batch are about equally long: with a seed, the shuffled rows of `pool` batches at a
	 * time are sorted by length, cut into batches, and these are shuffled. Without a seed the order stays. No padding is saved, since
	 * there is none, and little time: rows do not end one by one, so that late steps still have many rows ({@link balance} tells), but the
	 * engine is nearly as fast with few; 0 to 3 % were measured. What a batch has to do becomes less even, and batches of few steps weigh as
	 * much as others in a loss at each step. Worth it where rows are to be compared with others of their length, or where `steps` of the
	 * longest row set the memory of each batch.
	 * @param options.pool Batches whose rows are sorted together. Default 50; the more, the more alike. */
	bucketed(options: { readonly pool?: number | undefined } = {}): RaggedData<I, T> {
		const where = "RaggedData.bucketed";
		checkKeys(where, options, ["pool"]);
		return this.#drawnBy({ ...this.#drawing, pool: checkSize(where, "pool", options.pool ?? 50) }, this.#factors);
	}

	/** What the batches of an epoch have to do. */
	balance(options: BatchOptions): Balance {
		let [batches, live, longest, places, least, most] = [0, 0, 0, 0, Infinity, 0];
		for (const { inputs } of this.batches(options)) {
			const lengths = (inputs as readonly ArrayLike<unknown>[]).map(({ length }) => length);
			const sum = lengths.reduce((a, b) => a + b, 0);
			const steps = lengths.reduce((a, b) => Math.max(a, b), 0);
			batches++;
			live += sum;
			longest += steps;
			places += steps * lengths.length;
			least = Math.min(least, sum);
			most = Math.max(most, sum);
		}
		return { batches, rowsPerStep: live / longest, alive: live / places, least, most };
	}

	/** Every row once, `batchSize` at a time (the last batch may be smaller), in order or shuffled by `seed`; see also
	 * {@link balanced} and {@link bucketed}.
	 * @throws OptionError `batches: "batchSize" must be a positive integer, got 0.` */
	batches(options: BatchOptions): Iterable<RaggedBatch<I, T>> {
		const { batchSize, seed } = options;
		const usual = drawRows(this.size, options);
		const { pool, classes } = this.#drawing;
		const isUsual = seed === undefined || (pool === undefined && classes === undefined);
		const inputs = this.#whole.inputs as readonly ArrayLike<unknown>[];
		const lengthOf = (row: number) => (inputs[this.#part[row] as number] as ArrayLike<unknown>).length;
		return takeAll(isUsual ? usual : drawBatches(this.size, batchSize, seed, this.#drawing, lengthOf), (rows) => {
			const numbers = rows.map((row) => this.#part[row] as number);
			return this.#whole.take(numbers, this.#factors && Array.from(rows, (row) => this.#factors?.[row] as number));
		});
	}

	/** The rows of this part, in their order. */
	rows(): RaggedBatch<I, T> {
		return this.#whole.take(this.#part);
	}

	/** The same rows with other inputs, targets or weights: scaled by what the training part looks like, with features added. They keep
	 * their numbers in error messages, and their groups. Balance afterwards.
	 * @param change Called once, with all rows; returns as many, in the same order.
	 * @throws ShapeError `RaggedData.map: there must be 20 rows as before, got 19.`
	 * @example
	 * const scaler = Scaler.fitRows(train.rows().inputs); // of the training part: one that knows the test part leaks it
	 * const scaled = ({ inputs, targets }) => ({ inputs: scaler.transformRows(inputs), targets });
	 * await trainer.fit(train.map(scaled), { validation: test.map(scaled) }); */
	map<J extends RaggedInputs, U extends Targets<Kind>>(
		change: (rows: RaggedBatch<I, T>) => RaggedBatch<J, U>,
	): RaggedData<J, U> {
		const where = "RaggedData.map";
		const { groups } = this.#whole;
		const before = this.rows();
		const changed = change(before);
		checkKeys(where, changed, ["inputs", "targets", "weights"]);
		const own = groups === undefined ? {} : { groups: Array.from(this.#part, (row) => groups[row] as Group) };
		const length = (changed.inputs as Partial<ArrayLike<unknown>> | null)?.length ?? this.size;
		if (length !== this.size)
			throw new ShapeError(`${where}: there must be ${this.size} rows as before, got ${length}.`);
		const whole = wholeOf(where, { ...changed, ...own } as RaggedRows<J, U>, originOf(before)?.rows);
		return new RaggedData(whole, countTo(this.size), { pool: this.#drawing.pool });
	}

	#groups(where: string): readonly Group[] {
		const { groups } = this.#whole;
		if (groups === undefined)
			throw new DataError(`${where}: the rows have no groups. Give RaggedData.from one for each: groups: speakers.`);
		return Array.from(this.#part, (row) => groups[row] as Group);
	}

	/** Some of the part's rows. They are balanced anew if need be, and bucketed as before. */
	#chosen(numbers: Uint32Array): RaggedData<I, T> {
		const { pool } = this.#drawing;
		return new RaggedData(
			this.#whole,
			numbers.map((i) => this.#part[i] as number),
			{ pool },
		);
	}

	#drawnBy(drawing: Drawing, factors?: Float64Array): RaggedData<I, T> {
		return new RaggedData(this.#whole, this.#part, drawing, factors);
	}
}

/** All rows, of which datasets are parts. */
interface Whole<I extends RaggedInputs, T extends Targets<Kind>> extends RaggedRows<I, T> {
	/** Draws rows, their weights times factors. */
	take(rows: Uint32Array, factors?: ArrayLike<number>): RaggedBatch<I, T>;
}

/** Checks rows.
 * @param numbers What the user calls each of them. Default: its place. */
function wholeOf<I extends RaggedInputs, T extends Targets<Kind>>(
	where: string,
	data: RaggedRows<I, T>,
	numbers?: ArrayLike<number>,
): Whole<I, T> {
	checkKeys(where, data, ["inputs", "targets", "weights", "groups"]);
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
	const groups = data.groups === undefined ? undefined : checkGroups(where, data.groups, size);
	const take = (rows: Uint32Array, factors?: ArrayLike<number>) => {
		const weights = factors === undefined ? weightsOf?.(rows) : scaled(weightsOf?.(rows), factors);
		const batch = {
			inputs: inputsOf(rows),
			targets: targetsOf(rows),
			...(weights === undefined ? {} : { weights }),
		};
		return drawn(batch, numbers === undefined ? rows : rows.map((row) => numbers[row] as number));
	};
	return { ...data, groups, take };
}

/** Weights of rows, or of their steps, times a factor each. */
function scaled(weights: Weights | undefined, factors: ArrayLike<number>): Weights {
	if (weights === undefined) return Array.from(factors);
	return Array.from(weights as ArrayLike<unknown>, (weight, i) => {
		const factor = factors[i] as number;
		return isList(weight) ? Array.from(weight as ArrayLike<number>, (w) => w * factor) : (weight as number) * factor;
	}) as Weights;
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
