// Is memory planned and then only used, and does a dropped model drop it?
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { Adam, dense, embedding, lstm, Model, type Optimizer, Random, RMSprop, SGD, Trainer } from "../../src/index.ts";
import { runtimeOf } from "../../src/model/model.ts";
import { engines } from "../engines.ts";
import { valuesOf } from "../models.ts";

const random = new Random(1);
const ids = (size: number) => Int32Array.from({ length: size }, () => Math.floor(random.uniform(0, 9)));

/** A batch of equal or of unequal lengths. */
function batchOf(batchSize: number, steps: number, ragged: boolean) {
	const lengths = Array.from({ length: batchSize }, (_, row) => (ragged ? 1 + (row % steps) : steps));
	const size = batchSize * steps;
	return { inputs: ids(size), targets: ids(size), batchSize, steps, lengths };
}

describe.each(engines)("%s", (engine) => {
	const create = (seed = 1) =>
		Model.create([embedding({ vocabSize: 9, embeddingSize: 4 }), lstm({ hiddenSize: 6 }), dense({ outputSize: 9 })], {
			seed,
			engine,
		});
	const trainerOf = (model: Model<"ids">, optimizer: Optimizer) =>
		new Trainer(model, { loss: "crossEntropy", optimizer, clipNorm: 1 });
	const bufferOf = (model: Model<"ids">) => runtimeOf(model as unknown as Model).engine.f32.buffer;

	it("a thousand steps, predictions and evaluations: the same buffer, of the same size", async () => {
		const model = await create();
		const trainer = trainerOf(model, new Adam());
		const batches = [batchOf(8, 12, true), batchOf(8, 12, false), batchOf(3, 5, true), batchOf(1, 12, false)];
		const stream = model.stream();
		const round = (step: number) => {
			const batch = batches[step % 4];
			trainer.step(batch);
			model.predict(batch);
			trainer.evaluate(batch);
			stream.push(step % 9);
		};
		for (let step = 0; step < 4; step++) round(step);
		const buffer = bufferOf(model);
		const { byteLength } = buffer;
		for (let step = 0; step < 1000; step++) round(step);
		expect(bufferOf(model) === buffer).toBe(true);
		expect(buffer.byteLength).toBe(byteLength);
	});

	it("plans anew for a larger batch only, and then never again", async () => {
		const model = await create();
		const trainer = trainerOf(model, new SGD());
		trainer.step(batchOf(2, 3, false));
		const small = bufferOf(model);
		trainer.step(batchOf(64, 50, false));
		const large = bufferOf(model);
		const { byteLength } = large;
		expect(large === small).toBe(false);
		for (const [rows, steps] of [
			[2, 3],
			[64, 50],
			[50, 64],
			[1, 3000],
		])
			trainer.step(batchOf(rows, steps, rows > 1));
		expect(bufferOf(model).byteLength).toBeLessThan(3 * byteLength);
		const widest = bufferOf(model);
		for (let step = 0; step < 20; step++) {
			trainer.step(batchOf(64, 50, step % 2 === 0));
			trainer.step(batchOf(1, 3000, false));
		}
		expect(bufferOf(model) === widest).toBe(true);
	});

	it("parameters stay where they are and what they are while memory grows", async () => {
		const model = await create();
		const before = valuesOf(model as unknown as Model);
		const trainer = trainerOf(model, new Adam());
		trainer.gradients(batchOf(2, 3, false));
		trainer.evaluate(batchOf(64, 50, false));
		model.predict(batchOf(128, 50, false));
		expect(valuesOf(model as unknown as Model)).toEqual(before);
	});

	it("trainers that take turns on one model each keep their own averages", async () => {
		const optimizers = () => [
			new Adam({ learningRate: 0.05 }),
			new SGD({ learningRate: 0.5, momentum: 0.9 }),
			new RMSprop({ learningRate: 0.01, momentum: 0.5, centered: true }),
			new SGD({ learningRate: 0.5 }),
		];
		const shared = await create();
		const all = shared as unknown as Model;
		const owners = await Promise.all(optimizers().map(() => create()));
		const together = optimizers().map((rule) => trainerOf(shared, rule));
		const alone = optimizers().map((rule, i) => trainerOf(owners[i], rule));
		const sizes = [batchOf(2, 3, true), batchOf(5, 7, false), batchOf(3, 4, true)];
		const start = valuesOf(all);
		// Before each turn the parameters are set to those of the trainer that is alone.
		for (let turn = 0; turn < 24; turn++) {
			const who = (turn * 7 + (turn >> 2)) % 4;
			const batch = sizes[turn % 3];
			for (const [name, parameter] of shared.parameters) {
				const own = owners[who].parameters.get(name);
				parameter.write(own?.read() ?? []);
			}
			expect(together[who].step(batch)).toBe(alone[who].step(batch));
			const expected = valuesOf(owners[who] as unknown as Model);
			expect(valuesOf(all)).toEqual(expected);
			expect(together[who].gradientNorm).toBe(alone[who].gradientNorm);
			expect(together[who].updateCount).toBe(alone[who].updateCount);
		}
		expect(valuesOf(all)).not.toEqual(start);
		expect(together.every(({ updateCount }) => updateCount > 3)).toBe(true);
	});
});

