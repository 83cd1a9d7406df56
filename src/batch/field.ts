import type { Packing } from "../plan/packing.ts";
import type { BatchShape } from "./shape.ts";

/** A field of a batch and where it goes. */
export interface Field {
	/** Who speaks in error messages. */
	readonly where: string;
	/** `inputs`, `targets` or `weights`. */
	readonly name: string;
	readonly shape: BatchShape;
	readonly packing: Packing;
	/** Whether it has an entry for every live step, or one for every row. */
	readonly axis: "steps" | "rows";
	/** Its address, in elements of four bytes. */
	readonly target: number;
}
