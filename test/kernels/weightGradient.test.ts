// Are dW += dyᵀ·x, dU += dyᵀ·past and db += Σ dy what float64 says, of every shape of the blocks and over several blocks of
// depth?

import { describe, expect, it } from "vitest";
import { expectClose, randomFloats, range, strided } from "./compare.ts";
import { builds, Engine, inEveryPlace, scratchFloats } from "./harness.ts";

/** Sums of one element may cancel to almost nothing; their terms are random in ±1. */
const LEAST = 0.1;

interface Sizes {
	/** Packed rows: the depth of the product. */
	readonly total: number;
	readonly blocks?: number;
	readonly rows: number;
	readonly stride?: number;
	/** Of x; 0 for none. */
	readonly columns?: number;
	/** Of what came before; 0 for none. */
	readonly pastColumns?: number;
	/** Whether its rows are looked up. */
	readonly table?: boolean;
	readonly bias?: boolean;
}

/** A factor of the product: rows of floats, a little apart, and the gradient that its product is added to. */
function placeFactor(
	engine: Engine,
	[name, gradient]: readonly [string, string],
	floats: (length: number) => Float64Array,
	{ count, columns, size }: Readonly<Record<"count" | "columns" | "size", number>>,
) {
	const ld = columns + 2;
	const values = floats(count * columns);
	const before = floats(size * columns);
	const isThere = columns > 0;
	const region = isThere ? engine.floats(name, strided(values, columns, ld).subarray(0, -2)) : undefined;
	const target = isThere ? engine.floats(gradient, before) : undefined;
	return { ld, values, before, region, target };
}

function check(engine: Engine, sizes: Sizes): void {
	const { total, blocks = 1, rows, columns = 0, pastColumns = 0 } = sizes;
	const { stride = rows, table = false, bias = true } = sizes;
	const floats = randomFloats(total * 1009 + rows * 53 + columns);
	const size = blocks * rows;
	const dy = floats(total * blocks * stride);
	const db = floats(size);
	// With a table, rows of the past stand before and after those it begins at, some used twice and some never.
	const first = table ? 3 : 0;
	const count = total + (table ? 5 : 0);
	const rowOf = range(0, total - 1).map((k) => (table ? ((k * 7) % count) - first : k));

	const lddy = blocks * stride + 1;
	const dyRows = strided(dy, blocks * stride, lddy).subarray(0, -1);
	const x = placeFactor(engine, ["x", "dW"], floats, {
		count: total,
		columns,
		size,
	});
	const past = placeFactor(engine, ["past", "dU"], floats, {
		count,
		columns: pastColumns,
		size,
	});
	const dbRegion = bias ? engine.floats("db", db) : undefined;
	engine.call("weightGradient", {
		sequence: engine.rows(total),
		dy: engine.floats("dy", dyRows),
		lddy: 4 * lddy,
		blocks,
		rows,
		stride,
		db: dbRegion ?? 0,
		x: x.region ?? 0,
		ldx: 4 * x.ld,
		columns,
		dW: x.target ?? 0,
		past: past.region?.at(first * past.ld) ?? 0,
		ldPast: 4 * past.ld,
		table: table ? engine.ids("table", rowOf) : 0,
		pastColumns,
		dU: past.target ?? 0,
		scratch: engine.floats("scratch", scratchFloats(columns, pastColumns)),
	});

	const what = JSON.stringify(sizes);
	/** dy[k], of row m of the weights. */
	const at = (k: number, m: number) => dy[(k * blocks + Math.floor(m / rows)) * stride + (m % rows)] as number;
	const expectProduct = (
		{ values, before, target }: typeof x,
		width: number,
		rowAt: (k: number) => number,
		name: string,
	) => {
		const expected = Float64Array.from(before);
		for (let k = 0; k < total; k++)
			for (let m = 0; m < size; m++)
				for (let n = 0; n < width; n++) expected[m * width + n] += at(k, m) * (values[rowAt(k) * width + n] as number);
		expectClose(target?.f32 ?? [], expected, `${name} of ${what}`, LEAST);
	};
	expectProduct(x, columns, (k) => k, "dW");
	expectProduct(past, pastColumns, (k) => (rowOf[k] as number) + first, "dU");
	if (dbRegion)
		expectClose(
			dbRegion.f32,
			db.map((sum, m) => range(0, total - 1).reduce((all, k) => all + at(k, m), sum)),
			`db of ${what}`,
			LEAST,
		);
}

