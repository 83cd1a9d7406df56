// Is Omega's gradient added to the loss's as float64 does it, to nothing else, and to that of rnn layers only?

import { describe, expect, it } from "vitest";
import { keyOf } from "../../src/compile/program.ts";
import type { EngineName } from "../../src/engine/engine.ts";
import {
	Adam,
	bidirectional,
	dense,
	gru,
	type Layer,
	lastStep,
	lstm,
	Model,
	meanSquaredError,
	OptionError,
	rnn,
	SGD,
	type States,
	Trainer,
	type TrainerOptions,
} from "../../src/index.ts";
import { runtimeOf } from "../../src/model/model.ts";
import { engines } from "../engines.ts";
import { expectClose, expectSame, randomFloats } from "../kernels/compare.ts";
import { asBatch } from "../models.ts";
import { matrix } from "../reference/matrix.ts";
import { type RnnStack, rnnStackGradients } from "../reference/rnnStack.ts";

const [I, O] = [3, 2];
const LENGTHS = [3, 6, 1, 5];

const stacks: Readonly<Record<string, RnnStack>> = {
	tanh: { cells: [{ activation: "tanh", hiddenSize: 5, both: false }], last: false },
	"relu, last step": { cells: [{ activation: "relu", hiddenSize: 7, both: false }], last: true },
	"both ways, last step": { cells: [{ activation: "tanh", hiddenSize: 4, both: true }], last: true },
	"relu both ways, tanh": {
		cells: [
			{ activation: "relu", hiddenSize: 3, both: true },
			{ activation: "tanh", hiddenSize: 6, both: false },
		],
		last: false,
	},
};

function layersOf({ cells, last }: RnnStack): Layer[] {
	const recurrent = cells.map(({ activation, hiddenSize, both }, index): Layer => {
		const cell = rnn({ activation, hiddenSize, ...(index === 0 && { inputSize: I }) });
		return both ? bidirectional(cell) : cell;
	});
	return [...recurrent, ...(last ? [lastStep()] : []), dense({ outputSize: O })];
}

async function create(layers: readonly Layer[], engine: EngineName = "portable"): Promise<Model> {
	const model = (await Model.create([...layers], { seed: 6, engine })) as Model;
	const floats = randomFloats(2);
	for (const parameter of model.parameters.values())
		parameter.write(Float32Array.from(floats(parameter.size), (value) => value / 1.5));
	return model;
}

function trainerOf(model: Model, options: Partial<TrainerOptions<"meanSquaredError">> = {}): Trainer {
	const optimizer = new SGD({ learningRate: 0.1 });
	return new Trainer(model, { loss: "meanSquaredError", optimizer, ...options }) as Trainer;
}

/** Ragged rows, as the package takes them and as the reference does. */
function batchOf(last: boolean) {
	const floats = randomFloats(8);
	const rows = LENGTHS.map((length) => Array.from({ length }, () => [...floats(I)]));
	const targets = LENGTHS.map((length) => Array.from({ length: last ? 1 : length }, () => [...floats(O)]));
	return {
		batch: asBatch({ inputs: rows, targets: last ? targets.map(([only]) => only) : targets }),
		rows: { inputs: rows.map((row) => matrix(row.length, I, row.flat())), targets: targets.flat(2) },
	};
}

/** Initial states of every walk, flat and row by row. */
function statesOf({ cells }: RnnStack) {
	const floats = randomFloats(5);
	const names = cells.flatMap(({ hiddenSize, both }, index) =>
		(both ? ["forward.", "backward."] : [""]).map((way) => [`${index}.${way}h`, hiddenSize] as const),
	);
	const rows = new Map(names.map(([name, H]) => [name, LENGTHS.map(() => floats(H))]));
	const flat = new Map(
		Array.from(rows, ([name, all]) => [name, Float32Array.from(all.flatMap((values) => [...values]))]),
	);
	return { rows, flat: flat as States };
}

const float64 = (model: Model) =>
	new Map(Array.from(model.parameters, ([name, own]) => [name, Float64Array.from(own.read())]));

const isRecurrent = (name: string) => name.endsWith("weight_hh");

