// When training loses its way, or a batch is more than memory has, is nothing changed?
import { describe, expect, it } from "vitest";
import {
	Adam,
	bidirectional,
	dense,
	embedding,
	gru,
	lstm,
	Model,
	OptionError,
	rnn,
	SGD,
	ShapeError,
	sLstm,
	Trainer,
	TrainingError,
} from "../../src/index.ts";
import { runtimeOf } from "../../src/model/model.ts";
import { engines } from "../engines.ts";
import { valuesOf } from "../models.ts";

const inputs = [[[1], [-2], [0.5]], [[3]]];
const batch = { inputs, targets: [[[1], [0], [2]], [[-1]]] };

describe.each(engines)("%s", (engine) => {
	/** Sizes that fill no whole vector, so that what a failed call leaves in memory lies beside what is used. */
	async function create(learningRate = 0.01) {
		const model = await Model.create(
			[
				bidirectional(lstm({ inputSize: 1, hiddenSize: 3 })),
				gru({ hiddenSize: 5 }),
				rnn({ hiddenSize: 2, activation: "relu" }),
				dense({ outputSize: 1 }),
			],
			{ seed: 1, engine },
		);
		const optimizer = new Adam({ learningRate });
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer });
		return { model, optimizer, trainer };
	}

	it("a loss that is not finite updates nothing", async () => {
		const { model, trainer } = await create(1e30);
		trainer.step(batch);
		const before = valuesOf(model);
		const { gradientNorm } = trainer;
		const error = errorOf(() => trainer.step(batch));
		expect(error).toBeInstanceOf(TrainingError);
		expect(error.message).toMatch(
			/^Trainer\.step: the (loss|gradient norm) became (NaN|Infinity) at update 2 \(last loss \d\S*, last gradient norm \d\S*, learningRate 1e\+30\)\. It began in 2\.rnn: 2\.h of step 1 of row 0 is Infinity\. Nothing was updated\. Lower learningRate, set clipNorm, or scale the data\.$/,
		);
		expect(valuesOf(model)).toEqual(before);
		expect(trainer.updateCount).toBe(1);
		expect(trainer.gradientNorm).toBe(gradientNorm);
		expect(errorOf(() => trainer.step(batch)).message).toBe(error.message);
		await expect(trainer.fit(batch)).rejects.toThrow(/^Trainer\.fit, batch 1 of epoch 1: the /);
		expect(valuesOf(model)).toEqual(before);
	});

	it("a loss that is not finite, of a gradient that is, updates nothing either", async () => {
		const { model, trainer } = await create();
		const before = valuesOf(model);
		// float32 has the differences, but not their squares.
		const far = { inputs, targets: [[[1e20], [0], [2]], [[-1]]] };
		for (const gradient of trainer.gradients(far).gradients.values())
			expect(gradient.every(Number.isFinite)).toBe(true);
		const error = errorOf(() => trainer.step(far));
		expect(error).toBeInstanceOf(TrainingError);
		expect(error.message).toMatch(/^Trainer\.step: the loss became Infinity at update 1 /);
		expect(valuesOf(model)).toEqual(before);
		expect(trainer.updateCount).toBe(0);
	});

	it("the first update says what there is to say", async () => {
		const model = await Model.create([rnn({ inputSize: 1, hiddenSize: 1, activation: "relu" })], { engine });
		for (const parameter of model.parameters.values()) parameter.write(new Array(parameter.size).fill(1e30));
		const trainer = new Trainer(model, {
			loss: "meanSquaredError",
			optimizer: new SGD({ learningRate: 0.5 }),
		});
		const targets = [[[1], [0], [2]], [[-1]]];
		expect(errorOf(() => trainer.step({ inputs, targets })).message).toBe(
			"Trainer.step: the loss became Infinity at update 1 (learningRate 0.5). It began in 0.rnn: 0.h of step 1 of row 0 is Infinity. Nothing was updated. Lower learningRate, set clipNorm, or scale the data.",
		);
		expect(trainer.gradientNorm).toBeNaN();
	});

	it("says where it began: in a state, after the states, or on the way back", async () => {
		const layers = [bidirectional(rnn({ inputSize: 1, hiddenSize: 1, activation: "relu" })), dense({ outputSize: 1 })];
		const model = await Model.create(layers, { engine });
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.5 }) });
		const write = (changes: Record<string, number[]>) => {
			for (const parameter of model.parameters.values()) parameter.write(new Array(parameter.size).fill(0));
			for (const [name, values] of Object.entries(changes)) model.parameters.get(name)?.write(values);
		};
		const said = () => errorOf(() => trainer.step(batch)).message;
		// Backward, the state of row 0 is 0.5e20 at step 2, then 0.5e40.
		write({ "0.backward.weight_ih": [1e20], "0.backward.weight_hh": [1e20] });
		expect(said()).toContain(" It began in 0.bidirectional: 0.backward.h of step 1 of row 0 is Infinity. Nothing ");
		write({ "0.forward.bias": [1e20], "1.weight": [3e38, 0] });
		expect(said()).toContain(" It began after the recurrent layers, in the outputs or the loss. Nothing ");
		// dy is some 1e10, and dh 1e40.
		write({ "0.forward.bias": [1e-20], "1.weight": [1e30, 0] });
		expect(said()).toContain(" The loss is finite: it began on the way back, in 0.bidirectional. Nothing ");
	});

	it.each([
		["lstm", "everything", undefined],
		["lstm", "states at borders", 300_000],
		["sLstm", "everything", undefined],
		["sLstm", "states at borders", 400_000],
	] as const)("names the gate of an %s where it began, with %s kept", async (name, _, memoryLimit) => {
		const cell = { lstm, sLstm }[name]({ hiddenSize: 3 });
		const layers = [dense({ inputSize: 1, outputSize: 2 }), cell, dense({ outputSize: 1 })] as const;
		const model = (await Model.create(layers, { engine })) as Model;
		model.parameters.get("0.weight")?.write([3e38, 3e38]);
		model.parameters.get("0.bias")?.write([0, 0]);
		// Unit 1 of f takes one infinity from the other.
		const weights = new Float32Array(24).fill(1);
		weights[2 * (3 + 1)] = -1;
		model.parameters.get("1.weight_ih")?.write(weights);
		const inputs = new Float32Array(3000);
		inputs[1700] = 10;
		const optimizer = new SGD({ learningRate: 0.5 });
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer, memoryLimit });
		const error = errorOf(() => trainer.step({ inputs, batchSize: 1, steps: 3000, targets: new Float32Array(3000) }));
		expect(error.message).toContain(
			` It began in 1.${name}: 1.h of step 1700 of row 0 is NaN, as its gate f is. Nothing `,
		);
	});

	it("calls the rows of a dataset by their numbers there", async () => {
		const model = await Model.create([rnn({ inputSize: 1, hiddenSize: 1, activation: "relu" })], { engine });
		model.parameters.get("0.weight_ih")?.write([1]);
		model.parameters.get("0.weight_hh")?.write([1]);
		model.parameters.get("0.bias")?.write([0]);
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 1e-9 }) });
		const rows = Array.from({ length: 9 }, (_, row) => [[1], [row === 7 ? 3.4e38 : 1], [row === 7 ? 3.4e38 : 1]]);
		const fitting = trainer.fit({ inputs: rows, targets: rows.map((row) => row.map(() => [0])) }, { batchSize: 3 });
		await expect(fitting).rejects.toThrow(/ It began in 0\.rnn: 0\.h of step 2 of row 7 is Infinity\. /);
	});

	it("the memory between parameters, which epsilon 0 makes NaN, is no parameter", async () => {
		const model = await Model.create([rnn({ inputSize: 1, hiddenSize: 1 })], { engine });
		const optimizer = new Adam({ epsilon: 0, learningRate: 0.001 });
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer });
		trainer.step(batch);
		expect([...model.parameters.values()].every((parameter) => parameter.read().every(Number.isFinite))).toBe(true);
		const error = errorOf(() => trainer.step({ inputs, targets: [[[3e38], [3e38], [3e38]], [[3e38]]] }));
		expect(error.message).toMatch(/Nothing was updated\. Lower learningRate, set clipNorm, or scale the data\.$/);
	});

	it("what overflowed leaves no trace in what comes after", async () => {
		const [subject, twin] = [await create(), await create()];
		for (const { trainer } of [subject, twin]) trainer.step(batch);
		const kept = [...subject.model.parameters.values()].map((parameter) => [parameter, parameter.read()] as const);
		for (const [parameter, values] of kept) parameter.write(values.map((_, i) => (i % 2 ? -3e38 : 3e38)));
		const { outputs } = subject.model.predict(batch);
		expect(outputs.every(Number.isFinite)).toBe(false);
		expect(errorOf(() => subject.trainer.step(batch))).toBeInstanceOf(TrainingError);
		expect(subject.trainer.evaluate(batch).loss).not.toBeLessThan(Infinity);
		for (const [parameter, values] of kept) parameter.write(values);
		for (let step = 0; step < 3; step++) {
			expect(subject.model.predict(batch)).toEqual(twin.model.predict(batch));
			expect(subject.trainer.gradients(batch)).toEqual(twin.trainer.gradients(batch));
			expect(subject.trainer.step(batch)).toBe(twin.trainer.step(batch));
		}
		expect(valuesOf(subject.model)).toEqual(valuesOf(twin.model));
	});

	it("a learning rate set to nonsense is refused before anything is done", async () => {
		const [subject, twin] = [await create(), await create()];
		for (const wrong of [Number.NaN, -1, "0.1", undefined, Infinity]) {
			subject.optimizer.learningRate = wrong as number;
			const error = errorOf(() => subject.trainer.step(batch));
			expect(error).toBeInstanceOf(OptionError);
			const got = typeof wrong === "string" ? `"${wrong}"` : wrong;
			expect(error.message).toBe(`Trainer.step: "learningRate" must be a finite number at least 0, got ${got}.`);
		}
		subject.optimizer.learningRate = 0.01;
		expect(subject.trainer.step(batch)).toBe(twin.trainer.step(batch));
		expect(valuesOf(subject.model)).toEqual(valuesOf(twin.model));
	});

	it("a batch that no memory has is refused, and the next one runs in what there was", async () => {
		const build = async () => {
			const model = await Model.create(
				[embedding({ vocabSize: 3, embeddingSize: 2 }), gru({ hiddenSize: 9 }), dense({ outputSize: 3 })],
				{ engine },
			);
			const trainer = new Trainer(model, {
				loss: "crossEntropy",
				optimizer: new SGD({ learningRate: 0.1, momentum: 0.9 }),
			});
			return { model, trainer };
		};
		const [subject, twin] = [await build(), await build()];
		const words = { inputs: [[0, 1, 2], [2]], targets: [[1, 2, 0], [2]] };
		for (const { trainer } of [subject, twin]) trainer.step(words);
		const row = new Uint8Array(20_000);
		const rows = new Array<Uint8Array>(5000).fill(row);
		const { engine: memory } = runtimeOf(subject.model as Model);
		const bytes = memory.byteLength;
		for (const [call, where] of [
			[() => subject.model.predict({ inputs: rows }), "Model.predict"],
			[() => subject.trainer.step({ inputs: rows, targets: rows }), "Trainer.step"],
			[() => subject.trainer.evaluate({ inputs: rows, targets: rows }, { batchSize: 5000 }), "Trainer.evaluate"],
		] as const) {
			const error = errorOf(call);
			expect(error).toBeInstanceOf(ShapeError);
			expect(error.message).toMatch(
				/^\S+: this needs \d+\.\d+ GiB of memory; WebAssembly has 4 GiB\. Use fewer rows, shorter rows or a smaller model\.$/,
			);
			expect(error.message.startsWith(`${where}: `)).toBe(true);
		}
		expect(memory.byteLength).toBe(bytes);
		for (let step = 0; step < 2; step++) {
			expect(subject.model.predict(words)).toEqual(twin.model.predict(words));
			expect(subject.trainer.step(words)).toBe(twin.trainer.step(words));
		}
		expect(valuesOf(subject.model)).toEqual(valuesOf(twin.model));
		expect(memory.byteLength).toBe(bytes);
	});
});

function errorOf(call: () => unknown): Error {
	try {
		call();
	} catch (error) {
		return error as Error;
	}
	throw new Error("nothing was thrown");
}
