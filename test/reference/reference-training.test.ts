import { describe, expect, it, test } from "vitest";
import { centralDifferences, relativeError } from "./centralDifferences.ts";
import { clipAdaptively, clipAll, clipByNorm, clipByParameterNorm, clipByValue } from "./clip.ts";
import { type CellLayer, type Layer, parameterShapes } from "./layers.ts";
import { crossEntropy, meanSquaredError } from "./losses.ts";
import { type Matrix, matrix, row, stack } from "./matrix.ts";
import { modelGradients } from "./model.ts";
import { adam, adamw, rmsprop, sgd, type Update } from "./optimizers.ts";
import { random, randomMatrix, randomVector } from "./random.ts";

/** Are the textbook's losses, models, clipping and optimizers right? Against central differences and sums by hand. */

const TOLERANCE = 1e-6;

describe("crossEntropy", () => {
	it("is ln O for equal logits", () => {
		const z = matrix(2, 5, Array<number>(10).fill(3));
		expect(crossEntropy(z, [1, 4]).loss).toBeCloseTo(Math.log(5), 14);
	});

	it("is a weighted mean: (1·ln 2 + 3·ln 4) / 4 = 7/4·ln 2", () => {
		const z = stack([
			[0, 0],
			[0, Math.log(3)],
			[5, -5],
		]);
		const { loss } = crossEntropy(z, [1, 0, 1], [1, 3, 0]);
		expect(loss).toBeCloseTo(1.75 * Math.log(2), 14);
	});

	it("survives large logits", () => {
		const { loss, dOutputs } = crossEntropy(stack([[2000, 0]]), [1]);
		expect(loss).toBe(2000);
		expect([...dOutputs.values]).toEqual([1, -1]);
	});

	it("has the gradient of its differences", () => {
		const z = randomMatrix(random(1), 4, 5);
		const call = () => crossEntropy(z, [0, 4, 2, 2], [0.5, 2, 0, 1]);
		expectGradient(z, call);
		expect(row(call().dOutputs, 2).every((v) => v === 0)).toBe(true);
	});
});

describe("meanSquaredError", () => {
	it("is a weighted mean over rows and outputs: (1·(4 + 9) + 3·(1 + 0)) / (2·4) = 2", () => {
		const y = stack([
			[3, 0],
			[1, 5],
			[7, 7],
		]);
		const { loss } = meanSquaredError(y, [1, 3, 2, 5, 0, 0], [1, 3, 0]);
		expect(loss).toBe(2);
	});

	it("has the gradient of its differences", () => {
		const draw = random(2);
		const y = randomMatrix(draw, 4, 3);
		const targets = [...randomVector(draw, 12)];
		expectGradient(y, () => meanSquaredError(y, targets));
		expectGradient(y, () => meanSquaredError(y, targets, [0.5, 2, 0, 1]));
	});
});

function expectGradient(y: Matrix, call: () => { loss: number; dOutputs: Matrix }) {
	const expected = centralDifferences(() => call().loss, y.values);
	const error = relativeError(call().dOutputs.values, expected, TOLERANCE);
	expect(error).toBeLessThan(TOLERANCE);
}

