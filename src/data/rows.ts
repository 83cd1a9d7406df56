import { DataError, OptionError } from "../errors.ts";
import { checkInteger, checkKeys, checkNumber, checkSeed, checkSize, show } from "../options.ts";
import { Random, Streams } from "../random/random.ts";

/** How batches are drawn from a dataset. */
export interface BatchOptions {
	/** Rows of each batch; the last one may have fewer. */
	readonly batchSize: number;
	/** Shuffles the rows: the same seed, the same order, on every machine. Default: their own order. */
	readonly seed?: number | undefined;
}

/** The parts of a split: as many as there are fractions. */
export type Parts<F extends readonly number[], Part> = {
	-readonly [K in keyof F]: Part;
};

/** The numbers of `size` rows, each once, `batchSize` at a time. Options are checked at the call. */
export function drawRows(size: number, options: BatchOptions): Iterable<Uint32Array> {
	checkKeys("batches", options, ["batchSize", "seed"]);
	const batchSize = checkSize("batches", "batchSize", options.batchSize);
	if (options.seed !== undefined) checkSeed("batches", options.seed);
	return draw(size, batchSize, options.seed);
}

function* draw(size: number, batchSize: number, seed: number | undefined): Iterable<Uint32Array> {
	const order = countTo(size);
	if (seed !== undefined) new Random(seed, Streams.order).shuffle(order);
	for (let first = 0; first < size; first += batchSize) yield order.subarray(first, Math.min(first + batchSize, size));
}

/** 0, 1, 2, … */
export function countTo(size: number): Uint32Array {
	const numbers = new Uint32Array(size);
	for (let i = 0; i < size; i++) numbers[i] = i;
	return numbers;
}

/** Whether each number is one more than the one before. */
export function isRun(rows: Uint32Array): boolean {
	const first = rows[0] as number;
	return rows.every((row, i) => row === first + i);
}

/** Where the parts of `size` things begin and end, in the proportions of `fractions`: one number more than there are
 * parts, each end rounded to the nearest thing. `what` names the things. */
export function cut(where: string, size: number, what: string, fractions: readonly number[]): number[] {
	if (!Array.isArray(fractions))
		throw new OptionError(`${where}: fractions must be an array, such as [0.9, 0.1], got ${show(fractions)}.`);
	for (const [i, fraction] of fractions.entries()) {
		checkNumber(where, `fractions[${i}]`, fraction, { least: 0, most: 1 });
	}
	const total = fractions.reduce((a, b) => a + b, 0);
	if (Math.abs(total - 1) > 1e-9) throw new OptionError(`${where}: fractions must add up to 1, got ${total}.`);
	let sum = 0;
	const ends = [0];
	fractions.forEach((fraction, i) => {
		sum += fraction;
		const isLast = i === fractions.length - 1;
		ends.push(isLast ? size : Math.round(sum * size));
		if (ends[i] === ends[i + 1])
			throw new DataError(`${where}: fractions[${i}] is ${fraction}, which leaves that part none of ${size} ${what}.`);
	});
	return ends;
}

/** Checks the numbers of some of `features` columns, and returns them. */
export function checkColumns(
	where: string,
	name: string,
	columns: readonly number[],
	features: number,
): readonly number[] {
	if (!Array.isArray(columns) || columns.length === 0)
		throw new OptionError(`${where}: "${name}" must be an array of at least one column number, got ${show(columns)}.`);
	for (const [i, column] of columns.entries()) {
		const most = features - 1;
		checkInteger(where, `${name}[${i}]`, column, { least: 0, most });
	}
	return columns;
}
