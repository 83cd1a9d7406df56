import { OptionError } from "../errors.ts";
import { checkKeys, checkRate, checkSize } from "../options.ts";
import type { Builder } from "../plan/builder.ts";
import { valuesCost } from "../plan/cost.ts";
import type { Address, Value } from "../plan/program.ts";
import { dropping } from "./drawing.ts";
import { normal } from "./initializers/elementwise.ts";
import type { MatrixInitializer } from "./initializers/index.ts";
import type { LayerType, ParameterSpec } from "./layer.ts";
import { withInitializers } from "./parameters.ts";

export interface EmbeddingLayer {
	readonly type: "embedding";
	readonly vocabSize: number;
	readonly embeddingSize: number;
	/** Only where it is not 0. */
	readonly dropout?: number;
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
	/** The share of ids that are dropped in training, from 0 to below 1: in one update the vector of such an id is zero wherever
	 * the id stands, those of the others are divided by 1 - dropout. Which ones follows from the trainer's `seed`, the number of the
	 * update and the id. A layer that is tied to the embedding sees all of its weight. Default 0. */
	readonly dropout?: number | undefined;
	/** How the parameter starts: `{ weight: normal(0.1) }`. */
	readonly initializers?: EmbeddingInitializers | undefined;
}

/** Turns ids into learned vectors: `y = W[id]`. It can only be the first layer, and makes the model one that takes ids.
 *
 * Input `[batchSize, steps]` ids, output `[batchSize, steps, embeddingSize]`. Parameter `weight [vocabSize,
 * embeddingSize]`, which starts normal of deviation 1, as torch.nn.Embedding, or as `initializers` says.
 *
 * @throws OptionError `embedding: "dropout" must be at least 0 and below 1, got 1.`
 * @see Embedding dropout: Gal & Ghahramani 2016; Merity et al. 2018. */
export function embedding(options: EmbeddingOptions): EmbeddingLayer {
	checkKeys("embedding", options, ["vocabSize", "embeddingSize", "dropout", "initializers"]);
	const dropout = checkRate("embedding", "dropout", options.dropout ?? 0);
	const layer: EmbeddingLayer = {
		type: "embedding",
		vocabSize: checkSize("embedding", "vocabSize", options.vocabSize),
		embeddingSize: checkSize("embedding", "embeddingSize", options.embeddingSize),
		...(dropout > 0 && { dropout }),
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

	program({ embeddingSize: E, dropout }, builder, [given]) {
		const { axis, address: ids } = given;
		const y = builder.value("y", axis, E);
		builder.call(
			"embeddingForward",
			{ packing: axis.packing, ids, W: builder.parameter("weight"), size: E, y: y.address, ldy: y.stride },
			{ equation: "y = W[id]", cost: valuesCost(axis, E) },
		);
		const drop = dropout && builder.trains ? dropWith(builder, dropout, given, y) : undefined;
		drop?.(y.address, "y");
		builder.onBackward(() => {
			const dy = builder.gradients.everyRowOf(y);
			drop?.(dy, "dy");
			builder.call(
				"embeddingBackward",
				{ packing: axis.packing, ids, dy, lddy: y.stride, size: E, dW: builder.gradient("weight") },
				{ equation: "dW[id] += dy", cost: valuesCost(axis, E, 1) },
			);
		});
		return y;
	},
};

/** A function that writes a call, which drops the vectors of the same ids each time. */
function dropWith(builder: Builder, rate: number, { axis, address: ids }: Value, { size, stride }: Value) {
	const known = { packing: axis.packing, ids, size, ...dropping(builder, rate) };
	return (rows: Address, name: string) =>
		builder.call(
			"embeddingDropout",
			{ ...known, y: rows, ldy: stride },
			{ equation: `${name} *= mask[id] / (1 - rate)`, cost: valuesCost(axis, size, 1) },
		);
}

function parameters({ vocabSize, embeddingSize }: EmbeddingLayer): readonly ParameterSpec[] {
	return [{ name: "weight", shape: [vocabSize, embeddingSize], initializer: normal(1) }];
}
