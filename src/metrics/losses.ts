import { type Metric, madeOf, misfit } from "./metric.ts";

/** How many classes the model is as unsure as: `exp(loss)`, of cross-entropy in nats. What smoothes or weights the loss is in it. */
export function perplexity(): Metric<"perplexity", number> {
	return ofIds("perplexity", (loss) => Math.exp(loss));
}

/** Cross-entropy in bits for each step: `loss / ln 2`; of characters, bits per character. */
export function bits(): Metric<"bits", number> {
	return ofIds("bits", (loss) => loss / Math.LN2);
}

function ofIds<N extends string>(name: N, result: (loss: number) => number): Metric<N, number> {
	return madeOf(name, "lower", (where, subject) => {
		if (subject.loss.targets !== "ids") throw misfit(where, name, "class ids", subject);
		return { result: (_, { loss }) => result(loss) };
	});
}