describe("a model's gradients are central differences", () => {
	const cells: [string, CellLayer][] = [
		["rnn", { type: "rnn", hiddenSize: 3, activation: "tanh" }],
		["lstm", { type: "lstm", hiddenSize: 3 }],
		["gru", { type: "gru", hiddenSize: 3, reset: "after" }],
		["gru reset-before", { type: "gru", hiddenSize: 3, reset: "before" }],
		["indRnn", { type: "indRnn", hiddenSize: 3, activation: "tanh" }],
		["minGru", { type: "minGru", hiddenSize: 3 }],
		["minLstm", { type: "minLstm", hiddenSize: 3 }],
		["sLstm", { type: "sLstm", hiddenSize: 4, heads: 2 }],
	];
	const ids = [[3, 1, 3, 0], [2], [1, 1]];

	function expectTrue(layers: Layer[], targets: number[] | number[][]) {
		const draw = random(3);
		const parameters = new Map(
			parameterShapes(layers).map(({ name, shape }) => [
				name,
				randomVector(
					draw,
					shape.reduce((product, size) => product * size, 1),
				),
			]),
		);
		const batch = { inputs: ids, targets };
		const run = () => modelGradients(layers, parameters, batch, "crossEntropy");
		for (const [name, gradient] of run().gradients) {
			const values = parameters.get(name) as Float64Array;
			const expected = centralDifferences(() => run().loss, values);
			const error = relativeError(gradient, expected, TOLERANCE);
			expect(error, name).toBeLessThan(TOLERANCE);
		}
	}

	const embedding = {
		type: "embedding",
		vocabSize: 5,
		embeddingSize: 2,
	} as const;
	const dense = { type: "dense", outputSize: 4 } as const;

	it.each(cells)("%s at every step", (_, layer) => {
		expectTrue([embedding, layer, dense], [[1, 2, 0, 3], [3], [0, 1]]);
	});

	it("of a weight that is tied to the embedding, once, twice and at the last step", () => {
		const [gru, tied] = [
			{ type: "gru", hiddenSize: 2, reset: "after" },
			{ type: "dense", outputSize: 5, tied: "embedding" },
		] as const;
		expectTrue([embedding, gru, tied], [[1, 4, 0, 3], [3], [0, 1]]);
		expectTrue(
			[embedding, tied, { ...gru, hiddenSize: 3 }, { ...dense, outputSize: 2 }, tied],
			[[1, 4, 0, 3], [3], [0, 1]],
		);
		expectTrue([embedding, gru, { type: "lastStep" }, tied], [1, 4, 0]);
	});

	it.each(cells)("%s in both directions, at the last step", (_, layer) => {
		const both = { type: "bidirectional", layer } as const;
		expectTrue([embedding, both, { type: "lastStep" }, dense], [1, 3, 0]);
	});

	it.each(cells)("%s in both directions, their sum at the last step, their average at every step", (_, layer) => {
		const [sum, average] = (["sum", "average"] as const).map(
			(merge) => ({ type: "bidirectional", layer, merge }) as const,
		) as [Layer, Layer];
		expectTrue([embedding, average, sum, { type: "lastStep" }, dense], [1, 3, 0]);
	});

	it.each(cells)("%s inside a residual inside another, two directions among them, at the last step", (_, layer) => {
		const inner = {
			type: "residual",
			layers: [
				{ type: "bidirectional", layer },
				{ ...dense, outputSize: 2 },
			],
		} as const;
		const outer = { type: "residual", layers: [{ type: "layerNorm" }, inner, { ...dense, outputSize: 2 }] } as const;
		const sum = {
			type: "residual",
			layers: [{ type: "bidirectional", layer: { ...layer, hiddenSize: 2 }, merge: "sum" }],
		} as const;
		expectTrue([embedding, outer, sum, { type: "lastStep" }, dense], [1, 3, 0]);
	});

	it.each(cells)("%s in both directions, normalised before and after, at the last step", (_, layer) => {
		const both = { type: "bidirectional", layer } as const;
		const norm = { type: "layerNorm" } as const;
		expectTrue([embedding, norm, both, norm, { type: "lastStep" }, norm, dense], [1, 3, 0]);
	});
});

describe("clipping", () => {
	it("by norm scales all gradients by clipNorm / (norm + 1e-6)", () => {
		const gradients = [Float64Array.of(3, 0), Float64Array.of(-4)];
		expect(clipByNorm(gradients, 1)).toBeCloseTo(5, 14);
		expect(gradients[0]?.[0]).toBeCloseTo(3 / 5.000001, 14);
		expect(gradients[1]?.[0]).toBeCloseTo(-4 / 5.000001, 14);
	});

	it("by norm leaves smaller gradients as they are", () => {
		const gradients = [Float64Array.of(3, 0), Float64Array.of(-4)];
		expect(clipByNorm(gradients, 5.1)).toBeCloseTo(5, 14);
		expect(gradients).toEqual([Float64Array.of(3, 0), Float64Array.of(-4)]);
	});

	it("by value clamps each element", () => {
		const gradient = Float64Array.of(-3, -0.5, 0.25, 2);
		clipByValue([gradient], 0.5);
		expect([...gradient]).toEqual([-0.5, -0.5, 0.25, 0.5]);
	});

	it("by the norm of each parameter scales those alone that are too large", () => {
		const gradients = [Float64Array.of(3, 4), Float64Array.of(0.6, -0.8)];
		clipByParameterNorm(gradients, 2);
		expect(gradients[0]?.[0]).toBeCloseTo((3 * 2) / 5.000001, 14);
		expect(gradients[0]?.[1]).toBeCloseTo((4 * 2) / 5.000001, 14);
		expect(gradients[1]).toEqual(Float64Array.of(0.6, -0.8));
	});

	it("adaptively brings each row to λ‖W‖, of weights of zero to λ/1000, and leaves smaller ones", () => {
		const W = Float64Array.of(3, 4, 0, 0, 30, 40);
		const gradient = Float64Array.of(6, -8, 0.6, 0.8, 3, 4);
		clipAdaptively(gradient, W, 2, 0.5);
		for (const [index, value] of [1.5, -2, 0.0003, 0.0004, 3, 4].entries())
			expect(gradient[index]).toBeCloseTo(value, 14);
	});

	it("in all ways goes from units to parameters, all gradients and values; a vector is one unit", () => {
		const parameters = [
			{ values: Float64Array.of(1, 0, 0, 1), gradient: Float64Array.of(2, 0, 0, 0.5), shape: [2, 2] },
			{ values: Float64Array.of(3, 4), gradient: Float64Array.of(0, 12), shape: [2] },
		];
		const norm = clipAll(parameters, { clipAdaptive: 1, clipParameterNorm: 4, clipNorm: 3, clipValue: 1 });
		expect(norm).toBeCloseTo(Math.sqrt(4 + 0.25 + 144), 13);
		// Units: [1, 0], [0, 0.5], [0, 5]. Parameters: norms √1.25 and 4. All: √17.25 becomes 3.
		const [matrixGradient, vectorGradient] = parameters.map(({ gradient }) => [...gradient]);
		const scale = 3 / Math.sqrt(17.25);
		for (const [index, value] of [scale, 0, 0, 0.5 * scale].entries())
			expect(matrixGradient?.[index]).toBeCloseTo(value, 5);
		expect(vectorGradient).toEqual([0, 1]);
	});
});

