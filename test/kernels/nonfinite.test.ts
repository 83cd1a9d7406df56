// Does a NaN come out wherever it must, so that training can see it, and nowhere else? And does what fades to nothing fade
// to zero, never to denormals?

import { describe, expect, it } from "vitest";
import { at, type Matrix, row } from "../reference/matrix.ts";
import {
	type CellBatch,
	type CellRow,
	type CellRowResult,
	cellNames,
	fromZero,
	isStabilised,
	randomBatch,
	runCell,
} from "./cells.ts";
import { randomFloats, range } from "./compare.ts";
import { Engine, plainBuilds, scratchFloats } from "./harness.ts";

const H = 6;
const LENGTHS = [4, 2, 5, 3];
/** Where the NaN is put: in row 2, at step 2 of 5. */
const ROW = 2;
const STEP = 2;

const nans = (values: ArrayLike<number>) => Array.from(values).filter(Number.isNaN).length;

/** NaNs at each step of a row. */
function nansBySteps(values: ArrayLike<number>, T: number): number[] {
	const width = values.length / T;
	return Array.from({ length: T }, (_, t) => nans(Array.from(values).slice(t * width, (t + 1) * width)));
}

function withNaN(batch: CellBatch, change: (row: CellRow) => Float64Array): CellBatch {
	change(at(batch.rows, ROW)).fill(Number.NaN);
	return batch;
}

const stepOf = (matrix: Matrix) => row(matrix, STEP);

