// Do peepholes, coupled gates, hard sigmoids and layer norms give the textbook's outputs and gradients, with parameters in the order that is said?

import { describe, expect, it } from "vitest";
import { chrono, type LstmOptions, lstm, Model, Random, SGD, Trainer } from "../../src/index.ts";
import { engines } from "../engines.ts";
import { zeroGradients } from "../reference/gradients.ts";
import {
	type LstmVariant,
	type LstmVariantParameters,
	lstmVariantBackward,
	lstmVariantForward,
} from "../reference/lstmVariant.ts";
import { matrix, type Vector } from "../reference/matrix.ts";

const I = 3;
const H = 6;
const LENGTHS = [7, 4, 1];

const variants: readonly (readonly [string, Omit<LstmOptions, "hiddenSize">, LstmVariant])[] = [
	["peepholes", { peepholes: true }, {}],
	["coupled gates", { coupledGates: true }, { coupled: true }],
	["hard sigmoids", { gateActivation: "hardSigmoid" }, { hard: true }],
	[
		"all of them",
		{ peepholes: true, coupledGates: true, gateActivation: "hardSigmoid", layerNorm: true },
		{ coupled: true, hard: true },
	],
	["layer norms", { layerNorm: true }, {}],
	["layer norms and peepholes", { layerNorm: true, peepholes: true }, {}],
	["layer norms and coupled gates", { layerNorm: true, coupledGates: true }, { coupled: true }],
];

const NORMS = { norm_ih: "dnormX", norm_hh: "dnormH", norm_c: "dnormC", norm_c_bias: "dnormCBias" } as const;

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
	expect(actual.length).toBe(expected.length);
	const largest = Math.max(...Array.from(expected, Math.abs));
	for (let j = 0; j < expected.length; j++)
		expect(Math.abs((actual[j] as number) - (expected[j] as number))).toBeLessThan(1e-5 * largest + 1e-12);
}

