// Is the textbook's gradient of penalties on activations that of their differences, alone and through random stacks of layers?

import { describe, expect, it } from "vitest";
import { type Penalties, penalty, penaltyGradient, termsOf } from "./activationRegularization.ts";
import { centralDifferences, relativeError } from "./centralDifferences.ts";
import { type Layer, parameterShapes } from "./layers.ts";
import { matrix } from "./matrix.ts";
import { modelGradients } from "./model.ts";
import { random, randomMatrix, randomVector } from "./random.ts";

const TOLERANCE = 1e-6;
const LENGTHS = [4, 1, 5, 2];
const both: Penalties = { activation: 2, change: 3 };

describe("the penalties", () => {
	it("are PyTorch's means where all rows are as long", () => {
		const rows = [matrix(3, 2, [1, 2, 4, 0, 5, -1]), matrix(3, 2, [0, 1, 0, 3, 1, 3])];
		const total = (weights: Penalties) => rows.reduce((sum, x) => sum + penalty(x, weights, termsOf([3, 3])), 0);
		expect(total({ activation: 1, change: 0 })).toBeCloseTo((1 + 4 + 16 + 25 + 1 + 1 + 9 + 1 + 9) / 12, 12);
		expect(total({ activation: 0, change: 1 })).toBeCloseTo((9 + 4 + 1 + 1 + 4 + 1) / 8, 12);
	});

	it("have no change where every row is of one step", () => {
		const x = matrix(1, 2, [3, 4]);
		expect(penalty(x, both, termsOf([1, 1]))).toBe(25 / 2);
		expect([...penaltyGradient(x, both, termsOf([1, 1])).values]).toEqual([3, 4].map((value) => (2 * 2 * value) / 4));
	});

	it("have the gradient of their differences", () => {
		const draw = random(4);
		for (const length of LENGTHS) {
			const x = randomMatrix(draw, length, 3);
			const expected = centralDifferences(() => penalty(x, both, termsOf(LENGTHS)), x.values);
			expect(relativeError(penaltyGradient(x, both, termsOf(LENGTHS)).values, expected, 1e-3)).toBeLessThan(TOLERANCE);
		}
	});
});

const acts: Layer & { type: "activationRegularization" } = { type: "activationRegularization", ...both };
const rnn = { type: "rnn", hiddenSize: 3, activation: "tanh" } as const;
const stacks: Readonly<Record<string, readonly Layer[]>> = {
	"after a cell": [rnn, acts, { type: "dense", outputSize: 2 }],
	"twice around dropout": [rnn, acts, { type: "dropout", rate: 0.4 }, acts, { type: "dense", outputSize: 2 }],
	"at the output": [{ type: "gru", hiddenSize: 3, reset: "after" }, { type: "dense", outputSize: 2 }, acts],
	"before and after the last step": [
		...[{ type: "bidirectional", layer: rnn } as const, acts, { type: "lastStep" } as const],
		...[{ ...acts, change: 0 }, { type: "dense", outputSize: 2 } as const],
	],
	"in a residual": [
		...[{ type: "dense", outputSize: 3 } as const, { type: "residual", layers: [acts, rnn, acts] } as const],
		...[acts, { type: "dense", outputSize: 2 } as const],
	],
};

describe("a model's gradients", () => {
	it.each(Object.entries(stacks))("are those of the loss and the penalties: %s", (_name, layers) => {
		const draw = random(9);
		const isLast = layers.some(({ type }) => type === "lastStep");
		const rows = (length: number, width: number) => Array.from({ length }, () => [...randomVector(draw, width)]);
		const batch = {
			inputs: LENGTHS.map((length) => rows(length, 2)),
			targets: LENGTHS.map((length) => rows(isLast ? 1 : length, 2)).map((all) =>
				isLast ? all[0] : all,
			) as number[][],
		};
		const shapes = parameterShapes(layers, 2);
		const parameters = new Map(
			shapes.map(({ name, shape }) => [
				name,
				randomVector(
					draw,
					shape.reduce((size, side) => size * side, 1),
				),
			]),
		);
		const run = () => modelGradients(layers, parameters, batch, "meanSquaredError", { seed: 3, update: 1 });
		const { gradients, penalty } = run();
		expect(penalty).toBeGreaterThan(0);
		for (const [name, values] of parameters) {
			const expected = centralDifferences(() => run().loss + run().penalty, values);
			expect(relativeError(gradients.get(name) ?? [], expected, 1e-2), name).toBeLessThan(TOLERANCE);
		}
	});
});
