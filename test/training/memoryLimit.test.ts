// Does a step within a memory limit give the bits of one that keeps everything, whatever it has to compute again?

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	Adam,
	type Batch,
	type BidirectionalLayer,
	bidirectional,
	dense,
	gru,
	indRnn,
	type Layer,
	lastStep,
	lstm,
	Model,
	minGru,
	minLstm,
	Random,
	type RecurrentLayer,
	type ResidualLayer,
	residual,
	rnn,
	SGD,
	sLstm,
	Trainer,
	type TrainerOptions,
} from "../../src/index.ts";
import { runtimeOf } from "../../src/model/model.ts";
import { engines } from "../engines.ts";
import { asBatch, batchOf, leastOf, modelOf, type Recipe, recipes, valuesOf } from "../models.ts";

const SHARES = [0.8, 0.5, 0.3, 0.15, 0.06];

/** Random models on batches that are cut into many parts. */
const long = fc
	.record({ recipe: recipes({ dropping: true }), longer: fc.integer({ min: 30, max: 90 }), learned: fc.boolean() })
	.map(({ recipe, longer, learned }) => {
		const lengths = recipe.lengths.map((length) => 1 + (length * longer) / (recipe.lengths.length > 4 ? 4 : 1));
		return { recipe: { ...recipe, lengths: lengths.map(Math.floor) } satisfies Recipe, learned };
	});

const floats = (size: number, seed = 1) => {
	const random = new Random(seed);
	return Float32Array.from({ length: size }, () => random.uniform(-1, 1));
};

/** Values in, two values out at each step. */
const valuesBatch = (batchSize: number, steps: number, inputSize: number): Batch<"values", "values"> => ({
	...{ batchSize, steps, inputs: floats(batchSize * steps * inputSize), targets: floats(batchSize * steps * 2, 2) },
});

const layersOf = (inputSize: number, hiddenSize: number) =>
	[lstm({ inputSize, hiddenSize }), dense({ outputSize: 2 })] as const;

const trainerOf = (model: Model, options: Partial<TrainerOptions<"meanSquaredError">> = {}) =>
	new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.1 }), ...options });

