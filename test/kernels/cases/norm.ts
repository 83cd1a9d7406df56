// Sums of squares by the engine, compared with float64.

import { expect } from "vitest";
import { NORM_BLOCK } from "../../../src/engine/blocking.ts";
import type { Engine } from "../harness.ts";

/** Floats of a block. */
export const BLOCK = 4 * NORM_BLOCK;

export function squareSums(
	engine: Engine,
	values: ArrayLike<number>,
	blocks = Math.ceil(values.length / BLOCK),
): number[] {
	const g = engine.floats("g", values);
	const squares = engine.floats("squares", 2 * blocks);
	engine.call("squareSums", { g, vectors: values.length / 4, squares, blocks });
	return [...squares.f64];
}

/** Of each block by itself. */
export function checkSquareSums(engine: Engine, values: ArrayLike<number>): void {
	const sums = squareSums(engine, values);
	const all = Array.from(values, (value) => Math.fround(value) ** 2);
	for (const [block, sum] of sums.entries()) {
		const squares = all.slice(block * BLOCK, (block + 1) * BLOCK);
		const expected = squares.reduce((a, b) => a + b, 0);
		const error = Math.abs(sum - expected) / expected;
		expect(error, `block ${block} of ${values.length} values`).toBeLessThan(1e-13);
	}
}
