import { checkKeys, checkSize } from "../options.ts";
import { packPlain, packTransposed, packVector } from "../plan/panels.ts";
import { project, projectBack, weightGradient } from "../plan/products.ts";
import { uniform } from "./initializers/elementwise.ts";
import type { MatrixInitializer, VectorInitializer } from "./initializers/index.ts";
import { connectValues, type LayerType, type ParameterSpec } from "./layer.ts";
import { withInitializers } from "./parameters.ts";

export interface DenseLayer {
	readonly type: "dense";
	readonly outputSize: number;
	readonly inputSize?: number;
	readonly initializers?: DenseInitializers;
}

/** How the parameters of a dense layer start. */
export interface DenseInitializers {
	readonly weight?: MatrixInitializer | undefined;
	readonly bias?: VectorInitializer | undefined;
}

export interface DenseOptions {
	/** Width of the output. */
	readonly outputSize: number;
	/** Features of a row; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** How parameters start, by name: `{ weight: glorot(), bias: constant(0) }`. */
	readonly initializers?: DenseInitializers | undefined;
}

/** A linear layer, the same at every step: `y = x·Wᵀ + b`.
 *
 * Input `[..., inputSize]`, output `[..., outputSize]`. Parameters as in torch.nn.Linear: `weight [outputSize,
 * inputSize]`, `bias [outputSize]`. They start uniform in ±1/√inputSize, as PyTorch's, or as `initializers` says. */
export function dense(options: DenseOptions): DenseLayer {
	checkKeys("dense", options, ["outputSize", "inputSize", "initializers"]);
	const layer: DenseLayer = {
		type: "dense",
		outputSize: checkSize("dense", "outputSize", options.outputSize),
		...(options.inputSize !== undefined && {
			inputSize: checkSize("dense", "inputSize", options.inputSize),
		}),
	};
	return withInitializers(layer, parameters(layer, 1), options.initializers);
}

export const denseType: LayerType<DenseLayer> = {
	from: (options) => dense(options as DenseOptions),

	connect({ outputSize, inputSize }, before, where) {
		const input = connectValues(where, inputSize, before);
		return { input, output: { ...input, size: outputSize } };
	},

	parameters,

	program({ outputSize: O }, builder, [x]) {
		const shape = { blocks: 1, rows: O, columns: x.size };
		const y = builder.value("y", x.axis, O);
		project(builder, x, packTransposed(builder, "weight", shape), packVector(builder, "bias", 1, O), y);
		builder.onBackward(() => {
			const dy = { address: builder.gradients.everyRowOf(y), stride: y.stride, blocks: 1, rows: O };
			weightGradient(builder, {
				axis: x.axis,
				dy,
				x: { value: x, gradient: builder.gradient("weight") },
				db: builder.gradient("bias"),
			});
			projectBack(builder, x, dy, () => packPlain(builder, "weight", shape));
		});
		return y;
	},
};

function parameters({ outputSize: O }: DenseLayer, I: number): readonly ParameterSpec[] {
	const initializer = uniform(1 / Math.sqrt(I));
	return [
		{ name: "weight", shape: [O, I], initializer },
		{ name: "bias", shape: [O], initializer },
	];
}
