import { adviceOnData, checkFields } from "../batch/shape.ts";
import { asDataset } from "../data/batches.ts";
import { checkNotContinued } from "../data/streams.ts";
import { DataError } from "../errors.ts";
import { show } from "../options.ts";
import type { Batch, Dataset, Kind } from "../sequences.ts";

/** Data as a dataset. The fields of a batch are checked here, since the dataset keeps only those that it knows; the batches that
 * a dataset draws are checked when they come. */
export function datasetOf<I extends Kind, T extends Kind>(
	where: string,
	name: string,
	data: Batch<I, T> | Dataset<I, T>,
): Dataset<I, T> {
	const isRecord = typeof data === "object" && data !== null;
	const isBatches = isRecord && "batches" in data;
	const advice = isRecord && !isBatches ? adviceOnData(data) : "";
	if (!isRecord || Array.isArray(data) || ArrayBuffer.isView(data) || advice !== "") {
		throw new DataError(`${where}: ${name} must be { inputs, targets } or a dataset, got ${show(data)}.${advice}`);
	}
	if (!isBatches) {
		checkFields(where, data);
		checkNotContinued(where, name, data);
	} else if (typeof data.batches !== "function")
		throw new DataError(`${where}: batches of ${name} must be a function, got ${show(data.batches)}.`);
	const dataset = asDataset(where, data);
	return {
		size: dataset.size,
		batches: (options) => iterable(where, name, dataset.batches(options)),
	};
}

/** Batches that a dataset gave, once it is clear that they can be walked. */
export function iterable<B>(where: string, name: string, batches: Iterable<B>): Iterable<B> {
	const given: Partial<Iterable<B>> = Object(batches);
	if (typeof given[Symbol.iterator] === "function") return batches;
	const isAsync = Symbol.asyncIterator in given || "then" in given;
	throw new DataError(
		`${where}: batches() of ${name} must give an iterable of batches, got ${isAsync ? "an async one" : show(batches)}.${isAsync ? " Wait for its batches first, and give an array of them." : ""}`,
	);
}
