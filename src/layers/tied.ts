// A dense layer whose weight is that of the embedding: one parameter, read twice.

import { OptionError } from "../errors.ts";
import type { Builder } from "../plan/builder.ts";
import { parametersCost } from "../plan/cost.ts";
import type { Buffer } from "../plan/program.ts";
import { sumOf } from "../plan/sums.ts";
import type { Flow } from "./layer.ts";

/** The outputSize of a layer that is tied, the embedding's vocabSize, after a layer that gives `before`. */
export function tiedSize(outputSize: number | undefined, before: Flow | undefined, where: string): number {
	if (before?.embedding === undefined)
		throw new OptionError(
			`${where}: "tied" is "embedding", but the model begins with none. Begin with embedding({ vocabSize, embeddingSize }), or leave "tied" out.`,
		);
	const { vocabSize, embeddingSize } = before.embedding;
	if (outputSize !== undefined && outputSize !== vocabSize)
		throw new OptionError(
			`${where}: "outputSize" is ${outputSize}, but it is tied to the embedding, whose vocabSize is ${vocabSize}. Leave "outputSize" out.`,
		);
	if (before.size !== embeddingSize)
		throw new OptionError(
			`${where}: it is tied to the embedding, so it takes embeddingSize ${embeddingSize} features, but the layer before gives ${before.size}. Put dense({ outputSize: ${embeddingSize} }) before it.`,
		);
	return vocabSize;
}

/** Runs `write` such that its parameters are the embedding's, the first layer's. */
export function ofEmbedding<T>(builder: Builder, write: () => T): T {
	return builder.within(builder.label, builder.prefix.replace(/\d+\.$/, "0."), write);
}

/** A sum for the layer's share of the gradient of the embedding's weight. It is added to the embedding's own share once that is
 * whole, so that the order of additions is the same where a batch is walked in parts. */
export function tiedGradient(builder: Builder, size: number): Buffer {
	const source = sumOf(builder, "dW", size);
	const target = ofEmbedding(builder, () => builder.gradient("weight"));
	const account = { equation: "dW += its sum", cost: parametersCost(size, 1), count: Math.ceil(size / 4) };
	builder.onBackward(() => builder.call("add", { source, target }, account), { last: true });
	return source;
}
