import { DataError } from "../errors.ts";

/** A check that an array which a dataset reads from is as long as it is now: what was cut off would be read as zeros. Values
 * that are changed in place are the user's business. */
export function watch(where: string, name: string, array: ArrayLike<unknown>): () => void {
	const { length } = array;
	return () => {
		if (array.length >= length) return;
		throw new DataError(
			`${where}: ${name} had ${length} entries when the dataset was made, and has ${array.length} now. Shrink or transfer a copy, not the array that is read.`,
		);
	};
}
