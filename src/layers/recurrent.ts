// What the recurrent layers share.

import { rowsOf, type WeightShape } from "../plan/builder.ts";
import type { Capacity, State, Value } from "../plan/program.ts";

/** The hidden state after each step, as a layer's output. */
export function recurrentValue({ size, stride, steps, reverse }: State): Value {
	return {
		axis: "steps",
		size,
		stride,
		address: steps,
		parts: [{ size, reverse }],
	};
}

/** Operations of h·Wᵀ over all steps. */
export function operationsOf({
	blocks,
	rows,
	columns,
}: WeightShape): (capacity: Capacity) => number {
	return (capacity) => 2 * rowsOf("steps", capacity) * blocks * rows * columns;
}
