// Are initial values the same everywhere, does a file keep what made them, and what may a function do?
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
	bidirectional,
	chrono,
	constant,
	DataError,
	dense,
	embedding,
	glorot,
	gru,
	he,
	type InitializerFunction,
	identity,
	lstm,
	Model,
	normal,
	orthogonal,
	Random,
	rnn,
	uniform,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { errorOf } from "../errors/sentences.ts";

/** A layer of each kind, every parameter with an initializer, every initializer somewhere. */
const all = [
	embedding({ vocabSize: 5, embeddingSize: 6, initializers: { weight: normal(0.5) } }),
	lstm({
		hiddenSize: 7,
		initializers: { weight_ih: he(), weight_hh: orthogonal({ gain: 1.5 }), bias: chrono({ longest: 50 }) },
	}),
	bidirectional(
		gru({
			hiddenSize: 5,
			initializers: {
				weight_ih: glorot(),
				weight_hh: orthogonal(),
				bias: chrono({ longest: 9 }),
				bias_hn: uniform(0.25),
			},
		}),
	),
	gru({ hiddenSize: 5, reset: "before", initializers: { bias: constant(0.5) } }),
	rnn({
		hiddenSize: 6,
		activation: "relu",
		initializers: { weight_ih: uniform(0.1), weight_hh: identity({ scale: 0.9 }), bias: constant(0) },
	}),
	dense({ outputSize: 3, initializers: { weight: glorot(), bias: normal(0.1) } }),
] as const;

function checksum(model: Model): string {
	const hash = createHash("sha256");
	for (const parameter of model.parameters.values()) hash.update(new Uint8Array(parameter.read().buffer));
	return hash.digest("hex");
}

describe("initial values", () => {
	it.each(engines)("are the bits that every machine has, with engine %s", async (engine) => {
		expect(checksum(await Model.create(all, { seed: 1, engine }))).toBe(
			"ca582a598354248704b8e093492adebdf43b74e78c6dac4a07c7cf6043ebfb3d",
		);
	});

	it("are the same from the same seed, others from another", async () => {
		const of = async (seed: number) => checksum(await Model.create(all, { seed }));
		expect(await of(3)).toBe(await of(3));
		expect(await of(3)).not.toBe(await of(4));
	});

	it("of one parameter leave those of the others as they are", async () => {
		const plain = await Model.create([lstm({ inputSize: 3, hiddenSize: 4 }), dense({ outputSize: 2 })], { seed: 5 });
		const changed = await Model.create(
			[lstm({ inputSize: 3, hiddenSize: 4, initializers: { weight_hh: orthogonal() } }), dense({ outputSize: 2 })],
			{ seed: 5 },
		);
		for (const [name, parameter] of plain.parameters) {
			const values = changed.parameters.get(name)?.read();
			if (name === "0.weight_hh") expect(values).not.toEqual(parameter.read());
			else expect(values, name).toEqual(parameter.read());
		}
	});
});

