import { OptionError } from "../errors.ts";
import { checkKeys, checkSize } from "../options.ts";
import { valuesCost } from "../plan/cost.ts";
import type { LayerType } from "./layer.ts";

export interface EmbeddingLayer {
	readonly type: "embedding";
	readonly vocabSize: number;
	readonly embeddingSize: number;
}

export interface EmbeddingOptions {
	/** How many ids there are: they run from 0 to vocabSize - 1. */
	readonly vocabSize: number;
	/** Width of the vector that each id becomes. */
	readonly embeddingSize: number;
}

/** Turns ids into learned vectors: `y = W[id]`. It can only be the first layer, and makes the model one that takes ids.
 *
 * Input `[batchSize, steps]` ids, output `[batchSize, steps, embeddingSize]`. Parameter `weight [vocabSize,
 * embeddingSize]`, which starts normal(0, 1), as torch.nn.Embedding. */
export function embedding(options: EmbeddingOptions): EmbeddingLayer {
	checkKeys("embedding", options, ["vocabSize", "embeddingSize"]);
	return Object.freeze({
		type: "embedding",
		vocabSize: checkSize("embedding", "vocabSize", options.vocabSize),
		embeddingSize: checkSize("embedding", "embeddingSize", options.embeddingSize),
	});
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
			},
		};
	},

	parameters({ vocabSize, embeddingSize }) {
		return [
			{
				name: "weight",
				shape: [vocabSize, embeddingSize],
				initialize(values, random) {
					for (let i = 0; i < values.length; i++) values[i] = random.normal();
				},
			},
		];
	},

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
