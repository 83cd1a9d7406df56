// Does embedding dropout drop whole ids, the same wherever they stand, in training only, as the textbook does?

import { describe, expect, it } from "vitest";
import { bidirectional, dense, embedding, gru, type Layer, Model, rnn, SGD, Trainer } from "../../src/index.ts";
import { engines } from "../engines.ts";
import { expectClose } from "../kernels/compare.ts";
import { layerOf } from "../models.ts";
import { centralDifferences, relativeError } from "../reference/centralDifferences.ts";
import { embeddingMask } from "../reference/dropout.ts";
import { parameterShapes, type Layer as ReferenceLayer } from "../reference/layers.ts";
import { modelGradients } from "../reference/model.ts";
import { random, randomVector } from "../reference/random.ts";

const SEED = 2 ** 33 + 5;
const V = 9;
const words = { type: "embedding", vocabSize: V, embeddingSize: 5, dropout: 0.4 } as const;
const cell = { type: "gru", hiddenSize: 5, reset: "after" } as const;
const stacks: Readonly<Record<string, readonly ReferenceLayer[]>> = {
	"before a cell": [words, cell, { type: "dense", outputSize: V }],
	"before two directions": [words, { type: "bidirectional", layer: cell }, { type: "dense", outputSize: V }],
	"before other dropout": [words, { type: "dropout", rate: 0.3 }, cell, { type: "dense", outputSize: V }],
	"of a weight that is tied": [words, cell, { type: "dense", outputSize: V, tied: "embedding" }],
};

const batch = {
	inputs: [[3, 1, 4, 1, 5], [8], [2, 6, 5, 3, 5, 8], [0, 7]],
	targets: [[1, 4, 1, 5, 0], [2], [6, 5, 3, 5, 8, 0], [7, 1]],
};

function parametersOf(layers: readonly ReferenceLayer[]): Map<string, Float64Array> {
	const draw = random(layers.length);
	const sizes = parameterShapes(layers).map(({ name, shape }) => [name, shape.reduce((a, b) => a * b, 1)] as const);
	return new Map(sizes.map(([name, size]) => [name, randomVector(draw, size).map(Math.fround)]));
}

describe("the textbook's gradients, with the mask of an update, are central differences", () => {
	it.each(Object.entries(stacks))("%s", (_, layers) => {
		const parameters = parametersOf(layers);
		const run = () => modelGradients(layers, parameters, batch, "crossEntropy", { seed: SEED, update: 3 });
		for (const [name, gradient] of run().gradients) {
			const expected = centralDifferences(() => run().loss, parameters.get(name) as Float64Array);
			expect(relativeError(gradient, expected, 1e-6), name).toBeLessThan(1e-6);
		}
	});
});

describe("masks", () => {
	it.each([0.1, 0.5, 0.9])(
		"drop a share of %f of the ids; their mean is 1, their variance rate / (1 - rate)",
		(rate) => {
			const mask = embeddingMask({ seed: 1, update: 1, site: 0 }, 40_000, rate);
			const mean = mask.reduce((sum, factor) => sum + factor, 0) / mask.length;
			const variance = rate / (1 - rate);
			// Four standard deviations.
			expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(variance / mask.length));
			const spread = mask.reduce((sum, factor) => sum + (factor - 1) ** 2, 0) / mask.length;
			expect(Math.abs(spread / variance - 1)).toBeLessThan(0.08);
		},
	);

	it("of another update or site are independent: two at 0.5 agree in half of the ids", () => {
		const first = embeddingMask({ seed: 1, update: 1, site: 0 }, 40_000, 0.5);
		for (const other of [
			{ update: 2, site: 0 },
			{ update: 1, site: 1 },
		]) {
			const mask = embeddingMask({ seed: 1, ...other }, 40_000, 0.5);
			const share = first.filter((factor, id) => factor === mask[id]).length / first.length;
			expect(Math.abs(share - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / first.length));
		}
	});
});

