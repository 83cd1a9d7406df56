import { DataError, OptionError } from "../errors.ts";
import { checkFlag, checkInteger, checkKeys, checkSize, show } from "../options.ts";
import { checkColumns } from "./rows.ts";
import { Scaler } from "./scaler.ts";
import { checkStreams, type StreamOptions, type StreamPlan } from "./streams.ts";
import { countWindows, type WindowPlan } from "./windows.ts";

/** What is read and what is predicted. */
export interface ForecastOptions {
	/** How far ahead a target lies: 1 (the default) is the step right after the one read last. `[1, 48]`: the targets are all steps
	 * from the first to the last ahead, for a model with as many outputs. 0: the same step, of features that are not read. */
	readonly horizon?: number | readonly [first: number, last: number] | undefined;
	/** Numbers of the features to read. Default: all. */
	readonly inputs?: readonly number[] | undefined;
	/** Numbers of the features to predict. Default: all. */
	readonly targets?: readonly number[] | undefined;
}

export interface SeriesWindowOptions extends ForecastOptions {
	/** Steps that a window reads. */
	readonly steps: number;
	/** From a window to the next. Default 1, or `steps` with `everyStep`: each step is a target once. */
	readonly stride?: number | undefined;
	/** A target after each step that is read, not only after the window's last. For models without `lastStep()`.
	 * Default false. */
	readonly everyStep?: boolean | undefined;
}

export interface SeriesStreamOptions extends StreamOptions, ForecastOptions {}

/** A stretch of the series: its steps from `begin` to `end`; what lies before `begin` is history. */
export interface Stretch {
	/** The whole series, `[time, features]`. */
	readonly all: Float64Array;
	readonly features: number;
	readonly begin: number;
	readonly end: number;
}

/** The parts of a stretch between `ends`, counted from its beginning. */
export function cutStretch(stretch: Stretch, ends: readonly number[]): Stretch[] {
	return ends.slice(1).map((end, i) => ({
		...stretch,
		begin: stretch.begin + (ends[i] as number),
		end: stretch.begin + end,
	}));
}

/** The scaler of all steps of a stretch. */
export function fitOn({ all, features, begin, end }: Stretch): Scaler {
	const part = all.subarray(begin * features, end * features);
	return Scaler.fit(part, { features });
}

/** Where windows over a stretch lie, and its scaled values. */
export function windowPlan(
	where: string,
	stretch: Stretch,
	scaler: Scaler,
	options: SeriesWindowOptions,
): WindowPlan<Float32Array> {
	checkKeys(where, options, ["steps", "horizon", "stride", "inputs", "targets", "everyStep"]);
	const { all, features, begin, end } = stretch;
	const steps = checkSize(where, "steps", options.steps);
	const { first, span, name } = checkForecast(where, options, features);
	const everyStep = checkFlag(where, "everyStep", options.everyStep ?? false);
	const usual = everyStep ? steps : 1;
	const stride = checkSize(where, "stride", options.stride ?? usual);
	const reach = (everyStep ? 1 : steps) + first - 1;
	const firstTarget = Math.max(begin, reach);
	const count = end - firstTarget - (span - 1);
	if (end < reach + span)
		throw new DataError(
			`${where}: windows of ${steps} steps with horizon ${name} need a series of at least ${reach + span} steps, got ${end}.`,
		);
	if (count < 1)
		throw new DataError(`${where}: horizon ${name} needs a part of at least ${span} steps, got ${end - begin}.`);
	const from = firstTarget - reach;
	const scaled = scaler.transform(all.subarray(from * features, end * features));
	return {
		size: countWindows(count, everyStep ? steps : 1, stride),
		steps,
		stride,
		inputs: { ...pick(scaled, features, options.inputs), first: 0 },
		targets: { ...pick(scaled, features, options.targets), first: reach, span },
		everyStep,
		end: end - from,
	};
}

/** Where rows that go on lie in a stretch, and its scaled values. */
export function streamPlan(
	where: string,
	stretch: Stretch,
	scaler: Scaler,
	options: SeriesStreamOptions,
): StreamPlan<Float32Array> {
	checkKeys(where, options, ["rows", "steps", "overlap", "horizon", "inputs", "targets"]);
	const { all, features, begin, end } = stretch;
	const { first, span } = checkForecast(where, options, features);
	const firstTarget = Math.max(begin, first);
	const sizes = checkStreams(where, options, end - firstTarget - (span - 1), "steps");
	const scaled = scaler.transform(all.subarray((firstTarget - first) * features, end * features));
	return {
		...sizes,
		inputs: { ...pick(scaled, features, options.inputs), first: 0 },
		targets: { ...pick(scaled, features, options.targets), first, span },
	};
}

/** Checks what is read and predicted: the first step ahead, how many, and how a sentence names them. */
function checkForecast(
	where: string,
	{ horizon = 1, inputs, targets }: ForecastOptions,
	features: number,
): { first: number; span: number; name: string } {
	const all = Array.from({ length: features }, (_, i) => i);
	const read = inputs === undefined ? all : checkColumns(where, "inputs", inputs, features);
	const said = targets === undefined ? all : checkColumns(where, "targets", targets, features);
	const isRange = Array.isArray(horizon);
	if (isRange && horizon.length !== 2)
		throw new OptionError(`${where}: "horizon" must be a number of steps or [first, last], got ${show(horizon)}.`);
	const [first, last] = (isRange ? horizon : [horizon, horizon]) as readonly [number, number];
	if (first !== 0) checkSize(where, isRange ? "horizon[0]" : "horizon", first);
	checkInteger(where, "horizon[1]", last, { least: first, most: Number.MAX_SAFE_INTEGER });
	const known = first === 0 ? said.find((column) => read.includes(column)) : undefined;
	if (known !== undefined)
		throw new OptionError(
			`${where}: with "horizon" 0 a window reads what it should say: feature ${known} is in both "inputs" and "targets". Leave it out of "inputs".`,
		);
	return { first, span: last - first + 1, name: isRange ? `[${first}, ${last}]` : `${first}` };
}

/** The given columns of `[time, features]`. */
function pick(
	data: Float32Array,
	features: number,
	columns: readonly number[] | undefined,
): { data: Float32Array; width: number } {
	if (columns === undefined) return { data, width: features };
	const width = columns.length;
	const picked = new Float32Array((data.length / features) * width);
	for (let i = 0; i < picked.length; i++) {
		const step = Math.floor(i / width);
		const column = columns[i % width] as number;
		picked[i] = data[step * features + column] as number;
	}
	return { data: picked, width };
}
