// Is the engine PyTorch? Outputs, loss and every gradient of every case, and twenty updates of every optimizer.
import { describe, expect, it } from "vitest";
import type { EngineName } from "../../src/engine/engine.ts";
import {
	Adadelta,
	Adagrad,
	Adam,
	Adamax,
	AdamW,
	ASGD,
	Lion,
	Model,
	NAdam,
	type Optimizer,
	RAdam,
	RMSprop,
	SGD,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import {
	type FixtureModel,
	type FixtureOptimizer,
	groupTrajectories,
	inputSizeOf,
	modelCases,
	trajectories,
} from "../fixtures/fixtures.ts";
import { asBatch, layerOf } from "../models.ts";

/** Of a tensor's error, relative to its largest element. */
const TOLERANCE = 1e-5;
const TRAJECTORY_TOLERANCE = 1e-4;
/** Tensors whose largest element is below this cancel to rounding. */
const FLOOR = 1e-4;

async function modelOf(fixture: FixtureModel, engine: EngineName): Promise<Model> {
	const layers = fixture.layers.map((layer, index) => layerOf(layer, index === 0 ? inputSizeOf(fixture) : undefined));
	const model = (await Model.create(layers, { engine })) as Model;
	expect([...model.parameters.keys()]).toEqual(Object.keys(fixture.parameters));
	for (const [name, { shape, values }] of Object.entries(fixture.parameters)) {
		const parameter = model.parameters.get(name);
		expect(parameter?.shape, name).toEqual(shape);
		parameter?.write(values);
	}
	return model;
}

function optimizerOf({ optimizer, options }: FixtureOptimizer): Optimizer {
	switch (optimizer) {
		case "SGD":
			return new SGD(options);
		case "RMSprop":
			return new RMSprop(options);
		case "Adam":
			return new Adam(options);
		case "AdamW":
			return new AdamW(options);
		case "NAdam":
			return new NAdam(options);
		case "RAdam":
			return new RAdam(options);
		case "Adamax":
			return new Adamax(options);
		case "Adagrad":
			return new Adagrad(options);
		case "Adadelta":
			return new Adadelta(options);
		case "ASGD":
			return new ASGD(options);
		case "Lion":
			return new Lion(options);
	}
}

/** That no element is further off than `tolerance` times the largest. */
function expectClose(
	actual: ArrayLike<number> | undefined,
	expected: ArrayLike<number>,
	tolerance: number,
	what: string,
): void {
	expect(actual?.length, what).toBe(expected.length);
	let largest = FLOOR;
	let error = 0;
	for (let i = 0; i < expected.length; i++) {
		const difference = Math.abs((actual?.[i] ?? Number.NaN) - expected[i]);
		error = Math.max(error, difference);
		largest = Math.max(largest, Math.abs(expected[i]));
	}
	expect(error / largest, what).toBeLessThan(tolerance);
}

describe.each(engines)("%s", (engine) => {
	it.each(modelCases())("$name: outputs, loss and every gradient", async (fixture) => {
		const { batch, loss, outputs, lossValue } = fixture;
		const model = await modelOf(fixture, engine);
		const trainer = new Trainer(model, { loss, optimizer: new SGD() });
		const { batchSize, steps, live } = rowsOf(fixture);

		const predicted = model.predict(asBatch({ inputs: batch.inputs }));
		const size = predicted.outputs.length / (batchSize * steps);
		expect(predicted.shape).toEqual(live === undefined ? [batchSize, size] : [batchSize, steps, size]);
		const values: number[] = [];
		for (let row = 0; row < batchSize; row++) {
			const begin = row * steps * size;
			const end = begin + (live?.[row] ?? 1) * size;
			const padding = predicted.outputs.slice(end, begin + steps * size);
			expect(padding.every((value) => value === 0)).toBe(true);
			values.push(...predicted.outputs.slice(begin, end));
		}
		expectClose(values, outputs.flat(2) as number[], TOLERANCE, "outputs");

		const result = trainer.gradients(asBatch(batch));
		expectClose([result.loss], [lossValue], TOLERANCE, "loss");
		expect([...result.gradients.keys()]).toEqual(Object.keys(fixture.gradients));
		for (const [name, gradient] of Object.entries(fixture.gradients))
			expectClose(result.gradients.get(name), gradient, TOLERANCE, name);
	});

	it.each([...trajectories(), ...groupTrajectories()])("$name: twenty steps", async (fixture) => {
		const { batch, loss, clipNorm, clipValue, finalParameters, averages, parameterOptions: parameters } = fixture;
		const model = await modelOf(fixture, engine);
		const trainer = new Trainer(model, {
			loss,
			optimizer: optimizerOf(fixture),
			clipNorm,
			...(clipValue !== undefined && { clipValue }),
			parameters,
		});
		for (const [step, expected] of fixture.losses.entries()) {
			const before = trainer.step(asBatch(batch));
			const what = `step ${step}`;
			expectClose([before], [expected], TRAJECTORY_TOLERANCE, what);
			const norm = fixture.gradientNorms[step];
			expectClose([trainer.gradientNorm], [norm], TRAJECTORY_TOLERANCE, what);
		}
		for (const [name, values] of Object.entries(finalParameters)) {
			const actual = model.parameters.get(name)?.read();
			expectClose(actual, values, TRAJECTORY_TOLERANCE, name);
		}
		for (const [name, values] of Object.entries(averages ?? {}))
			expectClose(trainer.slot("average").get(name), values, TRAJECTORY_TOLERANCE, `average of ${name}`);
	});
});

/** Sizes of the outputs; `live` steps of each row unless there is but one. */
function rowsOf({ layers, batch }: FixtureModel): {
	batchSize: number;
	steps: number;
	live: readonly number[] | undefined;
} {
	const batchSize = batch.lengths.length;
	if (layers.some(({ type }) => type === "lastStep")) return { batchSize, steps: 1, live: undefined };
	return { batchSize, steps: Math.max(...batch.lengths), live: batch.lengths };
}
