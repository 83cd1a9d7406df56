// Is every cell, forward and backward over a whole packed batch, what the textbook says of each row?

import { describe, expect, it } from "vitest";
import { add, at } from "../reference/matrix.ts";
import {
	type CellBatch,
	type CellResult,
	type CellRowResult,
	cellNames,
	parameterNames,
	randomBatch,
	runCell,
	textbook,
} from "./cells.ts";
import { expectClose, range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

/** Of one unit, the sum over steps that is a parameter's gradient may cancel, and so may the difference that is the gradient of an
 * sLstm's n; their terms are as large as what arrives. */
const LEAST = 0.1;

/** Layer norms divide by a deviation, which now and then is small: the gradients of such a row are large, and so are the
 * errors of what they cancel to. */
const NORMED = 1e-4;

const tensors = ["h", "hFinal", "cFinal", "nFinal", "dx", "dh0", "dc0"] as const;

function expectTextbook(actual: CellResult, expected: CellResult, what: string): void {
	const [least, tolerance] = what.includes("norm") ? [LEAST, NORMED] : [];
	const all = ({ rows }: CellResult, name: keyof CellRowResult) => rows.flatMap((row) => Array.from(row[name]));
	for (const name of tensors)
		expectClose(all(actual, name), all(expected, name), `${name} of ${what}`, least, tolerance);
	for (const name of ["dn0", "dm0"] as const)
		expectClose(all(actual, name), all(expected, name), `${name} of ${what}`, LEAST);
	for (const name of parameterNames) expectClose(actual[name], expected[name], `${name} of ${what}`, LEAST, tolerance);
}

/** The textbook is slow, and the same for every build. */
const known = new Map<string, readonly [CellBatch, CellResult]>();

function check(engine: Engine, cell: CellBatch["cell"], H: number, lengths: readonly number[], reverse: boolean): void {
	const what = `${cell}, H ${H}, [${lengths}]${reverse ? " reversed" : ""}`;
	let found = known.get(what);
	if (found === undefined) {
		const batch = randomBatch(cell, H, lengths, reverse);
		found = [batch, textbook(batch)];
		known.set(what, found);
	}
	const [batch, expected] = found;
	expectTextbook(runCell(engine, batch), expected, what);
}

/** Batches whose rows die and begin at different steps, in no order. */
const BATCHES = [[5], [1, 4, 3], [3, 6, 1, 6, 2], [2, 2], [1, 1, 4, 1, 1, 3, 1]];

const LARGE = [31, 32, 33, 60, 61, 62, 63, 64, 65];

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(cellNames)("%s", (cell) => {
		describe.each([false, true])("reverse %s", (reverse) => {
			const checkAll = (sizes: readonly number[], batches: readonly (readonly number[])[]) => {
				for (const [index, H] of sizes.entries()) {
					engine.begin();
					const lengths = batches[index % batches.length] as readonly number[];
					check(engine, cell, H, lengths, reverse);
				}
			};

			it("of 1 to 17 units", () => {
				checkAll(range(1, 17), BATCHES);
			});

			it("of units around larger tiles", () => {
				checkAll(build.checked ? [33] : LARGE, [
					[3, 1, 2],
					[1, 2],
				]);
			});

			it("of 1 to 13 rows, and around 60", () => {
				const counts = build.checked ? [6, 11, 61] : [...range(1, 13), 59, 60, 61];
				for (const count of counts) {
					const lengths = range(1, count).map((row) => (row % 5 === 0 ? 3 : 1 + (row % 2)));
					checkAll([3], [lengths]);
				}
			});

			it("of more rows than are projected at a time", () => {
				checkAll([3, 4], [[130, 90, 130, 7], [250]]);
				checkAll([3], [range(1, 300).map((row) => 1 + (row % 3))]);
			});

			if (!/rnn/i.test(cell))
				it("with gates that are closed or open", () => {
					const H = 5;
					const batch = randomBatch(cell, H, [6, 3, 9], reverse);
					const far = [-120, -80, 20, -20, -5, 90];
					const rows = batch.rows.map((row) => ({
						...row,
						x: {
							...row.x,
							values: row.x.values.map((x, at) => x + (far[at % 11] ?? 0)),
						},
					}));
					const saturated = { ...batch, rows };
					engine.begin();
					const actual = runCell(engine, saturated);
					expectTextbook(actual, textbook(saturated), `${cell}, saturated`);
				});

			if (cell === "minLstm")
				it("with both gates shut fast: each keeps half, and the candidate gets its half of the gradient", () => {
					const H = 5;
					const batch = randomBatch(cell, H, [1, 1, 1], reverse);
					const rows = batch.rows.map((row) => {
						const values = row.x.values.map((x, at) => (at < 2 * H ? -100 - x : x));
						return { ...row, x: { ...row.x, values } };
					});
					engine.begin();
					const { rows: results } = runCell(engine, { ...batch, rows });
					for (const [index, { h, dx, dh0 }] of results.entries()) {
						const { h0, x, dy, dhFinal } = at(rows, index);
						const half = (values: ArrayLike<number>) => Array.from(values, (value) => value / 2);
						const dh = half(add(dy.values, dhFinal));
						expectClose(h, half(add(h0, x.values.slice(2 * H))), `h of row ${index}`);
						expectClose(dh0, dh, `dh0 of row ${index}`);
						expectClose(Array.from(dx).slice(2 * H), dh, `dn of row ${index}`);
						expect(Array.from(dx).every(Number.isFinite)).toBe(true);
					}
				});

			it("with every region at the end of memory", () => {
				for (const H of [1, 4, 6]) inEveryPlace(engine, () => check(engine, cell, H, [2, 3, 1], reverse));
			});
		});
	});
});
