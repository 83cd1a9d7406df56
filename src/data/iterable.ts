import { DataError } from "../errors.ts";
import { show } from "../options.ts";
import { isAsync } from "./pull.ts";

/** Batches that a dataset gave, once it is clear that they are there. */
export function iterable<B>(where: string, name: string, batches: Iterable<B>): Iterable<B> {
	const given: object = Object(batches);
	if (typeof (given as Partial<Iterable<B>>)[Symbol.iterator] === "function") return batches;
	const isLate = isAsync(batches) || "then" in given;
	const came = isLate ? "an async one" : show(batches);
	const advice = isLate ? " Wait for its batches first, and give an array of them." : "";
	throw new DataError(`${where}: batches() of ${name} must give an iterable of batches, got ${came}.${advice}`);
}

export function noBatches(where: string): DataError {
	return new DataError(`${where}: the dataset gave no batches.`);
}
