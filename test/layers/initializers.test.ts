// Does every parameter start as its initializer's definition says?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	bidirectional,
	chrono,
	constant,
	dense,
	embedding,
	glorot,
	gru,
	he,
	type Initializer,
	identity,
	indRnn,
	type Layer,
	lstm,
	type MatrixInitializer,
	Model,
	minGru,
	minLstm,
	normal,
	orthogonal,
	Random,
	rnn,
	sLstm,
	uniform,
} from "../../src/index.ts";
import { log } from "../../src/random/elementary.ts";

const seeds = fc.nat(1e6);
const sizes = fc.integer({ min: 1, max: 24 });

/** Values of a parameter of a model of this one layer. */
async function start(layer: Layer, name: string, seed = 1): Promise<Float32Array> {
	const model = await Model.create([layer], { seed, engine: "portable" });
	return model.parameters.get(`0.${name}`)?.read() as Float32Array;
}

/** Of a dense layer's weight, `[rows, columns]`. */
function matrix(rows: number, columns: number, weight: Initializer, seed?: number): Promise<Float32Array> {
	const initializers = { weight } as { weight: ReturnType<typeof glorot> };
	return start(dense({ inputSize: columns, outputSize: rows, initializers }), "weight", seed);
}

function mean(values: ArrayLike<number>): number {
	return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: ArrayLike<number>): number {
	return Math.sqrt(mean(Array.from(values, (value) => value * value)));
}

function largest(values: ArrayLike<number>): number {
	return Math.max(...Array.from(values, Math.abs));
}

/** How far from gain² times the identity the products of a block's rows are, or of its columns if they are fewer. */
function skewness(block: Float32Array, rows: number, columns: number, gain: number): number {
	const isTall = rows > columns;
	const at = (vector: number, i: number) => block[isTall ? i * columns + vector : vector * columns + i];
	const indices = (count: number) => Array.from({ length: count }, (_, i) => i);
	const vectors = indices(Math.min(rows, columns));
	const product = (a: number, b: number) =>
		indices(Math.max(rows, columns)).reduce((sum, i) => sum + at(a, i) * at(b, i), 0);
	return largest(vectors.flatMap((a) => vectors.map((b) => product(a, b) - (a === b ? gain * gain : 0))));
}

describe("each value by itself", () => {
	it("uniform is within ±bound and spread evenly", async () => {
		await fc.assert(
			fc.asyncProperty(seeds, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), async (seed, bound) => {
				const values = await matrix(60, 50, uniform(bound), seed);
				expect(largest(values)).toBeLessThanOrEqual(Math.fround(bound));
				expect(Math.abs(mean(values)) / bound).toBeLessThan(0.06);
				expect(deviation(values) / bound).toBeCloseTo(Math.sqrt(1 / 3), 1);
			}),
			{ numRuns: 20 },
		);
		expect(largest(await matrix(3, 3, uniform(0)))).toBe(0);
	});

	it("normal has its deviation", async () => {
		await fc.assert(
			fc.asyncProperty(seeds, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), async (seed, scale) => {
				const values = await matrix(60, 50, normal(scale), seed);
				expect(Math.abs(mean(values)) / scale).toBeLessThan(0.1);
				expect(Math.abs(deviation(values) / scale - 1)).toBeLessThan(0.08);
				expect(largest(values) / scale).toBeGreaterThan(2.5);
			}),
			{ numRuns: 20 },
		);
	});

	it("constant is its value, in vectors too", async () => {
		expect(new Set(await matrix(5, 3, constant(0.5)))).toEqual(new Set([0.5]));
		const layer = lstm({ inputSize: 1, hiddenSize: 5, initializers: { bias: constant(-2) } });
		expect(await start(layer, "bias")).toEqual(new Float32Array(20).fill(-2));
	});

	const fans = [
		{ layer: "lstm", gates: 4 },
		{ layer: "gru", gates: 3 },
		{ layer: "rnn", gates: 1 },
	] as const;
	it.each(fans)("glorot and he count a gate of $layer by itself", async ({ layer, gates }) => {
		const [H, I] = [40, 90];
		const make = { lstm, gru, rnn }[layer] as (options: object) => Layer;
		const weights = (weight_ih: Initializer, name = "weight_ih") =>
			start(make({ inputSize: I, hiddenSize: H, initializers: { weight_ih, weight_hh: weight_ih } }), name);
		const even = await weights(glorot());
		expect(even).toHaveLength(gates * H * I);
		expect(largest(even)).toBeLessThanOrEqual(Math.fround(Math.sqrt(6 / (H + I))));
		expect(largest(even)).toBeGreaterThan(0.99 * Math.sqrt(6 / (H + I)));
		expect(largest(await weights(glorot(), "weight_hh"))).toBeCloseTo(Math.sqrt(6 / (H + H)), 2);
		expect(deviation(await weights(he())) / Math.sqrt(2 / I)).toBeCloseTo(1, 1);
		expect(deviation(await weights(he(), "weight_hh")) / Math.sqrt(2 / H)).toBeCloseTo(1, 1);
	});

	it("an embedding's fanIn is its width, as PyTorch has it", async () => {
		const words = (weight: ReturnType<typeof he | typeof glorot>) =>
			start(embedding({ vocabSize: 300, embeddingSize: 8, initializers: { weight } }), "weight");
		expect(deviation(await words(he()))).toBeCloseTo(Math.sqrt(2 / 8), 1);
		expect(largest(await words(glorot()))).toBeCloseTo(Math.sqrt(6 / 308), 2);
	});
});