describe.each(engines)("%s", (engine) => {
	describe.each(Object.entries(stacks))("%s", (_name, rnns) => {
		it.each([false, true])("is the textbook's; initial states: %s", async (isGiven) => {
			const model = await create(layersOf(rnns), engine);
			const { batch, rows } = batchOf(rnns.last);
			const states = isGiven ? statesOf(rnns) : undefined;
			const given = { ...batch, ...(states && { initialState: states.flat }) };
			const plain = trainerOf(model).gradients(given);
			for (const omega of [0.5, 4]) {
				const { loss, gradients, initialState } = trainerOf(model, { omega }).gradients(given);
				const expected = rnnStackGradients(rnns, float64(model), rows, omega, states?.rows);
				expect(loss).toBe(plain.loss);
				expect(loss).toBeCloseTo(expected.loss, 5);
				for (const [name, values] of gradients) {
					expectClose(values, expected.gradients.get(name) ?? [], `${name}, omega ${omega}`, 0.1);
					const same = plain.gradients.get(name) as Float32Array;
					if (isRecurrent(name)) expect([...values]).not.toEqual([...same]);
					else expectSame(values, same, name);
				}
				expect(initialState).toEqual(plain.initialState);
			}
		});

		it("steps by it, and reports losses and evaluates without it", async () => {
			const [model, twin] = await Promise.all([0, 1].map(() => create(layersOf(rnns), engine)));
			if (!model || !twin) throw new Error("no models");
			const { batch } = batchOf(rnns.last);
			const trainer = trainerOf(model, { omega: 2 });
			const { gradients, loss } = trainer.gradients(batch);
			expect(trainer.evaluate(batch)).toEqual(trainerOf(twin).evaluate(batch));
			expect(trainer.step(batch)).toBe(loss);
			expect(trainerOf(twin).step(batch)).toBe(loss);
			const all = [...gradients.values()].flatMap((values) => [...values]);
			expect(trainer.gradientNorm / Math.hypot(...all)).toBeCloseTo(1, 6);
			const before = float64(await create(layersOf(rnns), engine));
			for (const [name, parameter] of model.parameters) {
				const g = gradients.get(name) as Float32Array;
				const expected = before.get(name)?.map((value, j) => value - 0.1 * (g[j] as number)) ?? [];
				expectClose(parameter.read(), expected, name);
			}
		});
	});

	it("counts a state that is learned as one that is given", async () => {
		const options = { inputSize: I, hiddenSize: 5 };
		const [learned, plain] = await Promise.all([
			create([rnn({ ...options, initialState: "learned" }), dense({ outputSize: O })], engine),
			create([rnn(options), dense({ outputSize: O })], engine),
		]);
		for (const [name, parameter] of plain.parameters) parameter.write(learned.parameters.get(name)?.read() ?? []);
		const own = learned.parameters.get("0.initial_h")?.read() as Float32Array;
		const initialState = new Map([["0.h", Float32Array.from(LENGTHS.flatMap(() => [...own]))]]) as States;
		const { batch } = batchOf(false);
		const { gradients } = trainerOf(learned, { omega: 2 }).gradients(batch);
		const expected = trainerOf(plain, { omega: 2 }).gradients({ ...batch, initialState });
		for (const [name, values] of expected.gradients) expectSame(gradients.get(name) ?? [], values, name);
	});

	it("leaves other cells, and what comes before an rnn, as they were", async () => {
		const layers = [lstm({ inputSize: I, hiddenSize: 3 }), rnn({ hiddenSize: 4 }), gru({ hiddenSize: 3 })];
		const model = await create([...layers, dense({ outputSize: O })], engine);
		const { batch } = batchOf(false);
		const plain = trainerOf(model).gradients(batch).gradients;
		const changed = [...trainerOf(model, { omega: 2 }).gradients(batch).gradients].filter(
			([name, values]) => values.join() !== plain.get(name)?.join(),
		);
		expect(changed.map(([name]) => name)).toEqual(["1.weight_hh"]);
	});

	it("does not change what is seen of gradients through time, only the norm of the weights' gradient", async () => {
		const model = await create([rnn({ inputSize: I, hiddenSize: 5 }), dense({ outputSize: O })], engine);
		const { batch } = batchOf(false);
		const [plain, other] = [trainerOf(model).inspect(batch), trainerOf(model, { omega: 2 }).inspect(batch)];
		expect(other.loss).toBe(plain.loss);
		expect(other.layers).toEqual(plain.layers);
		const norms = ({ parameters }: typeof plain) =>
			[...parameters].filter(([name]) => !isRecurrent(name)).map(([, { gradientNorm }]) => gradientNorm);
		expect(norms(other)).toEqual(norms(plain));
		expect(other.parameters.get("0.weight_hh")).not.toEqual(plain.parameters.get("0.weight_hh"));
		const seen = trainerOf(model, { omega: 2, health: true });
		seen.step(batch);
		expect(seen.health.layers.map(({ hiddenNorm }) => hiddenNorm)).toEqual(
			plain.layers.map(({ hiddenNorm }) => hiddenNorm),
		);
	});

	it("trainers of one model with other weights share a program, each with its own", async () => {
		const [shared, apart] = await Promise.all([0, 1].map(() => create(layersOf(stacks.tanh as RnnStack), engine)));
		if (!shared || !apart) throw new Error("no models");
		const { batch } = batchOf(false);
		const weights = [undefined, 1, 3, undefined, 1];
		const trainers = weights.map((omega) => trainerOf(shared, omega === undefined ? {} : { omega }));
		for (const [index, trainer] of trainers.entries()) {
			const omega = weights[index];
			expect(trainer.omega).toBe(omega);
			trainer.step(batch);
			trainerOf(apart, { omega }).step(batch);
			for (const [name, parameter] of shared.parameters)
				expectSame(parameter.read(), apart.parameters.get(name)?.read() ?? [], `${name} after trainer ${index}`);
		}
	});

	it("keeps alive a gradient that would vanish", async () => {
		/** How much of the norm at the last step is left at the first, after some steps. */
		const leftAfter = async (omega: number | undefined) => {
			const layers = [rnn({ inputSize: 1, hiddenSize: 8 }), lastStep(), dense({ outputSize: 1 })] as const;
			const model = (await Model.create(layers, { seed: 6, engine })) as Model;
			const recurrent = model.parameters.get("0.weight_hh");
			recurrent?.write(recurrent.read().map((value) => value / 4));
			const floats = randomFloats(7);
			const inputs = Array.from({ length: 4 }, () => Array.from({ length: 20 }, () => [(floats(1)[0] as number) / 4]));
			const batch = asBatch({ inputs, targets: inputs.map(() => [...floats(1)]) });
			const trainer = trainerOf(model, { omega, optimizer: new SGD({ learningRate: 0.03 }) });
			for (let step = 0; step < 200; step++) trainer.step(batch);
			const [layer] = trainer.inspect(batch).layers;
			return (layer?.hiddenNorm[0] as number) / (layer?.hiddenNorm[19] as number);
		};
		const [without, withOmega] = [await leftAfter(undefined), await leftAfter(2)];
		expect(without).toBeLessThan(1e-10);
		expect(withOmega).toBeGreaterThan(0.1);
		expect(withOmega).toBeLessThan(10);
	});
});

