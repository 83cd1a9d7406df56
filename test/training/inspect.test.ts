// Are the norms that inspect shows those of the gradient at each step, does it change nothing, and do verdicts fit networks that
// were built to vanish, to explode, to saturate, and to do neither?

import { describe, expect, it } from "vitest";
import {
	Adam,
	bidirectional,
	dense,
	formatHealth,
	gru,
	indRnn,
	type LayerHealth,
	lastStep,
	lstm,
	Model,
	minGru,
	minLstm,
	rnn,
	type States,
	sLstm,
	Trainer,
} from "../../src/index.ts";
import { verdict } from "../../src/training/health.ts";
import { spectralRadius } from "../../src/training/inspect.ts";
import { engines } from "../engines.ts";
import { randomFloats } from "../kernels/compare.ts";

const T = 6;
const floats = randomFloats(3);
const cells = {
	rnn: rnn({ inputSize: 2, hiddenSize: 5 }),
	"rnn relu": rnn({ inputSize: 2, hiddenSize: 5, activation: "relu" }),
	lstm: lstm({ inputSize: 2, hiddenSize: 5 }),
	gru: gru({ inputSize: 2, hiddenSize: 5 }),
	"gru before": gru({ inputSize: 2, hiddenSize: 5, reset: "before" }),
	indRnn: indRnn({ inputSize: 2, hiddenSize: 5 }),
	minGru: minGru({ inputSize: 2, hiddenSize: 5 }),
	minLstm: minLstm({ inputSize: 2, hiddenSize: 5 }),
	sLstm: sLstm({ inputSize: 2, hiddenSize: 5 }),
	"sLstm heads": sLstm({ inputSize: 2, hiddenSize: 6, heads: 2 }),
};

const normOf = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));

async function trainerOf(layers: Parameters<typeof Model.create>[0], engine: "portable" | "fast" = "portable") {
	const model = await Model.create(layers, { seed: 5, engine });
	const trainer = new Trainer(model, {
		loss: "meanSquaredError",
		optimizer: new Adam({ learningRate: 0.01 }),
		clipNorm: 0.1,
	});
	return { model, trainer };
}

describe.each(engines)("%s", (engine) => {
	it.each(Object.entries(cells))(
		"%s: the norm at a step is that of the gradient of the state there",
		async (name, cell) => {
			const { model, trainer } = await trainerOf([cell, lastStep(), dense({ outputSize: 1 })], engine);
			const lengths = [T, T - 2];
			const inputs = lengths.map((length) => Array.from({ length }, () => [...floats(2)]));
			const targets = [[0.5], [-0.5]];
			const [layer] = trainer.inspect({ inputs, targets }).layers as [LayerHealth];
			expect(layer.name).toBe(`0.${cell.type}`);
			expect(layer.hiddenNorm.length).toBe(T);
			for (let t = 0; t < T - 1; t++) {
				// What is left of the rows that are alive at t and go on, from their states after it.
				const rows = [0, 1].filter((row) => (lengths[row] as number) > t + 1);
				const heads = rows.map((row) => (inputs[row] as number[][]).slice(0, t + 1));
				const tails = rows.map((row) => (inputs[row] as number[][]).slice(t + 1));
				const states = model.predict({ inputs: heads }).finalState;
				const tail = { inputs: tails, targets: rows.map((row) => targets[row] as number[]), initialState: states };
				const { initialState } = trainer.gradients(tail);
				const share = rows.length / 2;
				const dh = initialState?.get("0.h") as Float32Array;
				// A row that ends at t has the gradient of the last step, which comes from above.
				const ending = [0, 1].filter((row) => lengths[row] === t + 1);
				if (ending.length > 0) continue;
				const expected = share * normOf(dh);
				expect(Math.abs((layer.hiddenNorm[t] as number) - expected) / expected, `${name}, h at ${t}`).toBeLessThan(
					1e-4,
				);
				if (cell.type !== "lstm" && cell.type !== "sLstm") continue;
				const total = cell.type === "lstm" ? totalCell : totalNormalised;
				const dc = total(states, dh, initialState?.get("0.c") as Float32Array);
				const cellNorm = layer.cellNorm?.[t] as number;
				expect(Math.abs(cellNorm - share * dc) / cellNorm, `c at ${t}`).toBeLessThan(1e-3);
			}
		},
	);

	it("changes nothing, and tells the update that a step then makes", async () => {
		const sides = await Promise.all(
			[1, 2].map(() => trainerOf([lstm({ inputSize: 2, hiddenSize: 4 }), dense({ outputSize: 1 })], engine)),
		);
		const [seen, plain] = sides as [(typeof sides)[0], (typeof sides)[0]];
		const batch = {
			inputs: [
				[
					[1, 2],
					[3, -4],
				],
				[[0.5, 1]],
			],
			targets: [[[1], [0]], [[1]]],
		};
		for (let step = 0; step < 3; step++) {
			const { loss, parameters } = seen.trainer.inspect(batch);
			const before = seen.model.parameters.get("0.weight_hh")?.read() as Float32Array;
			const { gradients } = seen.trainer.gradients(batch);
			expect(seen.trainer.step(batch)).toBe(loss);
			expect(plain.trainer.step(batch)).toBe(loss);
			const after = seen.model.parameters.get("0.weight_hh")?.read() as Float32Array;
			const health = parameters.get("0.weight_hh");
			expect(health?.norm).toBeCloseTo(normOf(before), 5);
			expect(health?.gradientNorm).toBeCloseTo(normOf(gradients.get("0.weight_hh") as Float32Array), 6);
			expect(health?.updateNorm).toBeCloseTo(normOf(after.map((value, j) => value - (before[j] as number))), 7);
		}
		const bits = ({ model }: typeof seen) => [...model.parameters.values()].map((parameter) => [...parameter.read()]);
		expect(bits(seen)).toEqual(bits(plain));
	});
});

