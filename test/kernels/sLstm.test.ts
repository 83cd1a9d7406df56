// Does an sLstm stay what its equations say where its exponential gates are far apart, over long sequences, and is its stabiliser
// nothing but a unit?

import { describe, expect, it } from "vitest";
import { at } from "../reference/matrix.ts";
import {
	type CellBatch,
	type CellResult,
	type CellRowResult,
	fromZero,
	randomBatch,
	runCell,
	textbook,
} from "./cells.ts";
import { expectClose, expectSame } from "./compare.ts";
import { Engine, plainBuilds } from "./harness.ts";

const T = 1000;
const tensors = ["h", "hFinal", "cFinal", "nFinal", "dx", "dh0", "dc0", "dn0", "dm0"] as const;
/** The gradient of a weight is the difference of terms as large as what arrives. */
const LEAST: Readonly<Record<string, number>> = { dn0: 0.1, dm0: 0.1 };
const cells = ["sLstm", "sLstm heads"] as const;

/** The textbook is slow, and the same for every build. */
const known = new Map<string, CellResult>();

function once(what: string, batch: CellBatch): CellResult {
	const found = known.get(what) ?? textbook(batch);
	known.set(what, found);
	return found;
}

function expectRow(actual: CellRowResult, expected: CellRowResult, what: string): void {
	for (const name of tensors) expectClose(actual[name], expected[name], `${name} of ${what}`, LEAST[name]);
}

/** What enters the gates, scaled by the gate's number: up to `far` of i, f, z, o. */
function scaled(batch: CellBatch, far: readonly number[]): CellBatch {
	const { H } = batch;
	const scale = (x: number, index: number) => Math.fround(x * at(far, Math.floor((index % (4 * H)) / H)));
	return { ...batch, rows: batch.rows.map((row) => ({ ...row, x: { ...row.x, values: row.x.values.map(scale) } })) };
}

describe.each(plainBuilds)("$name", (build) => {
	const engine = new Engine(build);
	const run = (batch: CellBatch) => {
		engine.begin();
		return runCell(engine, batch);
	};

	describe.each(cells)("%s", (cell) => {
		it.each([
			["all gates up to ±50", [50, 50, 50, 50]],
			["i up to ±50", [50, 1, 1, 1]],
			["f up to ±50", [1, 50, 1, 1]],
			["i and f up to ±50", [50, 50, 1, 1]],
		])("over 1,000 steps, %s", (_, far) => {
			for (const reverse of [false, true]) {
				const given = scaled(randomBatch(cell, 6, [T, 3], reverse), far);
				const batch = reverse ? { ...given, rows: given.rows.map(fromZero) } : given;
				const [actual, expected] = [run(batch), once(`${cell} ${far} ${reverse}`, batch)];
				for (const [index, row] of actual.rows.entries())
					expectRow(row, at(expected.rows, index), `row ${index}, reverse ${reverse}`);
				expectClose(actual.dWh, expected.dWh, "dWh");
				expectClose(actual.db, expected.db, "db");
			}
		});

		it("with f shut at every step, where m falls by 50 each, and open, where n grows to 1,000", () => {
			for (const f of [-50, 50]) {
				const batch = randomBatch(cell, 6, [T], false);
				const x = at(batch.rows, 0).x;
				const values = x.values.map((value, index) =>
					Math.floor((index % 24) / 6) === 1 ? f : Math.fround(value / 50),
				);
				const rows = [{ ...fromZero(at(batch.rows, 0)), x: { ...x, values } }];
				const [actual, expected] = [run({ ...batch, rows }), once(`${cell} ${f}`, { ...batch, rows })];
				for (const name of tensors)
					expectClose(at(actual.rows, 0)[name], at(expected.rows, 0)[name], `${name}, f ${f}`);
				const [log] = Array.from(at(actual.rows, 0).nFinal);
				if (f > 0) expect(Math.abs((log as number) - Math.log(T))).toBeLessThan(1);
			}
		});

		it("gates as large as floats are let nothing overflow", () => {
			for (const far of [1e4, 1e30, 3e38]) {
				const batch = scaled(randomBatch(cell, 6, [9, 4], false), [far, far, far, far]);
				for (const row of run(batch).rows)
					for (const name of ["h", "hFinal", "cFinal", "dx", "dh0", "dc0"] as const)
						expect(Array.from(row[name]).every(Number.isFinite), `${name} at ${far}`).toBe(true);
			}
		});

		it("the same in other units: c and n twice as large, m less by log 2, but for rounding", () => {
			const batch = randomBatch(cell, 6, [7, 3], false);
			const rows = batch.rows.map((row) => ({
				...row,
				c0: row.c0.map((c) => 2 * c),
				n0: row.n0.map((n) => 2 * n),
				m0: row.m0.map((m) => Math.fround(m - Math.LN2)),
			}));
			const [one, other] = [batch.rows, rows].map((given) => run({ ...batch, rows: given }));
			for (const [index, row] of (one?.rows ?? []).entries())
				expectRow(at(other?.rows ?? [], index), row, `row ${index}`);
		});

		it("a unit that has seen nothing begins at its first step, beside units and rows that have seen something", () => {
			const batch = randomBatch(cell, 6, [5, 5, 2], false);
			const seen = batch.rows.map((row, index) => ({
				...row,
				n0: row.n0.map((n, unit) => ((unit + index) % 2 === 0 ? 0 : n)),
			}));
			const blank = seen.map((row) => ({
				...row,
				c0: row.c0.map((c, unit) => (row.n0[unit] === 0 ? 0 : c)),
				m0: row.m0.map((m, unit) => (row.n0[unit] === 0 ? 0 : m)),
			}));
			const far = (rows: CellBatch["rows"]) => scaled({ ...batch, rows }, [-100, 1, 1, 1]);
			const [actual, zeroed, expected] = [run(far(seen)), run(far(blank)), textbook(far(blank))];
			for (const [index, row] of actual.rows.entries())
				for (const name of ["h", "hFinal", "dx", "dh0"] as const)
					expectClose(row[name], at(expected.rows, index)[name], `${name} of row ${index}`);
			for (const [index, row] of actual.rows.entries())
				expectSame(at(zeroed.rows, index).h, row.h, `h of row ${index}`);
		});
	});
});
