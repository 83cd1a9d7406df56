// Does the public API hold as the design's contract has it, line by line?
import { describe, expect, it } from "vitest";
import * as bptt from "../../src/index.ts";
import {
	Adadelta,
	Adagrad,
	Adam,
	Adamax,
	AdamW,
	ASGD,
	bidirectional,
	dense,
	embedding,
	gru,
	Lion,
	lastStep,
	lstm,
	Model,
	NAdam,
	RAdam,
	RMSprop,
	rnn,
	SGD,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";

const create = () =>
	Model.create(
		[
			embedding({ vocabSize: 65, embeddingSize: 32 }),
			lstm({ hiddenSize: 128 }),
			bidirectional(gru({ hiddenSize: 64 })),
			lastStep(),
			dense({ outputSize: 65 }),
		],
		{ seed: 1, engine: "auto" },
	);

const inputs = Int32Array.from({ length: 12 }, (_, i) => (i * 7) % 65);
const sequences = { inputs, batchSize: 3, steps: 4, lengths: [4, 1, 3] };

describe("a model", () => {
	it("tells its engine, the fast one where the machine has it", async () => {
		expect((await create()).engine).toBe(engines.at(-1));
		for (const engine of engines) {
			const model = await Model.create([rnn({ inputSize: 1, hiddenSize: 1 })], {
				engine,
			});
			expect(model.engine).toBe(engine);
		}
	});

	it("has its parameters by PyTorch's names, in order, in PyTorch's shapes", async () => {
		const model = await create();
		const shapes = [...model.parameters].map(([name, parameter]) => {
			expect(parameter.name).toBe(name);
			const size = parameter.shape.reduce((a, b) => a * b, 1);
			expect(parameter.size).toBe(size);
			expect(parameter.read().length).toBe(size);
			return [name, parameter.shape];
		});
		expect(shapes).toEqual([
			["0.weight", [65, 32]],
			["1.weight_ih", [512, 32]],
			["1.weight_hh", [512, 128]],
			["1.bias", [512]],
			["2.forward.weight_ih", [192, 128]],
			["2.forward.weight_hh", [192, 64]],
			["2.forward.bias", [192]],
			["2.forward.bias_hn", [64]],
			["2.backward.weight_ih", [192, 128]],
			["2.backward.weight_hh", [192, 64]],
			["2.backward.bias", [192]],
			["2.backward.bias_hn", [64]],
			["4.weight", [65, 128]],
			["4.bias", [65]],
		]);
	});

	it("starts from PyTorch's distribution, but a forget bias of 1", async () => {
		const model = await create();
		const range = (name: string, from = 0, to?: number) => {
			const values = model.parameters.get(name)?.read().subarray(from, to);
			return [Math.min(...(values ?? [])), Math.max(...(values ?? []))];
		};
		const within = (name: string, bound: number) => {
			const [least, most] = range(name);
			expect(least).toBeGreaterThanOrEqual(-bound);
			expect(least).toBeLessThan(-0.95 * bound);
			expect(most).toBeLessThanOrEqual(bound);
			expect(most).toBeGreaterThan(0.95 * bound);
		};
		within("1.weight_ih", 1 / Math.sqrt(128));
		within("1.weight_hh", 1 / Math.sqrt(128));
		within("2.backward.weight_hh", 1 / 8);
		within("4.weight", 1 / Math.sqrt(128));
		expect(range("1.bias", 128, 256)).toEqual([1, 1]);
		expect(range("1.bias", 0, 128)[1]).toBeLessThan(1 / Math.sqrt(128));
		const words = [...(model.parameters.get("0.weight")?.read() ?? [])];
		const mean = words.reduce((sum, w) => sum + w, 0) / words.length;
		const square = words.reduce((sum, w) => sum + w * w, 0) / words.length;
		expect(Math.abs(mean)).toBeLessThan(0.1);
		expect(Math.abs(square - 1)).toBeLessThan(0.1);
	});

	it("reads copies and writes checked values", async () => {
		const parameter = (await create()).parameters.get("1.weight_ih");
		const before = parameter?.read() ?? new Float32Array();
		const values = before.map((value, i) => (i % 2 ? value : -value));
		parameter?.read().fill(9);
		expect(parameter?.read()).toEqual(before);
		parameter?.write(values);
		values.fill(8);
		expect(parameter?.read()[0]).toBe(-before[0]);
		parameter?.write([...before]);
		expect(parameter?.read()).toEqual(before);
	});

	it("the same seed gives the same parameters, on every engine", async () => {
		const values = async (seed: number, engine: (typeof engines)[number]) => {
			const model = await Model.create([embedding({ vocabSize: 3, embeddingSize: 2 }), lstm({ hiddenSize: 3 })], {
				seed,
				engine,
			});
			return [...model.parameters.values()].map((p) => p.read());
		};
		const first = await values(4, "portable");
		for (const engine of engines) expect(await values(4, engine)).toEqual(first);
		expect(await values(5, "portable")).not.toEqual(first);
	});

	it("predicts [B, O] after lastStep, and [B, T, O] with zeros past a row's length without", async () => {
		const last = (await create()).predict(sequences);
		expect(last.shape).toEqual([3, 65]);
		expect(last.outputs).toBeInstanceOf(Float32Array);
		expect(last.outputs.length).toBe(3 * 65);
		const model = await Model.create([
			embedding({ vocabSize: 65, embeddingSize: 3 }),
			rnn({ hiddenSize: 4, activation: "relu" }),
			rnn({ hiddenSize: 4, activation: "tanh" }),
			dense({ outputSize: 2 }),
		]);
		const { outputs, shape } = model.predict(sequences);
		expect(shape).toEqual([3, 4, 2]);
		const isZero = Array.from({ length: 12 }, (_, i) => outputs.subarray(2 * i, 2 * i + 2).every((y) => y === 0));
		expect(isZero).toEqual([4, 1, 3].flatMap((length) => [0, 1, 2, 3].map((t) => t >= length)));
	});

	it("streams one step at a time, any number at once", async () => {
		const model = await Model.create([
			embedding({ vocabSize: 65, embeddingSize: 3 }),
			gru({ hiddenSize: 4 }),
			dense({ outputSize: 65 }),
		]);
		const [stream, other] = [model.stream(), model.stream()];
		const first = stream.push(3);
		expect(first).toBeInstanceOf(Float32Array);
		expect(first.length).toBe(65);
		expect(stream.push(3)).not.toEqual(first);
		expect(other.push(3)).toEqual(first);
	});

	it("tells what it is and what it does", async () => {
		const model = await create();
		expect(model.summary()).toContain("1.lstm");
		expect(`${model.explain()}`).toContain("lstmForward");
	});

	it("is saved as bytes and loaded from them", async () => {
		const model = await create();
		const bytes = model.save();
		expect(bytes).toBeInstanceOf(Uint8Array);
		const same = await Model.load<"ids">(bytes);
		expect(same.predict(sequences)).toEqual(model.predict(sequences));
	});
});

describe("a trainer", () => {
	const targets = new Int32Array([5, 0, 64]);
	const batch = { ...sequences, targets, weights: [1, 0.5, 2] };
	const train = async () => {
		const model = await create();
		const trainer = new Trainer(model, {
			loss: "crossEntropy",
			optimizer: new Adam({ learningRate: 2e-3 }),
			clipNorm: 1,
		});
		return { model, trainer };
	};

	it("gives gradients for every parameter, and steps", async () => {
		const { model, trainer } = await train();
		const { loss, gradients } = trainer.gradients(batch);
		expect([...gradients.keys()]).toEqual([...model.parameters.keys()]);
		for (const [name, gradient] of gradients) expect(gradient.length).toBe(model.parameters.get(name)?.size);
		expect(trainer.step(batch)).toBe(loss);
		expect(trainer.gradientNorm).toBeGreaterThan(0);
		expect(trainer.step(batch)).toBeLessThan(loss);
	});

	it("fits and evaluates", async () => {
		const { trainer } = await train();
		const before = trainer.evaluate(batch);
		const losses: number[] = [];
		await trainer.fit(batch, {
			epochs: 30,
			batchSize: 32,
			validation: batch,
			onEpoch: ({ loss }) => {
				losses.push(loss);
			},
		});
		expect(losses.length).toBe(30);
		expect(trainer.evaluate(batch).loss).toBeLessThan(before.loss);
		expect(trainer.evaluate(batch).accuracy).toBe(1);
	});

	it("takes every optimizer and both losses", async () => {
		const values = {
			inputs: [[[1], [2]]],
			targets: [
				[
					[0.5, 1],
					[0, 1],
				],
			],
		};
		const adams = [new Adam(), new AdamW(), new NAdam(), new RAdam(), new Adamax()];
		const others = [new SGD(), new RMSprop(), new Adagrad(), new Adadelta(), new ASGD(), new Lion()];
		for (const optimizer of [...adams, ...others]) {
			const model = await Model.create([lstm({ inputSize: 1, hiddenSize: 2 })], { seed: 1 });
			const trainer = new Trainer(model, {
				loss: "meanSquaredError",
				optimizer,
				clipValue: 1,
			});
			const loss = trainer.step(values);
			expect(trainer.step(values)).toBeLessThan(loss);
		}
	});
});

it("optimizers have PyTorch's defaults, Lion its authors'", () => {
	expect(new Lion()).toMatchObject({ learningRate: 1e-4, beta1: 0.9, beta2: 0.99, weightDecay: 0 });
	expect(new SGD()).toMatchObject({ learningRate: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false });
	expect(new RMSprop()).toMatchObject({
		...{ learningRate: 1e-2, alpha: 0.99, epsilon: 1e-8, weightDecay: 0, momentum: 0, centered: false },
	});
	const adam = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
	expect(new Adam()).toMatchObject({ ...adam, weightDecay: 0, decoupledWeightDecay: false });
	expect(new AdamW()).toMatchObject({ ...adam, weightDecay: 1e-2, decoupledWeightDecay: true });
	const plain = { ...adam, weightDecay: 0 };
	expect(new NAdam()).toMatchObject({
		...{ ...plain, learningRate: 2e-3, momentumDecay: 4e-3, decoupledWeightDecay: false },
	});
	expect(new RAdam()).toMatchObject({ ...plain, decoupledWeightDecay: false });
	expect(new Adamax()).toMatchObject({ ...plain, learningRate: 2e-3 });
	expect(new Adagrad()).toMatchObject({
		...{ learningRate: 1e-2, learningRateDecay: 0, weightDecay: 0, initialAccumulatorValue: 0, epsilon: 1e-10 },
	});
	expect(new Adadelta()).toMatchObject({ learningRate: 1, rho: 0.9, epsilon: 1e-6, weightDecay: 0 });
	expect(new ASGD()).toMatchObject({ learningRate: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0 });
});

it("the errors are BpttErrors", () => {
	const { BpttError, OptionError, ShapeError } = bptt;
	const { DataError, TrainingError, FormatError } = bptt;
	for (const kind of [OptionError, ShapeError, DataError, TrainingError, FormatError])
		expect(new kind("sentence")).toBeInstanceOf(BpttError);
});

it("descriptions of layers are frozen plain data", () => {
	const layers = [
		embedding({ vocabSize: 2, embeddingSize: 3 }),
		rnn({ hiddenSize: 1 }),
		lstm({ hiddenSize: 1, inputSize: 2 }),
		gru({ hiddenSize: 1 }),
		bidirectional(gru({ hiddenSize: 1 })),
		lastStep(),
		dense({ outputSize: 1 }),
	];
	for (const layer of layers) {
		expect(Object.isFrozen(layer)).toBe(true);
		expect(JSON.parse(JSON.stringify(layer))).toEqual(layer);
	}
});
