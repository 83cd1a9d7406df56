// Is the weight of a tied layer the embedding's: one parameter, read twice, whose gradient is the sum of both uses?

import { describe, expect, it } from "vitest";
import {
	Adam,
	bidirectional,
	constant,
	dense,
	embedding,
	generate,
	gru,
	type Layer,
	lastStep,
	lstm,
	Model,
	Random,
	SGD,
	TextData,
	Trainer,
	uniform,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { expectClose } from "../kernels/compare.ts";
import { valuesOf } from "../models.ts";

const SIZES = { vocabSize: 11, embeddingSize: 6 };
const words = embedding(SIZES);
const layersOf = (last: Layer) => [words, lstm({ hiddenSize: 9 }), dense({ outputSize: 6 }), last];

const random = new Random(3);
const rows = [7, 1, 40].map((length) => Array.from({ length }, () => Math.floor(random.uniform(0, 11))));
const batch = { inputs: rows, targets: rows.map((row) => row.map((id) => (3 * id + 1) % 11)) };

describe.each(engines)("%s", (engine) => {
	const create = async (layers: readonly Layer[], seed = 1) =>
		(await Model.create(layers, { seed, engine })) as Model<"ids">;
	const trainerOf = (model: Model<"ids">, memoryLimit?: number) =>
		new Trainer(model, { loss: "crossEntropy", optimizer: new SGD({ learningRate: 0.1 }), memoryLimit });

	it("is one parameter, listed with the embedding, which says how it starts", async () => {
		const model = await create(layersOf(dense({ tied: "embedding", initializers: { bias: constant(2) } })));
		const names = ["0.weight", "1.weight_ih", "1.weight_hh", "1.bias", "2.weight", "2.bias", "3.bias"];
		expect([...model.parameters.keys()]).toEqual(names);
		expect(model.parameters.get("3.bias")?.read()).toEqual(new Float32Array(11).fill(2));
		const plain = await create(layersOf(dense({ outputSize: 11 })));
		expect(model.parameters.get("0.weight")?.read()).toEqual(plain.parameters.get("0.weight")?.read());
		const own = embedding({ ...SIZES, initializers: { weight: uniform(0.1) } });
		const values = (await create([own, dense({ tied: "embedding" })])).parameters.get("0.weight")?.read();
		expect(Math.max(...(values ?? []).map(Math.abs))).toBeLessThan(0.1);
		expect(model.summary()).toMatch(/3\.dense {6}\[batch, steps, 11\] +11\n/);
		expect(trainerOf(model).inspect(batch).parameters.size).toBe(names.length);
	});

	/** A tied model, and one that is not, with the same weights in both places. */
	async function twins(): Promise<readonly [Model<"ids">, Model<"ids">]> {
		const tied = await create(layersOf(dense({ tied: "embedding" })));
		const apart = await create(layersOf(dense({ outputSize: 11 })));
		const weight = tied.parameters.get("0.weight")?.read() ?? [];
		for (const [name, parameter] of apart.parameters)
			parameter.write(name === "3.weight" ? weight : (tied.parameters.get(name)?.read() ?? []));
		return [tied, apart];
	}

	it("gives the outputs of a twin with the weights in both places, and the sum of its two gradients", async () => {
		const [tied, apart] = await twins();
		expect(tied.predict(batch)).toEqual(apart.predict(batch));
		const [one, two] = [trainerOf(tied).gradients(batch), trainerOf(apart).gradients(batch)];
		expect(one.loss).toBe(two.loss);
		for (const [name, gradient] of one.gradients) {
			if (name !== "0.weight") expect(gradient, name).toEqual(two.gradients.get(name));
			else expectClose(gradient, sum(two.gradients.get(name), two.gradients.get("3.weight")), name);
		}
		const trainer = trainerOf(tied);
		trainer.step(batch);
		const squares = [...one.gradients.values()].flatMap((gradient) => [...gradient].map((value) => value ** 2));
		expect(trainer.gradientNorm).toBeCloseTo(Math.sqrt(squares.reduce((total, square) => total + square)), 5);
	});

	it("streams and evaluations see it as it is after each update", async () => {
		const [tied, apart] = await twins();
		const stream = tied.stream();
		for (let step = 0; step < 3; step++) {
			const { outputs } = apart.predict({ inputs: [[4]] });
			expect(stream.push(4)).toEqual(outputs);
			stream.reset();
			expect(trainerOf(tied).evaluate(batch)).toEqual(trainerOf(apart).evaluate(batch));
			trainerOf(tied).step(batch);
			const weight = tied.parameters.get("0.weight")?.read() ?? [];
			for (const [name, parameter] of apart.parameters)
				parameter.write(name === "3.weight" ? weight : (tied.parameters.get(name)?.read() ?? []));
		}
	});

	it.each<[string, readonly Layer[]]>([
		["at every step", layersOf(dense({ tied: "embedding" }))],
		["twice", [words, dense({ tied: "embedding" }), gru({ hiddenSize: 6 }), dense({ tied: "embedding" })]],
		["at the last step", [words, gru({ hiddenSize: 6 }), lastStep(), dense({ tied: "embedding" })]],
		[
			"of two directions",
			[words, bidirectional(gru({ hiddenSize: 3 })), dense({ tied: "embedding" }), dense({ outputSize: 11 })],
		],
	])("%s: within a memory limit, the same bits", async (_, layers) => {
		const list = (length: number) => Array.from({ length }, () => Math.floor(random.uniform(0, 11)));
		const inputs = [900, 900, 411, 17].map(list);
		const isLast = layers.some(({ type }) => type === "lastStep");
		const targets = isLast ? list(4) : inputs.map(({ length }) => list(length));
		const [plain, limited] = [await create(layers), await create(layers)];
		const sizes = { batchSize: 4, steps: 900, loss: "crossEntropy" } as const;
		const isCausal = layers.every(({ type }) => type !== "bidirectional");
		const memoryLimit = (isCausal ? 0.4 : 0.8) * plain.explain(sizes).workspaceBytes;
		expect(plain.explain({ ...sizes, memoryLimit }).kept).toContain(isCausal ? "borders" : "gates");
		const trainers = [trainerOf(plain), trainerOf(limited, memoryLimit)];
		const expected = trainers[0]?.gradients({ inputs, targets });
		expect(trainers[1]?.gradients({ inputs, targets })).toEqual(expected);
		for (const trainer of trainers) trainer.step({ inputs, targets });
		expect(valuesOf(limited)).toEqual(valuesOf(plain));
	});

	it("a file holds one tensor of it, and the model is the same again, in bytes too", async () => {
		const model = await create(layersOf(dense({ tied: "embedding" })));
		const bytes = model.save();
		const same = await Model.load<"ids">(bytes, { engine });
		expect(same.layers).toEqual(model.layers);
		expect(same.layers.at(-1)).toEqual({ type: "dense", outputSize: 11, tied: "embedding" });
		expect(same.predict(batch)).toEqual(model.predict(batch));
		expect(same.save()).toEqual(bytes);
		const given = await create(layersOf(dense({ tied: "embedding", outputSize: 11 })));
		expect(given.save()).toEqual(bytes);
	});

	it("learns a text and writes it", async () => {
		const text = "abc ".repeat(50);
		const data = TextData.from(text);
		const { vocabSize } = data;
		const layers = [
			embedding({ vocabSize, embeddingSize: 8, initializers: { weight: uniform(0.1) } }),
			gru({ hiddenSize: 8 }),
			dense({ tied: "embedding" }),
		] as const;
		const model = await Model.create(layers, { seed: 1, engine });
		const trainer = new Trainer(model, { loss: "crossEntropy", optimizer: new Adam({ learningRate: 0.02 }) });
		await trainer.fit(data.windows({ steps: 16 }), { epochs: 12, batchSize: 4 });
		const ids = generate(model, { prompt: data.encode("ab"), length: 6, temperature: 0 });
		expect(data.decode(ids)).toBe("c abc ");
	});
});

function sum(a: Float32Array = new Float32Array(0), b: Float32Array = new Float32Array(0)): Float64Array {
	return Float64Array.from(a, (value, index) => value + (b[index] ?? Number.NaN));
}