describe.each(engines)("%s", (engine) => {
	const create = async (layers: readonly Layer[]) => (await Model.create(layers, { seed: 1, engine })) as Model<"ids">;
	const trainerOf = (model: Model<"ids">, learningRate = 0) =>
		new Trainer(model, { loss: "crossEntropy", optimizer: new SGD({ learningRate }), seed: SEED });

	it.each(Object.entries(stacks))("%s: loss and gradients of two updates are the textbook's", async (_, layers) => {
		const model = await create(layers.map((layer) => layerOf(layer, undefined)));
		const parameters = parametersOf(layers);
		for (const [name, parameter] of model.parameters) parameter.write(parameters.get(name) as Float64Array);
		const trainer = trainerOf(model);
		for (const update of [1, 2]) {
			const textbook = modelGradients(layers, parameters, batch, "crossEntropy", { seed: SEED, update });
			const { loss, gradients } = trainer.gradients(batch);
			expectClose([loss], [textbook.loss], "loss");
			for (const [name, gradient] of textbook.gradients) expectClose(gradients.get(name) ?? [], gradient, name, 0.1);
			expect(trainer.gradients(batch)).toEqual({ loss, gradients });
			expect(trainer.step(batch)).toBe(loss);
		}
	});

	const layersOf = (dropout?: number) => [
		embedding({ vocabSize: V, embeddingSize: 5, dropout }),
		bidirectional(gru({ hiddenSize: 4 })),
		rnn({ hiddenSize: 6 }),
		dense({ outputSize: V }),
	];

	it("a row alone is the row in a batch, in whatever order", async () => {
		const model = await create(layersOf(0.5));
		const alone = trainerOf(model).gradients({ inputs: batch.inputs.slice(2, 3), targets: batch.targets.slice(2, 3) });
		for (const order of [
			[0, 1, 2, 3],
			[2, 3, 1, 0],
			[3, 2, 0, 1],
		]) {
			const rowsOf = <T>(rows: readonly T[]) => order.map((row) => rows[row] as T);
			const weights = order.map((row) => (batch.inputs[row] ?? []).map(() => (row === 2 ? 1 : 0)));
			const many = { inputs: rowsOf(batch.inputs), targets: rowsOf(batch.targets), weights };
			const { loss, gradients } = trainerOf(model).gradients(many);
			expect(loss).toBe(alone.loss);
			for (const [name, gradient] of gradients) expectClose(gradient, alone.gradients.get(name) ?? [], name);
		}
	});

	it("predictions and evaluations know nothing of it, and a rate of 0 leaves no trace", async () => {
		const [dropping, plain, zero] = [await create(layersOf(0.5)), await create(layersOf()), await create(layersOf(0))];
		expect(dropping.predict(batch)).toEqual(plain.predict(batch));
		expect(trainerOf(dropping).evaluate(batch)).toEqual(trainerOf(plain).evaluate(batch));
		expect(trainerOf(dropping).gradients(batch).loss).not.toBe(trainerOf(plain).gradients(batch).loss);
		for (const purpose of ["predict", "evaluate"] as const)
			expect(`${dropping.explain({ purpose })}`).toBe(`${plain.explain({ purpose })}`);
		expect(`${zero.explain({ purpose: "train" })}`).toBe(`${plain.explain({ purpose: "train" })}`);
		expect(zero.save()).toEqual(plain.save());
		const calls = dropping.explain({ purpose: "train" }).calls.map(({ kernel }) => kernel);
		expect(calls.filter((kernel) => kernel === "embeddingDropout").length).toBe(2);
	});

	it("a file holds it", async () => {
		const model = await create(layersOf(0.25));
		const same = await Model.load<"ids">(model.save(), { engine });
		expect(same.layers).toEqual(model.layers);
		expect(trainerOf(same).gradients(batch)).toEqual(trainerOf(model).gradients(batch));
	});
});
