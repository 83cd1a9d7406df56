import { checkChoice, checkKeys, checkRate, checkSize } from "../options.ts";
import type { Builder } from "../plan/builder.ts";
import { valuesCost } from "../plan/cost.ts";
import { type Address, type Axis, at, type Buffer, strideOf, type Value } from "../plan/program.ts";
import { dropping } from "./drawing.ts";
import { connectValues, type LayerType } from "./layer.ts";

export interface DropoutLayer {
	readonly type: "dropout";
	readonly rate: number;
	/** Only where steps share what is dropped. */
	readonly shared?: "steps";
	readonly inputSize?: number;
}

export interface DropoutOptions {
	/** The share of values that are dropped, from 0 to below 1. */
	readonly rate: number;
	/** `"steps"`: at every step of a row the same features are dropped (variational dropout). Default: each step drops its own. */
	readonly shared?: "steps" | undefined;
	/** Features of a row; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
}

/** Dropout: in training each value is 0 with probability `rate`, the others are divided by 1 - rate; in predictions and evaluations
 * nothing happens.
 *
 * ```
 * y = 0 with probability rate, else x / (1 - rate)
 * ```
 *
 * Input and output `[..., size]`; no parameters. What is dropped is a function of the trainer's `seed`, the number of the update, the
 * row of the batch, the step and the feature: so a step can be made again to the same bits, on any machine, in parts too.
 *
 * @throws OptionError `dropout: "rate" must be at least 0 and below 1, got 1.`
 * @see Srivastava et al. 2014; between layers only, Zaremba et al. 2014; shared over steps, Gal & Ghahramani 2016. */
export function dropout(options: DropoutOptions): DropoutLayer {
	checkKeys("dropout", options, ["rate", "shared", "inputSize"]);
	const { rate, shared, inputSize } = options;
	return Object.freeze({
		...{ type: "dropout", rate: checkRate("dropout", "rate", rate) },
		...(shared !== undefined && { shared: checkChoice("dropout", "shared", shared, ["steps"]) }),
		...(inputSize !== undefined && { inputSize: checkSize("dropout", "inputSize", inputSize) }),
	});
}

export const dropoutType: LayerType<DropoutLayer> = {
	from: (options) => dropout(options as DropoutOptions),

	connect({ inputSize }, before, where) {
		const input = connectValues(where, inputSize, before);
		return { input, output: input };
	},

	parameters: () => [],

	program: (layer, builder, [x]) => drop(builder, x, layer),
};

interface Drop {
	readonly rate: number;
	readonly shared?: "steps" | undefined;
}

/** Writes dropout of a value, in training, and the way back. */
export function drop(builder: Builder, x: Value, { rate, shared }: Drop): Value {
	if (!builder.trains || rate === 0) return x;
	const { axis, size, stride } = x;
	const y = builder.value("y", axis, size, x.parts);
	const write = dropWith(builder, axis, size, { rate, shared, scale: 1 / (1 - rate) });
	write({ from: x.address, to: y.address, stride, adds: false, equation: "y = x⊙mask / (1 - rate)" });
	builder.onBackward(() => {
		if (!builder.wantsGradient(x)) return;
		const dy = builder.gradients.everyRowOf(y);
		const { address, adds } = builder.gradients.into(x);
		const equation = `${adds ? "dx +=" : "dx ="} dy⊙mask / (1 - rate)`;
		write({ from: dy, to: address, stride, adds, equation });
	});
	return y;
}

/** Writes a mask for rows of an axis: 0 with probability `rate`, else `scale`. */
export function drawMask(
	builder: Builder,
	name: string,
	axis: Axis,
	size: number,
	how: Drop & { readonly scale: number },
): Buffer {
	const stride = strideOf(size);
	const mask = builder.rows(name, axis, stride);
	const write = dropWith(builder, axis, size, how);
	write({
		from: 0,
		to: at(mask),
		stride,
		adds: false,
		equation: `${name} = 0 with probability ${how.rate}, else ${how.scale}`,
	});
	return mask;
}

/** A function that writes a call, which drops the same each time. */
function dropWith(builder: Builder, axis: Axis, size: number, { rate, shared, scale }: Drop & { scale: number }) {
	const known = {
		...{ packing: axis.packing, order: builder.order(), columns: size, shared: +(shared === "steps") },
		...{ ...dropping(builder, rate), scale },
	};
	return (call: {
		readonly from: Address | Buffer | 0;
		readonly to: Address;
		readonly stride: number;
		readonly adds: boolean;
		readonly equation: string;
	}) => {
		const { from, to, stride, adds, equation } = call;
		const ends = { x: from, ldx: from === 0 ? 0 : stride, adds: +adds, y: to, ldy: stride };
		builder.call("dropout", { ...known, ...ends }, { equation, cost: valuesCost(axis, size, 16) });
	};
}
