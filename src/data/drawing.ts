import { Random, Streams } from "../random/random.ts";

/** How the rows of an epoch are drawn. */
export interface Drawing {
	/** Of how many batches the rows are sorted by length together; not at all without. */
	readonly pool?: number | undefined;
	/** The class of each row, where every class is drawn equally often. */
	readonly classes?: readonly unknown[] | undefined;
}

/** Batches of row numbers for a seed; the smaller one, if there is one, comes last.
 * @param lengthOf Steps of a row. */
export function* drawBatches(
	size: number,
	batchSize: number,
	seed: number,
	{ pool, classes }: Drawing,
	lengthOf: (row: number) => number,
): Iterable<Uint32Array> {
	const random = new Random(seed, Streams.order);
	const rows = classes === undefined ? Uint32Array.from({ length: size }, (_, i) => i) : sampled(classes, random);
	random.shuffle(rows);
	if (pool === undefined) {
		yield* cutUp(rows, batchSize);
		return;
	}
	const batches = cutUp(rows, batchSize * pool).flatMap((some) => {
		return cutUp(
			some.sort((a, b) => lengthOf(a) - lengthOf(b)),
			batchSize,
		);
	});
	const smaller = rows.length % batchSize === 0 ? [] : batches.splice(-1);
	yield* random.shuffle(batches);
	yield* smaller;
}

/** As many rows as there are, every class as often as the others to one row: each of its rows equally often to one, those that come
 * once more drawn at random. */
function sampled(classes: readonly unknown[], random: Random): Uint32Array {
	const rowsOf = rowsByClass(classes);
	const out = new Uint32Array(classes.length);
	let count = 0;
	[...rowsOf.values()].forEach((rows, index) => {
		const end = Math.floor(((index + 1) * classes.length) / rowsOf.size);
		while (count < end) {
			const some = random.shuffle(rows.slice()).slice(0, end - count);
			out.set(some, count);
			count += some.length;
		}
	});
	return out;
}

/** The rows of each class. */
export function rowsByClass(classes: readonly unknown[]): Map<unknown, number[]> {
	const rowsOf = new Map<unknown, number[]>();
	for (const [row, name] of classes.entries()) {
		const rows = rowsOf.get(name);
		if (rows === undefined) rowsOf.set(name, [row]);
		else rows.push(row);
	}
	return rowsOf;
}

function cutUp(rows: Uint32Array, size: number): Uint32Array[] {
	return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.subarray(i * size, (i + 1) * size));
}
