import { checkChoice, checkKeys, checkSize } from "../options.ts";
import { packPlain, packTransposed, packVector } from "../plan/panels.ts";
import { project, projectBack, weightGradient } from "../plan/products.ts";
import { uniform } from "./initializers/elementwise.ts";
import type { MatrixInitializer, VectorInitializer } from "./initializers/index.ts";
import { connectValues, type LayerType, type ParameterSpec } from "./layer.ts";
import { withInitializers } from "./parameters.ts";
import { ofEmbedding, tiedGradient, tiedSize } from "./tied.ts";

export interface DenseLayer {
	readonly type: "dense";
	/** Of a tied layer it may be left out. */
	readonly outputSize?: number;
	readonly tied?: "embedding";
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
	readonly tied?: undefined;
	/** How parameters start, by name: `{ weight: glorot(), bias: constant(0) }`. */
	readonly initializers?: DenseInitializers | undefined;
}

export interface TiedDenseOptions {
	/** `"embedding"`: its weight is that of the embedding which the model begins with. */
	readonly tied: "embedding";
	/** Width of the output, the embedding's vocabSize; it may be left out. */
	readonly outputSize?: number | undefined;
	/** Features of a row, the embedding's embeddingSize; otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** How its bias starts: `{ bias: constant(0) }`. */
	readonly initializers?: Pick<DenseInitializers, "bias"> | undefined;
}

/** A linear layer, the same at every step: `y = x·Wᵀ + b`.
 *
 * Input `[..., inputSize]`, output `[..., outputSize]`. Parameters as in torch.nn.Linear: `weight [outputSize,
 * inputSize]`, `bias [outputSize]`. They start uniform in ±1/√inputSize, as PyTorch's, or as `initializers` says.
 *
 * With `tied: "embedding"` W is the embedding's weight `[vocabSize, embeddingSize]`, and only the bias is its own: one parameter
 * `0.weight`, whose gradient is the sum of both uses. It starts as the embedding's says; a deviation of 1 is large for weights of
 * outputs, so give the embedding an initializer, as `uniform(0.1)`. A layer of another width needs one in between (or an lstm its
 * projectionSize):
 *
 * ```ts
 * embedding({ vocabSize, embeddingSize: 64, initializers: { weight: uniform(0.1) } }), lstm({ hiddenSize: 256 }),
 * dense({ outputSize: 64 }), dense({ tied: "embedding" })
 * ```
 *
 * @throws OptionError `Model.create: dense (layer 2): "tied" is "embedding", but the model begins with none. …`
 * @see Tied weights: Press & Wolf 2017; Inan et al. 2017. */
export function dense(options: DenseOptions | TiedDenseOptions): DenseLayer {
	checkKeys("dense", options, ["outputSize", "tied", "inputSize", "initializers"]);
	const { outputSize, tied } = options;
	const layer: DenseLayer = {
		type: "dense",
		...((tied === undefined || outputSize !== undefined) && {
			outputSize: checkSize("dense", "outputSize", outputSize),
		}),
		...(tied !== undefined && { tied: checkChoice("dense", "tied", tied, ["embedding"]) }),
		...(options.inputSize !== undefined && {
			inputSize: checkSize("dense", "inputSize", options.inputSize),
		}),
	};
	return withInitializers(layer, parameters(layer, 1), options.initializers);
}

export const denseType: LayerType<DenseLayer> = {
	from: (options) => dense(options as DenseOptions),

	connect(layer, before, where) {
		const { type, tied, ...given } = layer;
		const outputSize = tied ? tiedSize(layer.outputSize, before, where) : (layer.outputSize as number);
		const input = connectValues(where, layer.inputSize, before);
		const output = { ...input, size: outputSize };
		return { input, output, ...(tied && { layer: Object.freeze({ type, outputSize, tied, ...given }) }) };
	},

	parameters,

	program({ outputSize, tied }, builder, [x]) {
		const O = outputSize as number;
		const shape = { blocks: 1, rows: O, columns: x.size };
		const y = builder.value("y", x.axis, O);
		const ofWeight = <T>(write: () => T) => (tied ? ofEmbedding(builder, write) : write());
		const W = ofWeight(() => packTransposed(builder, "weight", shape));
		project(builder, x, W, packVector(builder, "bias", 1, O), y);
		builder.onBackward(() => {
			const dy = { address: builder.gradients.everyRowOf(y), stride: y.stride, blocks: 1, rows: O };
			weightGradient(builder, {
				axis: x.axis,
				dy,
				x: { value: x, gradient: tied ? tiedGradient(builder, O * x.size) : builder.gradient("weight") },
				db: builder.gradient("bias"),
			});
			projectBack(builder, x, dy, () => ofWeight(() => packPlain(builder, "weight", shape)));
		});
		return y;
	},
};

function parameters({ outputSize, tied }: DenseLayer, I: number): readonly ParameterSpec[] {
	// Before a tied layer is connected, only the name of its bias is known.
	const O = outputSize ?? 1;
	const initializer = uniform(1 / Math.sqrt(I));
	return [...(tied ? [] : [{ name: "weight", shape: [O, I], initializer }]), { name: "bias", shape: [O], initializer }];
}
