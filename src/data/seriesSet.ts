import { DataError, ShapeError } from "../errors.ts";
import { checkChoice, checkKeys, checkNumber, show } from "../options.ts";
import { flatten, type Numbers } from "./flatten.ts";
import { chooseGroups, type Group, splitGroups } from "./groups.ts";
import { cut, type Parts } from "./rows.ts";
import { Scaler } from "./scaler.ts";
import { checkScaler } from "./series.ts";
import { cutStretch, fitOn, type SeriesWindowOptions, type Stretch, windowPlan } from "./stretch.ts";
import { scaledBy } from "./targetScale.ts";
import { lastUpTo, Windows } from "./windows.ts";

/** One of several series. */
export interface Series {
	/** One number for each step, `[time]`, or `[time][features]`: an array of rows, or flat with `features`. */
	readonly values: Numbers | readonly Numbers[];
	/** Features of each step, for flat values. Default 1. */
	readonly features?: number | undefined;
	/** What does not change in time: features that each step has behind its own. */
	readonly static?: readonly number[] | undefined;
	/** What it belongs to: series of one group stay together when groups are split. Default: its number. */
	readonly group?: Group | undefined;
}

export interface SeriesSetOptions {
	/** `"shared"` (default): one scaler for all, fitted on all of them, or on the first part of a split. `"each"`: each series has its
	 * own, where their levels differ and only their courses are alike; what is static is scaled over all series even so. Or a
	 * scaler: that of the training data when new data come. */
	readonly scaler?: "shared" | "each" | Scaler | undefined;
}

interface Member {
	readonly stretch: Stretch;
	readonly group: Group;
}

/** How members are scaled, where that is still to be fitted. */
interface Scaling {
	/** `"kept"`: scalers were given, or a split has fitted them. Parts of a part keep them, or a model would read the one otherwise
	 * than the other. */
	readonly kind: "shared" | "each" | "kept";
	/** How many features, the last ones, are static. */
	readonly fixed: number;
	/** The scaler of the static features, where a split has fitted it. */
	readonly known?: Scaler | undefined;
}

/** Several series of the same features, of whatever lengths: engines, motes, shops.
 * @example
 * const engines = SeriesSet.from(units.map(({ cycles, id }) => ({ values: cycles, group: id })));
 * const [train, valid] = engines.split([0.8, 0.2], { by: "group" });
 * await trainer.fit(train.windows({ steps: 30, horizon: 0, inputs: sensors, targets: [life] }), { epochs: 20 }); */
export class SeriesSet {
	/** The scaler of each series. Of the static features, each has the same. */
	readonly scalers: readonly Scaler[];
	readonly #members: readonly Member[];
	readonly #scaling: Scaling;

	private constructor(members: readonly Member[], scaling: Scaling, scalers: readonly Scaler[]) {
		this.#members = members;
		this.#scaling = scaling;
		this.scalers = scalers;
	}

	/** @throws DataError `SeriesSet.from, series[3]: values[17, 2] must be a finite number, got NaN. Fill the gap first, …`
	 * @throws ShapeError `SeriesSet.from: series[3] must have 5 features, static ones included, got 4.` */
	static from(series: readonly Series[], options: SeriesSetOptions = {}): SeriesSet {
		const where = "SeriesSet.from";
		checkKeys(where, options, ["scaler"]);
		if (!Array.isArray(series) || series.length === 0)
			throw new DataError(`${where}: series must be an array of at least one { values }, got ${show(series)}.`);
		const read = series.map((one, i) => memberOf(`${where}, series[${i}]`, one, i));
		const [first] = read as [ReturnType<typeof memberOf>];
		const { features } = first.stretch;
		for (const [i, { stretch, fixed }] of read.entries()) {
			if (stretch.features !== features)
				throw new ShapeError(
					`${where}: series[${i}] must have ${features} features, static ones included, got ${stretch.features}.`,
				);
			if (fixed !== first.fixed)
				throw new ShapeError(`${where}: series[${i}] must have ${first.fixed} static features, got ${fixed}.`);
		}
		const { scaler = "shared" } = options;
		const isWord = typeof scaler === "string";
		if (isWord) checkChoice(where, "scaler", scaler, ["shared", "each"]);
		else checkScaler(where, scaler, features);
		const { fixed } = first;
		if (!isWord)
			return new SeriesSet(
				read,
				{ kind: "kept", fixed },
				read.map(() => scaler),
			);
		const scaling = { kind: scaler, fixed };
		return new SeriesSet(read, scaling, scalersOf(read, scaling));
	}

	/** How many series there are. */
	get size(): number {
		return this.#members.length;
	}