/** p starts at 1 and gets gradients 0.5 and then -0.25; after each step p is what PyTorch's formula gives by hand. */
test.each<[string, Update, number, number]>([
	["SGD: 1 - 0.1·0.5, + 0.1·0.25", sgd({ learningRate: 0.1 }), 0.95, 0.975],
	["SGD, momentum: m = 0.5, 0.9·0.5 - 0.25 = 0.2", sgd({ learningRate: 0.1, momentum: 0.9 }), 0.95, 0.93],
	[
		"SGD, dampening (not at the first step): m = 0.5, 0.9·0.5 - 0.5·0.25 = 0.325",
		sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.5 }),
		0.95,
		0.9175,
	],
	[
		"SGD, Nesterov: 0.5 + 0.9·0.5 = 0.95, -0.25 + 0.9·0.2 = -0.07",
		sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
		0.905,
		0.912,
	],
	[
		"SGD, weight decay: g = 0.5 + 0.2·1, -0.25 + 0.2·0.93 = -0.064",
		sgd({ learningRate: 0.1, weightDecay: 0.2 }),
		0.93,
		0.9364,
	],
	[
		"RMSprop: v = 0.25/2, then 0.125/2 + 0.0625/2",
		rmsprop({ learningRate: 0.1, alpha: 0.5, epsilon: 1 }),
		1 - 0.05 / (Math.sqrt(0.125) + 1),
		1 - 0.05 / (Math.sqrt(0.125) + 1) + 0.025 / (Math.sqrt(0.09375) + 1),
	],
	[
		"RMSprop, centered: v - a² = 0.125 - 0.25², then 0.09375 - 0²",
		rmsprop({ learningRate: 0.1, alpha: 0.5, epsilon: 0.25, centered: true }),
		0.9,
		0.9 + 0.025 / (Math.sqrt(0.09375) + 0.25),
	],
	[
		"RMSprop, centered, momentum: m = 1, then 0.5·1 - ...",
		rmsprop({
			learningRate: 0.1,
			alpha: 0.5,
			epsilon: 0.25,
			centered: true,
			momentum: 0.5,
		}),
		0.9,
		0.85 + 0.025 / (Math.sqrt(0.09375) + 0.25),
	],
	[
		"Adam: m = 0.25, 0, so that the second step is 0; v/(1 - beta2) = 0.25",
		adam({ learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0.5 }),
		0.95,
		0.95,
	],
	[
		"Adam, weight decay: g = 0.75; the corrected m and sqrt(v) are 0.75",
		adam({ learningRate: 0.1, epsilon: 0.25, weightDecay: 0.25 }),
		0.925,
		0.925 + adamSecondStep(0.75, -0.25 + 0.25 * 0.925, 0.25),
	],
	[
		"AdamW: p shrinks by 1 - 0.1·0.5 before Adam's steps of 0.05 and 0",
		adamw({
			learningRate: 0.1,
			beta1: 0.5,
			beta2: 0.75,
			epsilon: 0.5,
			weightDecay: 0.5,
		}),
		0.9,
		0.855,
	],
])("%s", (_, update, first, second) => {
	const p = Float64Array.of(1);
	update(p, Float64Array.of(0.5));
	expect(p[0]).toBeCloseTo(first, 14);
	update(p, Float64Array.of(-0.25));
	expect(p[0]).toBeCloseTo(second, 14);
});

/** Adam's second step from gradients g1 and g2: learningRate 0.1, beta1 0.9, beta2 0.999. */
function adamSecondStep(g1: number, g2: number, epsilon: number): number {
	const m = (0.09 * g1 + 0.1 * g2) / 0.19;
	const v = (0.000999 * g1 ** 2 + 0.001 * g2 ** 2) / 0.001999;
	return (-0.1 * m) / (Math.sqrt(v) + epsilon);
}
