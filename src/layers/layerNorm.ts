import { checkKeys, checkSize } from "../options.ts";
import type { Builder } from "../plan/builder.ts";
import { valuesCost } from "../plan/cost.ts";
import type { Address, Buffer, Value } from "../plan/program.ts";
import { constant } from "./initializers/elementwise.ts";
import type { VectorInitializer } from "./initializers/index.ts";
import { connectValues, type LayerType, type ParameterSpec } from "./layer.ts";
import { withInitializers } from "./parameters.ts";

export interface LayerNormLayer {
	readonly type: "layerNorm";
	readonly inputSize?: number;
	readonly initializers?: LayerNormInitializers;
}

/** How the parameters of a layerNorm start. */
export interface LayerNormInitializers {
	readonly weight?: VectorInitializer | undefined;
	readonly bias?: VectorInitializer | undefined;
}

export interface LayerNormOptions {
	/** Features of a row; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** How parameters start, by name: `{ weight: constant(0.5) }`. */
	readonly initializers?: LayerNormInitializers | undefined;
}

/** Added to the variance before its root is taken, as PyTorch does by default. */
const EPSILON = 1e-5;

/** Layer normalisation: brings the features of each row, at each step by itself, to mean 0 and variance 1, then scales and shifts
 * each feature by what it learns.
 *
 * ```
 * y = (x - mean) / √(variance + 1e-5) ⊙ weight + bias      variance = mean of (x - mean)²
 * ```
 *
 * Input and output `[..., size]`. Parameters as in torch.nn.LayerNorm: `weight [size]`, ones at first, and `bias [size]`, zeros at
 * first, or as `initializers` says.
 *
 * @throws OptionError `layerNorm: "inputSize" must be a positive integer, got 0.`
 * @see Ba, Kiros & Hinton 2016. */
export function layerNorm(options: LayerNormOptions = {}): LayerNormLayer {
	checkKeys("layerNorm", options, ["inputSize", "initializers"]);
	const layer: LayerNormLayer = {
		type: "layerNorm",
		...(options.inputSize !== undefined && { inputSize: checkSize("layerNorm", "inputSize", options.inputSize) }),
	};
	return withInitializers(layer, parameters(layer, 1), options.initializers);
}

export const layerNormType: LayerType<LayerNormLayer> = {
	from: (options) => layerNorm(options as LayerNormOptions),

	connect({ inputSize }, before, where) {
		const input = connectValues(where, inputSize, before);
		return { input, output: input };
	},

	parameters,

	program(_layer, builder, [x]) {
		const { axis, size } = x;
		const y = builder.value("y", axis, size, x.parts);
		const stats = builder.rows("stats", axis, 8);
		builder.call(
			"layerNormForward",
			{
				...{ packing: axis.packing, x: x.address, ldx: x.stride, size, epsilon: EPSILON },
				...{ weight: builder.parameter("weight"), bias: builder.parameter("bias") },
				...{ y: y.address, ldy: y.stride, stats },
			},
			{ equation: "y = (x - mean) / √(variance + ε) ⊙ weight + bias", cost: valuesCost(axis, size, 7) },
		);
		builder.onBackward(() => back(builder, x, stats, builder.gradients.everyRowOf(y)));
		return y;
	},
};

/** Writes the gradients of the parameters, and that of x unless the user gave it; u is the normalised x, s = 1 / √(variance + ε). */
function back(builder: Builder, x: Value, stats: Buffer, dy: Address): void {
	const { axis, size, stride } = x;
	const known = { packing: axis.packing, dy, lddy: stride, size, x: x.address, ldx: stride, stats };
	builder.call(
		"layerNormGradient",
		{ ...known, dWeight: builder.gradient("weight"), dBias: builder.gradient("bias") },
		{ equation: "dweight += dy⊙u; dbias += dy", cost: valuesCost(axis, size, 5) },
	);
	if (!builder.wantsGradient(x)) return;
	const { address, adds } = builder.gradients.into(x);
	builder.call(
		"layerNormBackward",
		{ ...known, weight: builder.parameter("weight"), adds: +adds, dx: address, lddx: stride },
		{
			equation: `dx ${adds ? "+=" : "="} s·(g - mean of g - u·mean of g⊙u), g = dy⊙weight`,
			cost: valuesCost(axis, size, 13),
		},
	);
}

function parameters(_layer: LayerNormLayer, I: number): readonly ParameterSpec[] {
	return [
		{ name: "weight", shape: [I], initializer: constant(1) },
		{ name: "bias", shape: [I], initializer: constant(0) },
	];
}
