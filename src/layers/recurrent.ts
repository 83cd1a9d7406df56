// What the recurrent layers share.

import { type Cost, productCost } from "../plan/cost.ts";
import type { WeightShape } from "../plan/packs.ts";
import type { WeightGradient } from "../plan/products.ts";
import type { Operand, State, Value } from "../plan/program.ts";

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

/** Of h·Wᵀ, step by step. */
export function recurrentCost({ blocks, rows, columns }: WeightShape): Cost {
	return productCost("steps", columns, blocks * rows);
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
