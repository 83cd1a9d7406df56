// Do losses give PyTorch's numbers from end to end? A bare embedding's outputs are its weights, so that what comes of those is what comes
// of outputs.

import { describe, expect, it } from "vitest";
import {
	Adam,
	type AnyLoss,
	type Batch,
	dense,
	embedding,
	type Layer,
	lastStep,
	lstm,
	Model,
	SGD,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { expectClose, expectSame } from "../kernels/compare.ts";
import { random } from "../reference/random.ts";
import { described, fixtures, type LossFixture } from "./described.ts";

const optimizer = new SGD({ learningRate: 0.1 });

async function bare({ outputs }: Pick<LossFixture, "outputs">, engine: "portable" | "fast", last: boolean) {
	const size = outputs[0]?.length ?? 0;
	const layers: Layer[] = [
		embedding({ vocabSize: outputs.length, embeddingSize: size }),
		...(last ? [lastStep()] : []),
	];
	const model = (await Model.create(layers as never, { engine })) as unknown as Model;
	model.parameters.get("0.weight")?.write(Float32Array.from(outputs.flat()));
	return model;
}

/** Rows of 3, 1 and 3 steps. */
function ragged<T>(entries: readonly T[]): T[][] {
	return [entries.slice(0, 3), entries.slice(3, 4), entries.slice(4)] as T[][];
}

function batchOf({ targets, weights }: LossFixture, last: boolean): Batch {
	const ids = weights.map((_, id) => id);
	if (last) return { inputs: ids.map((id) => [id]), targets, weights } as unknown as Batch;
	const all: readonly unknown[] = targets;
	return { inputs: ragged(ids), targets: ragged(all), weights: ragged(weights) } as unknown as Batch;
}

const numbered = fixtures.map((fixture, index) => ({ fixture, what: `${index} ${fixture.loss}` }));

describe.each(engines)("on engine %s", (engine) => {
	it.each(numbered)("$what is PyTorch's, a step or a row at a time", async ({ fixture }) => {
		for (const last of [false, true]) {
			const model = await bare(fixture, engine, last);
			const trainer = new Trainer(model, { loss: described(fixture) as AnyLoss, optimizer }) as Trainer;
			const batch = batchOf(fixture, last);
			const { loss, gradients } = trainer.gradients(batch);
			expect(Math.abs(loss / fixture.value - 1)).toBeLessThan(2e-6);
			expectClose(gradients.get("0.weight") as Float32Array, fixture.gradient.flat(), "gradient");
			const data = { batches: () => [batch] };
			expect(trainer.evaluate(data as never).loss).toBeCloseTo(loss, 12);
			expect(trainer.step(batch)).toBe(loss);
		}
	});
});

/** One of each, of five outputs or so. */
const sorts = fixtures.filter(
	({ outputs, loss }) => outputs[0]?.length === ({ gaussian: 10, quantile: 15 }[loss] ?? 5),
);

describe("with a memory limit", () => {
	it.each(sorts.map((fixture, index) => ({ fixture, what: `${index} ${fixture.loss}` })))(
		"$what gives the bits that it gives without",
		async ({ fixture }) => {
			const size = fixture.outputs[0]?.length as number;
			const draw = random(5);
			const steps = 120;
			const of = (values: LossFixture["targets"]) =>
				[0, 1, 2].map((row) => Array.from({ length: steps - 9 * row }, (_, t) => values[(t + row) % values.length]));
			const inputs = of(fixture.weights as number[]).map((row) => row.map(() => [draw(), draw(), draw()]));
			const batch = { inputs, targets: of(fixture.targets), weights: of(fixture.weights as number[]) };
			const layers = [lstm({ inputSize: 3, hiddenSize: 8 }), dense({ outputSize: size })] as const;
			const results = [];
			for (const share of [undefined, 0.9]) {
				const model = (await Model.create(layers, { seed: 3 })) as unknown as Model;
				const loss = described(fixture) as AnyLoss;
				const { workspaceBytes: bytes } = model.explain({ batchSize: 3, steps, loss });
				const memoryLimit = share && Math.floor(bytes * share);
				const trainer = new Trainer(model, { loss, optimizer: new Adam(), memoryLimit }) as Trainer;
				results.push(trainer.gradients(batch as unknown as Batch));
			}
			const [plain, limited] = results as [(typeof results)[0], (typeof results)[0]];
			expect(limited.loss).toBe(plain.loss);
			for (const [name, gradient] of plain.gradients)
				expectSame(limited.gradients.get(name) as Float32Array, gradient, name);
		},
	);
});