describe("orthogonal", () => {
	it("makes matrices of any shape orthogonal, times their gain", async () => {
		await fc.assert(
			fc.asyncProperty(seeds, sizes, sizes, fc.double({ min: -2, max: 2, noNaN: true }), async (seed, O, I, gain) => {
				const values = await matrix(O, I, orthogonal({ gain }), seed);
				expect(skewness(values, O, I, gain)).toBeLessThan(1e-6 * Math.max(1, gain * gain));
			}),
			{ numRuns: 40 },
		);
	});

	it("does so gate by gate, each gate and each direction otherwise", async () => {
		await fc.assert(
			fc.asyncProperty(seeds, sizes, sizes, fc.constantFrom(lstm, gru, rnn), async (seed, H, I, make) => {
				const initializers = { weight_ih: orthogonal(), weight_hh: orthogonal() };
				const layer = bidirectional(make({ inputSize: I, hiddenSize: H, initializers }));
				const model = await Model.create([layer], { seed, engine: "portable" });
				const blocks = ["forward", "backward"].flatMap((direction) => {
					const [ofX, ofH] = ["weight_ih", "weight_hh"].map((name) =>
						model.parameters.get(`0.${direction}.${name}`)?.read(),
					) as [Float32Array, Float32Array];
					return Array.from({ length: ofH.length / (H * H) }, (_, gate) => {
						const block = ofH.subarray(gate * H * H, (gate + 1) * H * H);
						expect(skewness(block, H, H, 1)).toBeLessThan(1e-6);
						expect(skewness(ofX.subarray(gate * H * I, (gate + 1) * H * I), H, I, 1)).toBeLessThan(1e-6);
						return block.join();
					});
				});
				if (H > 1) expect(new Set(blocks).size).toBe(blocks.length);
			}),
			{ numRuns: 20 },
		);
	});

	it("draws evenly: no place of the matrix leans to a sign or is larger than others", async () => {
		const count = 1200;
		const draws = await Promise.all(Array.from({ length: count }, (_, seed) => matrix(3, 3, orthogonal(), seed)));
		for (let place = 0; place < 9; place++) {
			const values = draws.map((draw) => draw[place]);
			expect(Math.abs(mean(values))).toBeLessThan(4 / Math.sqrt(3 * count));
			expect(Math.abs(mean(values.map((value) => value * value)) - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / count));
		}
		const turns = draws.map(
			([a, b, c, d, e, f, g, h, i]) => a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g),
		);
		expect(Math.abs(mean(turns.map(Math.sign)))).toBeLessThan(4 / Math.sqrt(count));
	}, 120_000);

	it("holds at 512 x 512", async () => {
		const values = await matrix(512, 512, orthogonal());
		const rows = [0, 1, 255, 510, 511].map((row) => values.subarray(512 * row, 512 * (row + 1)));
		const some = new Float32Array(rows.flatMap((row) => [...row]));
		expect(skewness(some, 5, 512, 1)).toBeLessThan(1e-6);
	});
});

