import { OptionError } from "../errors.ts";
import { checkKeys, checkNumber, show } from "../options.ts";
import { flatten, type Numbers } from "./flatten.ts";
import { checkColumns } from "./rows.ts";

/** What a {@link Scaler} knows, as it is stored. */
export interface Scale {
	/** Mean of each feature. */
	readonly mean: readonly number[];
	/** Standard deviation of each feature, or 1 where the feature is constant. */
	readonly scale: readonly number[];
}

interface ColumnOptions {
	/** Which features the numbers belong to, in order. Default: all. */
	readonly columns?: readonly number[] | undefined;
}

/** Standardizes features: (value - mean) / standard deviation, each by its own.
 *
 * Networks learn best from inputs around 0 of size around 1. Fit on training data only: a mean that knows the test
 * part leaks it. `JSON.stringify(scaler)` stores it, `new Scaler(JSON.parse(text))` restores it.
 * @throws OptionError `Scaler: "scale[0]" must be a finite number above 0, got 0.` */
export class Scaler implements Scale {
	readonly mean: readonly number[];
	readonly scale: readonly number[];

	constructor(given: Scale) {
		const { mean, scale } = given ?? {};
		const isPaired = Array.isArray(mean) && Array.isArray(scale) && mean.length > 0;
		if (!isPaired || mean.length !== scale.length)
			throw new OptionError(
				`Scaler: "mean" and "scale" must be arrays with a number for each feature, got ${show(mean)} and ${show(scale)}.`,
			);
		this.mean = Object.freeze(Array.from(mean, (value, i) => checkNumber("Scaler", `mean[${i}]`, value)));
		const above0 = { least: 0, open: true };
		this.scale = Object.freeze(Array.from(scale, (value, i) => checkNumber("Scaler", `scale[${i}]`, value, above0)));
	}

	/** Mean and standard deviation (of the population: divided by n) of each feature. A constant feature gets scale 1, so
	 * that it becomes 0.
	 * @param values `[time, features]`, flat or an array of rows.
	 * @param options.features Needed for flat values only, where the default is 1. */
	static fit(values: Numbers | readonly Numbers[], options: { readonly features?: number | undefined } = {}): Scaler {
		const where = "Scaler.fit";
		checkKeys(where, options, ["features"]);
		const { all, features } = flatten(where, values, options.features);
		const mean: number[] = [];
		const scale: number[] = [];
		for (let feature = 0; feature < features; feature++) {
			const fitted = fitFeature(all, feature, features);
			mean.push(fitted.mean);
			scale.push(fitted.scale);
		}
		return new Scaler({ mean, scale });
	}

	get features(): number {
		return this.mean.length;
	}

	/** Scaled values, a new array, flat, in float32: rows must be cut from it again.
	 * @param values `[time, features]`, flat or an array of rows.
	 * @throws ShapeError `Scaler.transform: values must hold 2 numbers for each step, got 3 in all.` */
	transform(values: Numbers | readonly Numbers[], options: ColumnOptions = {}): Float32Array {
		return this.#map("Scaler.transform", values, options, (value, i) => {
			return (value - (this.mean[i] as number)) / (this.scale[i] as number);
		});
	}

	/** The values that {@link transform} scaled (predictions, say), in their own unit, a new array, flat, in float32.
	 * @param values `[time, features]`, flat or an array of rows.
	 * @param options.columns The `targets` of the windows that the predictions are for. */
	inverse(values: Numbers | readonly Numbers[], options: ColumnOptions = {}): Float32Array {
		return this.#map("Scaler.inverse", values, options, (value, i) => {
			return value * (this.scale[i] as number) + (this.mean[i] as number);
		});
	}

	#map(
		where: string,
		values: Numbers | readonly Numbers[],
		options: ColumnOptions,
		apply: (value: number, feature: number) => number,
	): Float32Array {
		checkKeys(where, options, ["columns"]);
		const columns = checkColumns(where, "columns", options.columns ?? [...this.mean.keys()], this.features);
		const { all } = flatten(where, values, columns.length, "");
		return Float32Array.from(all, (value, i) => apply(value, columns[i % columns.length] as number));
	}
}

function fitFeature(values: ArrayLike<number>, first: number, features: number): { mean: number; scale: number } {
	const count = values.length / features;
	const start = values[first] as number;
	let sum = 0;
	let isConstant = true;
	for (let i = first; i < values.length; i += features) {
		const value = values[i] as number;
		sum += value;
		if (value !== start) isConstant = false;
	}
	if (isConstant) return { mean: start, scale: 1 };
	const mean = sum / count;
	let squares = 0;
	for (let i = first; i < values.length; i += features) squares += ((values[i] as number) - mean) ** 2;
	// Differences below 1e-162 have squares of 0: the feature is as good as constant.
	return { mean, scale: Math.sqrt(squares / count) || 1 };
}