describe.each(engines)("what a trainer remembers, %s", (engine) => {
	it("outlives that memory is laid out anew for others", async () => {
		const create = async () => {
			const layers = [lstm({ inputSize: 2, hiddenSize: 5 })] as const;
			const model = await Model.create(layers, { seed: 1, engine });
			const optimizer = new Adam({ learningRate: 0.1 });
			const loss = "meanSquaredError" as const;
			return { model, trainer: new Trainer(model, { loss, optimizer }) };
		};
		const [subject, twin] = [await create(), await create()];
		const inputs = [
			[
				[1, 2],
				[0.5, -1],
			],
		];
		const batch = {
			inputs,
			targets: [
				[
					[1, 0, 0, 1, 0],
					[0, 0, 1, 0, 1],
				],
			],
		};
		const classes = { inputs, targets: [[1, 2]] };
		const { model } = subject;
		const optimizer = new RMSprop({ momentum: 0.5, centered: true });
		const other = new Trainer(model, { loss: "crossEntropy", optimizer });
		const zeros = { inputs: new Float32Array(2400), batchSize: 40, steps: 30 };
		const doings = [
			() => other.gradients(classes),
			() => model.stream().push([1, 1]),
			() => other.evaluate(classes),
			() => model.predict(zeros),
		];
		for (const doing of [undefined, undefined, ...doings, ...doings]) {
			doing?.();
			expect(subject.trainer.step(batch)).toBe(twin.trainer.step(batch));
			expect(valuesOf(model as unknown as Model)).toEqual(valuesOf(twin.model as unknown as Model));
		}
	});
});

describe("models that are dropped", () => {
	// A leak would keep 500 workspaces of 2 MB that were written.
	it("drop their memory", () => {
		const program = `
			import { Model, SGD, Trainer, dense, lstm } from "./src/index.ts";
			const [batchSize, steps] = [64, 50];
			const batch = {
				inputs: new Float32Array(batchSize * steps * 4),
				targets: new Float32Array(batchSize * steps),
				batchSize,
				steps,
			};
			const settle = async () => {
				gc();
				await new Promise((resume) => setTimeout(resume, 5));
				gc();
				return process.memoryUsage().rss;
			};
			let before = 0;
			for (let i = 0; i <= 500; i++) {
				const model = await Model.create([lstm({ inputSize: 4, hiddenSize: 16 }), dense({ outputSize: 1 })]);
				const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD() });
				trainer.step(batch);
				if (i % 20 === 0) await settle();
				if (i === 40) before = await settle();
			}
			console.log((await settle()) - before);
		`;
		const output = execFileSync(
			process.execPath,
			["--expose-gc", "--import", "tsx", "--input-type=module", "--eval", program],
			{ encoding: "utf8" },
		);
		// It is about 4 MB; if each model were kept, 770.
		expect(Number(output)).toBeLessThan(200 * 2 ** 20);
	});
});
