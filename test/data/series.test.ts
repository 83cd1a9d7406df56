// Does every step of a part get predicted once, from its past, on a scale that knows the training part only?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Scaler } from "../../src/data/scaler.ts";
import { SeriesData } from "../../src/data/series.ts";
import type { SeriesWindowOptions } from "../../src/data/stretch.ts";
import type { Dataset } from "../../src/sequences.ts";

/** Leaves values as they are. */
const plain = (features: number) =>
	new Scaler({
		mean: new Array(features).fill(0),
		scale: new Array(features).fill(1),
	});

const count = (size: number) => Array.from({ length: size }, (_, i) => i);

/** What each window reads and predicts, its live steps only. */
function rowsOf(
	data: SeriesData,
	options: SeriesWindowOptions,
	draw: { batchSize: number; seed?: number } = { batchSize: 3 },
): { inputs: number[]; targets: number[] }[] {
	const windows = data.windows(options);
	const rows: { inputs: number[]; targets: number[] }[] = [];
	for (const batch of windows.batches(draw)) {
		const { inputs, targets, batchSize, steps, lengths } = batch;
		for (let row = 0; row < batchSize; row++) {
			const length = lengths?.[row] ?? steps;
			const live = (array: Float32Array, liveSteps: number) => {
				const size = array.length / batchSize;
				const share = options.everyStep ? liveSteps / steps : 1;
				return [...array.slice(row * size, row * size + size * share)];
			};
			const width = inputs.length / batchSize / steps;
			const start = row * steps * width;
			rows.push({
				inputs: [...inputs.slice(start, start + length * width)],
				targets: live(targets, length),
			});
		}
	}
	expect(rows.length).toBe(windows.size);
	return rows;
}

