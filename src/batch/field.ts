import type { Packing } from "../plan/packing.ts";
import type { Part } from "../plan/recompute/parts.ts";
import type { BatchShape } from "./shape.ts";

/** A field of a batch. */
export interface Field {
	/** Who speaks in error messages. */
	readonly where: string;
	/** `inputs`, `targets` or `weights`. */
	readonly name: string;
	readonly shape: BatchShape;
	readonly packing: Packing;
	/** Whether it has an entry for every live step, or one for every row. */
	readonly axis: "steps" | "rows";
}

/** Where in memory a part of a field goes: the address, in elements of four bytes, of its first packed row. */
export interface Target extends Part {
	readonly address: number;
}
