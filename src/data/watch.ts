import { DataError } from "../errors.ts";

/** Returns a function that checks that an array has not become shorter than it is now: what was cut off would be read as zeros.
 * Values may be changed in place. */
export function watch(where: string, name: string, array: ArrayLike<unknown>): () => void {
	const { length } = array;
	return () => {
		if (array.length >= length) return;
		throw new DataError(
			`${where}: ${name} had ${length} entries when the dataset was made, and has ${array.length} now. Shrink or transfer a copy, not the array that is read.`,
		);
	};
}
