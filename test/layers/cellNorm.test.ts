// Do cells with layer norms do what all cells do: begin from nothing, be cut by a memory limit, show their gates, take initializers?

import { describe, expect, it } from "vitest";
import {
	bidirectional,
	constant,
	dense,
	gru,
	type Layer,
	lstm,
	Model,
	Random,
	type RecurrentLayer,
	SGD,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";

const I = 3;
const H = 6;

const cells: Readonly<Record<string, (options: object) => RecurrentLayer>> = {
	lstm: (options) => lstm({ hiddenSize: H, layerNorm: true, ...options }),
	"lstm with everything": (options) =>
		lstm({
			...{ hiddenSize: H, layerNorm: true, peepholes: true, coupledGates: true, gateActivation: "hardSigmoid" },
			...options,
		}),
	gru: (options) => gru({ hiddenSize: H, layerNorm: true, ...options }),
	"gru, reset before": (options) => gru({ hiddenSize: H, layerNorm: true, reset: "before", ...options }),
};

const make = async (layers: readonly Layer[], engine: "portable" | "fast") => {
	const model = (await Model.create(layers, { seed: 5, engine })) as Model;
	const random = new Random(3);
	for (const parameter of model.parameters.values())
		parameter.write(parameter.read().map(() => Math.fround(random.uniform(-1, 1))));
	return model;
};

const trainerOf = (model: Model, options = {}) =>
	new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.1 }), ...options });

const rowsOf = (lengths: readonly number[], size: number, seed: number) => {
	const random = new Random(seed);
	return lengths.map((T) =>
		Array.from({ length: T }, () => Array.from({ length: size }, () => Math.fround(random.uniform(-1, 1)))),
	);
};

const allFinite = (values: Iterable<number>) => [...values].every(Number.isFinite);

