import type { Capacity, Ragged } from "./capacity.ts";

/** What a call works on, and how much it computes, for `Model.explain`. */
export interface Cost {
	/** Sizes of its operands; N is the number of packed rows, B that of sequences. */
	readonly shapes: string;
	/** Multiplications and additions. */
	readonly operations: (capacity: Capacity) => number;
}

function letterOf({ perStep }: Ragged): string {
	return perStep ? "N" : "B";
}

/** The cost of [·, depth]·[depth, columns] for all rows of an axis. */
export function productCost(axis: Ragged, depth: number, columns: number): Cost {
	return {
		shapes: `[${letterOf(axis)}, ${depth}]·[${depth}, ${columns}]`,
		operations: (capacity) => 2 * capacity.of(axis).total * depth * columns,
	};
}

/** The cost of [rows, ·]·[·, columns], summed over all rows of an axis. */
export function gradientCost(axis: Ragged, rows: number, columns: number): Cost {
	return {
		shapes: `[${rows}, ${letterOf(axis)}]·[${letterOf(axis)}, ${columns}]`,
		operations: (capacity) => 2 * capacity.of(axis).total * rows * columns,
	};
}

/** The cost of `perValue` operations on each value of [·, size]. */
export function valuesCost(axis: Ragged, size: number, perValue = 0): Cost {
	return {
		shapes: `[${letterOf(axis)}, ${size}]`,
		operations: (capacity) => perValue * capacity.of(axis).total * size,
	};
}

/** The cost of `perValue` operations on each of `count` parameters. */
export function parametersCost(count: number, perValue = 0): Cost {
	return { shapes: `[${count}]`, operations: () => perValue * count };
}
