// Do a gru's hard sigmoids and layer norms give the textbook's outputs and gradients, with either reset?

import { describe, expect, it } from "vitest";
import { type GruOptions, gru, Model, Random, SGD, Trainer } from "../../src/index.ts";
import { engines } from "../engines.ts";
import { zeroGradients } from "../reference/gradients.ts";
import { gruBackward, gruForward } from "../reference/gru.ts";
import { gruResetBeforeBackward, gruResetBeforeForward } from "../reference/gruResetBefore.ts";
import { type Matrix, matrix, type Vector } from "../reference/matrix.ts";

const I = 3;
const H = 6;
const LENGTHS = [7, 4, 1];

const variants: readonly (readonly [string, Omit<GruOptions, "hiddenSize">])[] = [
	["hard sigmoids", { gateActivation: "hardSigmoid" }],
	["hard sigmoids, reset before", { gateActivation: "hardSigmoid", reset: "before" }],
	["layer norms", { layerNorm: true }],
	["layer norms, reset before", { layerNorm: true, reset: "before" }],
	["both", { layerNorm: true, gateActivation: "hardSigmoid" }],
	["both, reset before", { layerNorm: true, gateActivation: "hardSigmoid", reset: "before" }],
];

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
	expect(actual.length).toBe(expected.length);
	const largest = Math.max(...Array.from(expected, Math.abs));
	for (let j = 0; j < expected.length; j++)
		expect(Math.abs((actual[j] as number) - (expected[j] as number))).toBeLessThan(1e-5 * largest + 1e-12);
}

/** The textbook over one row from a state of zeros: its outputs, and the way back from their gradient. */
function textbook(
	{ reset = "after", gateActivation, layerNorm }: Partial<GruOptions>,
	read: (name: string) => Vector,
	x: Matrix,
) {
	const hard = gateActivation === "hardSigmoid";
	const p = {
		...{ Wx: matrix(3 * H, I, read("weight_ih")), Wh: matrix(3 * H, H, read("weight_hh")), b: read("bias") },
		...(layerNorm && { normX: read("norm_ih"), normH: read("norm_hh") }),
	};
	const zero = new Float64Array(H);
	if (reset === "before") {
		const pass = gruResetBeforeForward(p, x, zero, { hard });
		const gradients = zeroGradients(p);
		return { h: pass.h, gradients, back: (dh: Matrix) => gruResetBeforeBackward(p, pass, dh, gradients) };
	}
	const after = { ...p, bn: read("bias_hn") };
	const pass = gruForward(after, x, zero, { hard });
	const gradients = zeroGradients(after);
	return { h: pass.h, gradients, back: (dh: Matrix) => gruBackward(after, pass, dh, gradients) };
}

const NAMES: Readonly<Record<string, string>> = {
	weight_ih: "dWx",
	weight_hh: "dWh",
	bias: "db",
	bias_hn: "dbn",
	norm_ih: "dnormX",
	norm_hh: "dnormH",
};

describe.each(engines)("%s", (engine) => {
	it.each(variants)("%s", async (_, options) => {
		const layer = gru({ inputSize: I, hiddenSize: H, ...options });
		const model = (await Model.create([layer], { seed: 5, engine })) as Model;
		const random = new Random(3);
		// Large enough for hard sigmoids to reach their ends.
		for (const parameter of model.parameters.values())
			parameter.write(parameter.read().map(() => Math.fround(random.uniform(-1.5, 1.5))));
		const values = (size: number) => Array.from({ length: size }, () => Math.fround(random.uniform(-1, 1)));
		const inputs = LENGTHS.map((length) => Array.from({ length }, () => values(I)));
		const targets = LENGTHS.map((length) => Array.from({ length }, () => values(H)));
		const read = (name: string): Vector => Float64Array.from(model.parameters.get(`0.${name}`)?.read() ?? []);
		const count = LENGTHS.reduce((sum, length) => sum + length, 0) * H;
		const { outputs } = model.predict({ inputs });
		const sums = new Map<string, Vector>();
		for (const [row, steps] of inputs.entries()) {
			const { h, gradients, back } = textbook(options, read, matrix(steps.length, I, steps.flat()));
			expectClose(outputs.subarray(row * 7 * H, (row * 7 + steps.length) * H), h.values);
			const wanted = (targets[row] as number[][]).flat();
			back(
				matrix(
					steps.length,
					H,
					h.values.map((value, j) => (2 * (value - (wanted[j] as number))) / count),
				),
			);
			for (const [name, gradient] of Object.entries(gradients as Record<string, Matrix | Vector>)) {
				const flat = gradient instanceof Float64Array ? gradient : gradient.values;
				const sum = sums.get(name) ?? new Float64Array(flat.length);
				sums.set(
					name,
					sum.map((value, j) => value + (flat[j] as number)),
				);
			}
		}
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.1 }) });
		const found = trainer.gradients({ inputs, targets }).gradients;
		expect(found.size).toBe(sums.size);
		for (const [name, gradient] of found) expectClose(gradient, sums.get(NAMES[name.slice(2)] as string) as Vector);
	});

	it.each(variants)("%s: is saved and loaded, and a stream gives what predict does", async (_, options) => {
		const layer = gru({ inputSize: I, hiddenSize: H, ...options });
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
});

it("a plain gru is described as before", () => {
	expect(gru({ hiddenSize: 4, gateActivation: "sigmoid" })).toEqual({ type: "gru", hiddenSize: 4, reset: "after" });
});

it("a wrong gateActivation gets a sentence", () => {
	expect(() => gru({ hiddenSize: 2, gateActivation: "hard" as never })).toThrow(
		'gru: "gateActivation" must be "sigmoid" or "hardSigmoid", got "hard".',
	);
});
