// Does an element's arithmetic depend on what is computed beside it? To the bit, it must not: a row alone is the row in a
// batch, and any thread's share is what one thread would have computed.

import { describe, expect, it } from "vitest";
import { at } from "../reference/matrix.ts";
import { type CellRowResult, cellNames, fromZero, randomBatch, runCell } from "./cells.ts";
import { expectSame, randomFloats, range } from "./compare.ts";
import { Engine, plainBuilds, scratchFloats } from "./harness.ts";

/** Pairs [first, after the last] that cut a length in many ways. */
function slices(length: number): (readonly [number, number])[] {
	const singles = range(0, length - 1).map((j) => [j, j + 1] as const);
	const halves = range(1, length - 1).flatMap(
		(j) =>
			[
				[0, j],
				[j, length],
			] as const,
	);
	return [...singles, ...halves];
}

describe.each(plainBuilds)("$name", (build) => {
	const engine = new Engine(build);

	describe("project", () => {
		/** Rows [from, to) of x·Wᵀ + b, for columns [left, right) of it. */
		function project(
			x: Float64Array,
			W: Float64Array,
			b: Float64Array,
			depth: number,
			[from, to]: readonly [number, number],
			[left, right]: readonly [number, number] = [0, b.length],
		): Float32Array {
			engine.begin();
			const rows = to - from;
			const columns = right - left;
			const panels = engine.transposed("panels", engine.floats("W", W), {
				rows: b.length,
				depth,
			});
			const y = engine.floats("y", rows * columns);
			engine.call("project", {
				packing: engine.rows(rows),
				x: engine.floats("x", x.subarray(from * depth, to * depth)),
				ldx: 4 * depth,
				depth,
				W: panels.at(left * depth),
				bias: engine.floats("b", b).at(left),
				y,
				ldy: 4 * columns,
				columns,
			});
			return y.f32.slice();
		}

		it.each([
			[13, 9, 5],
			[23, 16, 300],
			[67, 33, 12],
			[6, 71, 513],
		])("of any of %i rows gives their rows, %i columns, depth %i", (rows, columns, depth) => {
			const floats = randomFloats(rows);
			const x = floats(rows * depth);
			const W = floats(columns * depth);
			const b = floats(columns);
			const whole = project(x, W, b, depth, [0, rows]);
			for (const [from, to] of slices(rows))
				expectSame(
					project(x, W, b, depth, [from, to]),
					whole.subarray(from * columns, to * columns),
					`rows ${from} to ${to}`,
				);
		});

		it.each([1, 2, 5, 12])("of any panels of columns gives their columns, %i rows", (rows) => {
			const [columns, depth] = [77, 11];
			const floats = randomFloats(rows);
			const x = floats(rows * depth);
			const W = floats(columns * depth);
			const b = floats(columns);
			const all = [0, rows] as const;
			const whole = project(x, W, b, depth, all);
			for (const [first, end] of slices(Math.ceil(columns / 8))) {
				const left = 8 * first;
				const right = Math.min(8 * end, columns);
				expectSame(
					project(x, W, b, depth, all, [left, right]),
					whole.filter((_, j) => {
						const column = j % columns;
						return column >= left && column < right;
					}),
					`columns ${left} to ${right}`,
				);
			}
		});
	});

	describe("weightGradient", () => {
		const [total, rows, columns, pastColumns] = [300, 67, 19, 21];
		const floats = randomFloats(3);
		const dy = floats(total * rows);
		const x = floats(total * columns);
		const past = floats(total * pastColumns);

		/** For rows [from, to) of the weights, in blocks of `stride`. */
		function gradient(from: number, to: number, stride = to - from) {
			engine.begin();
			const size = to - from;
			const dW = engine.zeros("dW", size * columns);
			const dU = engine.zeros("dU", size * pastColumns);
			const db = engine.zeros("db", size);
			engine.call("weightGradient", {
				packing: engine.rows(total),
				reverse: 0,
				dy: engine.floats("dy", dy).at(from),
				lddy: 4 * rows,
				blocks: size / stride,
				rows: stride,
				stride,
				db,
				x: engine.floats("x", x),
				ldx: 4 * columns,
				columns,
				dW,
				past: engine.floats("past", past),
				ldPast: 4 * pastColumns,
				isState: 0,
				room: 0,
				pastColumns,
				dU,
				scratch: engine.floats("scratch", scratchFloats(columns, pastColumns)),
			});
			return {
				dW: dW.f32.slice(),
				dU: dU.f32.slice(),
				db: db.f32.slice(),
			};
		}

		it("of any rows of the weights gives their rows", () => {
			const whole = gradient(0, rows);
			for (const [from, to] of slices(rows)) {
				const part = gradient(from, to);
				const what = `of rows ${from} to ${to}`;
				const own = (values: Float32Array, width: number) => values.subarray(from * width, to * width);
				expectSame(part.dW, own(whole.dW, columns), `dW ${what}`);
				expectSame(part.dU, own(whole.dU, pastColumns), `dU ${what}`);
				expectSame(part.db, own(whole.db, 1), `db ${what}`);
			}
		});

		it("of one factor gives what it gives beside another", () => {
			const whole = gradient(0, 9);
			engine.begin();
			const dU = engine.zeros("dU", 9 * pastColumns);
			engine.call("weightGradient", {
				packing: engine.rows(total),
				reverse: 0,
				dy: engine.floats("dy", dy),
				lddy: 4 * rows,
				blocks: 3,
				rows: 3,
				stride: 3,
				db: 0,
				x: 0,
				ldx: 0,
				columns: 0,
				dW: 0,
				past: engine.floats("past", past),
				ldPast: 4 * pastColumns,
				isState: 0,
				room: 0,
				pastColumns,
				dU,
				scratch: engine.floats("scratch", scratchFloats(0, pastColumns)),
			});
			expectSame(dU.f32, whole.dU, "dU");
		});
	});

	describe.each(cellNames)("%s", (cell) => {
		const run = (batch: Parameters<typeof runCell>[1]) => {
			engine.begin();
			return runCell(engine, batch).rows;
		};
		const expectRow = (actual: CellRowResult, expected: CellRowResult, what: string) => {
			for (const name of Object.keys(expected) as (keyof CellRowResult)[])
				expectSame(actual[name], expected[name], `${name} of ${what}`);
		};

		it.each([
			[1, false],
			[3, true],
			[5, false],
			[8, true],
			[13, false],
			[33, true],
			[65, false],
		])("a row alone is the row in a batch, H %i, reverse %s", (H, reverse) => {
			const lengths = [4, 1, 6, 6, 2, 3, 6, 1, 5, 2, 4, 3, 6];
			const batch = randomBatch(cell, H, lengths, reverse);
			const together = run(batch);
			for (const [index, row] of batch.rows.entries()) {
				const [alone] = run({ ...batch, rows: [row] });
				expectRow(alone as CellRowResult, at(together, index), `row ${index}`);
			}
			const some = run({ ...batch, rows: batch.rows.slice(3, 11) });
			for (const [index, row] of some.entries()) expectRow(row, at(together, 3 + index), `row ${index} of some`);
		});

		it("with one step of zeros from above for all steps is the same", () => {
			for (const reverse of [false, true]) {
				const { rows, ...batch } = randomBatch(cell, 7, [3, 1, 4, 2], reverse);
				const quiet = rows.map((row) => ({
					...row,
					dy: { ...row.dy, values: row.dy.values.map(() => 0) },
				}));
				const [each, all] = [false, true].map((silent) => run({ ...batch, rows: quiet, silent }));
				for (const [index, row] of (all ?? []).entries()) expectRow(row, at(each ?? [], index), `row ${index}`);
			}
		});

		it("from zero states that are not said to be given is the same", () => {
			for (const reverse of [false, true]) {
				const { rows, ...batch } = randomBatch(cell, 7, [3, 1, 2], reverse);
				const zero = rows.map(fromZero);
				const [given, notGiven] = [true, false].map((stateful) => run({ ...batch, rows: zero, stateful }));
				for (const [index, row] of (notGiven ?? []).entries())
					for (const name of ["h", "hFinal", "cFinal", "nFinal", "dx"] as const)
						expect([...Array.from(row[name])], `${name} of row ${index}, reverse ${reverse}`).toEqual([
							...Array.from(at(given ?? [], index)[name]),
						]);
			}
		});
	});
});
