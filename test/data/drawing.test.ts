// Are rows of unequal lengths balanced, bucketed and kept apart by group as they should be, each row once where that is promised?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataError, OptionError, RaggedData, Random } from "../../src/index.ts";

const random = new Random(3);
const size = 200;
const lengths = Array.from({ length: size }, () => 1 + random.integer(40));
const targets = Array.from({ length: size }, (_, row) => (row % 20 === 0 ? 2 : row % 4 === 1 ? 1 : 0));
const groups = Array.from({ length: size }, (_, row) => `g${row % 7}`);
/** Each row says its own number. */
const inputs = lengths.map((length, row) => new Array(length).fill(row));
const data = RaggedData.from({ inputs, targets, groups });
const seeds = fc.maxSafeNat();
const batchSizes = fc.integer({ min: 1, max: 40 });

const numbersOf = (part: RaggedData<number[][], number[]>, options: { batchSize: number; seed?: number }) =>
	[...part.batches(options)].map((batch) => batch.inputs.map(([row]) => row as number));
const ascending = (numbers: number[]) => [...numbers].sort((a, b) => a - b);
const all = Array.from({ length: size }, (_, i) => i);

describe("bucketed", () => {
	it("draws each row once, batches of neighbouring lengths in each pool, by the seed alone", () => {
		fc.assert(
			fc.property(seeds, batchSizes, fc.integer({ min: 1, max: 60 }), (seed, batchSize, pool) => {
				const part = data.bucketed({ pool });
				const batches = numbersOf(part, { batchSize, seed });
				expect(numbersOf(part, { batchSize, seed })).toEqual(batches);
				expect(ascending(batches.flat())).toEqual(all);
				for (const rows of batches.slice(0, -1)) expect(rows).toHaveLength(batchSize);
				expect(batches.at(-1)).toHaveLength(size % batchSize || batchSize);
				if (batchSize * pool < size) return;
				const ranges = batches.map((rows) => rows.map((row) => lengths[row] as number));
				const sorted = ranges.sort((a, b) => Math.min(...a) - Math.min(...b) || Math.max(...a) - Math.max(...b));
				for (let i = 1; i < sorted.length; i++)
					expect(Math.max(...(sorted[i - 1] as number[]))).toBeLessThanOrEqual(Math.min(...(sorted[i] as number[])));
			}),
		);
	});

	it("keeps the order without a seed, and more rows alive with one", () => {
		expect(numbersOf(data.bucketed(), { batchSize: 32 })).toEqual(numbersOf(data, { batchSize: 32 }));
		const options = { batchSize: 20, seed: 1 };
		const [plain, sorted] = [data.balance(options), data.bucketed().balance(options)];
		const sums = numbersOf(data, options).map((rows) => rows.map((row) => lengths[row] as number));
		const live = lengths.reduce((a, b) => a + b, 0);
		const steps = sums.reduce((sum, some) => sum + Math.max(...some), 0);
		expect(plain.batches).toBe(10);
		expect(plain.rowsPerStep).toBeCloseTo(live / steps, 12);
		expect(plain.alive).toBeCloseTo(live / (20 * steps), 12);
		const totals = sums.map((some) => some.reduce((a, b) => a + b, 0));
		expect([plain.least, plain.most]).toEqual([Math.min(...totals), Math.max(...totals)]);
		expect(sorted.alive).toBeGreaterThan(0.9);
		expect(plain.alive).toBeLessThan(0.65);
	});
});

describe("balanced", () => {
	it("by weights: every class weighs the same, and all together as much as there are rows", () => {
		const own = all.map((row) => 1 + (row % 3));
		for (const weights of [undefined, own, inputs.map((steps, row) => steps.map(() => own[row] as number))]) {
			const part = RaggedData.from({ inputs, targets, weights }).balanced();
			const sums = [0, 0, 0];
			for (const batch of part.batches({ batchSize: 7, seed: 1 }))
				batch.targets.forEach((target, i) => {
					const row = batch.inputs[i]?.[0] as number;
					const weight = (batch.weights as (number | number[])[])[i] as number | number[];
					const each = typeof weight === "number" ? weight : (weight[0] as number);
					if (typeof weight !== "number") expect(weight).toHaveLength(lengths[row] as number);
					sums[target] = (sums[target] as number) + each / (weights === undefined ? 1 : (own[row] as number));
				});
			for (const sum of sums) expect(sum).toBeCloseTo(size / 3, 9);
		}
	});

	it("by sampling: as many of each class, each of its rows as often as the others to one", () => {
		fc.assert(
			fc.property(seeds, (seed) => {
				const rows = numbersOf(data.balanced("sampling"), { batchSize: 16, seed }).flat();
				expect(rows).toHaveLength(size);
				for (const name of [0, 1, 2]) {
					const drawn = rows.filter((row) => targets[row] === name);
					expect(Math.abs(drawn.length - size / 3)).toBeLessThan(1);
					const times = all.filter((row) => targets[row] === name).map((row) => drawn.filter((r) => r === row).length);
					expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
				}
			}),
			{ numRuns: 20 },
		);
		expect(numbersOf(data.balanced("sampling"), { batchSize: 16 }).flat()).toEqual(all);
	});

	it("and bucketed go together; parts are of the rows as they were", () => {
		const part = data.balanced("sampling").bucketed();
		const rows = numbersOf(part, { batchSize: 20, seed: 2 }).flat();
		expect(rows.filter((row) => targets[row] === 2).length).toBeGreaterThan(65);
		expect([...data.balanced().bucketed().batches({ batchSize: 5 })][0]?.weights).toBeDefined();
		const [half] = data.balanced().split([0.5, 0.5]);
		expect([...half.batches({ batchSize: 5 })][0]).not.toHaveProperty("weights");
	});
});