describe("descriptions", () => {
	it("are frozen plain data, and so are the layers that have them", () => {
		expect([
			uniform(1),
			normal(2),
			glorot(),
			he(),
			orthogonal(),
			identity(),
			constant(3),
			chrono({ longest: 4 }),
		]).toEqual([
			{ type: "uniform", bound: 1 },
			{ type: "normal", deviation: 2 },
			{ type: "glorot" },
			{ type: "he" },
			{ type: "orthogonal", gain: 1 },
			{ type: "identity", scale: 1 },
			{ type: "constant", value: 3 },
			{ type: "chrono", longest: 4 },
		]);
		const isFrozen = (value: unknown): boolean =>
			Object(value) !== value || (Object.isFrozen(value) && Object.values(value as object).every(isFrozen));
		for (const layer of all) {
			expect(isFrozen(layer)).toBe(true);
			expect(JSON.parse(JSON.stringify(layer))).toEqual(layer);
		}
		expect(isFrozen(orthogonal())).toBe(true);
	});

	it("are kept by a file: the loaded model has the layers, and they start as they did", async () => {
		const model = await Model.create(all, { seed: 7 });
		const same = await Model.load<"ids">(model.save());
		expect(same.layers).toEqual(model.layers);
		expect(same.predict({ inputs: [[1, 2, 3]] })).toEqual(model.predict({ inputs: [[1, 2, 3]] }));
		expect(checksum(await Model.create(same.layers, { seed: 7 }))).toBe(checksum(model));
	});

	it("of none are not there", () => {
		const plain = { type: "dense", outputSize: 2 };
		expect(Object.keys(dense({ outputSize: 2, initializers: {} }))).toEqual(Object.keys(plain));
		expect(dense({ outputSize: 2, initializers: { bias: undefined } })).toEqual(plain);
		expect(lstm({ hiddenSize: 2, initializers: { bias: constant(1) } })).not.toHaveProperty("forgetBias");
		expect(lstm({ hiddenSize: 2, initializers: { weight_hh: he() } }).forgetBias).toBe(1);
	});
});

describe("a function", () => {
	const own = (initializer: InitializerFunction) =>
		rnn({ inputSize: 2, hiddenSize: 3, initializers: { weight_hh: initializer } });
	const model = (initializer: InitializerFunction) => Model.create([own(initializer)], { seed: 6 });

	it("writes a parameter's values, with the parameter's shape and its own random numbers", async () => {
		let kept: Float32Array | undefined;
		const made = await model((values, shape, random) => {
			expect(values).toEqual(new Float32Array(9).fill(Number.NaN));
			expect(shape).toEqual([3, 3]);
			for (let i = 0; i < values.length; i++) values[i] = random.normal();
			(shape as number[]).push(5);
			kept = values;
		});
		const random = new Random(6, 1);
		const expected = Float32Array.from({ length: 9 }, () => random.normal());
		const weight = made.parameters.get("0.weight_hh");
		expect(weight?.read()).toEqual(expected);
		expect(weight?.shape).toEqual([3, 3]);
		kept?.fill(7);
		expect(weight?.read()).toEqual(expected);
	});

	it("is not in a file, but what it wrote is", async () => {
		const made = await model((values) => values.fill(0.5));
		const same = await Model.load<"values">(made.save());
		expect(same.parameters.get("0.weight_hh")?.read()).toEqual(new Float32Array(9).fill(0.5));
		expect(same.layers).toEqual([rnn({ inputSize: 2, hiddenSize: 3 })]);
		const layers = [lstm({ inputSize: 1, hiddenSize: 2, initializers: { bias: (values) => values.fill(3) } })] as const;
		const loaded = await Model.load((await Model.create(layers)).save());
		expect(loaded.layers).toEqual([lstm({ inputSize: 1, hiddenSize: 2 })]);
		expect(loaded.parameters.get("0.bias")?.read()).toEqual(new Float32Array(8).fill(3));
	});

	it.each<[string, InitializerFunction]>([
		["0.weight_hh[0] is NaN", () => {}],
		["0.weight_hh[0] is NaN", () => new Float32Array(9)],
		["0.weight_hh[8] is NaN", (values) => values.fill(1, 0, 8)],
		["0.weight_hh[4] is Infinity", (values) => values.fill(1).fill(1e39, 4, 5)],
		[
			"0.weight_hh[0] is NaN",
			(values) => structuredClone(values.fill(1), { transfer: [values.buffer as ArrayBuffer] }),
		],
	])("that leaves it so: %s", async (what, initializer) => {
		const error = await errorOf(() => model(initializer));
		expect(error.message).toBe(`Model.create: ${what} after its initializer; values must be finite in float32.`);
		expect(error).toBeInstanceOf(DataError);
	});

	it("may throw", async () => {
		const error = new Error("mine");
		const thrown = model(() => {
			throw error;
		});
		await expect(thrown).rejects.toBe(error);
	});
});
