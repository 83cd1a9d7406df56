// What the recurrent layers share.

import { rowsOf } from "../plan/builder.ts";
import type { WeightShape } from "../plan/packs.ts";
import type { WeightGradient } from "../plan/products.ts";
import type { Capacity, Operand, State, Value } from "../plan/program.ts";

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

/** A layer's input, as what the gradient of its weights is taken from. */
export function inputFactor(
	x: Value,
	gradient: Operand,
): NonNullable<WeightGradient["x"]> {
	return { address: x.address, stride: x.stride, columns: x.size, gradient };
}

/** The hidden state before each step, likewise. */
export function pastFactor(
	{ steps, stride, size, reverse }: State,
	gradient: Operand,
): NonNullable<WeightGradient["past"]> {
	return { address: steps, stride, columns: size, gradient, reverse };
}