describe("groups", () => {
	it("go to one part each, whole", () => {
		fc.assert(
			fc.property(seeds, (seed) => {
				const parts = data.split([0.5, 0.3, 0.2], { by: "group", seed });
				const rows = parts.map((part) => numbersOf(part, { batchSize: size }).flat());
				expect(ascending(rows.flat())).toEqual(all);
				const names = rows.map((some) => [...new Set(some.map((row) => groups[row]))]);
				expect(names.flat()).toHaveLength(7);
				expect(names.map((some) => some.length)).toEqual([4, 2, 1]);
			}),
		);
	});

	it("can be left out, or be all there is, also of a part", () => {
		const [half] = data.split([0.5, 0.5]);
		for (const part of [data, half]) {
			const whole = numbersOf(part, { batchSize: size }).flat();
			const isIn = (row: number) => groups[row] === "g3";
			expect(numbersOf(part.only(["g3"]), { batchSize: size }).flat()).toEqual(whole.filter(isIn));
			expect(numbersOf(part.without(["g3"]), { batchSize: size }).flat()).toEqual(whole.filter((row) => !isIn(row)));
		}
	});

	it("in their order, parts are consecutive", () => {
		const parts = data.split([0.25, 0.75], { by: "order" });
		expect(parts.map((part) => numbersOf(part, { batchSize: size }).flat())).toEqual([all.slice(0, 50), all.slice(50)]);
	});
});

describe("RaggedData refuses", () => {
	const none = RaggedData.from({ inputs, targets });
	it.each<[string, new (message: string) => Error, () => unknown]>([
		[
			'RaggedData.only: there is no group "theo"; there are "g0", "g1", "g2", "g3" and 3 more.',
			DataError,
			() => data.only(["theo"]),
		],
		[
			"RaggedData.split: the rows have no groups. Give RaggedData.from one for each: groups: speakers.",
			DataError,
			() => none.split([0.5, 0.5], { by: "group" }),
		],
		["RaggedData.without: no group is left.", DataError, () => data.without(groups)],
		[
			'RaggedData.only: groups must be an array of groups, such as ["a"], got "g1".',
			OptionError,
			() => data.only("g1" as never),
		],
		[
			"RaggedData.from: groups must be an array of 200 names or numbers, got an array of 1.",
			DataError,
			() => RaggedData.from({ inputs, targets, groups: ["a"] }),
		],
		[
			"RaggedData.from: groups[1] must be a name or a number, got undefined.",
			DataError,
			() => RaggedData.from({ inputs: [[1], [2]], targets: [0, 1], groups: ["a", undefined as never] }),
		],
		[
			"RaggedData.balanced: targets must have a class for each row, got an array of 1 for row 0. Give weights of steps, or classWeights of the loss.",
			DataError,
			() => RaggedData.from({ inputs: [[1]], targets: [[1]] }).balanced(),
		],
		[
			'RaggedData.balanced: "by" must be "weights" or "sampling", got "class".',
			OptionError,
			() => data.balanced("class" as never),
		],
		['RaggedData.bucketed: "pool" must be a positive integer, got 0.', OptionError, () => data.bucketed({ pool: 0 })],
		[
			'RaggedData.split: "by" must be "row" or "group" or "order", got "time".',
			OptionError,
			// @ts-expect-error there is no such way
			() => data.split([0.5, 0.5], { by: "time" }),
		],
	])("%s", (message, Class, call) => {
		expect(call).toThrow(new Class(message));
	});
});