describe.each(plainBuilds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(cellNames)("%s", (cell) => {
		describe.each([false, true])("reverse %s", (reverse) => {
			const T = at(LENGTHS, ROW);
			/** Whether the walk is at step t or past it when it has been at STEP. */
			const after = (t: number) => (reverse ? t <= STEP : t >= STEP);
			const before = (t: number) => (reverse ? t >= STEP : t <= STEP);

			/** Units whose way back is open at all of these steps. One of an indRnn with relu that is off at any has no other. */
			const open = ({ h }: CellRowResult, isOnWay: (t: number) => boolean) => {
				if (cell !== "indRnn relu") return H;
				const steps = range(0, T - 1).filter(isOnWay);
				return range(0, H - 1).filter((j) => steps.every((t) => at(h, t * H + j) > 0)).length;
			};

			function run(change: (row: CellRow) => Float64Array) {
				engine.begin();
				const batch = randomBatch(cell, H, LENGTHS, reverse);
				const result = runCell(engine, withNaN(batch, change));
				for (const [index, others] of result.rows.entries()) {
					if (index === ROW) continue;
					for (const [name, values] of Object.entries(others)) expect(nans(values), `${name} of row ${index}`).toBe(0);
				}
				return { ...result, row: at(result.rows, ROW) };
			}

			it("keeps a NaN in what enters the gates, from its step on", () => {
				const { row } = run(({ x }) => stepOf(x));
				nansBySteps(row.h, T).forEach((count, t) => {
					expect(count, `step ${t}`).toBe(after(t) ? H : 0);
				});
				expect(nans(row.hFinal)).toBe(H);
			});

			it("keeps a NaN in the initial h", () => {
				const { row } = run(({ h0 }) => h0);
				expect(nansBySteps(row.h, T)).toEqual(new Array(T).fill(H));
			});

			it("keeps a NaN in the gradient from above, back to the initial state", () => {
				const { row, dWh, du, db } = run(({ dy }) => stepOf(dy));
				nansBySteps(row.dx, T).forEach((count, t) => {
					if (before(t)) expect(count, `step ${t}`).toBeGreaterThan(0);
					else expect(count, `step ${t}`).toBe(0);
				});
				expect(nans(row.dh0)).toBe(open(row, before));
				if (dWh.length + du.length > 0) expect(nans(dWh) + nans(du)).toBeGreaterThan(0);
				expect(nans(db)).toBeGreaterThan(0);
			});

			it("keeps a NaN in the final state's gradient", () => {
				const { row } = run(({ dhFinal }) => dhFinal);
				expect(nansBySteps(row.dx, T).every((count) => count > 0)).toBe(true);
				expect(nans(row.dh0)).toBe(open(row, () => true));
			});

			if (cell === "lstm" || isStabilised(cell)) {
				it("keeps a NaN in the initial c, and in the final c's gradient", () => {
					expect(nans(run(({ c0 }) => c0).row.h)).toBe(T * H);
					const { row } = run(({ dcFinal }) => dcFinal);
					expect(nans(row.dh0) + nans(row.dc0)).toBe(2 * H);
				});
			}

			if (isStabilised(cell)) {
				it("keeps a NaN in the initial n and m, and in the final n's gradient", () => {
					expect(nans(run(({ n0 }) => n0).row.h)).toBe(T * H);
					expect(nans(run(({ m0 }) => m0).row.h)).toBe(T * H);
					const { row } = run(({ dnFinal }) => dnFinal);
					expect(nans(row.dh0) + nans(row.dn0) + nans(row.dm0)).toBe(3 * H);
				});

				it.each([0, 1, 2, 3])(
					"keeps a NaN in what enters gate %i of the first step, also where nothing was seen",
					(gate) => {
						engine.begin();
						const { rows, ...batch } = randomBatch(cell, H, [3, 2], reverse);
						const zero = rows.map(fromZero);
						const first = at(zero, 0);
						row(first.x, reverse ? 2 : 0).fill(Number.NaN, gate * H, (gate + 1) * H);
						const { rows: results } = runCell(engine, { ...batch, rows: zero });
						expect(nans(at(results, 0).h)).toBe(3 * H);
						expect(nans(at(results, 1).h)).toBe(0);
					},
				);
			}

			it("multiplies no weight by states that are not given", () => {
				engine.begin();
				const { rows, ...batch } = randomBatch(cell, H, [1, 1, 1], reverse);
				const { rows: results } = runCell(engine, {
					...batch,
					stateful: false,
					Wh: { ...batch.Wh, values: batch.Wh.values.map(() => Number.NaN) },
					u: batch.u.map(() => Number.NaN),
					rows: rows.map(fromZero),
				});
				for (const { h } of results) expect(nans(h)).toBe(0);
			});

			it("takes what arrives from above and is next to nothing for zero", () => {
				engine.begin();
				const { rows, ...batch } = randomBatch(cell, H, LENGTHS, reverse);
				const zeros = new Float64Array(H);
				const faint = rows.map((row) => ({
					...row,
					dy: { ...row.dy, values: row.dy.values.map((v) => Math.fround(v * 1e-35)) },
					dhFinal: zeros,
					dcFinal: zeros,
					dnFinal: zeros,
				}));
				for (const { dx, dh0, dc0, dn0 } of runCell(engine, { ...batch, rows: faint }).rows)
					expect([dx, dh0, dc0, dn0].flatMap((values) => Array.from(values)).filter((v) => v !== 0)).toEqual([]);
			});

			it("fades to zero, not to denormals", () => {
				engine.begin();
				const { rows, ...batch } = randomBatch(cell, H, [400, 300], reverse);
				const result = runCell(engine, {
					...batch,
					Wh: {
						...batch.Wh,
						values: batch.Wh.values.map((w) => Math.fround(w / 4)),
					},
					u: batch.u.map((u) => Math.fround(u / 4)),
					p: batch.p.map((p) => Math.fround(p / 4)),
					normX: batch.normX.map((gain) => Math.fround(gain / 4)),
					// A layer norm makes up for small weights, so here its gains are.
					normH: batch.normH.map((gain) => Math.fround(gain / 64)),
					rows: rows.map((row) => ({
						...row,
						// The forget and update gates half open, so that everything fades.
						x: { ...row.x, values: row.x.values.map((v) => Math.abs(v)) },
						dy: { ...row.dy, values: row.dy.values.map(() => 0) },
					})),
				});
				for (const { dx, dh0, dc0 } of result.rows) {
					const all = [dx, dh0, dc0].flatMap((values) => Array.from(values));
					const isDenormal = (v: number) => v !== 0 && Math.abs(v) < 2 ** -126;
					expect(all.filter(isDenormal)).toEqual([]);
					const zeros = Array.from(dx).filter((v) => v === 0).length;
					expect(zeros).toBeGreaterThan(dx.length / 4);
				}
			});
		});
	});

	/** A product a·W and what is added to it, with a NaN at [3, 2] of `a` or at [3, 9] of what is added. */
	function productWithNaN(where: string) {
		const [rows, columns, depth] = [7, 11, 5];
		const floats = randomFloats(1);
		const a = floats(rows * depth);
		const W = floats(columns * depth);
		const added = floats(rows * columns);
		engine.begin();
		if (where === "a") a[3 * depth + 2] = Number.NaN;
		if (where === "added") added[3 * columns + 9] = Number.NaN;
		return { rows, columns, depth, a, W, added };
	}

	function expectNaNs(y: Float32Array, columns: number, isExpected: (row: number, column: number) => boolean): void {
		expect(Array.from(y, Number.isNaN)).toEqual(
			Array.from(y, (_, j) => isExpected(Math.floor(j / columns), j % columns)),
		);
	}

	it.each(["a", "W", "bias"])("project keeps a NaN in %s", (where) => {
		const { rows, columns, depth, a, W } = productWithNaN(where);
		const bias = randomFloats(2)(columns);
		if (where === "W") W[9 * depth + 4] = Number.NaN;
		if (where === "bias") bias[9] = Number.NaN;
		const y = engine.floats("y", rows * columns);
		engine.call("project", {
			packing: engine.rows(rows),
			x: engine.floats("x", a),
			ldx: 4 * depth,
			depth,
			W: engine.transposed("panels", engine.floats("W", W), {
				rows: columns,
				depth,
			}),
			bias: engine.floats("bias", bias),
			y,
			ldy: 4 * columns,
			columns,
		});
		expectNaNs(y.f32, columns, (row, column) => (where === "a" ? row === 3 : column === 9));
	});

	it.each(["a", "W", "added"])("projectBack keeps a NaN in %s", (where) => {
		const { rows, columns, depth, a, W, added } = productWithNaN(where);
		if (where === "W") W[4 * columns + 9] = Number.NaN;
		const dx = engine.floats("dx", added);
		engine.call("projectBack", {
			packing: engine.rows(rows),
			dy: engine.floats("dy", a),
			lddy: 4 * depth,
			depth,
			W: engine.plain("panels", engine.floats("W", W), { rows: depth, depth: columns }),
			adds: 1,
			dx,
			lddx: 4 * columns,
			columns,
		});
		expectNaNs(dx.f32, columns, (row, column) => {
			if (where === "a") return row === 3;
			return column === 9 && (where === "W" || row === 3);
		});
	});

	it("weightGradient keeps a NaN in dy and in x", () => {
		const [total, rows, columns] = [9, 7, 6];
		const floats = randomFloats(2);
		const dy = floats(total * rows);
		const x = floats(total * columns);
		dy[4 * rows + 5] = Number.NaN;
		x[2 * columns + 3] = Number.NaN;
		engine.begin();
		const dW = engine.zeros("dW", rows * columns);
		const db = engine.zeros("db", rows);
		engine.call("weightGradient", {
			packing: engine.rows(total),
			reverse: 0,
			dy: engine.floats("dy", dy),
			lddy: 4 * rows,
			blocks: 1,
			rows,
			stride: rows,
			db,
			x: engine.floats("x", x),
			ldx: 4 * columns,
			columns,
			dW,
			past: 0,
			ldPast: 0,
			isState: 0,
			room: 0,
			pastColumns: 0,
			dU: 0,
			scratch: engine.floats("scratch", scratchFloats(columns)),
		});
		expect(Array.from(dW.f32, Number.isNaN)).toEqual(
			Array.from(dW.f32, (_, j) => Math.floor(j / columns) === 5 || j % columns === 3),
		);
		expect(Array.from(db.f32, Number.isNaN)).toEqual(Array.from(db.f32, (_, j) => j === 5));
	});

	it.each([1, 4, 5, 65])("losses of %i outputs keep a NaN in its row", (size) => {
		const stride = Math.ceil(size / 4) * 4;
		for (let column = 0; column < size; column++) {
			const values = new Float32Array(3 * stride).fill(0.5);
			values[stride + column] = Number.NaN;
			for (const loss of ["crossEntropy", "meanSquaredError"] as const) {
				engine.begin();
				const y = engine.floats("y", values);
				const losses = engine.floats("losses", 6);
				const result = engine.floats("result", 4);
				const packing = engine.rows(3, 1 / 3);
				const common = {
					packing,
					y,
					ldy: 4 * stride,
					weights: 0,
					dy: y,
					losses,
				};
				if (loss === "crossEntropy") {
					const targets = engine.ids("targets", [0, size - 1, 0]);
					engine.call(loss, { ...common, V: size, targets, hits: engine.floats("hits", 3) });
				} else {
					const targets = engine.zeros("targets", 3 * stride);
					engine.call(loss, { ...common, O: size, targets });
				}
				engine.call("sumLosses", { packing, losses, hits: 0, result });
				expect(result.f64[0], `${loss} of column ${column}`).toBeNaN();
				expect([...losses.f64].map(Number.isNaN), `${loss} of column ${column}`).toEqual([false, true, false]);
				const where = `gradient of ${loss}, column ${column}`;
				expect(y.f32[stride + column], where).toBeNaN();
				expect(nans(y.f32.subarray(0, stride)), where).toBe(0);
				expect(nans(y.f32.subarray(2 * stride)), where).toBe(0);
			}
		}
	});
});
