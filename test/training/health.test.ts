// Does a step leave behind the norms that inspect shows, and learn the same with them and without?

import { describe, expect, it } from "vitest";
import {
	Adam,
	bidirectional,
	dense,
	gru,
	indRnn,
	lstm,
	Model,
	minGru,
	minLstm,
	sLstm,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { valuesOf } from "../models.ts";

const layers = [
	bidirectional(lstm({ inputSize: 2, hiddenSize: 5 })),
	gru({ hiddenSize: 3, reset: "before" }),
	indRnn({ hiddenSize: 4 }),
	minGru({ hiddenSize: 3 }),
	bidirectional(minLstm({ hiddenSize: 2 })),
	sLstm({ hiddenSize: 4, heads: 2 }),
	dense({ outputSize: 1 }),
];
const inputs = [
	[
		[1, 2],
		[3, -4],
		[0, 1],
	],
	[[0.5, 1]],
];
const batch = { inputs, targets: [[[1], [0], [2]], [[1]]] };

describe.each(engines)("%s", (engine) => {
	const create = async (health?: boolean) => {
		const model = await Model.create(layers, { seed: 4, engine });
		const optimizer = new Adam({ learningRate: 0.01 });
		return { model, trainer: new Trainer(model, { loss: "meanSquaredError", optimizer, health }) };
	};

	it("norms of every step, as inspect has them before it", async () => {
		const [seen, plain] = [await create(true), await create()];
		expect(seen.trainer.health).toEqual({ layers: [], parameters: new Map() });
		for (let step = 0; step < 3; step++) {
			const report = plain.trainer.inspect(batch);
			expect(seen.trainer.step(batch)).toBe(plain.trainer.step(batch));
			const norms = report.layers.map(({ saturation, spectralRadius, ...norms }) => norms);
			expect(seen.trainer.health.layers).toEqual(norms);
			expect(seen.trainer.health.parameters).toEqual(report.parameters);
			expect(norms.map(({ name }) => name)).toEqual([
				"0.lstm.forward",
				"0.lstm.backward",
				"1.gru",
				"2.indRnn",
				"3.minGru",
				"4.minLstm.forward",
				"4.minLstm.backward",
				"5.sLstm",
			]);
		}
		expect(valuesOf(seen.model)).toEqual(valuesOf(plain.model));
		expect(plain.trainer.health).toEqual({ layers: [], parameters: new Map() });
	});

	it("of the last update: what comes between changes nothing", async () => {
		const { model, trainer } = await create(true);
		await trainer.fit(batch, { epochs: 2 });
		const { health } = trainer;
		const { layers, parameters } = health;
		expect(layers.length).toBe(8);
		expect(parameters.size).toBe(model.parameters.size);
		trainer.evaluate(batch);
		trainer.gradients(batch);
		model.predict(batch);
		expect(trainer.health).toBe(health);
		expect(health.layers).toBe(layers);
		expect(health.parameters).toBe(parameters);
		trainer.step(batch);
		expect(trainer.health.layers).not.toEqual(layers);
	});

	it("what has been read stays; what nobody has read gives way to batches of any size", async () => {
		const [seen, plain] = [await create(true), await create()];
		seen.trainer.evaluate(batch);
		seen.trainer.step(batch);
		const { layers } = seen.trainer.health;
		const before = structuredClone(layers);
		plain.trainer.step(batch);
		const shorter = { inputs: [[[2, 1]]], targets: [[[1]]] };
		const longer = { inputs: [...inputs, ...inputs, ...inputs], targets: [1, 2, 3].flatMap(() => batch.targets) };
		for (const other of [longer, batch]) for (const { trainer } of [seen, plain]) trainer.step(other);
		const report = plain.trainer.inspect(shorter);
		seen.trainer.step(shorter);
		seen.trainer.evaluate(longer);
		const norms = report.layers.map(({ saturation, spectralRadius, ...norms }) => norms);
		expect(seen.trainer.health.layers).toEqual(norms);
		expect(seen.trainer.health.parameters).toEqual(report.parameters);
		expect(layers).toEqual(before);
	});

	it("of parameters only as long as parameters and gradients are those of the update", async () => {
		const { model, trainer } = await create(true);
		trainer.step(batch);
		trainer.gradients(batch);
		expect(trainer.health.parameters.size).toBe(0);
		expect(trainer.health.layers.length).toBe(8);
		trainer.step(batch);
		model.parameters.get("1.bias")?.write(new Float32Array(9));
		expect(trainer.health.parameters.size).toBe(0);
		trainer.step(batch);
		// The first of its kind makes room, and gradients are gone.
		trainer.evaluate(batch);
		expect(trainer.health.parameters.size).toBe(0);
		trainer.step(batch);
		trainer.evaluate(batch);
		expect(trainer.health.parameters.size).toBe(model.parameters.size);
	});
});

it("health that is no flag is refused", async () => {
	const model = await Model.create(layers);
	const optimizer = new Adam({ learningRate: 0.01 });
	const create = () => new Trainer(model, { loss: "meanSquaredError", optimizer, health: 1 as never });
	expect(create).toThrow('Trainer: "health" must be true or false, got 1.');
});
