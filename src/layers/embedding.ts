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

/** Turns ids into learned vectors: `y = W[id]`. A first layer: it makes the model one that eats ids.
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
			input: { kind: "ids", size: vocabSize, axis: "steps", causal: true },
			output: {
				kind: "values",
				size: embeddingSize,
				axis: "steps",
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

	program({ embeddingSize: E }, builder, ids) {
		const sequence = builder.sequence("steps");
		const y = builder.value("y", "steps", E);
		builder.call(
			"embeddingForward",
			[sequence, ids.address, builder.parameter("weight"), E, y.address, y.stride],
			"y = W[id]",
			valuesCost("steps", E),
		);
		builder.onBackward(() => {
			builder.call(
				"embeddingBackward",
				[sequence, ids.address, builder.gradientOf(y), y.stride, E, builder.gradient("weight")],
				"dW[id] += dy",
				valuesCost("steps", E, 1),
			);
		});
		return y;
	},
};
