// Cases of every kernel that can be cut.

import { type CellBatch, cellNames, fromZero, randomBatch, runCell } from "../cells.ts";
import { randomFloats, range } from "../compare.ts";
import type { Engine } from "../harness.ts";
import { checkPenalties } from "./activationRegularization.ts";
import { checkAverage } from "./average.ts";
import { checkAdaptive } from "./clip.ts";
import { checkRegionCopy, checkRegionSum, copies } from "./copy.ts";
import { checkDropout, checkDropWeights } from "./dropout.ts";
import { embeddings } from "./embedding.ts";
import { initialStates } from "./initialState.ts";
import { lastSteps } from "./lastStep.ts";
import { layerNorms } from "./layerNorm.ts";
import { checkCrossEntropy, checkMeanSquaredError } from "./losses.ts";
import { BLOCK, checkSquareSums } from "./norm.ts";
import { checkOptimizer, optimizers } from "./optimizers.ts";
import { packings } from "./packing.ts";
import { packSteps } from "./packSteps.ts";
import { checkProduct, products } from "./product.ts";
import { capacities, jobOf, losses, networks, runProgram } from "./programs.ts";
import { checkValueLoss, outputsOf, valueLosses } from "./valueLosses.ts";
import { checkWeightGradient, type GradientSizes, oneStep } from "./weightGradient.ts";

/** Runs kernels on an engine, some of them several times. */
export type Case = (engine: Engine) => void;

/** Runs each of some cases on its own. */
function each<T>(all: readonly T[], run: (engine: Engine, one: T) => void): Case {
	return (engine) => {
		for (const one of all) {
			engine.begin();
			run(engine, one);
		}
	};
}

/** Every combination of what two lists have. */
function pairs<A, B>(left: readonly A[], right: readonly B[]): (readonly [A, B])[] {
	return left.flatMap((a) => right.map((b) => [a, b] as const));
}

const BOTH = [false, true];

/** Sequences of many lengths, in no order; fewer than there are ranges; more rows than are projected at a time. */
const LENGTHS = [
	[4, 1, 6, 6, 2, 3, 6, 1, 5, 2, 4, 3, 6],
	[2, 5],
	[130, 90, 130, 7],
	range(1, 300).map((r) => 1 + (r % 3)),
];

/** A batch of a cell from states that are given or not, which leaves the gradients of gates over them or apart. */
function batchOf(cell: CellBatch["cell"], lengths: readonly number[], reverse: boolean): readonly CellBatch[] {
	const batch = randomBatch(cell, lengths.length > 13 ? 3 : 7, lengths, reverse);
	const rows = batch.rows.map(fromZero);
	return [
		{ ...batch, apart: false },
		{ ...batch, apart: true },
		{ ...batch, apart: false, rows, stateful: false },
		{ ...batch, apart: true, rows, stateful: false, silent: true },
		...(cell.startsWith("rnn") ? [{ ...batch, omega: 2 }] : []),
	];
}

const cells = Object.fromEntries(
	pairs(cellNames, BOTH).map(([cell, reverse]): [string, Case] => [
		`${cell}${reverse ? " reversed" : ""}`,
		each(
			LENGTHS.flatMap((lengths) => batchOf(cell, lengths, reverse)),
			runCell,
		),
	]),
);

const programs = Object.fromEntries(
	pairs(Object.keys(networks), losses).map(([name, loss]): [string, Case] => [
		`${name}, ${loss}`,
		each(pairs(Object.values(capacities), BOTH), (engine, [capacity, stateful]) => {
			runProgram(engine, jobOf(name, loss, capacity, stateful), false);
		}),
	]),
);

const RAGGED = [[5, 4, 4, 2, 1, 1, 1, 1], [3]];

const GRADIENTS: readonly GradientSizes[] = pairs(
	[[9, 7, 7, 4, 1], [90, 50, 50, 40, 30, 7], oneStep(300)],
	pairs(BOTH, ["given", "not given", undefined] as const),
).flatMap(([lengths, [reverse, state]]) => {
	const way = { lengths, reverse, ...(state && { state }) };
	return [
		{ ...way, rows: 67, columns: 9, pastColumns: 5 },
		{ ...way, blocks: 4, rows: 7, stride: 8, columns: 5, pastColumns: 7 },
		{ ...way, blocks: 4, rows: 4, columns: 9, pastColumns: 4, bias: false },
		{ ...way, blocks: 3, rows: 1, pastColumns: 8 },
	];
});

