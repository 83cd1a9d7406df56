import { DataError, OptionError, ShapeError } from "../errors.ts";
import { checkKeys, checkNumber, checkSize, show } from "../options.ts";
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

interface InverseOptions extends ColumnOptions {
	/** How many numbers each feature has, side by side: as many as there are quantiles. Default 1. */
	readonly levels?: number | undefined;
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
	 * @param values `[time, features]`, flat or an array of rows. Of several steps ahead, the features of each follow each other.
	 * @param options.columns The `targets` of the windows that the predictions are for.
	 * @example const bounds = scaler.inverse(outputs, { columns: [0], levels: 3 }); // of quantile({ levels: [0.1, 0.5, 0.9] }) */
	inverse(values: Numbers | readonly Numbers[], options: InverseOptions = {}): Float32Array {
		return this.#map("Scaler.inverse", values, options, (value, i) => {
			return value * (this.scale[i] as number) + (this.mean[i] as number);
		});
	}

	/** Deviations, errors or widths of intervals on the scale of {@link transform}, in their own unit: stretched, not shifted. A new
	 * array, flat, in float32. */
	inverseSpread(values: Numbers | readonly Numbers[], options: InverseOptions = {}): Float32Array {
		return this.#map("Scaler.inverseSpread", values, options, (value, i) => value * (this.scale[i] as number));
	}

	#map(
		where: string,
		values: Numbers | readonly Numbers[],
		options: InverseOptions,
		apply: (value: number, feature: number) => number,
	): Float32Array {
		const isInverse = where !== "Scaler.transform";
		checkKeys(where, options, ["columns", ...(isInverse ? ["levels"] : [])]);
		const columns = checkColumns(where, "columns", options.columns ?? [...this.mean.keys()], this.features);
		const levels = isInverse ? checkSize(where, "levels", options.levels ?? 1) : 1;
		const { all } = flatten(where, values, columns.length * levels, "");
		return Float32Array.from(all, (value, i) => {
			return apply(value, columns[Math.floor(i / levels) % columns.length] as number);
		});
	}

	/** As {@link Scaler.fit}, over all steps of rows of unequal lengths.
	 * @param rows `[rows][steps][features]`.
	 * @throws DataError `Scaler.fitRows, rows[3]: values[17, 2] must be a finite number, got NaN. …`
	 * @throws ShapeError `Scaler.fitRows: rows[3] must have 2 features, got 3.` */
	static fitRows(rows: readonly (readonly Numbers[])[]): Scaler {
		const where = "Scaler.fitRows";
		if (!Array.isArray(rows) || rows.length === 0)
			throw new DataError(`${where}: rows must be an array of at least one row, got ${show(rows)}.`);
		let width: number | undefined;
		const parts = rows.map((row, i) => {
			const { all, features } = flatten(`${where}, rows[${i}]`, row, undefined);
			width ??= features;
			if (features !== width)
				throw new ShapeError(`${where}: rows[${i}] must have ${width} features, got ${features}.`);
			return all;
		});
		const all = new Float64Array(parts.reduce((size, part) => size + part.length, 0));
		let count = 0;
		for (const part of parts) {
			all.set(part, count);
			count += part.length;
		}
		return Scaler.fit(all, { features: width });
	}

	/** Scaled rows, each an array of its steps, as `RaggedData` and models take them.
	 * @param rows `[rows][steps][features]`.
	 * @throws DataError `Scaler.transformRows, rows[3]: values[17, 2] must be a finite number, got NaN.` */
	transformRows(rows: readonly (readonly Numbers[])[]): Float32Array[][] {
		const where = "Scaler.transformRows";
		if (!Array.isArray(rows)) throw new DataError(`${where}: rows must be an array of rows, got ${show(rows)}.`);
		const { features, mean, scale } = this;
		return rows.map((row, i) => {
			const { all } = flatten(`${where}, rows[${i}]`, row, features, "");
			const scaled = Float32Array.from(all, (value, j) => {
				return (value - (mean[j % features] as number)) / (scale[j % features] as number);
			});
			return Array.from({ length: scaled.length / features }, (_, t) => {
				return scaled.subarray(t * features, (t + 1) * features);
			});
		});
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
