import type { Axis, Capacity } from "./program.ts";

/** What a call works on, and how much it computes, for `Model.explain`. */
export interface Cost {
	/** Sizes of its operands; N: live steps of all rows together, B: rows. */
	readonly shapes: string;
	/** Multiplications and additions. */
	readonly operations: (capacity: Capacity) => number;
}

const LETTERS = { steps: "N", rows: "B" } as const;

export function rowsOf(axis: Axis, { batchSize, total }: Capacity): number {
	return axis === "steps" ? total : batchSize;
}

/** Of [·, depth]·[depth, columns] for all rows of an axis. */
export function productCost(axis: Axis, depth: number, columns: number): Cost {
	return {
		shapes: `[${LETTERS[axis]}, ${depth}]·[${depth}, ${columns}]`,
		operations: (capacity) => 2 * rowsOf(axis, capacity) * depth * columns,
	};
}

/** Of [rows, ·]·[·, columns], summed over all rows of an axis. */
export function gradientCost(axis: Axis, rows: number, columns: number): Cost {
	const letter = LETTERS[axis];
	return {
		shapes: `[${rows}, ${letter}]·[${letter}, ${columns}]`,
		operations: (capacity) => 2 * rowsOf(axis, capacity) * rows * columns,
	};
}

/** Of `perValue` operations on each value of [·, size]. */
export function valuesCost(axis: Axis, size: number, perValue = 0): Cost {
	return {
		shapes: `[${LETTERS[axis]}, ${size}]`,
		operations: (capacity) => perValue * rowsOf(axis, capacity) * size,
	};
}
