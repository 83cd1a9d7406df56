// Is what an rnn adds to the gradient for Omega what the textbook says, wherever rows begin and end?

import { describe, expect, it } from "vitest";
import { writeSpan } from "../../src/plan/packing.ts";
import { type CellBatch, randomBatch, runCell, textbook } from "./cells.ts";
import { expectClose, range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

const BATCHES = [[5], [1, 4, 3], [3, 6, 1, 6, 2], [2, 2], [1, 1, 4, 1, 1, 3, 1]];

/** The terms of a sum may cancel. */
const LEAST = 0.1;

const noStates = (batch: CellBatch): CellBatch => {
	const zeros = new Float64Array(batch.H);
	return { ...batch, stateful: false, rows: batch.rows.map((row) => ({ ...row, h0: zeros })) };
};

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	it("counts terms span by span", () => {
		engine.begin();
		const lengths = [4, 2, 3, 3];
		const packing = engine.packing(lengths);
		const hasTerm = Array.from({ length: packing.packing.total }, (_, k) => +(k % 3 !== 1));
		const terms = engine.ids("terms", hasTerm);
		const count = engine.zeros("count", 2);
		let expected = 0;
		for (const [from, to] of [
			[2, 4],
			[1, 2],
			[0, 1],
		] as const) {
			writeSpan(packing.region.i32, 0, { from, to }, false);
			engine.call("countTerms", { packing, terms, count });
			const { offset, alive } = packing.packing;
			const after = (offset[to - 1] as number) + (alive[to - 1] as number);
			expected += hasTerm.slice(offset[from], after).reduce((all, one) => all + one, 0);
			expect(count.f64[0]).toBe(expected);
		}
		expect(expected).toBe(hasTerm.reduce((all, one) => all + one, 0));
	});

	describe.each(["rnn tanh", "rnn relu"] as const)("%s", (cell) => {
		describe.each([false, true])("reverse %s", (reverse) => {
			function check(batch: CellBatch, what: string): void {
				const actual = runCell(engine, batch);
				expectClose(actual.dWh, textbook(batch).dWh, `dWh of ${what}`, LEAST);
			}

			function checkBoth(H: number, lengths: readonly number[]): void {
				const batch = { ...randomBatch(cell, H, lengths, reverse), omega: 2 };
				engine.begin();
				check(batch, `${H}, [${lengths}]`);
				engine.begin();
				check(noStates(batch), `${H}, [${lengths}], no states`);
			}

			it("of 1 to 17 units, and around larger tiles", () => {
				for (const H of [...range(1, 17), ...(build.checked ? [33] : [31, 32, 33, 64, 65])])
					checkBoth(H, BATCHES[H % BATCHES.length] as readonly number[]);
			});

			it("of more rows than a block has", () => {
				checkBoth(3, [130, 90, 130, 7]);
				checkBoth(
					3,
					range(1, 300).map((row) => 1 + (row % 3)),
				);
			});

			it("changes nothing else", () => {
				const batch = randomBatch(cell, 7, [3, 6, 1], reverse);
				engine.begin();
				const plain = runCell(engine, batch);
				const [rows, db] = [plain.rows, Array.from(plain.db)];
				engine.begin();
				const other = runCell(engine, { ...batch, omega: 2 });
				expect(other.rows).toEqual(rows);
				expect(Array.from(other.db)).toEqual(db);
			});

			it("adds nothing where no row has a term: one step, or no gradient", () => {
				const single = noStates(randomBatch(cell, 5, [1, 1, 1], reverse));
				const batch = randomBatch(cell, 5, [3, 2], reverse);
				const zeros = new Float64Array(5);
				const silent = {
					...batch,
					silent: true,
					rows: batch.rows.map((row) => ({ ...row, dhFinal: zeros })),
				};
				for (const quiet of [single, silent]) {
					engine.begin();
					const { dWh } = runCell(engine, { ...quiet, omega: 2 });
					expect(Array.from(dWh)).toEqual(new Array(25).fill(0));
				}
			});

			it("of gradients that fade below what has a term, and near the ends of float32", () => {
				for (const scale of [1e-12, 1e-17, 1e12]) {
					const batch = randomBatch(cell, 6, [9, 4], reverse);
					const scaled = (values: Float64Array) => values.map((value) => Math.fround(value * scale));
					const zero = (values: Float64Array) => values.map(() => 0);
					const rows = batch.rows.map((row) => ({
						...row,
						dy: { ...row.dy, values: zero(row.dy.values) },
						dhFinal: scaled(row.dhFinal),
					}));
					const Wh = { ...batch.Wh, values: batch.Wh.values.map((w) => Math.fround(w / 3)) };
					engine.begin();
					check({ ...batch, rows, Wh, omega: 2 }, `${scale}`);
				}
			});

			it("keeps a NaN", () => {
				const batch = randomBatch(cell, 5, [4, 2], reverse);
				const [first, ...others] = batch.rows;
				if (!first) throw new Error("no row");
				const dy = { ...first.dy, values: first.dy.values.map(() => Number.NaN) };
				engine.begin();
				const { dWh } = runCell(engine, { ...batch, omega: 2, rows: [{ ...first, dy }, ...others] });
				expect(Array.from(dWh).some(Number.isNaN)).toBe(true);
			});

			it("with every region at the end of memory", () => {
				for (const H of [1, 4, 6])
					inEveryPlace(engine, () => check({ ...randomBatch(cell, H, [2, 3, 1], reverse), omega: 2 }, `${H}`));
			});
		});
	});
});
