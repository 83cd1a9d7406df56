// Is a saved model a safetensors file that others can read, and all of the model?
import { describe, expect, it } from "vitest";
import {
	Adam,
	bidirectional,
	dense,
	embedding,
	gru,
	indRnn,
	lastStep,
	lstm,
	Model,
	minGru,
	minLstm,
	readSafetensors,
	rnn,
	SGD,
	sLstm,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";

const layers = [
	embedding({ vocabSize: 5, embeddingSize: 3 }),
	bidirectional(lstm({ hiddenSize: 2, forgetBias: 0.5 })),
	gru({ hiddenSize: 3, reset: "before" }),
	rnn({ hiddenSize: 4, activation: "relu" }),
	indRnn({ hiddenSize: 3 }),
	bidirectional(minGru({ hiddenSize: 2 })),
	minLstm({ hiddenSize: 3, initialState: "learned" }),
	sLstm({ hiddenSize: 4, heads: 2, initialState: "learned" }),
	lastStep(),
	dense({ outputSize: 2 }),
] as const;

describe.each(engines)("%s", (engine) => {
	it("names, shapes and values are the parameters', in their order", async () => {
		const model = await Model.create(layers, { seed: 3, engine });
		const { tensors, metadata } = readSafetensors(model.save());
		expect([...tensors.keys()]).toEqual([...model.parameters.keys()]);
		for (const [name, { shape, data }] of tensors) {
			expect(shape, name).toEqual(model.parameters.get(name)?.shape);
			expect(data, name).toEqual(model.parameters.get(name)?.read());
		}
		expect(Object.keys(metadata)).toEqual(["bptt"]);
		expect(JSON.parse(metadata.bptt)).toEqual({
			version: 1,
			layers: [
				{ type: "embedding", vocabSize: 5, embeddingSize: 3 },
				{
					type: "bidirectional",
					layer: { type: "lstm", hiddenSize: 2, forgetBias: 0.5 },
				},
				{ type: "gru", hiddenSize: 3, reset: "before" },
				{ type: "rnn", hiddenSize: 4, activation: "relu" },
				{ type: "indRnn", hiddenSize: 3, activation: "relu" },
				{ type: "bidirectional", layer: { type: "minGru", hiddenSize: 2 } },
				{ type: "minLstm", hiddenSize: 3, initialState: "learned" },
				{ type: "sLstm", hiddenSize: 4, initialState: "learned", heads: 2 },
				{ type: "lastStep" },
				{ type: "dense", outputSize: 2 },
			],
		});
	});

	it("a loaded model predicts and trains as the saved one", async () => {
		const model = await Model.create(layers, { seed: 3, engine });
		const same = await Model.load<"ids">(model.save(), { engine });
		expect(same.engine).toBe(engine);
		expect(same.layers).toEqual(model.layers);
		const batch = { inputs: [[0, 4, 2], [1]], targets: [1, 0] };
		const trainers = [model, same].map(
			(of) =>
				new Trainer(of, {
					loss: "crossEntropy",
					optimizer: new Adam({ learningRate: 0.1 }),
				}),
		);
		for (let step = 0; step < 3; step++) {
			expect(same.predict(batch)).toEqual(model.predict(batch));
			expect(trainers[1].step(batch)).toBe(trainers[0].step(batch));
		}
		expect(same.save()).toEqual(model.save());
	});

	it("a file is a copy: training goes on without it", async () => {
		const model = await Model.create(layers, { seed: 3, engine });
		const saved = model.save();
		const kept = saved.slice();
		model.parameters.get("9.bias")?.write([1, 2]);
		expect(saved).toEqual(kept);
		expect(model.save()).not.toEqual(kept);
		const same = await Model.load(saved, { engine });
		saved.fill(0);
		expect(same.save()).toEqual(kept);
	});
});

it("refuses to write parameters that no reader would take", async () => {
	const model = await Model.create([dense({ inputSize: 2, outputSize: 1 })]);
	const optimizer = new SGD({ learningRate: 1e300 });
	const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer });
	trainer.step({ inputs: [[[1, 1]]], targets: [[[5]]] });
	expect(() => model.save()).toThrow(
		/^Model\.save: 0\.weight\[0\] is (-?Infinity|NaN), so the file could not be loaded\. The last updates were too large: go back to an earlier file and lower learningRate\.$/,
	);
});