/** ‖∂L/∂c‖ with what comes through h = o⊙tanh(c): o is h/tanh(c). */
function totalCell(states: States, dh: Float32Array, dc: Float32Array): number {
	const [h, c] = [states.get("0.h") as Float32Array, states.get("0.c") as Float32Array];
	return normOf(
		dc.map((value, j) => {
			const tc = Math.tanh(c[j] as number);
			return value + (dh[j] as number) * ((h[j] as number) / tc) * (1 - tc * tc);
		}),
	);
}

/** ‖∂L/∂(c/n)‖ with what comes through h = o⊙c/n, n held. */
function totalNormalised(states: States, dh: Float32Array, dc: Float32Array): number {
	const [h, c, n] = ["0.h", "0.c", "0.n"].map((name) => states.get(name) as Float32Array) as Float32Array[];
	return normOf(
		dc.map((value, j) => {
			const weight = n?.[j] as number;
			const o = ((h?.[j] as number) * weight) / (c?.[j] as number);
			return value * weight + (dh[j] as number) * o;
		}),
	);
}

describe("saturation and names", () => {
	it("of both directions, counted by hand", async () => {
		const { model, trainer } = await trainerOf([
			bidirectional(lstm({ inputSize: 1, hiddenSize: 2 })),
			rnn({ hiddenSize: 2 }),
			lastStep(),
			dense({ outputSize: 1 }),
		]);
		for (const [name, parameter] of model.parameters)
			if (!name.includes("bias")) parameter.write(new Float32Array(parameter.size));
		const far = Math.log(9) + 0.1;
		// i: one unit closed; f: both open; g: one beyond; o: none.
		model.parameters.get("0.forward.bias")?.write([-far, 0, far, far, 0, 2, 0, 0]);
		const { layers } = trainer.inspect({ inputs: [[[1], [2], [3]]], targets: [[1]] });
		expect(layers.map(({ name, reverse }) => [name, reverse])).toEqual([
			["0.lstm.forward", false],
			["0.lstm.backward", true],
			["1.rnn", false],
		]);
		expect(layers[0]?.saturation).toEqual({ i: 0.5, f: 1, g: 0.5, o: 0 });
		expect(layers[0]?.spectralRadius).toBe(0);
	});

	it("of an sLstm, whose i has no ends, and the largest radius of its heads", async () => {
		const { model, trainer } = await trainerOf([
			bidirectional(sLstm({ inputSize: 1, hiddenSize: 4, heads: 2 })),
			lastStep(),
			dense({ outputSize: 1 }),
		]);
		for (const parameter of model.parameters.values()) parameter.write(new Float32Array(parameter.size));
		const far = Math.log(9) + 0.1;
		// Gates i, f, z, o: f with one unit open, z with two beyond, o with three shut.
		model.parameters.get("0.backward.bias")?.write([100, 0, 0, -100, far, 0, 0, 0, 2, -2, 0, 0, -far, -far, -far, 0]);
		const heads = [
			[0, 0.5, -0.5, 0],
			[0.25, 1, 0, 0.75],
		];
		const radii = (first: number, second: number) => {
			const weights = new Float32Array(4 * 4 * 2);
			for (const [head, factor] of [first, second].entries())
				weights.set(heads[head]?.map((value) => value * factor) as number[], 2 * (2 * 4 + 2 * head));
			model.parameters.get("0.backward.weight_hh")?.write(weights);
			const { layers } = trainer.inspect({ inputs: [[[1], [2], [3]]], targets: [[1]] });
			expect(layers.map(({ name }) => name)).toEqual(["0.sLstm.forward", "0.sLstm.backward"]);
			expect(layers[0]?.spectralRadius).toBe(0);
			return layers[1] as LayerHealth;
		};
		expect(radii(0, 0).saturation).toEqual({ f: 0.25, z: 0.5, o: 0.75 });
		expect(radii(1, 1).spectralRadius).toBeCloseTo(0.75, 2);
		expect(radii(2, 1).spectralRadius).toBeCloseTo(1, 2);
		expect(radii(0, 0.1).spectralRadius).toBeCloseTo(0.075, 3);
	});

	it("of gates that know only x, and the radius of a vector; what multiplies h by no weight has none", async () => {
		const { model, trainer } = await trainerOf([
			indRnn({ inputSize: 1, hiddenSize: 2, activation: "tanh" }),
			minGru({ hiddenSize: 2 }),
			bidirectional(minLstm({ hiddenSize: 2 })),
			lastStep(),
			dense({ outputSize: 1 }),
		]);
		for (const parameter of model.parameters.values()) parameter.write(new Float32Array(parameter.size));
		const far = Math.log(9) + 0.1;
		model.parameters.get("0.weight_hh")?.write([0.5, -1.5]);
		model.parameters.get("0.bias")?.write([2, 0]);
		// z: one unit shut; the candidate, which is linear, has no ends.
		model.parameters.get("1.bias")?.write([-far, 0, 100, 100]);
		// f: both open; i: one shut.
		model.parameters.get("2.backward.bias")?.write([far, far, -far, 0, 100, 100]);
		const { layers } = trainer.inspect({ inputs: [[[1], [2], [3]]], targets: [[1]] });
		expect(layers.map(({ name }) => name)).toEqual(["0.indRnn", "1.minGru", "2.minLstm.forward", "2.minLstm.backward"]);
		expect(layers.map(({ saturation }) => saturation)).toEqual([
			{ h: 0.5 },
			{ z: 0.5 },
			{ f: 0, i: 0 },
			{ f: 1, i: 0.5 },
		]);
		expect(layers.map(({ spectralRadius }) => spectralRadius)).toEqual([1.5, undefined, undefined, undefined]);
		expect(layers[1]).not.toHaveProperty("spectralRadius");
	});

	it("the spectral radius of matrices that it is known of", () => {
		expect(spectralRadius([2, 0, 0, -3], 2)).toBeCloseTo(3, 6);
		expect(spectralRadius([0, -0.7, 0.7, 0], 2)).toBeCloseTo(0.7, 6);
		expect(spectralRadius([0, 1, 0, 0], 2)).toBe(0);
		const angle = 1;
		const turn = [
			1.2 * Math.cos(angle),
			-1.2 * Math.sin(angle),
			0,
			1.2 * Math.sin(angle),
			1.2 * Math.cos(angle),
			0,
			0,
			0,
			0.5,
		];
		expect(Math.abs(spectralRadius(turn, 3) - 1.2)).toBeLessThan(0.012);
	});
});