describe.each(engines)("%s", (engine) => {
	it("gives the bits of plain BPTT, for any model and any limit that is large enough", {
		timeout: 120_000,
	}, async () => {
		await fc.assert(
			fc.asyncProperty(long, async ({ recipe, learned }) => {
				const model = learned ? await withLearnedStates(recipe) : await modelOf(recipe, engine);
				const batch = asBatch(batchOf(recipe));
				const { finalState } = model.predict(batch);
				const given = recipe.seed % 2 === 0 ? { ...batch, initialState: finalState } : batch;
				const { loss } = recipe;
				const optimizer = new SGD({ learningRate: 0 });
				const hasRnn = recipe.cells.some(({ cell }) => cell === "rnn" || cell === "relu");
				const drops = recipe.cells.some(({ inside }) => inside);
				const omega = hasRnn && !drops && recipe.seed % 3 > 0 ? 2 : undefined;
				const plain = new Trainer(model, { loss, optimizer, omega });
				const expected = plain.gradients(given);
				plain.step(given);
				const sizes = { batchSize: recipe.lengths.length, steps: Math.max(...recipe.lengths) };
				const whole = model.explain({ ...sizes, purpose: "train", loss }).workspaceBytes;
				const least = leastOf(new Trainer(model, { loss, optimizer, omega, memoryLimit: 1 }), given);
				for (const limit of [least, ...SHARES.map((share) => share * whole).filter((limit) => limit >= least)]) {
					const limited = new Trainer(model, { loss, optimizer, omega, memoryLimit: limit });
					expect(limited.gradients(given)).toStrictEqual(expected);
					limited.step(given);
					expect(limited.finalState).toStrictEqual(plain.finalState);
					expect(limited.gradientNorm).toBe(plain.gradientNorm);
				}
			}),
			{ numRuns: 40, seed: 8 },
		);
	});

	async function withLearnedStates({ seed, ids, loss: _, ...recipe }: Recipe): Promise<Model> {
		const plain = await modelOf({ ...recipe, seed, ids, loss: "crossEntropy" }, engine);
		const learned = plain.layers.map(learning);
		return (await Model.create(learned, { seed, engine })) as Model;
	}

	function learning(layer: Layer): Layer {
		const { type, ...options } = layer;
		if ("layers" in layer) return residual((layer as ResidualLayer).layers.map(learning));
		if ("layer" in layer) {
			const { layer: inner, merge } = layer as BidirectionalLayer;
			return bidirectional(learning(inner) as RecurrentLayer, { merge });
		}
		const cell = { lstm, gru, rnn, indRnn, minGru, minLstm, sLstm }[type as string] as
			| ((options: object) => Layer)
			| undefined;
		return cell?.({ ...options, initialState: "learned" }) ?? layer;
	}

	it("trains to the same bits as without one, streams that go on and repeat steps included", async () => {
		const models = await Promise.all([0, 1].map(() => Model.create(layersOf(3, 5), { seed: 3, engine })));
		const [plain, limited] = models.map((model, index) =>
			trainerOf(model as Model, {
				optimizer: new Adam({ learningRate: 0.01 }),
				clipNorm: 1,
				...(index === 1 && { memoryLimit: 150_000 }),
			}),
		);
		for (let step = 0; step < 5; step++) {
			const batch = {
				...valuesBatch(4, 300, 3),
				inputs: floats(3600, step),
				lengths: [300, 290 - step, 300, 31],
				continues: step === 0 ? false : [true, false, true, true],
				overlap: 30,
			};
			expect(limited?.step(batch)).toBe(plain?.step(batch));
		}
		expect(valuesOf(models[1] as Model)).toStrictEqual(valuesOf(models[0] as Model));
	});

	it("takes no more memory than it may, and a thousand steps take a tenth", async () => {
		const batch = { ...valuesBatch(16, 1000, 8), targets: floats(32, 3) };
		const layers = [lstm({ inputSize: 8, hiddenSize: 32 }), lastStep(), dense({ outputSize: 2 })] as const;
		const [plain, limited] = await Promise.all([0, 1].map(() => Model.create(layers, { seed: 1, engine })));
		const sizes = { batchSize: 16, steps: 1000, loss: "meanSquaredError" } as const;
		const whole = (plain as Model).explain(sizes);
		const memoryLimit = whole.workspaceBytes / 10;
		const explained = (limited as Model).explain({ ...sizes, memoryLimit });
		expect(whole).toMatchObject({ kept: "everything", extraOperations: 0 });
		expect(explained.workspaceBytes).toBeLessThanOrEqual(memoryLimit);
		expect(explained.kept).toMatch(
			/^states at \d+ of \d+ borders in time; each part between them is computed 1\.\d\d times$/,
		);
		const walk = explained.calls.find(({ kernel }) => kernel === "lstmForward");
		expect(explained.extraOperations).toBeGreaterThan(0.5 * (walk?.operations as number));
		expect(explained.extraOperations).toBeLessThan(walk?.operations as number);
		const bytesOf = (model: Model) => runtimeOf(model).engine.f32.byteLength;
		const before = bytesOf(limited as Model);
		const { gradients } = trainerOf(limited as Model, { memoryLimit }).gradients(batch);
		expect(bytesOf(limited as Model) - before).toBeLessThan(memoryLimit + 2 ** 18);
		expect(gradients).toStrictEqual(trainerOf(plain as Model).gradients(batch).gradients);
	});

	it("ten thousand steps of 16 rows, 64 to 128, fit in 256 MB, and in 8", async () => {
		const model = (await Model.create(layersOf(64, 128), { engine })) as Model;
		const sizes = { batchSize: 16, steps: 10_000, loss: "meanSquaredError" } as const;
		expect(model.explain(sizes).workspaceBytes).toBeGreaterThan(500 * 2 ** 20);
		for (const megabytes of [256, 8]) {
			const explained = model.explain({ ...sizes, memoryLimit: megabytes * 2 ** 20 });
			expect(explained.workspaceBytes).toBeLessThanOrEqual(megabytes * 2 ** 20);
			expect(`${explained}`).toContain(`kept: ${explained.kept}; `);
		}
	});

	it("bidirectional layers keep their states, and compute gates again: 8 of 24 bytes a step, row and unit", async () => {
		const model = (await Model.create(
			[bidirectional(lstm({ inputSize: 4, hiddenSize: 64 })), lastStep(), dense({ outputSize: 2 })],
			{ engine },
		)) as Model;
		const at = (steps: number, memoryLimit?: number) =>
			model.explain({ batchSize: 8, steps, loss: "meanSquaredError", memoryLimit });
		const limit = 0.75 * at(1000).workspaceBytes;
		expect(at(1000, limit).kept).toBe("states; gates are computed again");
		const walks = at(1000, limit).calls.filter(({ kernel }) => kernel === "lstmForward");
		expect(at(1000, limit).extraOperations).toBe(walks.reduce((sum, { operations }) => sum + operations, 0));
		// Per step, row and unit of one direction: h, c, and h once more in the layer's output.
		const perUnit = (at(2000, 2 * limit).workspaceBytes - at(1000, limit).workspaceBytes) / (1000 * 8 * 128);
		expect(perUnit).toBeGreaterThan(11);
		expect(perUnit).toBeLessThan(13.2);
	});

	it("predictions keep the gates of 256 rows at most", async () => {
		const model = (await Model.create([lstm({ inputSize: 4, hiddenSize: 32 })], { engine })) as Model;
		const bytes = (steps: number) => model.explain({ batchSize: 4, steps }).workspaceBytes;
		// Of a row: the inputs as given and packed, h and c.
		expect((bytes(2000) - bytes(1000)) / 4000).toBeLessThan(2 * 16 + 2 * 128 + 4);
	});

	it("leaves the norms that health asks for", async () => {
		const model = (await Model.create(layersOf(3, 5), { seed: 2, engine })) as Model;
		const optimizer = new SGD({ learningRate: 0 });
		const [plain, limited] = [undefined, 180_000].map((memoryLimit) =>
			trainerOf(model, { optimizer, health: true, memoryLimit }),
		);
		const batch = valuesBatch(4, 400, 3);
		plain?.step(batch);
		limited?.step(batch);
		expect(limited?.health.layers).toStrictEqual(plain?.health.layers);
	});

	it("says where a value that is not finite began, also where the states have not been kept", async () => {
		const model = (await Model.create(
			[rnn({ inputSize: 1, hiddenSize: 2, activation: "relu" }), dense({ outputSize: 2 })],
			{ engine },
		)) as Model;
		model.parameters.get("0.weight_hh")?.write([1.2, 0, 0, 1.2]);
		model.parameters.get("0.weight_ih")?.write([1, 1]);
		const batch = { ...valuesBatch(1, 900, 1), inputs: new Float32Array(900).fill(1) };
		const messages = [undefined, 110_000].map((memoryLimit) => {
			try {
				trainerOf(model, { memoryLimit }).step(batch);
			} catch (error) {
				return (error as Error).message;
			}
			return "";
		});
		expect(messages[0]).toMatch(/It began in 0\.rnn: 0\.h of step 4\d\d of row 0 is Infinity\./);
		expect(messages[1]).toBe(messages[0]);
	});

	it("a limit that is too small changes nothing, and the least that works works", async () => {
		const model = (await Model.create(layersOf(3, 5), { seed: 2, engine })) as Model;
		const before = valuesOf(model);
		const trainer = trainerOf(model, { memoryLimit: 100_000 });
		trainer.step(valuesBatch(2, 10, 3));
		const after = valuesOf(model);
		const { finalState } = trainer;
		expect(after).not.toStrictEqual(before);
		const least = leastOf(trainer, valuesBatch(2, 3000, 3));
		expect(() => trainer.step(valuesBatch(2, 3000, 3))).toThrow(
			`Trainer.step: "memoryLimit" is 100,000 bytes, but a batch of [2, 3,000] (rows, steps) needs at least ${least.toLocaleString("en-US")}. Raise it, or give fewer or shorter rows.`,
		);
		expect(valuesOf(model)).toStrictEqual(after);
		expect(trainer.finalState).toStrictEqual(finalState);
		expect(() => trainerOf(model, { memoryLimit: least }).step(valuesBatch(2, 3000, 3))).not.toThrow();
		expect(leastOf(trainerOf(model, { memoryLimit: least - 1 }), valuesBatch(2, 3000, 3))).toBe(least);
	});

	it("wrong inputs and targets in a late part are named, and change nothing", async () => {
		const model = (await Model.create(layersOf(3, 5), { seed: 2, engine })) as Model;
		const trainer = trainerOf(model, { memoryLimit: 210_000 });
		const before = valuesOf(model);
		const wrong = (name: "inputs" | "targets", at: number) => {
			const batch = valuesBatch(2, 3000, 3);
			(batch[name] as Float32Array)[at] = Number.NaN;
			return batch;
		};
		expect(() => trainer.step(wrong("inputs", 3 * 3000 + 3 * 2900 + 1))).toThrow(
			"Trainer.step: inputs[1, 2900, 1] is NaN; values must be finite in float32.",
		);
		expect(() => trainer.step(wrong("targets", 2 * 100))).toThrow(
			"Trainer.step: targets[0, 100, 0] is NaN; values must be finite in float32.",
		);
		expect(valuesOf(model)).toStrictEqual(before);
		expect(trainer.updateCount).toBe(0);
	});
});