export const cases: Readonly<Record<string, Case>> = {
	...cells,
	...programs,
	weightGradient: each(GRADIENTS, checkWeightGradient),
	products: each(pairs(products, [1, 5, 67]), (engine, [product, rows]) => {
		for (const depth of [3, 300]) {
			engine.begin();
			checkProduct(engine, { rows, columns: 21, depth, product });
		}
	}),
	copies: each(pairs(Object.values(copies), RAGGED), (engine, [check, lengths]) => {
		check(engine, { lengths, columns: 7, zeros: 1, gap: 2 });
	}),
	"last steps": each(pairs(Object.values(lastSteps), pairs(RAGGED, BOTH)), (engine, [check, [lengths, reverse]]) => {
		check(engine, { lengths, columns: 7, reverse });
	}),
	"layer norms": each(pairs(Object.values(layerNorms), pairs(RAGGED, [3, 17])), (engine, [check, [lengths, size]]) => {
		check(engine, { lengths, size, adds: size > 4 });
	}),
	dropout: each(pairs([0, 0.4], [3, 17]), (engine, [rate, size]) => {
		checkDropout(engine, { lengths: [1, 5, 4, 4, 2, 1], size, rate, adds: size > 4 });
	}),
	"dropped weights": each(pairs([1, 8, 77], BOTH), (engine, [size, adds]) => {
		checkDropWeights(engine, { size, adds });
	}),
	"penalties on activations": each(pairs([0, 2], [3, 17]), (engine, [change, size]) => {
		checkPenalties(engine, { activation: 1, change, lengths: [5, 4, 4, 2, 1, 1], size, adds: size > 4 });
	}),
	"initial states": each(pairs(Object.values(initialStates), [1, 7]), (engine, [check, columns]) => {
		check(engine, { begins: [true, false, true, true, false, true, true, true, false], columns });
	}),
	embeddings: each(pairs(Object.values(embeddings), [1, 6, 33]), (engine, [check, size]) => check(engine, size, 50)),
	"weights in panels": each(pairs(Object.values(packings), [1, 4, 7, 33]), (engine, [check, rows]) => {
		const stride = Math.ceil(rows / 4) * 4;
		for (const columns of [1, 9, 20]) {
			engine.begin();
			check(engine, { blocks: 3, rows, stride, columns, from: 4 });
		}
	}),
	"rows of equal lengths": each([undefined, 0, 100, 209], (engine, bad) => {
		const values = randomFloats(3)(210);
		if (bad !== undefined) values[bad] = Number.NaN;
		packSteps(engine, [5, 6, 7], values);
	}),
	crossEntropy: each(pairs(BOTH, [3, 65]), (engine, [apart, V]) => {
		const weights = [1, 0, 0.5, 2, 1, 1, 3, 0.25, 1];
		const logits = randomFloats(V)(V * weights.length);
		checkCrossEntropy(engine, { logits, V, targets: weights.map((_, k) => (2 * k) % V), weights, apart }, "some rows");
	}),
	meanSquaredError: each(pairs(BOTH, [3, 65]), (engine, [apart, O]) => {
		checkMeanSquaredError(engine, { O, count: 9, weights: [1, 0, 0.5, 2, 1, 1, 3, 0.25, 1], apart });
	}),
	"losses of values": each(pairs(valueLosses, [1, 5]), (engine, [loss, values]) => {
		checkValueLoss(engine, { loss, O: outputsOf(loss, values), count: 9, weighted: true });
	}),
	"moving averages": each([4, 52], checkAverage),
	optimizers: each(Object.values(optimizers), (engine, optimizer) => {
		checkOptimizer(engine, optimizer, { scale: 0.5, limit: 0.3 }, 52, 3);
	}),
	"adaptive clipping": each(pairs([1, 2, 9], [1, 3, 4, 17]), (engine, [units, size]) => {
		checkAdaptive(engine, { units, size });
	}),
	"copies of regions": each([1, 2, 25], checkRegionCopy),
	"sums of regions": each([1, 2, 25], checkRegionSum),
	"norm of a gradient": each([2 * BLOCK + 8, 9 * BLOCK - 4], (engine, length) => {
		checkSquareSums(engine, randomFloats(length)(length));
	}),
};
