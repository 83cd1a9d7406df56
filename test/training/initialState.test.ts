// Are learned initial states begun from, trained by their gradient, and left alone where states are given or carried?

import { describe, expect, it } from "vitest";
import {
	bidirectional,
	dense,
	gru,
	indRnn,
	lastStep,
	lstm,
	Model,
	minGru,
	minLstm,
	rnn,
	SGD,
	type States,
	sLstm,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { expectClose, randomFloats } from "../kernels/compare.ts";

const LENGTHS = [3, 5, 1, 4];

/** The same network with states that are learned, or zero. */
const layersOf = (initialState: "learned" | "zero", isBidirectional = false) => {
	const first = lstm({ inputSize: 2, hiddenSize: 5, initialState });
	return [
		isBidirectional ? bidirectional(first) : first,
		gru({ hiddenSize: 6, initialState }),
		gru({ hiddenSize: 3, reset: "before", initialState }),
		rnn({ hiddenSize: 4, initialState }),
		indRnn({ hiddenSize: 5, activation: "tanh", initialState }),
		minGru({ hiddenSize: 6, initialState }),
		minLstm({ hiddenSize: 7, initialState }),
		sLstm({ hiddenSize: 6, heads: 2, initialState }),
		lastStep(),
		dense({ outputSize: 2 }),
	] as const;
};

const floats = randomFloats(4);
const inputs = LENGTHS.map((length) => Array.from({ length }, () => [...floats(2)]));
const targets = LENGTHS.map(() => [...floats(2)]);

async function pair(engine: "portable" | "fast", isBidirectional = false) {
	const learned = await Model.create(layersOf("learned", isBidirectional), { seed: 3, engine });
	const plain = await Model.create(layersOf("zero", isBidirectional), { seed: 4, engine });
	const draw = randomFloats(9);
	const states = new Map<string, Float32Array>();
	for (const [name, parameter] of learned.parameters) {
		const same = plain.parameters.get(name);
		if (same !== undefined) {
			same.write(parameter.read());
			continue;
		}
		expect([...parameter.read()], `${name} at first`).toEqual(new Array(parameter.size).fill(0));
		const values = Float32Array.from(draw(parameter.size));
		parameter.write(values);
		states.set(name.replace("initial_", ""), repeated(values, LENGTHS.length));
	}
	// Beside a learned c of an sLstm begin these.
	for (const [name, value] of [
		["7.n", 1],
		["7.m", 0],
	] as const)
		states.set(name, new Float32Array(6 * LENGTHS.length).fill(value));
	const trainers = [learned, plain].map(
		(model) => new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.1 }) }),
	);
	return { learned, plain, states: states as States, trainers };
}

const repeated = (values: Float32Array, count: number) =>
	Float32Array.from({ length: values.length * count }, (_, j) => values[j % values.length] as number);

