// Does what is done with a model between two steps change nothing of them? Programs of one model share memory and panels.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dense, lstm, Model, SGD, Trainer } from "../../src/index.ts";
import { lossOf } from "../../src/losses/index.ts";
import { runtimeOf } from "../../src/model/model.ts";
import type { Call } from "../../src/plan/program.ts";
import { engines } from "../engines.ts";
import { asBatch, batchOf, modelOf, recipes, valuesOf } from "../models.ts";

describe.each(engines)("%s", (engine) => {
	it("evaluations, predictions and gradients, in any model", { timeout: 120_000 }, async () => {
		await fc.assert(
			fc.asyncProperty(recipes({ dropping: true }), async (recipe) => {
				const run = async (between: (trainer: Trainer, model: Model) => void) => {
					const model = await modelOf(recipe, engine);
					const trainer = new Trainer(model, { loss: recipe.loss, optimizer: new SGD({ learningRate: 0.1 }) });
					for (let count = 0; count < 3; count++) {
						trainer.step(asBatch(batchOf(recipe)));
						between(trainer, model);
					}
					return valuesOf(model);
				};
				const plain = await run(() => {});
				const batch = asBatch(batchOf({ ...recipe, lengths: recipe.lengths.slice(0, 2) }));
				expect(await run((trainer) => trainer.evaluate(batch))).toEqual(plain);
				expect(await run((_, model) => model.predict(batch))).toEqual(plain);
				expect(await run((trainer) => trainer.gradients(batch))).toEqual(plain);
			}),
			{ numRuns: 60, seed: 11 },
		);
	});

	it("of an lstm that drops in its recurrence, whose cell is another in training", async () => {
		const batch = { inputs: [[[1], [2], [3]]], targets: [[[1], [2], [3]]] };
		const run = async (evaluates: boolean) => {
			const layers = [lstm({ inputSize: 1, hiddenSize: 4, recurrentDropout: 0.3 }), dense({ outputSize: 1 })] as const;
			const model = await Model.create(layers, { seed: 1, engine });
			const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.1 }) });
			return [0, 1, 2].map(() => {
				if (evaluates) trainer.evaluate(batch);
				return trainer.step(batch);
			});
		};
		expect(await run(true)).toEqual(await run(false));
	});

	it("panels of one name are packed alike in all programs of a model", async () => {
		await fc.assert(
			fc.asyncProperty(recipes({ dropping: true }), async (recipe) => {
				const runtime = runtimeOf(await modelOf(recipe, engine));
				const rule = new SGD();
				const programs = [
					runtime.program({ kind: "predict" }),
					runtime.program({ kind: "train", loss: lossOf("test", recipe.loss), rule }),
					runtime.program({ kind: "evaluate", loss: lossOf("test", recipe.loss) }),
				];
				const known = new Map<string, string>();
				for (const { phases } of programs) {
					for (const [panels, calls] of packing(phases.pack)) {
						expect(calls, panels).toBe(known.get(panels) ?? calls);
						known.set(panels, calls);
					}
				}
			}),
			{ numRuns: 100, seed: 12 },
		);
	});
});

/** What is packed into panels, by their names. */
function packing(calls: readonly Call[]): ReadonlyMap<string, string> {
	const packed = new Map<string, string>();
	for (const { kernel, operands } of calls) {
		const panels =
			Object.values(operands)
				.map((operand) => nameOf(operand))
				.find((name) => name !== undefined) ?? "";
		packed.set(panels, `${packed.get(panels) ?? ""}${kernel} ${JSON.stringify(operands)}\n`);
	}
	return packed;
}

/** The name of the panels that an operand is, or stands in. */
function nameOf(operand: unknown): string | undefined {
	const { space, name, buffer } = Object(operand) as { space?: string; name?: string; buffer?: unknown };
	if (space === "panels") return name;
	return buffer === undefined ? undefined : nameOf(buffer);
}