describe("SeriesData.windows", () => {
	it("pairs consecutive values with the one that follows", () => {
		const data = SeriesData.from(count(6), { scaler: plain(1) });
		expect(rowsOf(data, { steps: 3 })).toEqual([
			{ inputs: [0, 1, 2], targets: [3] },
			{ inputs: [1, 2, 3], targets: [4] },
			{ inputs: [2, 3, 4], targets: [5] },
		]);
	});

	it("looks as far ahead as the horizon", () => {
		const data = SeriesData.from(count(8), { scaler: plain(1) });
		expect(rowsOf(data, { steps: 2, horizon: 3, stride: 2 })).toEqual([
			{ inputs: [0, 1], targets: [4] },
			{ inputs: [2, 3], targets: [6] },
		]);
	});

	it("predicts the chosen features, in the order given", () => {
		const values = new Float64Array([0, 10, 20, 1, 11, 21, 2, 12, 22]);
		const data = SeriesData.from(values, { features: 3, scaler: plain(3) });
		expect(rowsOf(data, { steps: 2, targets: [2, 0] })).toEqual([{ inputs: [0, 10, 20, 1, 11, 21], targets: [22, 2] }]);
	});

	it("sets a target after every step, the rest in a shorter last window", () => {
		const data = SeriesData.from(count(7), { scaler: plain(1) });
		expect(rowsOf(data, { steps: 4, everyStep: true })).toEqual([
			{ inputs: [0, 1, 2, 3], targets: [1, 2, 3, 4] },
			{ inputs: [4, 5], targets: [5, 6] },
		]);
		const ahead = { steps: 2, horizon: 2, stride: 1, everyStep: true };
		expect(rowsOf(data, ahead)).toEqual([
			{ inputs: [0, 1], targets: [2, 3] },
			{ inputs: [1, 2], targets: [3, 4] },
			{ inputs: [2, 3], targets: [4, 5] },
			{ inputs: [3, 4], targets: [5, 6] },
		]);
	});

	it("predicts each step of each part once, and none of another part", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 20, max: 60 }),
				fc.integer({ min: 1, max: 8 }),
				fc.integer({ min: 1, max: 4 }),
				fc.boolean(),
				fc.option(fc.maxSafeNat(), { nil: undefined }),
				(size, steps, horizon, everyStep, seed) => {
					const data = SeriesData.from(count(size), { scaler: plain(1) });
					const [train, valid, test] = data.split([0.6, 0.2, 0.2]);
					const draw = {
						batchSize: 4,
						...(seed === undefined ? {} : { seed }),
					};
					const options = { steps, horizon, everyStep };
					const reach = (everyStep ? 1 : steps) + horizon - 1;
					let begin = 0;
					for (const part of [train, valid, test]) {
						const rows = rowsOf(part, options, draw);
						const targets = rows.flatMap((row) => row.targets);
						const end = begin + part.steps;
						expect(targets.sort((a, b) => a - b)).toEqual(count(size).slice(Math.max(begin, reach), end));
						for (const { inputs, targets } of rows) {
							expect(inputs.length).toBe(everyStep ? targets.length : steps);
							expect(inputs.at(-1)).toBe((targets.at(-1) as number) - horizon);
							for (let i = 1; i < inputs.length; i++) expect(inputs[i]).toBe((inputs[i - 1] as number) + 1);
						}
						begin = end;
					}
				},
			),
		);
	});

	it("says several steps ahead, of the features chosen: a window for each place where all lie in the part", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 20, max: 40 }),
				fc.integer({ min: 1, max: 5 }),
				fc.integer({ min: 1, max: 3 }),
				fc.integer({ min: 0, max: 3 }),
				fc.integer({ min: 1, max: 5 }),
				fc.boolean(),
				fc.constantFrom([0, 1, 2], [2], [1, 0]),
				fc.constantFrom([0, 1, 2], [0], [2, 1]),
				fc.option(fc.maxSafeNat(), { nil: undefined }),
				(size, steps, from, more, stride, everyStep, inputs, targets, seed) => {
					const valueAt = (t: number, column: number) => 10 * t + column;
					const values = count(size).map((t) => [0, 1, 2].map((column) => valueAt(t, column)));
					const horizon = [from, from + more] as const;
					const draw = { batchSize: 4, ...(seed === undefined ? {} : { seed }) };
					let begin = 0;
					for (const part of SeriesData.from(values, { scaler: plain(3) }).split([0.5, 0.5])) {
						const end = begin + part.steps;
						const expected = new Set<string>();
						// the textbook: every step at which reading may end, in order
						const least = everyStep ? 1 : steps;
						const ends = count(size).filter((q) => q + 1 >= least && q + from >= begin && q + from + more < end);
						const said = (q: number) => count(more + 1).flatMap((a) => targets.map((c) => valueAt(q + from + a, c)));
						const read = (a: number, b: number) => count(b - a).flatMap((i) => inputs.map((c) => valueAt(a + i, c)));
						const add = (a: number, b: number, from: number) =>
							expected.add(
								JSON.stringify({ inputs: read(a, b), targets: count(b - from).flatMap((i) => said(from + i)) }),
							);
						if (!everyStep) for (const q of ends.filter((_, i) => i % stride === 0)) add(q + 1 - steps, q + 1, q);
						else
							for (let i = 0; i < ends.length; i += stride) {
								const [q, stop] = [ends[i] as number, Math.min(i + steps, ends.length)];
								add(q, (ends[stop - 1] as number) + 1, q);
								if (stop === ends.length) break;
							}
						const windows = rowsOf(part, { steps, horizon, stride, everyStep, inputs, targets }, draw);
						expect(windows).toHaveLength(expected.size);
						expect(new Set(windows.map((row) => JSON.stringify(row)))).toEqual(expected);
						begin = end;
					}
				},
			),
		);
	});

	it("says another feature of the same step, which it does not read", () => {
		const values = count(4).map((t) => [t, 10 * t]);
		const data = SeriesData.from(values, { scaler: plain(2) });
		expect(rowsOf(data, { steps: 2, horizon: 0, inputs: [0], targets: [1] })).toEqual([
			{ inputs: [0, 1], targets: [10] },
			{ inputs: [1, 2], targets: [20] },
			{ inputs: [2, 3], targets: [30] },
		]);
	});

	it("streams several steps ahead as windows say them", () => {
		const data = SeriesData.from(
			count(9).map((t) => [t, 10 * t]),
			{ scaler: plain(2) },
		);
		const [first, second] = [
			...data.streams({ rows: 2, steps: 2, horizon: [1, 2], inputs: [0], targets: [1] }).batches(),
		];
		expect([[...(first?.inputs ?? [])], [...(first?.targets ?? [])]]).toEqual([
			[0, 1, 3, 4],
			[10, 20, 20, 30, 40, 50, 50, 60],
		]);
		expect([[...(second?.inputs ?? [])], [...(second?.targets ?? [])]]).toEqual([
			[2, 5],
			[30, 40, 60, 70],
		]);
	});

	it("leads targets back to their unit: of several steps, of quantiles, of deviations", () => {
		const values = count(9).map((t) => [t, 100 + 7 * t * t]);
		const windows = SeriesData.from(values).windows({ steps: 2, horizon: [1, 3], targets: [1] });
		const [batch] = windows.batches({ batchSize: 9 });
		const { targets } = batch as { targets: Float32Array };
		const close = (a: Float32Array | undefined, b: number[]) => {
			expect(a).toHaveLength(b.length);
			b.forEach((value, i) => {
				expect(a?.[i]).toBeCloseTo(value, 3);
			});
		};
		const there = count(5).flatMap((w) => [2, 3, 4].map((a) => 100 + 7 * (w + a) ** 2));
		close(windows.targetScale?.unscaled(targets), there);
		const twice = Float32Array.from({ length: 2 * targets.length }, (_, i) => targets[i >> 1] as number);
		close(
			windows.targetScale?.unscaled(twice, { levels: 2 }),
			there.flatMap((value) => [value, value]),
		);
		const spread = targets.map((value) => value + 1);
		const mean = windows.targetScale?.unscaledSpread(targets) as Float32Array;
		const more = windows.targetScale?.unscaledSpread(spread) as Float32Array;
		const width = SeriesData.from(values).scaler.scale[1] as number;
		more.forEach((value, i) => {
			expect(value - (mean[i] as number)).toBeCloseTo(width, 3);
		});
	});

	it("is a dataset of values", () => {
		const data: Dataset<"values", "values"> = SeriesData.from([1, 2, 3]).windows({ steps: 1 });
		expect(data.size).toBe(2);
		// @ts-expect-error values are no ids
		const ids: Dataset<"ids", "values"> = data;
		expect(ids).toBe(data);
	});
});