describe.each(builds)("weightGradient, $name", (build) => {
	const engine = new Engine(build);
	const some = <T>(values: readonly T[], step: number) =>
		build.checked ? values.filter((_, j) => j % step === 0) : values;

	function checkAll(all: readonly Sizes[]): void {
		for (const sizes of all) {
			engine.begin();
			check(engine, sizes);
		}
	}

	it("of sizes from 1 to 17", () => {
		for (const total of some([1, 2, 3, 8, 17], 2))
			for (const rows of range(1, 17))
				checkAll(
					some(range(1, 17), 5).map((columns) => ({
						total,
						rows,
						columns,
						pastColumns: rows,
					})),
				);
	});

	it("of rows around the blocks of 60", () => {
		for (const rows of some([...range(57, 66), 120, 121, 125], 3))
			checkAll([7, 16, 33].map((columns) => ({ total: 9, rows, columns })));
	});

	it("over depths around the blocks of 256", () => {
		for (const total of some([255, 256, 257, 511, 512, 513], 3))
			for (const table of [false, true])
				checkAll([
					{ total, rows: 5, columns: 9, pastColumns: 8, table },
					{ total, rows: 61, columns: 8, pastColumns: 3, table },
				]);
	});

	it("of gates that begin at whole vectors", () => {
		for (const rows of [...range(1, 9), 13, 17, 31, 33])
			for (const blocks of [1, 2, 4])
				checkAll([
					{ total: 11, blocks, rows, stride: rows + (-rows & 3), columns: 5 },
					{ total: 11, blocks, rows, stride: rows + 4, columns: 12 },
				]);
	});

	it("of past rows that a table names", () => {
		for (const pastColumns of [1, 4, 8, 11, 24])
			checkAll(
				[1, 6, 40].map((total) => ({
					total,
					rows: 7,
					columns: 5,
					pastColumns,
					table: true,
				})),
			);
	});

	it("of one factor only, or without a bias", () => {
		const sizes = { total: 20, rows: 9 };
		checkAll([
			{ ...sizes, columns: 10 },
			{ ...sizes, pastColumns: 10 },
			{ ...sizes, columns: 10, pastColumns: 9, bias: false },
		]);
	});

	it("with every region at the end of memory", () => {
		for (const rows of [1, 2, 4, 5, 6, 7])
			for (const columns of [3, 8, 9])
				inEveryPlace(engine, () =>
					check(engine, {
						total: 3,
						rows,
						columns,
						pastColumns: rows,
						table: rows > 4,
					}),
				);
	});

	it("of a first step without a past leaves its rows out", () => {
		engine.begin();
		const lengths = [2, 2, 1];
		const dU = engine.zeros("dU", 1);
		const db = engine.zeros("db", 1);
		const sequence = engine.sequence(lengths, { stateful: false });
		engine.call("weightGradient", {
			sequence,
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
			past: engine.floats("past", [NaN, NaN, NaN, 10, 100, 1e3, 1e4, 1e5]).at(lengths.length),
			ldPast: 4,
			table: sequence.table(false),
			pastColumns: 1,
			dU,
			scratch: engine.floats("scratch", scratchFloats(0, 1)),
		});
		expect([...dU.f32]).toEqual([4 * 10 + 5 * 100]);
		expect([...db.f32]).toEqual([15]);
	});
});