	/** How many numbers a step has, static ones included. */
	get features(): number {
		return (this.#members[0] as Member).stretch.features;
	}

	/** The group of each series. */
	get groups(): readonly Group[] {
		return this.#members.map(({ group }) => group);
	}

	/** Parts. By `"time"` (the default) each series is cut, and later parts remember what came before as history; by `"group"` whole
	 * groups are shared out at random, for series that the model has never seen. A shared scaler is fitted on the first part; by time,
	 * so is each series' own, and by group that is of the series itself. Parts of a part keep their scalers.
	 * @param fractions Their shares, of each series' steps or of the groups, adding up to 1.
	 * @param options.seed Of which groups go where. Default 0.
	 * @throws DataError `SeriesSet.split, series 3: fractions[1] is 0.01, which leaves that part none of 20 steps.` */
	split<const F extends readonly number[]>(
		fractions: F,
		options: { readonly by?: "time" | "group" | undefined; readonly seed?: number | undefined } = {},
	): Parts<F, SeriesSet> {
		const where = "SeriesSet.split";
		checkKeys(where, options, ["by", "seed"]);
		const by = checkChoice(where, "by", options.by ?? "time", ["time", "group"] as const);
		if (by === "group") {
			return this.#shared(splitGroups(where, this.groups, fractions, options.seed)) as Parts<F, SeriesSet>;
		}
		const cuts = this.#members.map(({ stretch, group }, i) => {
			const ends = cut(`${where}, series ${i}`, stretch.end - stretch.begin, "steps", fractions);
			return cutStretch(stretch, ends).map((part) => ({ stretch: part, group }));
		});
		const parts = fractions.map((_, part) => cuts.map((stretches) => stretches[part] as Member));
		const { kind } = this.#scaling;
		const scalers = kind === "kept" ? this.scalers : scalersOf(parts[0] as Member[], this.#scaling);
		return parts.map((part) => new SeriesSet(part, { ...this.#scaling, kind: "kept" }, scalers)) as Parts<F, SeriesSet>;
	}

	/** The series of some groups. Scalers stay as they are.
	 * @throws DataError `SeriesSet.only: there is no group 7; there are 1, 2, 3.` */
	only(groups: readonly Group[]): SeriesSet {
		return this.#choose("SeriesSet.only", groups, false);
	}

	/** All series but those of some groups. Scalers stay as they are. */
	without(groups: readonly Group[]): SeriesSet {
		return this.#choose("SeriesSet.without", groups, true);
	}

	/** Windows of all series, one after the other, none across two. Options and shapes as those of `SeriesData.windows`; static
	 * features come last. Its `targetScale` needs to know the rows where each series has a scaler.
	 * @throws DataError `SeriesSet.windows, series 3: windows of 30 steps with horizon 1 need a series of at least 31 steps, got 20.` */
	windows(options: SeriesWindowOptions): Windows<Float32Array> {
		const plans = this.#members.map(({ stretch }, i) => {
			return windowPlan(`SeriesSet.windows, series ${i}`, stretch, this.scalers[i] as Scaler, options);
		});
		let size = 0;
		const firsts = plans.map((plan) => {
			size += plan.size;
			return size - plan.size;
		});
		return new Windows(
			plans,
			scaledBy(this.scalers, size, options.targets, (row) => lastUpTo(firsts, row)),
		);
	}

	#chosen(numbers: Uint32Array): Member[] {
		return Array.from(numbers, (i) => this.#members[i] as Member);
	}

	#choose(where: string, groups: readonly Group[], isWithout: boolean): SeriesSet {
		return this.#some(chooseGroups(where, this.groups, groups, isWithout));
	}

	/** Some members, with their scalers. */
	#some(numbers: Uint32Array): SeriesSet {
		const scalers = Array.from(numbers, (i) => this.scalers[i] as Scaler);
		return new SeriesSet(this.#chosen(numbers), this.#scaling, scalers);
	}

	/** Sets of members that are shared out: what is not each series' own is fitted on those of the first. */
	#shared(parts: readonly Uint32Array[]): SeriesSet[] {
		const { kind, known } = this.#scaling;
		if (kind === "kept") return parts.map((numbers) => this.#some(numbers));
		const fitted = known ?? fitOnAll(this.#chosen(parts[0] as Uint32Array));
		const scaling = { ...this.#scaling, known: fitted };
		return parts.map((numbers) => {
			const members = this.#chosen(numbers);
			const after = kind === "shared" ? { ...scaling, kind: "kept" as const } : scaling;
			return new SeriesSet(members, after, scalersOf(members, scaling));
		});
	}
}

/** The scalers of members, fitted on them but for what is known. */
function scalersOf(members: readonly Member[], { kind, fixed, known }: Scaling): Scaler[] {
	const shared = known ?? fitOnAll(members);
	if (kind === "shared") return members.map(() => shared);
	return members.map(({ stretch }) => {
		const own = fitOn(stretch);
		if (fixed === 0) return own;
		const mixed = (of: "mean" | "scale") => [...own[of].slice(0, -fixed), ...shared[of].slice(-fixed)];
		return new Scaler({ mean: mixed("mean"), scale: mixed("scale") });
	});
}

function fitOnAll(members: readonly Member[]): Scaler {
	const parts = members.map(({ stretch: { all, features, begin, end } }) =>
		all.subarray(begin * features, end * features),
	);
	const joined = new Float64Array(parts.reduce((size, part) => size + part.length, 0));
	let count = 0;
	for (const part of parts) {
		joined.set(part, count);
		count += part.length;
	}
	return Scaler.fit(joined, { features: (members[0] as Member).stretch.features });
}

/** A series, its static features behind those of each step. */
function memberOf(where: string, series: Series, index: number): Member & { readonly fixed: number } {
	checkKeys(where, series, ["values", "features", "static", "group"]);
	const { static: constants = [], group = index } = series;
	if (!Array.isArray(constants))
		throw new DataError(`${where}: static must be an array of numbers, got ${show(constants)}.`);
	for (const [i, value] of constants.entries()) checkNumber(where, `static[${i}]`, value);
	if (typeof group !== "string" && typeof group !== "number")
		throw new DataError(`${where}: group must be a name or a number, got ${show(group)}.`);
	const { all, features } = flatten(where, series.values, series.features);
	const [steps, width, fixed] = [all.length / features, features + constants.length, constants.length];
	if (fixed === 0) return { stretch: { all, features, begin: 0, end: steps }, group, fixed };
	const wide = new Float64Array(steps * width);
	for (let t = 0; t < steps; t++) {
		wide.set(all.subarray(t * features, (t + 1) * features), t * width);
		wide.set(constants, t * width + features);
	}
	return { stretch: { all: wide, features: width, begin: 0, end: steps }, group, fixed };
}