describe("identity", () => {
	it("has its scale along the diagonal of each gate, zeros beside it", async () => {
		await fc.assert(
			fc.asyncProperty(sizes, sizes, fc.integer({ min: -9, max: 9 }), async (H, I, scale) => {
				const initializers = { weight_ih: identity({ scale }), weight_hh: identity() };
				const layer = gru({ inputSize: I, hiddenSize: H, initializers });
				const eye = (columns: number, value: number) =>
					Float32Array.from({ length: 3 * H * columns }, (_, i) =>
						Math.floor(i / columns) % H === i % columns ? value : 0,
					);
				expect(await start(layer, "weight_ih")).toEqual(eye(I, scale));
				expect(await start(layer, "weight_hh")).toEqual(eye(H, 1));
			}),
			{ numRuns: 20 },
		);
	});
});

describe("without initializers", () => {
	it("cells whose gates are linear in x start as a linear layer does, an indRnn's own weights anywhere from 0 to 1", async () => {
		const [H, inputSize] = [400, 25];
		for (const make of [indRnn, minGru, minLstm]) {
			const layer = make({ inputSize, hiddenSize: H });
			for (const name of ["weight_ih", "bias"]) {
				const values = await start(layer, name);
				expect(largest(values)).toBeLessThanOrEqual(1 / Math.sqrt(inputSize));
				expect(largest(values)).toBeGreaterThan(0.98 / Math.sqrt(inputSize));
				expect(Math.abs(mean(values))).toBeLessThan(0.02);
			}
		}
		const u = await start(indRnn({ inputSize, hiddenSize: H }), "weight_hh");
		expect(u).toHaveLength(H);
		expect(Math.min(...u)).toBeGreaterThanOrEqual(0);
		expect(Math.max(...u)).toBeLessThan(1);
		expect(Math.abs(mean(u) - 0.5)).toBeLessThan(0.05);
	});
});

describe("an sLstm", () => {
	it("starts with weights in ±1/√H, biases of f evenly from 3 to 6 in each head, all others 0", async () => {
		for (const [H, heads] of [
			[100, 4],
			[9, 3],
			[5, 5],
			[1, 1],
		] as const) {
			const layer = sLstm({ inputSize: 7, hiddenSize: H, heads });
			for (const name of ["weight_ih", "weight_hh"]) {
				const values = await start(layer, name);
				expect(values).toHaveLength(4 * H * (name === "weight_ih" ? 7 : H / heads));
				expect(largest(values)).toBeLessThanOrEqual(1 / Math.sqrt(H));
				if (H === 100) expect(largest(values)).toBeGreaterThan(0.98 / Math.sqrt(H));
			}
			const bias = await start(layer, "bias");
			const size = H / heads;
			const even = (unit: number) => Math.fround(size === 1 ? 3 : 3 + (3 * (unit % size)) / (size - 1));
			const expected = Array.from({ length: 4 * H }, (_, j) => (Math.floor(j / H) === 1 ? even(j - H) : 0));
			expect([...bias]).toEqual(expected);
		}
	});

	it("has orthogonal and scaled identities in each gate of each head", async () => {
		const [H, heads] = [12, 3];
		const size = H / heads;
		const layerOf = (weight_hh: MatrixInitializer) =>
			sLstm({ inputSize: 2, hiddenSize: H, heads, initializers: { weight_hh } });
		const eye = await start(layerOf(identity({ scale: 0.5 })), "weight_hh");
		expect([...eye]).toEqual(
			Array.from({ length: 4 * H * size }, (_, j) => (Math.floor(j / size) % size === j % size ? 0.5 : 0)),
		);
		const blocks = await start(layerOf(orthogonal()), "weight_hh");
		for (let block = 0; block < 4 * heads; block++)
			for (let a = 0; a < size; a++)
				for (let b = 0; b < size; b++) {
					const rowOf = (row: number) => blocks.subarray((block * size + row) * size, (block * size + row + 1) * size);
					const product = rowOf(a).reduce((sum, value, j) => sum + value * (rowOf(b)[j] as number), 0);
					expect(product).toBeCloseTo(a === b ? 1 : 0, 5);
				}
	});
});