describe("the scaler of a series", () => {
	it("is fitted on the first part and shared by the others", () => {
		const values = [1, 2, 3, 4, 1000, 2000];
		const [train, test] = SeriesData.from(values).split([4 / 6, 2 / 6]);
		expect(train.scaler.mean).toEqual([2.5]);
		expect(train.scaler.scale).toEqual([Math.sqrt(1.25)]);
		expect(test.scaler).toBe(train.scaler);
		const [older] = test.split([0.5, 0.5]);
		expect(older.scaler).toBe(train.scaler);
	});

	it("does not notice what comes after the first part", () => {
		const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
		const halves = fc.array(finite, { minLength: 8, maxLength: 8 });
		fc.assert(
			fc.property(halves, halves, halves, (past, future, other) => {
				const scalerOf = (rest: number[]) => SeriesData.from([...past, ...rest]).split([0.5, 0.5])[0].scaler;
				expect(scalerOf(future)).toEqual(scalerOf(other));
			}),
		);
	});

	it("scales inputs and targets alike", () => {
		const data = SeriesData.from([
			[1, -10],
			[3, 10],
			[1, -10],
			[3, 10],
		]);
		expect(data.scaler.mean).toEqual([2, 0]);
		expect(data.scaler.scale).toEqual([1, 10]);
		expect(rowsOf(data, { steps: 1, targets: [1] })).toEqual([
			{ inputs: [-1, -1], targets: [1] },
			{ inputs: [1, 1], targets: [-1] },
			{ inputs: [-1, -1], targets: [1] },
		]);
	});

	it("is the one given, where one is given", () => {
		const scaler = plain(1);
		const data = SeriesData.from([5, 6, 7, 8], { scaler });
		expect(data.scaler).toBe(scaler);
		expect(data.split([0.5, 0.5])[0].scaler).toBe(scaler);
	});
});

describe("SeriesData.from", () => {
	it("takes flat arrays of all kinds, and rows", () => {
		const flat = [1, 2, 3, 4];
		const all = [
			SeriesData.from(flat, { features: 2 }),
			SeriesData.from(Float32Array.from(flat), { features: 2 }),
			SeriesData.from(Int16Array.from(flat), { features: 2 }),
			SeriesData.from([
				[1, 2],
				[3, 4],
			]),
			SeriesData.from([new Float32Array([1, 2]), new Float32Array([3, 4])]),
		];
		for (const data of all) {
			expect([data.steps, data.features]).toEqual([2, 2]);
			expect([...data.values()]).toEqual(flat);
		}
		const [, last] = SeriesData.from(flat, { features: 2 }).split([0.5, 0.5]);
		expect([...last.values()]).toEqual([3, 4]);
	});
});