describe("verdicts", () => {
	/** An rnn of 8 units whose recurrent matrix is `scale` times the identity, over 60 steps to one target. */
	async function verdictOf(scale: number, activation: "tanh" | "relu", bias = 0.01) {
		const { model, trainer } = await trainerOf([
			rnn({ inputSize: 1, hiddenSize: 8, activation }),
			lastStep(),
			dense({ outputSize: 1 }),
		]);
		const identity = Float32Array.from({ length: 64 }, (_, j) => (j % 9 === 0 ? scale : 0));
		model.parameters.get("0.weight_hh")?.write(identity);
		model.parameters.get("0.bias")?.write(new Float32Array(8).fill(bias));
		model.parameters.get("0.weight_ih")?.write(new Float32Array(8).fill(0.01));
		const inputs = [Array.from({ length: 60 }, () => [0.1])];
		return formatHealth(trainer.inspect({ inputs, targets: [[1]] }));
	}

	it("a network built to vanish: it says so, how fast, and what helps", async () => {
		const text = await verdictOf(0.5, "relu");
		expect(text).toContain("gradients vanish: on the way back the norm halves every 1.0 steps");
		expect(text).toContain("chrono({ longest })");
	});

	it("a network built to explode", async () => {
		expect(await verdictOf(2, "relu")).toContain("gradients explode: on the way back the norm doubles every 1.0 steps");
		expect(await verdictOf(2, "relu")).toContain("spectral radius of 2.00");
	});

	it("one that explodes though h is multiplied by no weight: of those it says nothing", () => {
		const hiddenNorm = Float64Array.from({ length: 30 }, (_, t) => 2 ** -t);
		const layer = { name: "0.minGru", hiddenNorm, reverse: false, saturation: {} };
		expect(verdict(layer)).toMatch(/times what it was\. Set clipNorm\.$/);
		expect(verdict({ ...layer, spectralRadius: 2 })).toContain("Set clipNorm; a spectral radius of 2.00 asks for");
	});

	it("a network built to saturate", async () => {
		const { trainer, model } = await trainerOf([
			lstm({ inputSize: 1, hiddenSize: 4, forgetBias: 8 }),
			lastStep(),
			dense({ outputSize: 1 }),
		]);
		model.parameters.get("0.weight_hh")?.write(new Float32Array(64));
		const seen = formatHealth(trainer.inspect({ inputs: [Array.from({ length: 20 }, () => [0.1])], targets: [[1]] }));
		expect(seen).toContain("gates are saturated: 100 % of f.");
		expect(seen).toMatch(/ A gate that holds a long memory, as chrono\(\) starts it, is meant to be so\.$/);
	});

	it("a candidate named z is no gate that holds a memory", () => {
		const layer = { name: "0.sLstm", hiddenNorm: new Float64Array(4).fill(1), reverse: false };
		expect(verdict({ ...layer, saturation: { f: 0, z: 0.9, o: 0 } })).toMatch(
			/: 90 % of z\..* or lower learningRate\.$/,
		);
		expect(verdict({ ...layer, saturation: { z: 0.9 } })).toMatch(/is meant to be so\.$/);
	});

	it("a network built to do neither", async () => {
		expect(await verdictOf(1, "relu")).toContain("gradients reach every step");
	});

	it("one whose gradient is not finite, or that has none, or no recurrent layer", async () => {
		const { trainer, model } = await trainerOf([
			rnn({ inputSize: 1, hiddenSize: 2, activation: "relu" }),
			lastStep(),
			dense({ outputSize: 1 }),
		]);
		model.parameters.get("0.weight_hh")?.write([3e38, 3e38, 3e38, 3e38]);
		model.parameters.get("0.bias")?.write([1, 1]);
		const inputs = [Array.from({ length: 5 }, () => [1])];
		expect(formatHealth(trainer.inspect({ inputs, targets: [[1]] }))).toContain("the gradient is not finite");
		const none = await trainerOf([dense({ inputSize: 1, outputSize: 1 })]);
		expect(formatHealth(none.trainer.inspect({ inputs: [[[1]]], targets: [[[1]]] }))).toBe(
			"No recurrent layer, so nothing goes through time.",
		);
		expect(() => formatHealth(undefined as never)).toThrow(
			"formatHealth: it takes what trainer.inspect gives, got undefined.",
		);
	});
});
