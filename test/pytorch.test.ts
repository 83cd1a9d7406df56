// Is the engine PyTorch? Outputs, loss and every gradient of every case, and twenty updates of every optimizer.

import { describe, expect, it } from "vitest";
import {
	Adam,
	AdamW,
	bidirectional,
	dense,
	embedding,
	gru,
	type Layer,
	lastStep,
	lstm,
	Model,
	RMSprop,
	rnn,
	SGD,
	Trainer,
} from "../src/index.ts";
import { engines } from "./engines.ts";
import {
	type FixtureModel,
	inputSizeOf,
	type ModelCase,
	modelCases,
	trajectories,
} from "./fixtures/fixtures.ts";

const makers = { embedding, rnn, lstm, gru, dense, lastStep } as const;

function layersOf(fixture: FixtureModel): Layer[] {
	const inputSize = inputSizeOf(fixture);
	const make = (layer: any, first: boolean): any => {
		const { type, ...options } = layer;
		if (type === "bidirectional")
			return bidirectional(make(options.layer, first));
		return (makers as any)[type](
			first && type !== "embedding" ? { ...options, inputSize } : options,
		);
	};
	return fixture.layers.map((layer, index) => make(layer, index === 0));
}

async function modelOf(
	fixture: FixtureModel,
	engine: "portable" | "fast",
): Promise<Model> {
	const model = await Model.create(layersOf(fixture), { engine });
	for (const [name, { values }] of Object.entries(fixture.parameters))
		model.parameters.get(name)!.write(values);
	return model as unknown as Model;
}

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
	expect(actual.length).toBe(expected.length);
	let most = 1e-30,
		off = 0;
	for (let i = 0; i < expected.length; i++) {
		most = Math.max(most, Math.abs(expected[i]));
		off = Math.max(off, Math.abs(actual[i] - expected[i]));
	}
	return off / most;
}

describe.each(engines)("%s", (engine) => {
	it.each(modelCases().map((fixture) => [fixture.name, fixture] as const))(
		"%s",
		async (_, fixture: ModelCase) => {
			const model = await modelOf(fixture, engine);
			const trainer = new Trainer(model, {
				loss: fixture.loss,
				optimizer: new SGD(),
			});
			const { loss, gradients } = trainer.gradients(fixture.batch as never);
			expect(Math.abs(loss - fixture.lossValue)).toBeLessThan(
				1e-5 * Math.abs(fixture.lossValue),
			);
			for (const [name, values] of Object.entries(fixture.gradients)) {
				expect(
					worst(gradients.get(name)!, values as number[]),
					name,
				).toBeLessThan(1e-5);
			}
		},
	);
});