describe.each(engines)("%s", (engine) => {
	it.each([false, true])("equal states that are given, and so do their gradients; bidirectional: %s", async (both) => {
		const { learned, plain, states, trainers } = await pair(engine, both);
		expect(learned.predict({ inputs }).outputs).toEqual(plain.predict({ inputs, initialState: states }).outputs);
		const [own, given] = [
			trainers[0]?.gradients({ inputs, targets }),
			trainers[1]?.gradients({ inputs, targets, initialState: states }),
		];
		expect(own?.loss).toBe(given?.loss);
		expect(own?.initialState).toBeUndefined();
		for (const [name, gradient] of given?.gradients ?? []) expect(own?.gradients.get(name), name).toEqual(gradient);
		for (const [name, rows] of given?.initialState ?? []) {
			const size = rows.length / LENGTHS.length;
			const sum = Float64Array.from({ length: size }, (_, j) =>
				LENGTHS.reduce((all, _length, row) => all + (rows[row * size + j] as number), 0),
			);
			const parameter = name.replace(/[hc]$/, "initial_$&");
			expect(sum.some((value) => value !== 0)).toBe(true);
			if (/[nm]$/.test(name)) continue;
			expectClose(own?.gradients.get(parameter) as Float32Array, sum, parameter);
		}
	});

	it("have the gradient that differences say", async () => {
		const { plain, states, trainers } = await pair(engine);
		const { initialState } = trainers[1]?.gradients({ inputs, targets, initialState: states }) ?? {};
		const step = 1 / 64;
		for (const [name, values] of states) {
			const [at, was] = [values.length - 2, values[values.length - 2] as number];
			const lossAt = (value: number) => {
				values[at] = value;
				const trainer = new Trainer(plain, { loss: "meanSquaredError", optimizer: new SGD() });
				return trainer.evaluate({ inputs, targets, initialState: states }).loss;
			};
			const slope = (lossAt(was + step) - lossAt(was - step)) / (2 * step);
			values[at] = was;
			expect(Math.abs(slope - (initialState?.get(name)?.[at] as number)), name).toBeLessThan(2e-4);
		}
	});

	it("are not begun from where states are given or rows go on, nor trained then", async () => {
		const { learned, plain, states, trainers } = await pair(engine);
		const zeros = new Map([...states].map(([name, values]) => [name, values.map(() => 0)]));
		expect(learned.predict({ inputs, initialState: zeros }).outputs).toEqual(plain.predict({ inputs }).outputs);
		const { gradients } = trainers[0]?.gradients({ inputs, targets, initialState: zeros }) ?? {};
		for (const [name, gradient] of gradients ?? [])
			if (name.includes("initial"))
				expect(
					gradient.every((value) => value === 0),
					name,
				).toBe(true);
		// of some rows only
		const one = new Map([["0.h", zeros.get("0.h") as Float32Array]]);
		const rest = new Map([...states].map(([name, values]) => [name, name === "0.h" ? values.map(() => 0) : values]));
		expect(learned.predict({ inputs, initialState: one }).outputs).toEqual(
			plain.predict({ inputs, initialState: rest }).outputs,
		);
		trainers[0]?.step({ inputs, targets });
		for (const [name, parameter] of learned.parameters) plain.parameters.get(name)?.write(parameter.read());
		const carried = trainers[0]?.finalState as States;
		const side = (continues: boolean[]) => trainers[0]?.gradients({ inputs, targets, continues });
		const mixed = new Map(
			[...carried].map(([name, values]) => {
				const own = learned.parameters.get(name.replace(/[hc]$/, "initial_$&"))?.read();
				const first = own ?? new Float32Array(6).fill(+name.endsWith("n"));
				const size = first.length;
				return [name, values.map((value, j) => (Math.floor(j / size) === 1 ? value : (first[j % size] as number)))];
			}),
		);
		const expected = trainers[1]?.gradients({ inputs, targets, initialState: mixed });
		expect(side([false, true, false, false])?.loss).toBe(expected?.loss);
	});

	it("are what a stream begins with, again after reset, and what a file keeps", async () => {
		const { learned } = await pair(engine);
		const causal = await Model.create(
			[
				lstm({ inputSize: 2, hiddenSize: 4, initialState: "learned" }),
				sLstm({ hiddenSize: 4, heads: 2, initialState: "learned" }),
				dense({ outputSize: 2 }),
			],
			{ seed: 1, engine },
		);
		for (const name of ["0.initial_h", "0.initial_c", "1.initial_h", "1.initial_c"])
			causal.parameters.get(name)?.write(floats(4));
		const rows = inputs[1] as number[][];
		const { outputs } = causal.predict({ inputs: [rows] });
		const stream = causal.stream();
		const other = causal.stream();
		for (let round = 0; round < 2; round++) {
			const pushed = rows.flatMap((x) => {
				const output = [...stream.push(x)];
				other.push(x);
				return output;
			});
			expect(pushed).toEqual([...outputs]);
			stream.reset();
		}
		const same = await Model.load(learned.save(), { engine });
		expect(same.layers).toEqual(learned.layers);
		expect(same.predict({ inputs }).outputs).toEqual(learned.predict({ inputs }).outputs);
	});
});

it("is learned or zero", () => {
	expect(() => lstm({ inputSize: 1, hiddenSize: 1, initialState: "given" as never })).toThrow(
		'lstm: "initialState" must be "zero" or "learned", got "given".',
	);
});
