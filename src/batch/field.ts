import type { Packing, Span } from "../plan/packing.ts";
import type { Part } from "../plan/recompute/parts.ts";
import { rowName } from "./origin.ts";
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
	/** What is to be known of its width, for the end of a sentence. */
	readonly note?: string;
}

/** Where in memory a part of a field goes: the address, in elements of four bytes, of its first packed row. */
export interface Target extends Part {
	readonly address: number;
}

/** How many entries of a row are read. */
export function entriesOf({ axis, shape }: Field, row: number): number {
	if (axis === "rows") return 1;
	return shape.lengths === undefined ? shape.steps : shape.lengths[row];
}

/** The first entry of a row that lies in a part. */
export function firstOf({ axis }: Field, { from }: Span): number {
	return axis === "rows" ? 0 : from;
}

/** The entry of a row after the last one that lies in a part. */
export function lastOf(field: Field, row: number, { to }: Span): number {
	return field.axis === "rows" ? 1 : Math.min(to, entriesOf(field, row));
}

/** The packed row where step t begins, counted from the first of a part. */
export function rowOf({ axis, packing }: Field, { origin }: Part, t: number): number {
	return axis === "rows" ? 0 : packing.offset[t] - origin;
}

/** How many packed rows of a field lie in a part. */
export function countOf({ axis, packing }: Pick<Field, "axis" | "packing">, { to, origin }: Part): number {
	if (axis === "rows") return packing.batchSize;
	return packing.offset[to - 1] + packing.alive[to - 1] - origin;
}

/** What a user calls a number: `targets[17, 3]`. */
export function nameOf({ name, axis, shape }: Field, row: number, t: number, value?: number): string {
	const step = axis === "steps" ? [t] : [];
	return `${name}[${[rowName(shape.origin, row), ...step, ...(value === undefined ? [] : [value])].join(", ")}]`;
}
