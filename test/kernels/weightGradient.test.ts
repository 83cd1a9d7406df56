// Are dW += dyᵀ·x, dU += dyᵀ·past and db += Σ dy what float64 says, of every shape of the blocks, over several blocks of
// depth, and of states in both directions?

import { describe, expect, it } from "vitest";
import { checkWeightGradient, type GradientSizes, oneStep } from "./cases/weightGradient.ts";
import { range } from "./compare.ts";
import { builds, Engine, inEveryPlace, scratchFloats } from "./harness.ts";

/** Sequences that end, or in reverse begin, at different steps; some steps and whole batches of more rows than a block. */
const BATCHES = [
	[1],
	[4],
	[1, 1, 1],
	[2, 2],
	[4, 3, 1],
	[6, 6, 3, 2, 1],
	[5, 5, 5, 5, 1, 1],
	...[255, 256, 257].map((count) => [...new Array<number>(3).fill(2), ...oneStep(count - 3)]),
	[90, 50, 50, 40, 30, 7],
	[300],
	new Array<number>(64).fill(9),
	[9, ...new Array<number>(100).fill(5), 4, ...oneStep(300)],
	[3, ...new Array<number>(520).fill(2), ...oneStep(90)],
];

const STATES: readonly Pick<GradientSizes, "reverse" | "state">[] = (["given", "not given"] as const).flatMap((state) =>
	[false, true].map((reverse) => ({ state, reverse })),
);

describe.each(builds)("weightGradient, $name", (build) => {
	const engine = new Engine(build);
	const some = <T>(values: readonly T[], step: number) =>
		build.checked ? values.filter((_, j) => j % step === 0) : values;

	function checkAll(all: readonly GradientSizes[]): void {
		for (const sizes of all) {
			engine.begin();
			checkWeightGradient(engine, sizes);
		}
	}

	it("of sizes from 1 to 17", () => {
		for (const total of some([1, 2, 3, 8, 17], 2))
			for (const rows of range(1, 17))
				checkAll(
					some(range(1, 17), 5).map((columns) => ({
						lengths: oneStep(total),
						rows,
						columns,
						pastColumns: rows,
					})),
				);
	});

	it("of rows around the blocks of 60", () => {
		for (const rows of some([...range(57, 66), 120, 121, 125], 3))
			checkAll([7, 16, 33].map((columns) => ({ lengths: oneStep(9), rows, columns })));
	});

	it("over depths around the blocks of 256", () => {
		for (const total of some([255, 256, 257, 511, 512, 513], 3))
			for (const lengths of [oneStep(total), [total], [total - 2, 1, 1]])
				for (const way of [{}, ...STATES])
					checkAll([
						{ lengths, rows: 5, columns: 9, pastColumns: 8, ...way },
						{ lengths, rows: 61, columns: 8, pastColumns: 3, ...way },
					]);
	});

	it("of gates that begin at whole vectors", () => {
		for (const rows of [...range(1, 9), 13, 17, 31, 33])
			for (const blocks of [1, 2, 4])
				checkAll([
					{ lengths: oneStep(11), blocks, rows, stride: rows + (-rows & 3), columns: 5 },
					{ lengths: oneStep(11), blocks, rows, stride: rows + 4, columns: 12 },
				]);
	});

	describe.each(STATES)("of a state, initial rows $state, reverse $reverse", (way) => {
		it("of sequences that begin and end at different steps", () => {
			for (const lengths of some(BATCHES, 2))
				checkAll([1, 4, 11].map((pastColumns) => ({ lengths, rows: 3, columns: 5, pastColumns, ...way })));
		});

		it("of more columns and gates", () => {
			for (const pastColumns of [1, 4, 8, 11, 24])
				checkAll(
					[[4, 3, 1], [40]].flatMap((lengths) => [
						{ lengths, rows: 7, columns: 5, pastColumns, ...way },
						{ lengths, blocks: 4, rows: 7, stride: 8, columns: 5, pastColumns, ...way },
						{ lengths, blocks: 4, rows: 4, pastColumns, ...way },
					]),
				);
		});

		it("with every region at the end of memory", () => {
			for (const rows of [1, 5])
				for (const columns of [3, 8, 9])
					inEveryPlace(engine, () =>
						checkWeightGradient(engine, { lengths: [3, 2, 2, 1], rows, columns, pastColumns: rows, ...way }),
					);
		});
	});

	it("of many steps' rows that enter as they are", () => {
		for (const lengths of some(BATCHES, 2))
			for (const reverse of [false, true]) checkAll([{ lengths, reverse, rows: 3, columns: 5, pastColumns: 4 }]);
	});

	it("of one factor only, or without a bias", () => {
		for (const way of [{}, ...STATES]) {
			const sizes = { lengths: [9, 7, 4], rows: 9, ...way };
			checkAll([
				{ ...sizes, columns: 10 },
				{ ...sizes, pastColumns: 10 },
				{ ...sizes, columns: 10, pastColumns: 9, bias: false },
			]);
		}
	});

	it("with every region at the end of memory", () => {
		for (const rows of [1, 2, 4, 5, 6, 7])
			for (const columns of [3, 8, 9])
				inEveryPlace(engine, () =>
					checkWeightGradient(engine, { lengths: oneStep(3), rows, columns, pastColumns: rows }),
				);
	});

	it.each([
		[false, 4 * 10 + 5 * 100],
		[true, 1 * 1e4 + 2 * 1e5],
	])("of a first step without a past leaves its rows out, reverse %s", (reverse, expected) => {
		engine.begin();
		const dU = engine.zeros("dU", 1);
		const db = engine.zeros("db", 1);
		engine.call("weightGradient", {
			packing: engine.packing([2, 2, 1], { stateful: false }),
			reverse: +reverse,
			dy: engine.floats("dy", [1, 2, 3, 4, 5]),
			lddy: 4,
			blocks: 1,
			rows: 1,
			stride: 1,
			db,
			x: 0,
			ldx: 0,
			columns: 0,
			dW: 0,
			// In reverse the last sequence begins at a later step of the walk, and its initial row is read.
			past: engine.floats("past", [NaN, NaN, reverse ? 0 : NaN, 10, 100, 1e3, 1e4, 1e5]).at(3),
			ldPast: 4,
			isState: 1,
			room: 3,
			pastColumns: 1,
			dU,
			scratch: engine.floats("scratch", scratchFloats(0, 1)),
		});
		expect([...dU.f32]).toEqual([expected]);
		expect([...db.f32]).toEqual([15]);
	});
});