describe.each(engines)("%s", (engine) => {
	it.each(variants)("%s", async (_, options, variant) => {
		const model = (await Model.create([lstm({ inputSize: I, hiddenSize: H, ...options })], {
			seed: 5,
			engine,
		})) as Model;
		const random = new Random(3);
		for (const parameter of model.parameters.values())
			parameter.write(parameter.read().map(() => Math.fround(random.uniform(-1, 1))));
		const values = (size: number) => Array.from({ length: size }, () => Math.fround(random.uniform(-1, 1)));
		const inputs = LENGTHS.map((length) => Array.from({ length }, () => values(I)));
		const targets = LENGTHS.map((length) => Array.from({ length }, () => values(H)));
		const read = (name: string): Vector => Float64Array.from(model.parameters.get(`0.${name}`)?.read() ?? []);
		const b = read("bias");
		const p = options.peepholes ? read("peephole") : new Float64Array((variant.coupled ? 2 : 3) * H);
		const parameters: LstmVariantParameters = {
			...{ Wx: matrix(b.length, I, read("weight_ih")), Wh: matrix(b.length, H, read("weight_hh")), b, p },
			...(options.layerNorm && { normX: read("norm_ih"), normH: read("norm_hh") }),
			...(options.layerNorm && { normC: read("norm_c"), normCBias: read("norm_c_bias") }),
		};
		const gradients = zeroGradients(parameters);
		const count = LENGTHS.reduce((sum, length) => sum + length, 0) * H;
		const { outputs } = model.predict({ inputs });
		for (const [row, steps] of inputs.entries()) {
			const x = matrix(steps.length, I, Float64Array.from(steps.flat()));
			const pass = lstmVariantForward(parameters, x, new Float64Array(H), new Float64Array(H), variant);
			expectClose(outputs.subarray(row * 7 * H, (row * 7 + steps.length) * H), pass.h.values);
			const wanted = (targets[row] as number[][]).flat();
			const dh = pass.h.values.map((value, j) => (2 * (value - (wanted[j] as number))) / count);
			lstmVariantBackward(parameters, pass, matrix(steps.length, H, dh), gradients, {}, variant);
		}
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.1 }) });
		const found = trainer.gradients({ inputs, targets }).gradients;
		expectClose(found.get("0.weight_ih") as Float32Array, gradients.dWx.values);
		expectClose(found.get("0.weight_hh") as Float32Array, gradients.dWh.values);
		expectClose(found.get("0.bias") as Float32Array, gradients.db);
		if (options.peepholes) expectClose(found.get("0.peephole") as Float32Array, gradients.dp);
		if (options.layerNorm)
			for (const [name, gradient] of Object.entries(NORMS))
				expectClose(found.get(`0.${name}`) as Float32Array, gradients[gradient] as Vector);
		expect(found.size).toBe(3 + (options.peepholes ? 1 : 0) + (options.layerNorm ? 4 : 0));
	});

	it("is saved and loaded, and a stream gives what predict does", async () => {
		const layer = lstm({
			inputSize: I,
			hiddenSize: H,
			peepholes: true,
			coupledGates: true,
			gateActivation: "hardSigmoid",
			layerNorm: true,
		});
		const model = (await Model.create([layer], { seed: 2, engine })) as Model<"values">;
		const loaded = await Model.load<"values">(model.save(), { engine });
		expect(loaded.layers).toEqual(model.layers);
		const inputs = [Array.from({ length: 5 }, (_, t) => [t / 5, -1, 0.5])];
		const { outputs } = model.predict({ inputs });
		expect(loaded.predict({ inputs }).outputs).toEqual(outputs);
		const stream = loaded.stream();
		const pushed = (inputs[0] as number[][]).flatMap((x) => [...stream.push(x)]);
		expect(Float32Array.from(pushed)).toEqual(outputs);
	});

	it("shows its gates, whose order is that of the memory", async () => {
		const model = (await Model.create([lstm({ inputSize: I, hiddenSize: H, coupledGates: true })], {
			engine,
		})) as Model;
		// f far open, so that i is shut; o at a half.
		model.parameters.get("0.bias")?.write([...new Array(H).fill(9), ...new Array(2 * H).fill(0)]);
		model.parameters.get("0.weight_ih")?.write(new Array(3 * H * I).fill(0));
		model.parameters.get("0.weight_hh")?.write(new Array(3 * H * H).fill(0));
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.1 }) });
		const report = trainer.inspect({ inputs: [[[1, 2, 3]]], targets: [[new Array(H).fill(1)]] });
		expect(report.layers[0]?.saturation).toEqual({ f: 1, g: 0, o: 0, i: 1 });
	});
});

it("a plain lstm is described as before, and what is not asked for is left out", () => {
	const plain = { type: "lstm", hiddenSize: 4, forgetBias: 1 };
	const options = { peepholes: false, coupledGates: false, gateActivation: "sigmoid", layerNorm: false } as const;
	expect(lstm({ hiddenSize: 4, ...options })).toEqual(plain);
});

it("forget biases and chrono find the gate f of coupled gates", async () => {
	const biasOf = async (options: object) => {
		const model = await Model.create([lstm({ inputSize: 1, hiddenSize: 2, coupledGates: true, ...options })]);
		return model.parameters.get("0.bias")?.read() as Float32Array;
	};
	expect([...(await biasOf({ forgetBias: 3 })).subarray(0, 2)]).toEqual([3, 3]);
	const drawn = await biasOf({ initializers: { bias: chrono({ longest: 400 }) } });
	expect(drawn.length).toBe(6);
	expect(Math.min(...drawn.subarray(0, 2))).toBeGreaterThanOrEqual(0);
	expect([...drawn.subarray(2)]).toEqual([0, 0, 0, 0]);
});

it.each([
	["peepholes", 1, 'lstm: "peepholes" must be true or false, got 1.'],
	["coupledGates", "yes", 'lstm: "coupledGates" must be true or false, got "yes".'],
	["layerNorm", 1, 'lstm: "layerNorm" must be true or false, got 1.'],
	["gateActivation", "hard", 'lstm: "gateActivation" must be "sigmoid" or "hardSigmoid", got "hard".'],
])("a wrong %s gets a sentence", (name, value, sentence) => {
	expect(() => lstm({ hiddenSize: 2, [name]: value } as never)).toThrow(sentence);
});
