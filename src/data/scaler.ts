import { OptionError, ShapeError } from "../errors.ts";
import { checkKeys, checkNumber, checkSize, show } from "../options.ts";
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

	constructor({ mean, scale }: Scale) {
		const isPaired =
			Array.isArray(mean) && Array.isArray(scale) && mean.length > 0;
		if (!isPaired || mean.length !== scale.length)
			throw new OptionError(
				`Scaler: "mean" and "scale" must be arrays with a number for each feature, got ${show(mean)} and ${show(scale)}.`,
			);
		this.mean = Object.freeze(
			mean.map((value, i) => checkNumber("Scaler", `mean[${i}]`, value)),
		);
		const above0 = { least: 0, open: true };
		this.scale = Object.freeze(
			scale.map((value, i) =>
				checkNumber("Scaler", `scale[${i}]`, value, above0),
			),
		);
	}

	/** Mean and standard deviation (of the population: divided by n) of each feature. A constant feature gets scale 1, so
	 * that it becomes 0.
	 * @param values `[time, features]`, flat.
	 * @param options.features Default 1. */
	static fit(
		values: ArrayLike<number>,
		options: { readonly features?: number | undefined } = {},
	): Scaler {
		const where = "Scaler.fit";
		checkKeys(where, options, ["features"]);
		const features = checkSize(where, "features", options.features ?? 1);
		checkWidth(where, values, features);
		if (values.length === 0)
			throw new ShapeError(`${where}: values must hold a step, got none.`);
		const mean: number[] = [];
		const scale: number[] = [];
		for (let feature = 0; feature < features; feature++) {
			const fitted = fitFeature(values, feature, features);
			mean.push(fitted.mean);
			scale.push(fitted.scale);
		}
		return new Scaler({ mean, scale });
	}

	get features(): number {
		return this.mean.length;
	}

	/** Scaled values, a new array, in float32.
	 * @param values `[time, features]`, flat. */
	transform(
		values: ArrayLike<number>,
		options: ColumnOptions = {},
	): Float32Array {
		return this.#map("Scaler.transform", values, options, (value, i) => {
			return (value - (this.mean[i] as number)) / (this.scale[i] as number);
		});
	}

	/** The values that {@link transform} scaled (predictions, say), in their own unit, a new array, in float32.
	 * @param values `[time, features]`, flat.
	 * @param options.columns The `targets` of the windows that the predictions are for. */
	inverse(
		values: ArrayLike<number>,
		options: ColumnOptions = {},
	): Float32Array {
		return this.#map("Scaler.inverse", values, options, (value, i) => {
			return value * (this.scale[i] as number) + (this.mean[i] as number);
		});
	}

	#map(
		where: string,
		values: ArrayLike<number>,
		options: ColumnOptions,
		apply: (value: number, feature: number) => number,
	): Float32Array {
		checkKeys(where, options, ["columns"]);
		const columns = checkColumns(
			where,
			"columns",
			options.columns ?? [...this.mean.keys()],
			this.features,
		);
		checkWidth(where, values, columns.length);
		return Float32Array.from(values, (value, i) =>
			apply(value, columns[i % columns.length] as number),
		);
	}
}

function checkWidth(
	where: string,
	values: ArrayLike<number>,
	width: number,
): void {
	if (values.length % width === 0) return;
	throw new ShapeError(
		`${where}: values must hold ${width} numbers for each step, got ${values.length} in all.`,
	);
}

function fitFeature(
	values: ArrayLike<number>,
	first: number,
	features: number,
): { mean: number; scale: number } {
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
	for (let i = first; i < values.length; i += features)
		squares += ((values[i] as number) - mean) ** 2;
	// differences below 1e-162 have squares of 0: as good as constant
	return { mean, scale: Math.sqrt(squares / count) || 1 };
}
