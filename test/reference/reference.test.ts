import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { centralDifferences, relativeError } from "./centralDifferences.ts";
import {
	type Cell,
	type CellRun,
	type CellTensors,
	everyCell,
	type FinalGradients,
	randomTensors,
} from "./everyCell.ts";
import { type GruStep, gruForward } from "./gru.ts";
import type { GruResetBeforeStep } from "./gruResetBefore.ts";
import type { LstmPass } from "./lstm.ts";
import { lstmForward } from "./lstm.ts";
import type { LstmVariantPass } from "./lstmVariant.ts";
import { add, concat, dot, type Matrix, matrix, row, rowsOf, stack, type Vector } from "./matrix.ts";
import { random, randomMatrix, randomVector } from "./random.ts";
import type { RnnPass } from "./rnn.ts";

/** Is the textbook right? Every gradient of every cell against central differences, and published states. */

const TOLERANCE = 1e-6;
const STEP = 1e-3;
/** Differences of a relu measure its slope only while no pre-activation crosses 0. */
const RELU_MARGIN = 0.01;
const RELU_STEP = 1e-5;
/** Those of a layer norm while a row varies by more than this; below, its curvature is large. */
const LEAST_DEVIATION = 0.1;
const NORM_STEP = 1e-4;
/** Those of a hard sigmoid while no gate reaches its ends; beyond these the slope is 0, by definition. */
const HARD_MARGIN = 0.005;

const LENGTHS = [1, 3, 6];
const cells: [string, Cell][] = Object.entries(everyCell);

const sizes = fc.record({
	seed: fc.integer({ min: 0, max: 2 ** 31 }),
	I: fc.integer({ min: 1, max: 4 }),
	H: fc.integer({ min: 1, max: 5 }),
});

/** Where the loss takes the states from, and so where gradients arrive. */
const arrivals = {
	"at all steps and the final states": (all) => all,
	"at all steps only": ({ dh }) => ({ dh }),
	"at one step only": ({ dh }, seed) => {
		const t = seed % dh.rows;
		const one = matrix(dh.rows, dh.columns);
		row(one, t).set(row(dh, t));
		return { dh: one };
	},
	"at the final h only": ({ dh, dhFinal }) => ({
		dh: matrix(dh.rows, dh.columns),
		dhFinal,
	}),
	"at the final c only": ({ dh, dcFinal }) => ({
		dh: matrix(dh.rows, dh.columns),
		dcFinal,
	}),
	"at the final n only": ({ dh, dnFinal }) => ({
		dh: matrix(dh.rows, dh.columns),
		dnFinal,
	}),
} satisfies Record<string, (all: Required<Arrival>, seed: number) => Arrival>;

interface Arrival extends FinalGradients {
	readonly dh: Matrix;
}

/** Which cells have the state that a gradient arrives at. */
const having: Readonly<Record<string, RegExp>> = {
	"at the final c only": /^(lstm|sLstm)/,
	"at the final n only": /^sLstm/,
};

/** Σ dh ⊙ h + dhFinal·hFinal + dcFinal·cFinal + dnFinal·nFinal: a loss whose gradients are those that arrive. */
function lossOf({ h, hFinal, cFinal, nFinal }: CellRun, { dh, dhFinal, dcFinal, dnFinal }: Arrival): number {
	const finals = [
		[hFinal, dhFinal],
		[cFinal, dcFinal],
		[nFinal, dnFinal],
	];
	return finals.reduce((sum, [state, d]) => sum + (state && d ? dot(state, d) : 0), dot(h.values, dh.values));
}

const valuesOf = (tensor: Matrix | Vector) => (tensor instanceof Float64Array ? tensor : tensor.values);

/** The differences of a loss L are rounded by about ε·|L|/step: elements too small to be told from that by the tolerance
 * count as large as those that can. */
function expectTrueGradients(cell: Cell, tensors: CellTensors, arrival: Arrival, reverse: boolean, step: number) {
	const loss = () => lossOf(cell.run(tensors, reverse), arrival);
	const rounding = (1e-9 * Math.max(1, Math.abs(loss()))) / step;
	const gradients = cell.run(tensors, reverse).backward(arrival.dh, arrival);
	expect(Object.keys(gradients).length).toBeGreaterThanOrEqual(4);
	for (const [name, gradient] of Object.entries(gradients)) {
		const tensor = valuesOf(tensors[name.slice(1) as keyof CellTensors]);
		const expected = centralDifferences(loss, tensor, step);
		const error = relativeError(valuesOf(gradient), expected, rounding);
		expect(error, name).toBeLessThan(TOLERANCE);
	}
}

