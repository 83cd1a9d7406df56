// Does dropout act in training only, drop the same whenever the same update is computed, and other values at each update?

import { describe, expect, it } from "vitest";
import { Adam, dense, dropout, type Layer, lstm, Model, Random, residual, SGD, Trainer } from "../../src/index.ts";
import { engines } from "../engines.ts";
import { valuesOf } from "../models.ts";

const layersOf = (rate: number, shared?: "steps") => [
	lstm({ inputSize: 2, hiddenSize: 8 }),
	dropout({ rate, ...(shared && { shared }) }),
	residual([lstm({ hiddenSize: 8 }), dropout({ rate })]),
	dense({ outputSize: 2 }),
];

const random = new Random(6);
const list = (length: number) => Array.from({ length }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
const batch = { inputs: [list(3), list(6), list(1)], targets: [list(3), list(6), list(1)] };

describe.each(engines)("%s", (engine) => {
	const create = async (layers: readonly Layer[]) =>
		(await Model.create(layers, { seed: 1, engine })) as Model<"values">;
	const trainerOf = (model: Model<"values">, seed?: number) =>
		new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.1 }), seed });

	it("predictions, streams and evaluations are those without it", async () => {
		const [model, plain] = [await create(layersOf(0.5)), await create(layersOf(0))];
		expect(model.predict(batch)).toEqual(plain.predict(batch));
		expect(trainerOf(model).evaluate(batch)).toEqual(trainerOf(plain).evaluate(batch));
		expect(model.stream().push([1, 2])).toEqual(plain.stream().push([1, 2]));
		expect(trainerOf(model).gradients(batch).loss).not.toBe(trainerOf(plain).gradients(batch).loss);
		for (const purpose of ["predict", "stream", "evaluate"] as const)
			expect(model.explain({ purpose }).calls.filter(({ kernel }) => kernel === "dropout")).toEqual([]);
	});

	it("a rate of 0 makes no call, and the gradients of a network without it", async () => {
		const model = await create(layersOf(0));
		expect(model.explain({ purpose: "train" }).calls.filter(({ kernel }) => kernel === "dropout")).toEqual([]);
		const first = lstm({ inputSize: 2, hiddenSize: 8 });
		const without = await create([first, residual([lstm({ hiddenSize: 8 })]), dense({ outputSize: 2 })]);
		const values = [...model.parameters.values()];
		for (const [index, parameter] of [...without.parameters.values()].entries()) parameter.write(values[index].read());
		const [own, other] = [model, without].map((of) => [...trainerOf(of).gradients(batch).gradients.values()]);
		expect(own).toEqual(other);
	});

	it("gradients are those of the next step, which drops other values than the one before", async () => {
		const model = await create(layersOf(0.5));
		const trainer = trainerOf(model);
		const first = trainer.gradients(batch);
		expect(trainer.gradients(batch)).toEqual(first);
		expect(trainer.inspect(batch).loss).toBe(first.loss);
		const before = valuesOf(model);
		expect(trainer.step(batch)).toBe(first.loss);
		const second = trainerOf(await create(layersOf(0.5)));
		second.step(batch);
		expect(valuesOf(model)).not.toEqual(before);
		expect(second.gradients(batch)).toEqual(trainer.gradients(batch));
		expect(second.gradients(batch).loss).not.toBe(first.loss);
	});

	it("a seed gives the same bits again, another seed others", async () => {
		const train = async (seed: number | undefined) => {
			const model = await create(layersOf(0.3, "steps"));
			const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new Adam(), seed });
			const losses = Array.from({ length: 4 }, () => trainer.step(batch));
			return { losses, values: valuesOf(model) };
		};
		expect(await train(7)).toEqual(await train(7));
		expect(await train(undefined)).toEqual(await train(0));
		expect((await train(7)).losses).not.toEqual((await train(8)).losses);
		expect((await train(7)).losses).not.toEqual((await train(7 + 2 ** 32)).losses);
	});

	it("a file holds it", async () => {
		const model = await create(layersOf(0.25, "steps"));
		const same = await Model.load<"values">(model.save(), { engine });
		expect(same.layers).toEqual(model.layers);
		expect(trainerOf(same).gradients(batch)).toEqual(trainerOf(model).gradients(batch));
	});
});
