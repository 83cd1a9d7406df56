import { OptionError, ShapeError } from "../errors.ts";
import { checkKeys, show } from "../options.ts";
import { flatten, type Numbers } from "./flatten.ts";
import { cut, type Parts } from "./rows.ts";
import { Scaler } from "./scaler.ts";
import { ContinuedRows } from "./streams.ts";
import {
	cutStretch,
	fitOn,
	type SeriesStreamOptions,
	type SeriesWindowOptions,
	type Stretch,
	streamPlan,
	windowPlan,
} from "./stretch.ts";
import { scaledBy } from "./targetScale.ts";
import { Windows } from "./windows.ts";

export interface SeriesOptions {
	/** Features of each step, for flat values. Default 1. */
	readonly features?: number | undefined;
	/** Scales the values. Give that of the training data when new data come. Default: fitted on the first part of a
	 * split; on all the series where it is not split. */
	readonly scaler?: Scaler | undefined;
}

/** A series of measurements in time, to be forecast: windows of scaled values, and what comes after each.
 * @example
 * const [train, test] = SeriesData.from(temperatures).split([0.8, 0.2]);
 * await trainer.fit(train.windows({ steps: 30 }), { batchSize: 32, epochs: 20 });
 * for (const { inputs, targets, batchSize, steps } of test.windows({ steps: 30 }).batches({ batchSize: 64 })) {
 *   const { outputs } = model.predict({ inputs, batchSize, steps });
 *   compare(test.scaler.inverse(outputs), test.scaler.inverse(targets)); // both in degrees
 * } */
export class SeriesData {
	/** Mean and standard deviation, of the training part only (the first of a split); the same for all parts. */
	readonly scaler: Scaler;
	readonly #stretch: Stretch;
	readonly #isScalerFixed: boolean;

	private constructor(stretch: Stretch, scaler: Scaler | undefined) {
		this.#stretch = stretch;
		this.#isScalerFixed = scaler !== undefined;
		this.scaler = scaler ?? fitOn(stretch);
	}

	/** @param values One number for each step, `[time]`, or `[time][features]`: an array of rows, or flat with `features`.
	 * They are copied.
	 * @throws DataError `SeriesData.from: values[17, 2] must be a finite number, got NaN. Fill the gap first, for example
	 * with the value before it.` (`values[17]` where they are flat without `features`)
	 * @throws ShapeError `SeriesData.from: values[3] must have 2 features, got 3.` */
	static from(values: Numbers | readonly Numbers[], options: SeriesOptions = {}): SeriesData {
		const where = "SeriesData.from";
		checkKeys(where, options, ["features", "scaler"]);
		const { all, features } = flatten(where, values, options.features);
		if (options.scaler !== undefined) checkScaler(where, options.scaler, features);
		const end = all.length / features;
		return new SeriesData({ all, features, begin: 0, end }, options.scaler);
	}

	/** How many steps there are. */
	get steps(): number {
		return this.#stretch.end - this.#stretch.begin;
	}

	/** How many numbers a step has: `inputSize` of the first layer. */
	get features(): number {
		return this.#stretch.features;
	}

	/** The values, unscaled, `[steps, features]`: a copy. */
	values(): Float64Array {
		const { all, features, begin, end } = this.#stretch;
		return all.slice(begin * features, end * features);
	}

	/** Consecutive parts in time. The scaler is fitted on the first, unless one was given. Later parts remember what came
	 * before them, as history for their windows to read.
	 * @param fractions Their shares, adding up to 1: `[0.8, 0.2]`.
	 * @throws OptionError `SeriesData.split: fractions must add up to 1, got 0.9.`
	 * @throws DataError `SeriesData.split: fractions[1] is 0.01, which leaves that part none of 20 steps.` */
	split<const F extends readonly number[]>(fractions: F): Parts<F, SeriesData> {
		const ends = cut("SeriesData.split", this.steps, "steps", fractions);
		const stretches = cutStretch(this.#stretch, ends);
		const scaler = this.#isScalerFixed ? this.scaler : fitOn(stretches[0] as Stretch);
		return stretches.map((stretch) => new SeriesData(stretch, scaler)) as Parts<F, SeriesData>;
	}

	/** Windows of scaled values and their targets. For each step p of this part, in order, one window: it reads the
	 * `steps` values up to p - `horizon` and should say the value at p. It may read history from the part before, but no
	 * target lies there: each step of the part is predicted exactly once, except the first `steps + horizon - 1` of the
	 * series, which have too little before them. With `horizon: [1, 48]` a window says 48 values at once, from p on, and all of them
	 * lie in the part.
	 *
	 * Inputs `[batchSize, steps, inputs]`, targets `[batchSize, targets]`, of several steps ahead `[batchSize, ahead · targets]`, those of
	 * a step side by side. With `everyStep`, targets
	 * `[batchSize, steps, targets]`: windows lie end to end (unless `stride` says otherwise), each reads its values from
	 * a fresh start, and the last is shorter if need be; again each step is predicted once.
	 * @throws DataError `SeriesData.windows: windows of 30 steps with horizon 1 need a series of at least 31 steps, got 20.` */
	windows(options: SeriesWindowOptions): Windows<Float32Array> {
		const where = "SeriesData.windows";
		const { scaler } = this;
		const plan = windowPlan(where, this.#stretch, scaler, options);
		return new Windows([plan], scaledBy([scaler], plan.size, options.targets));
	}

	/** The series cut into `rows` stretches of equal length that are read side by side, `steps` values at a time, each batch
	 * going on where the one before ended, the states carried on: truncated backpropagation through time. A target after
	 * each step, `horizon` ahead: for models without `lastStep()`. Up to `rows - 1` steps at the end are left out.
	 *
	 * Inputs `[rows, steps, features]`, targets `[rows, steps, targets]`.
	 * @throws OptionError `SeriesData.streams: "overlap" must be an integer from 0 to 29, got 30.`
	 * @throws DataError `SeriesData.streams: 16 rows need at least 16 steps with a target, got 9. Give fewer rows.` */
	streams(options: SeriesStreamOptions): ContinuedRows<Float32Array> {
		const plan = streamPlan("SeriesData.streams", this.#stretch, this.scaler, options);
		return new ContinuedRows<Float32Array>(plan, scaledBy([this.scaler], plan.rows, options.targets));
	}
}

/** Checks that it is a scaler, for so many features. */
export function checkScaler(where: string, scaler: Scaler, features: number): void {
	if (!(scaler instanceof Scaler)) throw new OptionError(`${where}: "scaler" must be a Scaler, got ${show(scaler)}.`);
	if (scaler.features !== features)
		throw new ShapeError(`${where}: "scaler" must be for ${features} features, got one for ${scaler.features}.`);
}
