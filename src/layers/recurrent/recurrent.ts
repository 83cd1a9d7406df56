// What the recurrent layers share.

import { OptionError } from "../../errors.ts";
import { checkKeys, checkSize } from "../../options.ts";
import type { Builder } from "../../plan/builder.ts";
import { type Cost, productCost, valuesCost } from "../../plan/cost.ts";
import { packPlain, type WeightShape } from "../../plan/panels.ts";
import { projectBack, type WeightGradient, weightGradient } from "../../plan/products.ts";
import { type Buffer, type Operand, padded, type State, type Value } from "../../plan/program.ts";
import { connectValues, type Flow, type ParameterSpec, uniform } from "../layer.ts";

interface Sizes {
	readonly hiddenSize: number;
	readonly inputSize?: number;
}

/** Checks the options every recurrent layer has. */
export function checkRecurrent(
	type: string,
	options: {
		readonly hiddenSize: number;
		readonly inputSize?: number | undefined;
	},
	more: readonly string[] = [],
): Sizes {
	checkKeys(type, options, ["hiddenSize", "inputSize", ...more]);
	return {
		hiddenSize: checkSize(type, "hiddenSize", options.hiddenSize),
		...(options.inputSize !== undefined && {
			inputSize: checkSize(type, "inputSize", options.inputSize),
		}),
	};
}

/** Takes whole sequences, gives the hidden state at every step. */
export function connectRecurrent(
	{ hiddenSize, inputSize }: Sizes,
	before: Flow | undefined,
	where: string,
): { input: Flow; output: Flow } {
	const input = connectValues(where, inputSize, before);
	if (input.axis !== "steps") {
		throw new OptionError(`${where}: it needs every step, but lastStep before it keeps one. Put it before lastStep.`);
	}
	return { input, output: { ...input, size: hiddenSize } };
}

/** Weights of the input and of the state before, and one bias, for `gates` blocks of H units: uniform in ±1/√H. */
export function recurrentParameters(
	gates: number,
	H: number,
	I: number,
): { weights: readonly ParameterSpec[]; bias: ParameterSpec } {
	const initialize = uniform(1 / Math.sqrt(H));
	return {
		weights: [
			{ name: "weight_ih", shape: [gates * H, I], initialize },
			{ name: "weight_hh", shape: [gates * H, H], initialize },
		],
		bias: { name: "bias", shape: [gates * H], initialize },
	};
}

/** What all gates begin with, x·Wᵀ + b, as the operands of a walk forward: x, its stride, its size, Wᵀ packed, b packed. */
export function inputOperands(x: Value, W: Operand, b: Operand): Operand[] {
	return [x.address, x.stride, x.size, W, b];
}

/** Writes what follows from dz of all gates and all steps: the gradients of the parameters and of x. */
export function projectGatesBack(builder: Builder, x: Value, blocks: number, h: State, dz: Buffer): void {
	const H = h.size;
	const stride = blocks * h.stride;
	weightGradient(builder, {
		dy: dz,
		dyStride: stride,
		blocks,
		rows: H,
		x: inputFactor(x, builder.gradient("weight_ih")),
		past: pastFactor(h, builder.gradient("weight_hh")),
		db: builder.gradient("bias"),
	});
	projectBack(builder, x, dz, stride, blocks * H, blocks * padded(H), () =>
		packPlain(builder, "weight_ih", { blocks, rows: H, columns: x.size }),
	);
}

/** Rows [batchSize] that carry a state's gradient from step to step back; nothing comes from after the last. */
export function stateGradient(builder: Builder, name: string, { stride }: State): Buffer {
	const rows = builder.rows(name, "rows", stride);
	builder.zeroRows("rows", rows, stride);
	return rows;
}

/** The gradient that has come back to a layer whose output is h: dy and its stride, and dh, which carries it from step to
 * step. Where only the last state went on, its gradient is what dh begins with, and dy is one step of zeros. */
export function outputGradient(builder: Builder, y: Value, h: State): { dy: readonly [Operand, number]; dh: Buffer } {
	const { size, stride } = h;
	const end = builder.endGradientOf(y);
	if (end === undefined) {
		const dh = stateGradient(builder, "dh", h);
		return { dy: [builder.gradientOf(y), stride], dh };
	}
	const dh = builder.rows("dh", "rows", stride);
	builder.call(
		"copyColumns",
		[builder.sequence("rows"), end.address, end.stride, size, dh, stride, stride / 4 - size],
		"dh[last] = dy",
		valuesCost("rows", size),
	);
	return { dy: [stateGradient(builder, "dy", h), 0], dh };
}

/** The hidden state after each step, as a layer's output. */
export function recurrentValue({ size, stride, steps, reverse }: State): Value {
	return {
		axis: "steps",
		size,
		stride,
		address: steps,
		parts: [{ size, reverse }],
		takesEndGradient: true,
		isKept: true,
	};
}

/** Of x·Wᵀ and h·Uᵀ for all gates. */
export function forwardCost({ size }: Value, { blocks, rows, columns }: WeightShape): Cost {
	return productCost("steps", size + columns, blocks * rows);
}

/** Of dz·U. */
export function backwardCost({ blocks, rows, columns }: WeightShape): Cost {
	return productCost("steps", blocks * rows, columns);
}

/** A layer's input, as what the gradient of its weights is taken from. */
export function inputFactor(x: Value, gradient: Operand): NonNullable<WeightGradient["x"]> {
	return { address: x.address, stride: x.stride, columns: x.size, gradient };
}

/** The hidden state before each step, likewise. */
export function pastFactor(
	{ steps, stride, size, reverse }: State,
	gradient: Operand,
): NonNullable<WeightGradient["past"]> {
	return { address: steps, stride, columns: size, gradient, reverse };
}
