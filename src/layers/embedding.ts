import { OptionError } from "../errors.ts";
import { checkKeys, checkSize } from "../options.ts";
import { valuesCost } from "../plan/cost.ts";
import { normal } from "./initializers/elementwise.ts";
import type { MatrixInitializer } from "./initializers/index.ts";
import type { LayerType, ParameterSpec } from "./layer.ts";
import { withInitializers } from "./parameters.ts";

export interface EmbeddingLayer {
	readonly type: "embedding";
	readonly vocabSize: number;
	readonly embeddingSize: number;
	readonly initializers?: EmbeddingInitializers;
}

/** How the parameter of an embedding starts. */
export interface EmbeddingInitializers {
	/** Its fanIn is embeddingSize and its fanOut vocabSize, as PyTorch has it. */
	readonly weight?: MatrixInitializer | undefined;
}

export interface EmbeddingOptions {
	/** How many ids there are: they run from 0 to vocabSize - 1. */
	readonly vocabSize: number;
	/** Width of the vector that each id becomes. */
	readonly embeddingSize: number;
	/** How the parameter starts: `{ weight: normal(0.1) }`. */
	readonly initializers?: EmbeddingInitializers | undefined;
}

/** Turns ids into learned vectors: `y = W[id]`. It can only be the first layer, and makes the model one that takes ids.
 *
 * Input `[batchSize, steps]` ids, output `[batchSize, steps, embeddingSize]`. Parameter `weight [vocabSize,
 * embeddingSize]`, which starts normal of deviation 1, as torch.nn.Embedding, or as `initializers` says. */
export function embedding(options: EmbeddingOptions): EmbeddingLayer {
	checkKeys("embedding", options, ["vocabSize", "embeddingSize", "initializers"]);
	const layer: EmbeddingLayer = {
		type: "embedding",
		vocabSize: checkSize("embedding", "vocabSize", options.vocabSize),
		embeddingSize: checkSize("embedding", "embeddingSize", options.embeddingSize),
	};
	return withInitializers(layer, parameters(layer), options.initializers);
}

export const embeddingType: LayerType<EmbeddingLayer> = {
	from: (options) => embedding(options as EmbeddingOptions),

	connect({ vocabSize, embeddingSize }, before, where) {
		if (before !== undefined) {
			throw new OptionError(`${where}: it takes ids, so it can only be the first layer.`);
		}
		return {
			input: { kind: "ids", size: vocabSize, perStep: true, causal: true },
			output: {
				kind: "values",
				size: embeddingSize,
				perStep: true,
				causal: true,
				embedding: { vocabSize, embeddingSize },
			},
		};
	},

	parameters,

	program({ embeddingSize: E }, builder, [{ axis, address: ids }]) {
		const y = builder.value("y", axis, E);
		builder.call(
			"embeddingForward",
			{ packing: axis.packing, ids, W: builder.parameter("weight"), size: E, y: y.address, ldy: y.stride },
			{ equation: "y = W[id]", cost: valuesCost(axis, E) },
		);
		builder.onBackward(() => {
			const dy = builder.gradients.everyRowOf(y);
			builder.call(
				"embeddingBackward",
				{ packing: axis.packing, ids, dy, lddy: y.stride, size: E, dW: builder.gradient("weight") },
				{ equation: "dW[id] += dy", cost: valuesCost(axis, E, 1) },
			);
		});
		return y;
	},
};

function parameters({ vocabSize, embeddingSize }: EmbeddingLayer): readonly ParameterSpec[] {
	return [{ name: "weight", shape: [vocabSize, embeddingSize], initializer: normal(1) }];
}
