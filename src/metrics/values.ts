import { type Metric, madeOf, misfit } from "./metric.ts";

/** Mean absolute error, over rows (weighted) and values: `Σ w·|ŷ - target| / (Σ w · values)`, in the unit of the targets. ŷ is the mean
 * that the loss means by the outputs: with `"meanSquaredError"` the outputs themselves. */
export function mae(): Metric<"mae", number> {
	return averaged("mae", Math.abs, (mean) => mean);
}

/** Root mean squared error: the root of the mean over rows (weighted) and values, `√(Σ w·(ŷ - target)² / (Σ w · values))`, in the unit
 * of the targets, with ŷ as in {@link mae}. */
export function rmse(): Metric<"rmse", number> {
	return averaged("rmse", (error) => error * error, Math.sqrt);
}

/** Coefficient of determination, the share of the targets' variance that is explained: `1 - Σ w·(ŷ - target)² / Σ w·(target - mean)²`,
 * with ŷ as in {@link mae}; the mean over values where a row has several. 1 is perfect, 0 as good as the targets' own mean, and less is
 * worse than that. Where targets do not vary, it is 1 if all are met, else 0; as scikit-learn's `r2_score`. */
export function r2(): Metric<"r2", number> {
	return ofMeans("r2", "higher", {
		begin: (outputSize) => new Float64Array(1 + 3 * outputSize),
		see(kept, mean, target, weight) {
			kept[0] += weight;
			for (let j = 0; j < mean.length; j++) {
				const at = 1 + 3 * j;
				const error = mean[j] - target[j];
				// West 1979: the sum of squares around a mean that moves.
				const before = target[j] - kept[at + 1];
				kept[at] += weight * error * error;
				kept[at + 1] += (weight / kept[0]) * before;
				kept[at + 2] += weight * before * (target[j] - kept[at + 1]);
			}
		},
		result(kept, values) {
			let sum = 0;
			for (let at = 1; at < 1 + 3 * values; at += 3) {
				const [errors, , squares] = kept.subarray(at, at + 3);
				sum += squares > 0 ? 1 - errors / squares : +(errors === 0);
			}
			return sum / values;
		},
	});
}

function averaged<N extends string>(
	name: N,
	each: (error: number) => number,
	last: (mean: number) => number,
): Metric<N, number> {
	return ofMeans(name, "lower", {
		begin: () => new Float64Array(2),
		see(kept, mean, target, weight) {
			kept[1] += weight;
			for (let j = 0; j < mean.length; j++) kept[0] += weight * each(mean[j] - target[j]);
		},
		result: (kept, values) => last(kept[0] / (kept[1] * values)),
	});
}

/** What is computed from the means that a loss means, so many values a row. */
interface MeanRules {
	begin(outputSize: number): Float64Array;
	see(kept: Float64Array, mean: Float32Array, target: Float32Array, weight: number): void;
	result(kept: Float64Array, values: number): number;
}

function ofMeans<N extends string>(
	name: N,
	better: "higher" | "lower",
	{ begin, see, result }: MeanRules,
): Metric<N, number> {
	return madeOf(name, better, (where, subject) => {
		const { loss, outputSize, targetSize } = subject;
		const meanOf = (outputs: Float32Array) =>
			loss.targets === "values" ? loss.meaning(outputs, outputSize).mean : undefined;
		if (meanOf(new Float32Array(outputSize)) === undefined) throw misfit(where, name, "values", subject);
		return {
			begin,
			see: (kept, outputs, target: Float32Array, weight) => see(kept, meanOf(outputs) as Float32Array, target, weight),
			result: (kept) => result(kept, targetSize),
		};
	});
}
