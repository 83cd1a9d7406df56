// Is a gradient clipped by torch's formula, min(1, clipNorm / (norm + 1e-6)), also where the 1e-6 counts?
import { describe, expect, it } from "vitest";
import { dense, Model, SGD, Trainer } from "../../src/index.ts";
import { engines } from "../engines.ts";

/** One update, with a learning rate of 1, of parameters that are 0: they become the gradient, clipped, and negative. */
async function update(engine: (typeof engines)[number], target: number, clipNorm: number) {
	const model = await Model.create([dense({ inputSize: 2, outputSize: 1 })], { engine });
	for (const parameter of model.parameters.values()) parameter.write(new Float32Array(parameter.size));
	const optimizer = new SGD({ learningRate: 1 });
	const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer, clipNorm });
	const batch = { inputs: [[[1, -0.5]]], targets: [[[target]]] };
	const gradients = [...trainer.gradients(batch).gradients.values()].flatMap((values) => [...values]);
	trainer.step(batch);
	const clipped = [...model.parameters.values()].flatMap((parameter) => [...parameter.read()].map((value) => -value));
	return { gradients, clipped, gradientNorm: trainer.gradientNorm };
}

describe.each(engines)("clipNorm, %s", (engine) => {
	it.each([
		["far below the norm", 3e-7, 1e-8],
		["a tenth of the norm", 3e-7, 1e-7],
		["above the norm, by less than 1e-6", 3e-7, 1e-6],
		["the norm, nearly", 5e-7, 1.5e-6],
		["above the norm by far", 3e-7, 1e-3],
		["of a gradient of ordinary size", 0.5, 0.1],
	])("%s", async (_, target, clipNorm) => {
		const { gradients, clipped, gradientNorm } = await update(engine, target, clipNorm);
		const norm = Math.sqrt(gradients.reduce((sum, g) => sum + g * g, 0));
		expect(norm / target).toBeCloseTo(2 * Math.hypot(1, 0.5, 1), 5);
		expect(gradientNorm / norm).toBeCloseTo(1, 12);
		const scale = Math.min(1, clipNorm / (norm + 1e-6));
		for (const [index, g] of gradients.entries()) expect(clipped[index] / (scale * g)).toBeCloseTo(1, 6);
	});
});