describe("programs", () => {
	const purpose = { kind: "train", loss: meanSquaredError(), rule: new Adam() } as const;

	it("with Omega have one key for all weights, those without the one that they had", () => {
		const keys = [undefined, 1, 2].map((omega) => keyOf({ ...purpose, omega }));
		expect(keys[0]).toBe(keyOf(purpose));
		expect(keys[1]).toBe(keys[2]);
		expect(keys[1]).not.toBe(keys[0]);
	});

	it("do nothing for it unless it is asked for", async () => {
		const runtime = runtimeOf(await create(layersOf(stacks.tanh as RnnStack)));
		const kernelsOf = (omega?: number) =>
			runtime?.program({ ...purpose, omega }).phases.backward.map(({ kernel }) => kernel);
		const plain = kernelsOf() ?? [];
		expect(plain).not.toContain("addOmega");
		const begin = plain.indexOf("rnnBackward");
		const [before, after] = [plain.slice(0, begin), plain.slice(begin)];
		const more = ["weightGradient", "countTerms", "addOmega"];
		expect(kernelsOf(2)).toEqual([...before, "zero", "zero", ...after, ...more]);
		const walk = runtime?.program(purpose).phases.backward.find(({ kernel }) => kernel === "rnnBackward");
		expect(walk?.operands).toMatchObject({ hiddenNorms: 0, dBack: 0, terms: 0 });
	});
});

describe("a model without an rnn", () => {
	it.each([
		["lstm", lstm({ inputSize: I, hiddenSize: 2 })],
		["both ways of a gru", bidirectional(gru({ inputSize: I, hiddenSize: 2 }))],
	] as const)("is refused: %s", async (_name, layer) => {
		const model = await create([layer, dense({ outputSize: O })]);
		expect(() => trainerOf(model, { omega: 2 })).toThrow(
			new OptionError(
				'Trainer: "omega" acts on rnn layers, and the model has none. Leave it out, or add an rnn layer.',
			),
		);
		expect(trainerOf(model, { omega: undefined }).omega).toBeUndefined();
		const dropping = (await Model.create([rnn({ inputSize: 2, hiddenSize: 3, zoneout: { h: 0.1 } })])) as Model;
		expect(() => trainerOf(dropping, { omega: 2 })).toThrow(
			'Trainer: "omega" is of what goes back through weight_hh, which an rnn with "recurrentDropout" or "zoneout" drops. Leave it or them out.',
		);
	});
});