describe("chrono", () => {
	/** Of each gate the sign of its log u; and which of the parameters the bias is. */
	const cells = {
		lstm: { make: lstm, signs: [-1, 1, 0, 0], stream: 2 },
		gru: { make: gru, signs: [0, 1, 0], stream: 2 },
		minGru: { make: minGru, signs: [-1, 0], stream: 1 },
		minLstm: { make: minLstm, signs: [1, -1, 0], stream: 1 },
		sLstm: { make: sLstm, signs: [0, 1, 0, 0], stream: 2 },
	};

	it.each(Object.keys(cells) as (keyof typeof cells)[])(
		"of %s is log u at the gates that keep, u uniform from 1 to longest",
		async (name) => {
			const { make, signs, stream } = cells[name];
			await fc.assert(
				fc.asyncProperty(seeds, sizes, fc.double({ min: 2, max: 1e4, noNaN: true }), async (seed, H, longest) => {
					const values = await start(
						make({ inputSize: 2, hiddenSize: H, initializers: { bias: chrono({ longest }) } }),
						"bias",
						seed,
					);
					const random = new Random(seed, stream);
					const kept = Float32Array.from({ length: H }, () => log(random.uniform(1, longest - 1)));
					for (const [gate, sign] of signs.entries()) {
						const expected = kept.map((value) => sign * value);
						expect(values.subarray(gate * H, (gate + 1) * H).map((value) => value + 0)).toEqual(
							expected.map((value) => value + 0),
						);
					}
					expect(Math.min(...kept)).toBeGreaterThanOrEqual(0);
					expect(Math.max(...kept)).toBeLessThanOrEqual(Math.fround(Math.log(longest - 1)));
				}),
				{ numRuns: 30 },
			);
		},
	);

	it.each(["lstm", "gru", "minGru", "minLstm", "sLstm"] as const)(
		"makes a unit of %s keep u / (1 + u) of its state at a step",
		async (name) => {
			const [H, steps] = [6, 10];
			const linear = { weight_ih: constant(0), bias: chrono({ longest: 30 }) };
			const initializers = { ...linear, weight_hh: constant(0) };
			const layer = {
				lstm: lstm({ inputSize: 1, hiddenSize: H, initializers }),
				gru: gru({ inputSize: 1, hiddenSize: H, initializers: { ...initializers, bias_hn: constant(0) } }),
				minGru: minGru({ inputSize: 1, hiddenSize: H, initializers: linear }),
				minLstm: minLstm({ inputSize: 1, hiddenSize: H, initializers: linear }),
				sLstm: sLstm({ inputSize: 1, hiddenSize: H, initializers }),
			}[name];
			const model = await Model.create([layer], { seed: 3, engine: "portable" });
			const state = name === "lstm" || name === "sLstm" ? "0.c" : "0.h";
			const initialState = new Map([["0.h", new Float32Array(H)]]).set(state, new Float32Array(H).fill(1));
			// Of an sLstm c is kept in units of e^m, where an old memory of such weight never falls behind.
			if (name === "sLstm")
				initialState.set("0.n", new Float32Array(H).fill(1)).set("0.m", new Float32Array(H).fill(12));
			const inputs = new Float32Array(steps);
			const { finalState } = model.predict({ inputs, batchSize: 1, steps, initialState });
			const unit = finalState.get("0.m")?.map((m) => Math.exp(m - 12));
			const bias = model.parameters.get("0.bias")?.read() ?? new Float32Array();
			const kept = name.startsWith("min") ? bias.subarray(0, H).map(Math.abs) : bias.subarray(H, 2 * H);
			const expected = Array.from(kept, (bias) => (Math.exp(bias) / (1 + Math.exp(bias))) ** steps);
			expect(finalState.get(state)).toHaveLength(H);
			Array.from(finalState.get(state) ?? []).forEach((value, j) => {
				expect(value * (unit?.[j] ?? 1)).toBeCloseTo(expected[j], 5);
			});
		},
	);

	it("spreads times evenly up to the longest", async () => {
		const bias = chrono({ longest: 401 });
		const values = await start(lstm({ inputSize: 1, hiddenSize: 1000, initializers: { bias } }), "bias");
		const times = Array.from(values.subarray(1000, 2000), Math.exp);
		expect(Math.min(...times)).toBeLessThan(4);
		expect(Math.max(...times)).toBeGreaterThan(397);
		expect(Math.abs(mean(times) / 200.5 - 1)).toBeLessThan(0.08);
	});
});
