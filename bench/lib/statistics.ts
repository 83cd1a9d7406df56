import { Random } from "bptt";

export function quantile(values: readonly number[], share: number): number {
	const sorted = Float64Array.from(values).sort();
	const at = (sorted.length - 1) * share;
	const low = Math.floor(at);
	const high = Math.ceil(at);
	return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

export function median(values: readonly number[]): number {
	return quantile(values, 0.5);
}

/** A median with its 95 % interval, by 1,000 bootstrap samples. */
export interface Estimate {
	readonly median: number;
	readonly low: number;
	readonly high: number;
	readonly count: number;
}

export function estimate(values: readonly number[]): Estimate {
	const random = new Random(1);
	const draws = Array.from({ length: 1000 }, () =>
		median(values.map(() => values[Math.floor(random.uniform(0, values.length))])),
	);
	return {
		median: median(values),
		low: quantile(draws, 0.025),
		high: quantile(draws, 0.975),
		count: values.length,
	};
}
