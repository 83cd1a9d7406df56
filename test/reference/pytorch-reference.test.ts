import { describe, expect, it, test } from "vitest";
import { type FixtureOptimizer, inputSizeOf, modelCases, parametersOf, trajectories } from "../fixtures/fixtures.ts";
import { relativeError } from "./centralDifferences.ts";
import { clipByNorm, clipByValue } from "./clip.ts";
import { adadelta, adagrad, adamax, asgd, lion, nadam, radam } from "./furtherOptimizers.ts";
import { parameterShapes } from "./layers.ts";
import { at, concat } from "./matrix.ts";
import { modelGradients, modelOutputs } from "./model.ts";
import { adam, adamw, rmsprop, sgd, type Update } from "./optimizers.ts";

/** Is the textbook PyTorch? Outputs, losses, gradients and training steps against PyTorch's numbers. */

const MODEL_TOLERANCE = 2e-8;
const TRAJECTORY_TOLERANCE = 1e-7;
/** Sums that cancel to less than this are rounding. */
const FLOOR = 1e-7;

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string) {
	const error = relativeError(actual, expected, FLOOR);
	expect(error, what).toBeLessThan(tolerance);
}

describe.each(modelCases())("$name", (model) => {
	const { layers, batch, loss } = model;
	const parameters = parametersOf(model);

	it("has PyTorch's parameters by our names", () => {
		const shapes = parameterShapes(layers, inputSizeOf(model));
		expect(shapes).toEqual(
			Object.entries(model.parameters).map(([name, { shape }]) => ({
				name,
				shape,
			})),
		);
	});

	it("gives PyTorch's outputs", () => {
		const outputs = modelOutputs(layers, parameters, batch.inputs);
		const values = concat(...outputs.map((y) => y.values));
		const expected = model.outputs.flat(2) as number[];
		expectClose(values, expected, MODEL_TOLERANCE, "outputs");
	});

	it("gives PyTorch's loss and gradients", () => {
		const result = modelGradients(layers, parameters, batch, loss, { seed: 0, update: 1 });
		expectClose([result.loss], [model.lossValue], MODEL_TOLERANCE, "loss");
		expect([...result.gradients.keys()]).toEqual(Object.keys(model.gradients));
		for (const [name, gradient] of result.gradients) {
			const expected = model.gradients[name] ?? [];
			expectClose(gradient, expected, MODEL_TOLERANCE, name);
		}
	});
});

function updateOf({ optimizer, options }: FixtureOptimizer): Update {
	switch (optimizer) {
		case "SGD":
			return sgd(options);
		case "RMSprop":
			return rmsprop(options);
		case "Adam":
			return adam(options);
		case "AdamW":
			return adamw(options);
		case "NAdam":
			return nadam(options);
		case "RAdam":
			return radam(options);
		case "Adamax":
			return adamax(options);
		case "Adagrad":
			return adagrad(options);
		case "Adadelta":
			return adadelta(options);
		case "ASGD":
			return asgd(options);
		case "Lion":
			return lion(options);
	}
}

test.each(trajectories())("$name: twenty steps are PyTorch's", (expected) => {
	const { layers, batch, loss, clipNorm, clipValue } = expected;
	const parameters = parametersOf(expected);
	const updates = new Map([...parameters.keys()].map((name) => [name, updateOf(expected)]));
	const losses: number[] = [];
	const norms: number[] = [];
	for (let step = 0; step < 20; step++) {
		const result = modelGradients(layers, parameters, batch, loss, { seed: 0, update: step + 1 });
		losses.push(result.loss);
		norms.push(clipByNorm(result.gradients.values(), clipNorm));
		if (clipValue) clipByValue(result.gradients.values(), clipValue);
		for (const [name, gradient] of result.gradients)
			updates.get(name)?.(parameters.get(name) as Float64Array, gradient);
	}
	expectClose(losses, expected.losses, TRAJECTORY_TOLERANCE, "losses");
	expectClose(norms, expected.gradientNorms, TRAJECTORY_TOLERANCE, "norms");
	for (const [name, values] of parameters) {
		const final = expected.finalParameters[name] ?? [];
		expectClose(values, final, TRAJECTORY_TOLERANCE, name);
	}
});

test("the fixtures hold ragged rows, zero weights and clipped gradients", () => {
	const models = modelCases();
	expect(models.length).toBeGreaterThan(30);
	expect(models.some(({ batch }) => batch.weights?.flat().includes(0))).toBe(true);
	expect(models.some(({ batch }) => new Set(batch.lengths).size > 1)).toBe(true);
	for (const { gradientNorms, clipNorm } of trajectories()) expect(at(gradientNorms, 0)).toBeGreaterThan(clipNorm);
});