describe.each(engines)("%s", (engine) => {
	describe.each(Object.keys(cells))("%s", (name) => {
		const cell = cells[name] as (typeof cells)[string];

		it("begins from no state as from zeros, with finite gradients", async () => {
			const model = await make([cell({ inputSize: I })], engine);
			const inputs = rowsOf([4, 2], I, 1);
			const targets = rowsOf([4, 2], H, 2);
			const zeros = new Float32Array(2 * H);
			const names = name.startsWith("lstm") ? ["0.h", "0.c"] : ["0.h"];
			const initialState = new Map(names.map((state) => [state, zeros]));
			const given = model.predict({ inputs, initialState });
			expect(model.predict({ inputs }).outputs).toEqual(given.outputs);
			const trainer = trainerOf(model);
			const without = trainer.gradients({ inputs, targets }).gradients;
			const with0 = trainer.gradients({ inputs, targets, initialState }).gradients;
			for (const [parameter, gradient] of without) {
				expect(allFinite(gradient), parameter).toBe(true);
				expect(gradient, parameter).toEqual(with0.get(parameter));
			}
		});

		it("takes inputs that are all the same, whose rows have no deviation", async () => {
			const model = await make([cell({ inputSize: I })], engine);
			for (const [parameter, { shape }] of model.parameters)
				if (parameter.includes("weight")) model.parameters.get(parameter)?.write(new Float32Array(shape[0] * shape[1]));
			const batch = { inputs: [[[0, 0, 0]], [[1, 1, 1]]], targets: rowsOf([1, 1], H, 2) };
			const { outputs } = model.predict(batch);
			expect(allFinite(outputs)).toBe(true);
			expect(outputs.subarray(0, H)).toEqual(outputs.subarray(H));
			for (const gradient of trainerOf(model).gradients(batch).gradients.values())
				expect(allFinite(gradient)).toBe(true);
		});

		it.each([false, true])("gives the same bits within a memory limit, bidirectional %s", async (both) => {
			const layer = cell({ inputSize: I });
			const model = await make([both ? bidirectional(layer) : layer, dense({ outputSize: 2 })], engine);
			const lengths = [300, 280, 90];
			const batch = { inputs: rowsOf(lengths, I, 1), targets: rowsOf(lengths, 2, 2) };
			const plain = trainerOf(model).gradients(batch);
			const bytes = (memoryLimit?: number) =>
				model.explain({ purpose: "train", batchSize: 3, steps: 300, ...(memoryLimit && { memoryLimit }) })
					.workspaceBytes;
			const memoryLimit = Math.round(bytes() * 0.6);
			expect(bytes(memoryLimit)).toBeLessThanOrEqual(memoryLimit);
			const limited = trainerOf(model, { memoryLimit }).gradients(batch);
			expect(limited.loss).toBe(plain.loss);
			for (const [parameter, gradient] of plain.gradients)
				expect(limited.gradients.get(parameter), parameter).toEqual(gradient);
		});

		it("learns the state that it begins with", async () => {
			const model = await make([cell({ inputSize: I, initialState: "learned" })], engine);
			const batch = { inputs: rowsOf([3, 5], I, 1), targets: rowsOf([3, 5], H, 2) };
			const trainer = trainerOf(model);
			const { gradients } = trainer.gradients(batch);
			const parameter = model.parameters.get("0.initial_h");
			const start = parameter?.read() as Float32Array;
			const lossAt = (shift: number) => {
				parameter?.write(start.map((value, j) => (j === 1 ? value + shift : value)));
				return trainer.evaluate(batch).loss;
			};
			const slope = (lossAt(0.01) - lossAt(-0.01)) / 0.02;
			expect(gradients.get("0.initial_h")?.[1]).toBeCloseTo(slope, 3);
		});

		it("shows its gates, not what was normalised", async () => {
			const model = await make([cell({ inputSize: I })], engine);
			// With gains of 0 gates are their biases: all far open.
			for (const [parameter, { shape }] of model.parameters) {
				const value = parameter.includes("bias") ? 9 : 0;
				model.parameters.get(parameter)?.write(new Float32Array(shape.reduce((a, b) => a * b)).fill(value));
			}
			const report = trainerOf(model).inspect({ inputs: rowsOf([2], I, 1), targets: rowsOf([2], H, 2) });
			const saturation = report.layers[0]?.saturation as Readonly<Record<string, number>>;
			for (const [gate, share] of Object.entries(saturation)) expect(share, gate).toBe(1);
			expect(Object.keys(saturation).length).toBe(name.startsWith("lstm") ? 4 : 3);
		});
	});
});

it("has gains of 1 and shifts of 0 at first, or as initializers say", async () => {
	const read = async (layer: Layer, name: string) =>
		(await Model.create([layer])).parameters.get(`0.${name}`)?.read() as Float32Array;
	const options = { inputSize: 2, hiddenSize: 3, layerNorm: true };
	const blocks = [
		[lstm(options), 4],
		[lstm({ ...options, coupledGates: true }), 3],
		[gru(options), 3],
	] as const;
	for (const [layer, count] of blocks)
		for (const name of ["norm_ih", "norm_hh"])
			expect(await read(layer, name)).toEqual(new Float32Array(count * 3).fill(1));
	expect(await read(lstm(options), "norm_c")).toEqual(new Float32Array(3).fill(1));
	expect(await read(lstm(options), "norm_c_bias")).toEqual(new Float32Array(3));
	const initializers = { norm_hh: constant(0.25), norm_c: constant(0.5) };
	expect(await read(lstm({ ...options, initializers }), "norm_hh")).toEqual(new Float32Array(12).fill(0.25));
	expect(await read(lstm({ ...options, initializers }), "norm_c")).toEqual(new Float32Array(3).fill(0.5));
});

it("a cell without layer norms has no such initializers", () => {
	const initializers = { norm_ih: constant(1) };
	expect(() => gru({ hiddenSize: 2, initializers })).toThrow(
		'gru.initializers: unknown option "norm_ih". Known options: weight_ih, weight_hh, bias, bias_hn.',
	);
});

it("a wrong layerNorm gets a sentence", () => {
	expect(() => gru({ hiddenSize: 2, layerNorm: "yes" as never })).toThrow(
		'gru: "layerNorm" must be true or false, got "yes".',
	);
});
