// Are several series forecast as each by itself would be, and do splits keep apart what must be?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SeriesData } from "../../src/data/series.ts";
import { SeriesSet } from "../../src/data/seriesSet.ts";
import { DataError, OptionError, Scaler, ShapeError } from "../../src/index.ts";

const valuesOf = (series: number, size: number) =>
	Array.from({ length: size }, (_, t) => [1000 * series + t, Math.sin(series + t)]);
const sizes = fc.array(fc.integer({ min: 12, max: 20 }), { minLength: 1, maxLength: 5 });

describe("SeriesSet.windows", () => {
	it("are those of its series, one after the other", () => {
		fc.assert(
			fc.property(
				sizes,
				fc.boolean(),
				fc.boolean(),
				fc.option(fc.maxSafeNat(), { nil: undefined }),
				(sizes, everyStep, isEach, seed) => {
					const series = sizes.map((size, i) => ({ values: valuesOf(i, size) }));
					const set = SeriesSet.from(series, { scaler: isEach ? "each" : "shared" });
					const options = { steps: 4, horizon: [1, 2] as const, targets: [1], everyStep };
					const shared = Scaler.fit(series.flatMap(({ values }) => values));
					const single = series.flatMap(({ values }) => {
						const own = SeriesData.from(values, isEach ? {} : { scaler: shared });
						return [...own.windows(options).batches({ batchSize: 1 })].map(({ inputs, targets }) => [
							[...inputs],
							[...targets],
						]);
					});
					const windows = set.windows(options);
					expect(windows.size).toBe(single.length);
					const [all] = windows.batches({ batchSize: windows.size, ...(seed === undefined ? {} : { seed }) });
					const { inputs, targets, lengths, steps } = all as NonNullable<typeof all>;
					const rows = single.map((_, row) => {
						const live = (array: Float32Array, hasSteps: boolean) => {
							const width = array.length / single.length;
							const share = hasSteps ? (lengths?.[row] ?? steps) / steps : 1;
							return [...array.subarray(row * width, row * width + width * share)];
						};
						return [live(inputs, true), live(targets, everyStep)];
					});
					const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
					if (seed === undefined) expect(rows).toEqual(single);
					else expect(sorted(rows)).toEqual(sorted(single));
				},
			),
		);
	});

	it("lead targets back by the scaler of each row's series", () => {
		const set = SeriesSet.from(
			[0, 1, 2].map((i) => ({ values: valuesOf(i, 6) })),
			{ scaler: "each" },
		);
		const windows = set.windows({ steps: 2, targets: [0] });
		const numbers = [11, 0, 5, 4];
		for (const batch of windows.batches({ batchSize: 12 })) {
			const all = windows.targetScale?.unscaled(batch.targets) as Float32Array;
			const truth = [0, 1, 2].flatMap((i) => [2, 3, 4, 5].map((t) => 1000 * i + t));
			truth.forEach((value, row) => {
				expect(all[row]).toBeCloseTo(value, 2);
			});
			const some = Float32Array.from(numbers, (row) => batch.targets[row] as number);
			const back = windows.targetScale?.unscaled(some, { rows: numbers }) as Float32Array;
			numbers.forEach((row, i) => {
				expect(back[i]).toBe(all[row]);
			});
		}
		expect(() => windows.targetScale?.unscaled(new Float32Array(5))).toThrow(
			new ShapeError("targetScale.unscaled: values must be equal shares of 12 rows, got 5."),
		);
		expect(() => windows.targetScale?.unscaled(new Float32Array(1), { rows: [12] })).toThrow(
			new OptionError('targetScale.unscaled: "rows[0]" must be an integer from 0 to 11, got 12.'),
		);
	});

	it("read static features at every step, scaled over all series", () => {
		for (const scaler of ["shared", "each"] as const) {
			const set = SeriesSet.from(
				[
					{ values: [1, 2, 3], static: [10, 1] },
					{ values: [5, 6, 9], static: [30, 1] },
				],
				{ scaler },
			);
			expect(set.features).toBe(3);
			const [batch] = set.windows({ steps: 1, targets: [0] }).batches({ batchSize: 4 });
			const { inputs } = batch as NonNullable<typeof batch>;
			expect([1, 4, 7, 10].map((i) => inputs[i])).toEqual([-1, -1, 1, 1]);
			expect([2, 5, 8, 11].map((i) => inputs[i])).toEqual([0, 0, 0, 0]);
		}
	});
});

