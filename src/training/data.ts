import { adviceOnData, checkFields } from "../batch/shape.ts";
import { asDataset } from "../data/batches.ts";
import { iterable } from "../data/iterable.ts";
import { isAsync } from "../data/pull.ts";
import { isSource, StreamData } from "../data/source.ts";
import { checkNotContinued } from "../data/streams.ts";
import { DataError } from "../errors.ts";
import { show } from "../options.ts";
import type { AsyncDataset, Batch, Dataset, Kind, Source } from "../sequences.ts";

/** What can be trained and evaluated on. */
export type Data<I extends Kind, T extends Kind> = Batch<I, T> | Dataset<I, T> | AsyncDataset<I, T> | Source<I, T>;

/** Data whose batches are there, or come bit by bit. */
export interface Batches<I extends Kind = Kind, T extends Kind = Kind> {
	/** How many rows there are, where that is known. */
	readonly size?: number | undefined;
	batches(options: { batchSize: number; seed?: number }): Iterable<Batch<I, T>> | AsyncIterable<Batch<I, T>>;
}

/** Data as a dataset. The fields of a batch are checked here, since the dataset keeps only those that it knows; the batches that
 * a dataset draws are checked when they come. */
export function datasetOf<I extends Kind, T extends Kind>(
	where: string,
	name: string,
	data: Data<I, T>,
): Batches<I, T> {
	const isRecord = typeof data === "object" && data !== null;
	const isBatches = isRecord && "batches" in data;
	if (!isBatches && isSource(data)) return StreamData.from(data as Source<I, T>);
	const advice = isRecord && !isBatches ? adviceOnData(data) : "";
	if (!isRecord || Array.isArray(data) || ArrayBuffer.isView(data) || advice !== "") {
		throw new DataError(`${where}: ${name} must be { inputs, targets } or a dataset, got ${show(data)}.${advice}`);
	}
	if (!isBatches) {
		checkFields(where, data);
		checkNotContinued(where, name, data);
	} else if (typeof data.batches !== "function")
		throw new DataError(`${where}: batches of ${name} must be a function, got ${show(data.batches)}.`);
	const dataset: Batches<I, T> = isBatches ? (data as Dataset<I, T>) : asDataset(where, data as Batch<I, T>);
	return { size: dataset.size, batches: (options) => checked(where, name, dataset.batches(options)) };
}

/** Batches that a dataset gave, once it is clear that they can be walked, if need be as they come. */
function checked<I extends Kind, T extends Kind>(
	where: string,
	name: string,
	batches: ReturnType<Batches<I, T>["batches"]>,
) {
	return isAsync(batches) ? batches : iterable(where, name, batches);
}