describe.each(cells)("%s: gradients are central differences", (name, cell) => {
	const possible = Object.entries(arrivals).filter(([where]) => having[where]?.test(name) ?? true);
	describe.each(possible)("arriving %s", (_, arrive) => {
		const cases = LENGTHS.flatMap((T) => [
			{ T, reverse: false },
			{ T, reverse: true },
		]);
		it.each(cases)("$T steps, reverse $reverse", ({ T, reverse }) => {
			const isRelu = name.endsWith("relu");
			const isNormed = name.includes("norm");
			const property = fc.property(sizes, ({ seed, I, H }) => {
				const draw = random(seed);
				const tensors = randomTensors(draw, cell, T, I, H);
				const all = {
					dh: randomMatrix(draw, T, H),
					dhFinal: randomVector(draw, H),
					dcFinal: randomVector(draw, H),
					dnFinal: randomVector(draw, H),
				};
				if (/hard|all/.test(name)) fc.pre(isWithinEnds(cell, tensors, reverse));
				if (isRelu) fc.pre(isFarFromZero(cell, tensors, reverse));
				if (isNormed) fc.pre(varies(cell, tensors, reverse));
				const step = isRelu ? RELU_STEP : isNormed ? NORM_STEP : STEP;
				expectTrueGradients(cell, tensors, arrive(all, seed), reverse, step);
			});
			fc.assert(property, { numRuns: 3 });
		});
	});
});

function isWithinEnds(cell: Cell, tensors: CellTensors, reverse: boolean): boolean {
	const { steps } = cell.run(tensors, reverse) as CellRun & {
		steps: readonly Partial<LstmPass["steps"][0] & GruStep>[];
	};
	const gates = steps.flatMap(({ i = [], f = [], o = [], r = [], z = [] }) => [...i, ...f, ...o, ...r, ...z]);
	return gates.every((y) => y > HARD_MARGIN && y < 1 - HARD_MARGIN);
}

function varies(cell: Cell, tensors: CellTensors, reverse: boolean): boolean {
	const { steps } = cell.run(tensors, reverse) as CellRun & {
		steps: readonly Partial<LstmVariantPass["steps"][0] & GruResetBeforeStep>[];
	};
	const norms = steps.flatMap(({ ofX, ofH, seen, ofReset }) => [ofX, ofH, seen, ofReset]);
	return norms.every((norm) => (norm?.s ?? 0) < 1 / LEAST_DEVIATION);
}

function isFarFromZero(cell: Cell, tensors: CellTensors, reverse: boolean): boolean {
	const { steps } = cell.run(tensors, reverse) as CellRun & Pick<RnnPass, "steps">;
	return steps.every(({ z }) => z.every((v) => Math.abs(v) > RELU_MARGIN));
}

test.each(cells)("%s: reverse reads the row backwards", (_, cell) => {
	const tensors = randomTensors(random(1), cell, 5, 3, 4);
	const backwards = stack(rowsOf(tensors.x).reverse());
	const reversed = cell.run(tensors, true);
	const forward = cell.run({ ...tensors, x: backwards }, false);
	expect(rowsOf(reversed.h).reverse()).toEqual(rowsOf(forward.h));
	expect(reversed.hFinal).toEqual(row(reversed.h, 0));
	expect(forward.hFinal).toEqual(row(forward.h, 4));
});

test.each(cells)("%s: two halves with carried state are the whole", (_, cell) => {
	const tensors = randomTensors(random(2), cell, 5, 3, 4);
	const steps = rowsOf(tensors.x);
	const whole = cell.run(tensors, false);
	const first = cell.run({ ...tensors, x: stack(steps.slice(0, 2)) }, false);
	const second = cell.run(
		{
			...tensors,
			x: stack(steps.slice(2)),
			h0: first.hFinal,
			c0: first.cFinal ?? tensors.c0,
			n0: first.nFinal ?? tensors.n0,
		},
		false,
	);
	expect(concat(first.h.values, second.h.values)).toEqual(whole.h.values);
});

/** candle-nn/tests/rnn.rs, whose numbers are PyTorch's: weights cos(0, 1, ...) and sin(0, 1, ...), bias_hh the cosine
 * of bias_ih, zero states, inputs [v, v/2]. */
describe("candle's published states", () => {
	const wave = (rows: number, columns: number, f: (j: number) => number) =>
		matrix(
			rows,
			columns,
			Array.from({ length: rows * columns }, (_, j) => f(j)),
		);
	const biases = (length: number) => {
		const ih = Float64Array.from({ length }, (_, j) => [-1, 1, -0.5, 2][j % 4] ?? 0);
		return { ih, hh: ih.map(Math.cos) };
	};
	const x = stack([3, 1, 4, 1, 5, 9, 2].map((v) => [v, v / 2]));
	const zero = new Float64Array(3);

	it("are the LSTM's", () => {
		const { ih, hh } = biases(12);
		const Wx = wave(12, 2, Math.cos);
		const Wh = wave(12, 3, Math.sin);
		const pass = lstmForward({ Wx, Wh, b: add(ih, hh) }, x, zero, zero);
		expectClose(pass.hFinal, [0.991865, 0.173788, -0.145063]);
		expectClose(pass.cFinal, [5.724954, 0.445806, -0.290838]);
	});

	it("are the GRU's", () => {
		const { ih, hh } = biases(9);
		const Wx = wave(9, 2, Math.cos);
		const Wh = wave(9, 3, Math.sin);
		const b = concat(add(ih, hh).slice(0, 6), ih.slice(6));
		const { hFinal } = gruForward({ Wx, Wh, b, bn: hh.slice(6) }, x, zero);
		expectClose(hFinal, [0.057879, 0.883614, -0.99908]);
	});

	function expectClose(actual: Vector, published: number[]) {
		published.forEach((value, j) => {
			expect(actual[j]).toBeCloseTo(value, 6);
		});
	}
});