describe("SeriesSet.split", () => {
	it("cuts each series in time, with the scaler of the first part", () => {
		const set = SeriesSet.from([0, 1].map((i) => ({ values: valuesOf(i, 10) })));
		const [train, test] = set.split([0.6, 0.4]);
		expect(train.scalers[0]).toEqual(Scaler.fit([0, 1].flatMap((i) => valuesOf(i, 6))));
		expect(test.scalers).toEqual(train.scalers);
		const windows = test.windows({ steps: 3, targets: [0] });
		expect(windows.size).toBe(8);
		const [batch] = windows.batches({ batchSize: 8 });
		const said = windows.targetScale?.unscaled((batch as NonNullable<typeof batch>).targets) as Float32Array;
		[6, 7, 8, 9, 1006, 1007, 1008, 1009].forEach((value, i) => {
			expect(said[i]).toBeCloseTo(value, 2);
		});
	});

	it("shares whole groups out, each to one part, by the seed alone", () => {
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f"), { minLength: 8, maxLength: 20 }),
				fc.maxSafeNat(),
				(groups, seed) => {
					fc.pre(new Set(groups).size >= 3);
					const set = SeriesSet.from(groups.map((group, i) => ({ values: valuesOf(i, 5), group })));
					const split = () => set.split([0.5, 0.5], { by: "group", seed });
					const [train, test] = split();
					expect(split()[0].groups).toEqual(train.groups);
					expect(train.size + test.size).toBe(set.size);
					expect(train.groups.filter((group) => test.groups.includes(group))).toEqual([]);
					const inTrain = groups.flatMap((group, i) => (train.groups.includes(group) ? [i] : []));
					expect(train.scalers[0]).toEqual(Scaler.fit(inTrain.flatMap((i) => valuesOf(i, 5))));
					expect(test.scalers[0]).toBe(train.scalers[0]);
				},
			),
		);
	});

	it("leaves one out", () => {
		const set = SeriesSet.from([0, 1, 2].map((i) => ({ values: valuesOf(i, 5), group: `g${i}` })));
		expect(set.only(["g1"]).groups).toEqual(["g1"]);
		expect(set.without(["g1"]).groups).toEqual(["g0", "g2"]);
	});
});

describe("SeriesSet refuses", () => {
	const values = [1, 2, 3, 4];
	const set = SeriesSet.from([{ values }, { values, group: "b" }]);
	it.each<[string, new (message: string) => Error, () => unknown]>([
		[
			"SeriesSet.from, series[1]: values[2] must be a finite number, got NaN. Fill the gap first, for example with the value before it.",
			DataError,
			() => SeriesSet.from([{ values }, { values: [1, 2, Number.NaN] }]),
		],
		[
			"SeriesSet.from: series must be an array of at least one { values }, got an array of 0.",
			DataError,
			() => SeriesSet.from([]),
		],
		[
			"SeriesSet.from: series[1] must have 1 features, static ones included, got 2.",
			ShapeError,
			() => SeriesSet.from([{ values }, { values: [[1, 2]] }]),
		],
		[
			"SeriesSet.from: series[1] must have 1 static features, got 0.",
			ShapeError,
			() => SeriesSet.from([{ values, static: [1] }, { values: [[1, 2]] }]),
		],
		[
			'SeriesSet.from, series[0]: "static[0]" must be a finite number, got NaN.',
			OptionError,
			() => SeriesSet.from([{ values, static: [Number.NaN] }]),
		],
		[
			"SeriesSet.from, series[0]: group must be a name or a number, got an object.",
			DataError,
			() => SeriesSet.from([{ values, group: {} as never }]),
		],
		[
			'SeriesSet.from, series[0]: unknown option "value". Did you mean "values"?',
			OptionError,
			// @ts-expect-error a misspelt option does not compile
			() => SeriesSet.from([{ value: values }]),
		],
		[
			'SeriesSet.from: "scaler" must be "shared" or "each", got "own".',
			OptionError,
			() => SeriesSet.from([{ values }], { scaler: "own" as never }),
		],
		['SeriesSet.only: there is no group 7; there are 0, "b".', DataError, () => set.only([7])],
		["SeriesSet.without: no group is left.", DataError, () => set.without([0, "b"])],
		[
			"SeriesSet.split: fractions[1] is 0.1, which leaves that part none of 2 groups.",
			DataError,
			() => set.split([0.9, 0.1], { by: "group" }),
		],
		[
			"SeriesSet.split, series 0: fractions[1] is 0.1, which leaves that part none of 4 steps.",
			DataError,
			() => set.split([0.9, 0.1]),
		],
		[
			"SeriesSet.windows, series 0: windows of 4 steps with horizon 1 need a series of at least 5 steps, got 4.",
			DataError,
			() => set.windows({ steps: 4 }),
		],
	])("%s", (message, Class, call) => {
		expect(call).toThrow(new Class(message));
	});
});
