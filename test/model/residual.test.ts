// Do recurrent layers inside a residual have all that others have: names, streams, files, states, reports?

import { describe, expect, it } from "vitest";
import {
	bidirectional,
	dense,
	gru,
	lastStep,
	layerNorm,
	lstm,
	Model,
	Random,
	readSafetensors,
	residual,
	rnn,
	SGD,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";

const SIZE = 3;

/** Two values in, two values out at each step. */
const layersOf = (initialState: "zero" | "learned" = "zero") =>
	[
		dense({ inputSize: 2, outputSize: SIZE }),
		residual([
			layerNorm(),
			lstm({ hiddenSize: SIZE, initialState }),
			residual([gru({ hiddenSize: SIZE, initialState })]),
		]),
		dense({ outputSize: 2 }),
	] as const;

const random = new Random(4);
const list = (length: number) => Array.from({ length }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
const inputs = [list(5), list(3), list(5)];
const targets = [list(5), list(3), list(5)];

const create = (engine: "portable" | "fast", initialState?: "learned") =>
	Model.create(layersOf(initialState), { seed: 2, engine });

const trainerOf = (model: Model<"values">, learningRate = 0.1) =>
	new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate }) });

describe.each(engines)("%s", (engine) => {
	it("parameters are named by the index of the residual and theirs inside", async () => {
		const model = await create(engine);
		expect([...model.parameters.keys()]).toEqual([
			...["0.weight", "0.bias", "1.0.weight", "1.0.bias", "1.1.weight_ih", "1.1.weight_hh", "1.1.bias"],
			...["1.2.0.weight_ih", "1.2.0.weight_hh", "1.2.0.bias", "1.2.0.bias_hn", "2.weight", "2.bias"],
		]);
		expect([...model.predict({ inputs }).finalState.keys()]).toEqual(["1.1.h", "1.1.c", "1.2.0.h"]);
	});

	it("a stream gives what predict gives", async () => {
		const model = await create(engine, "learned");
		const { outputs } = model.predict({ inputs: [inputs[0]] });
		const stream = model.stream();
		const pushed = inputs[0].flatMap((x) => [...stream.push(x)]);
		expect(Float32Array.from(pushed)).toEqual(outputs);
	});

	it("two directions inside can't stream, and the sentence names them", async () => {
		const both = bidirectional(rnn({ inputSize: 2, hiddenSize: 2 }), { merge: "sum" });
		const model = await Model.create([residual([both])], { engine });
		expect(() => model.stream()).toThrow(
			"Model.stream: 0.0.bidirectional is bidirectional, so it needs the whole sequence. Use predict, or a model without it.",
		);
	});

	it("a file holds the layers inside, and a loaded model goes on to the same bits", async () => {
		const model = await create(engine, "learned");
		const bytes = model.save();
		const same = await Model.load<"values">(bytes, { engine });
		expect(same.layers).toEqual(model.layers);
		expect([...readSafetensors(bytes).tensors.keys()]).toEqual([...model.parameters.keys()]);
		const trainers = [model, same].map((of) => trainerOf(of));
		for (let step = 0; step < 2; step++)
			expect(trainers[1].step({ inputs, targets })).toBe(trainers[0].step({ inputs, targets }));
		expect(same.save()).toEqual(model.save());
	});

	it("states are given and carried, and their gradient comes back", async () => {
		const model = await create(engine);
		const head = inputs.map((row) => row.slice(0, 2));
		const tail = inputs.map((row) => row.slice(2));
		const whole = model.predict({ inputs });
		const { finalState } = model.predict({ inputs: head });
		expect(model.predict({ inputs: tail, initialState: finalState }).finalState).toEqual(whole.finalState);
		const trainer = trainerOf(model, 0);
		trainer.step({ inputs: head, targets: targets.map((row) => row.slice(0, 2)) });
		trainer.step({ inputs: tail, targets: targets.map((row) => row.slice(2)), continues: true });
		expect(trainer.finalState).toEqual(whole.finalState);
		const { initialState } = trainer.gradients({ inputs, targets, initialState: finalState });
		expect([...(initialState ?? [])].map(([name, { length }]) => [name, length])).toEqual(
			["1.1.h", "1.1.c", "1.2.0.h"].map((name) => [name, 9]),
		);
		for (const values of initialState?.values() ?? []) expect(values.every((value) => value !== 0)).toBe(true);
	});

	it("learned initial states get a gradient", async () => {
		const model = await create(engine, "learned");
		const { gradients } = trainerOf(model).gradients({ inputs, targets });
		for (const name of ["1.1.initial_h", "1.1.initial_c", "1.2.0.initial_h"])
			expect(
				gradients.get(name)?.every((value) => value !== 0),
				name,
			).toBe(true);
	});

	it("inspect names them, directions too", async () => {
		const report = trainerOf(await create(engine)).inspect({ inputs, targets });
		expect(report.layers.map(({ name }) => name)).toEqual(["1.1.lstm", "1.2.0.gru"]);
		const both = bidirectional(rnn({ hiddenSize: 2 }), { merge: "average" });
		const model = await Model.create([residual([layerNorm({ inputSize: 2 }), both])], { engine });
		const names = trainerOf(model)
			.inspect({ inputs, targets })
			.layers.map(({ name }) => name);
		expect(names).toEqual(["0.1.rnn.forward", "0.1.rnn.backward"]);
	});

	it("an error says in which of them a value began that is not finite", async () => {
		const cell = rnn({ hiddenSize: 2, activation: "relu" });
		const model = await Model.create([residual([dense({ inputSize: 2, outputSize: 2 }), residual([cell])])], {
			engine,
		});
		model.parameters.get("0.0.bias")?.write([1, 1]);
		model.parameters.get("0.1.0.weight_ih")?.write(new Float32Array(4).fill(3e38));
		expect(() => trainerOf(model).step({ inputs: [[[1, 1]]], targets: [[[1, 1]]] })).toThrow(
			"It began in 0.1.0.rnn: 0.1.0.h of step 0 of row 0 is Infinity",
		);
	});

	it("omega finds an rnn inside", async () => {
		const model = await Model.create([residual([rnn({ inputSize: 2, hiddenSize: 2 })])], { engine });
		const options = { loss: "meanSquaredError", optimizer: new SGD(), omega: 1 } as const;
		expect(new Trainer(model, options).step({ inputs, targets })).toBeGreaterThan(0);
	});

	it("a summary lists what is inside, and explain labels its calls", async () => {
		const model = await create(engine);
		expect(model.summary()).toBe(
			[
				"layer            output             parameters",
				"0.dense          [batch, steps, 3]           9",
				"1.residual       [batch, steps, 3]         156",
				"  1.0.layerNorm  [batch, steps, 3]           6",
				"  1.1.lstm       [batch, steps, 3]          84",
				"  1.2.residual   [batch, steps, 3]          66",
				"    1.2.0.gru    [batch, steps, 3]          66",
				"2.dense          [batch, steps, 2]           8",
				`173 parameters; engine ${engine}; takes 2 features a step`,
			].join("\n"),
		);
		const { calls } = model.explain({ loss: "meanSquaredError" });
		const labels = new Set(calls.map(({ layer }) => layer));
		for (const label of ["1.0.layerNorm", "1.1.lstm", "1.2.0.gru", "1.2.residual", "1.residual"])
			expect(labels).toContain(label);
	});

	it("lastStep after it takes the end of each summand", async () => {
		const both = bidirectional(rnn({ hiddenSize: 2 }), { merge: "sum" });
		const layers = [dense({ inputSize: 2, outputSize: 2 }), residual([both])] as const;
		const every = await Model.create(layers, { seed: 1, engine });
		const ends = await Model.create([...layers, lastStep()], { seed: 1, engine });
		const alone = await Model.create([layers[0], both, lastStep()], { seed: 1, engine });
		const dense1 = await Model.create([layers[0], lastStep()], { seed: 1, engine });
		for (const [name, parameter] of every.parameters) {
			ends.parameters.get(name)?.write(parameter.read());
			alone.parameters.get(name.replace("1.0.", "1."))?.write(parameter.read());
			dense1.parameters.get(name)?.write(parameter.read());
		}
		const [a, b] = [alone, dense1].map((model) => model.predict({ inputs }).outputs);
		expect(ends.predict({ inputs }).outputs).toEqual(a.map((value, j) => value + b[j]));
	});
});
