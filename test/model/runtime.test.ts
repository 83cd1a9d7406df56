// Does a call that fails leave the memory as the next one expects it?

import { expect, it } from "vitest";
import { crossEntropy, dense, lstm, Model, meanSquaredError, rnn, SGD, Trainer } from "../../src/index.ts";
import { runtimeOf } from "../../src/model/model.ts";

it("a failed batch of another purpose does not spoil the record of the last one", async () => {
	const layers = [rnn({ inputSize: 8, hiddenSize: 1 }), dense({ outputSize: 3 })] as const;
	const model = await Model.create(layers, { seed: 3 });
	const trainer = new Trainer(model, {
		loss: "crossEntropy",
		optimizer: new SGD({ learningRate: 0 }),
	});
	const sizes = { batchSize: 16, steps: 100 };
	const inputs = Float32Array.from({ length: 16 * 100 * 8 }, (_, i) => Math.sin(i));
	const targets = new Int32Array(1600);
	trainer.step({ ...sizes, inputs, targets });
	const { outputs } = model.predict({ ...sizes, inputs });

	const runtime = runtimeOf(model as unknown as Model);
	const capacity = { ...sizes, total: 1600 };
	const training = { kind: "train", loss: crossEntropy(), rule: trainer.optimizer } as const;
	const trained = runtime.job("test", training, capacity);
	const predicted = runtime.job("test", { kind: "predict" }, capacity);
	const record = predicted.address(predicted.program.axis.packing);
	const begin = trained.address(trained.program.inputs);
	expect(record).toBeGreaterThan(begin);
	expect(record).toBeLessThan(begin + 4 * inputs.length);

	const bad = inputs.slice();
	bad[bad.length - 1] = Number.NaN;
	expect(() => trainer.step({ ...sizes, inputs: bad, targets })).toThrow("inputs[15, 99, 7] is NaN");
	expect(model.predict({ ...sizes, inputs }).outputs).toEqual(outputs);
});

it("what lies in the padding of the initial states does not matter", async () => {
	const model = await Model.create([lstm({ inputSize: 2, hiddenSize: 3 })], { seed: 4 });
	const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD() });
	const states = ["0.h", "0.c"].map((name) => [name, new Float32Array([0.5, -1, 2])] as const);
	const inputs = [
		[
			[1, 2],
			[3, -1],
		],
	];
	const batch = {
		inputs,
		targets: [
			[
				[1, 2, 3],
				[0, 1, 2],
			],
		],
		initialState: new Map(states),
	};
	const before = trainer.gradients(batch);
	const runtime = runtimeOf(model as unknown as Model);
	const training = { kind: "train", loss: meanSquaredError(), rule: trainer.optimizer } as const;
	const job = runtime.job("test", training, { batchSize: 1, steps: 2, total: 2 });
	for (const { initial, stride } of job.program.states) {
		const begin = job.address(initial) / 4;
		runtime.engine.f32.fill(Number.NaN, begin, begin + stride / 4);
	}
	expect(trainer.gradients(batch)).toEqual(before);
});

it("each field of a batch is read once", async () => {
	const model = await Model.create([rnn({ inputSize: 1, hiddenSize: 2 })]);
	const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD() });
	const fields = { inputs: [[[1]]], batchSize: 1, steps: 1, lengths: [1], targets: [[[1, 2]]], weights: [[1]] };
	const reads: string[] = [];
	const batch = {} as typeof fields;
	for (const [name, value] of Object.entries(fields)) {
		const get = () => {
			reads.push(name);
			return value;
		};
		Object.defineProperty(batch, name, { get, enumerable: true });
	}
	trainer.gradients(batch);
	expect(reads.sort()).toEqual(Object.keys(fields).sort());
});

it("a getter of a batch that calls the model again spoils neither call", async () => {
	const model = await Model.create([rnn({ inputSize: 1, hiddenSize: 3 })]);
	const inputs = [[[1], [2], [3]]];
	const other = { inputs: [[[9], [8]], [[7]]] };
	const alone = model.predict({ inputs });
	const within = model.predict(other);
	let seen: unknown;
	const reentrant = {
		inputs,
		get initialState() {
			seen = model.predict(other);
			return undefined;
		},
	};
	expect(model.predict(reentrant)).toEqual(alone);
	expect(seen).toEqual(within);
});
