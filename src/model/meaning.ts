import type { BatchShape } from "../batch/shape.ts";
import type { Meaning } from "../losses/loss.ts";

/** A meaning with other arrays. */
function mapped(
	{ probabilities, mean, deviation, quantiles }: Meaning,
	each: (values: Float32Array, what: keyof Meaning) => Float32Array,
): Meaning {
	return {
		...(probabilities && { probabilities: each(probabilities, "probabilities") }),
		...(mean && { mean: each(mean, "mean") }),
		...(deviation && { deviation: each(deviation, "deviation") }),
		...(quantiles && { quantiles: quantiles.map((values) => each(values, "quantiles")) }),
	};
}

/** A meaning with zeros past the length of each row, as outputs have them. */
export function withoutPadding(meaning: Meaning, { batchSize, steps, lengths }: BatchShape): Meaning {
	if (lengths === undefined) return meaning;
	return mapped(meaning, (values) => {
		const width = values.length / (batchSize * steps);
		for (const [row, length] of lengths.entries())
			values.fill(0, (row * steps + length) * width, (row + 1) * steps * width);
		return values;
	});
}

/** A meaning in the user's unit. */
export function unscaledMeaning(
	meaning: Meaning,
	lift: (values: Float32Array, isSpread: boolean) => Float32Array,
): Meaning {
	return mapped(meaning, (values, what) => (what === "probabilities" ? values : lift(values, what === "deviation")));
}
