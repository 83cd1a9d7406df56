// Does a call that fails leave the memory as the next one expects it?

import { expect, it } from "vitest";
import { dense, lastStep, lstm, Model, SGD, Trainer } from "../src/index.ts";

it("a failed batch of another shape and purpose does not spoil the record of the last one", async () => {
	const layers = [
		lstm({ inputSize: 64, hiddenSize: 1 }),
		lastStep(),
		dense({ outputSize: 3 }),
	] as const;
	const model = await Model.create(layers, { seed: 3 });
	const trainer = new Trainer(model, {
		loss: "crossEntropy",
		optimizer: new SGD({ learningRate: 0 }),
	});
	const batch = {
		inputs: Float32Array.from({ length: 3 * 4 * 64 }, (_, i) => Math.sin(i)),
		batchSize: 3,
		steps: 4,
		targets: Int32Array.of(0, 2, 1),
	};
	const loss = trainer.step(batch);
	const bad = new Float32Array(2 * 1000 * 64).fill(0.5);
	bad[bad.length - 1] = Number.NaN;
	expect(() =>
		model.predict({ inputs: bad, batchSize: 2, steps: 1000 }),
	).toThrow("inputs[1, 999, 63] is NaN");
	expect(trainer.step(batch)).toBe(loss);
});
