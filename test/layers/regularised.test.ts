// Do projection, zoneout and dropout inside a cell give the textbook's loss and, by its central differences, its gradients?

import { describe, expect, it } from "vitest";
import { bidirectional, dense, gru, lstm, Model, Random, rnn, SGD, Trainer } from "../../src/index.ts";
import { engines } from "../engines.ts";
import type { NamedValues } from "../reference/cells.ts";
import { centralDifferences } from "../reference/centralDifferences.ts";
import type { Drawing } from "../reference/dropout.ts";
import { add, concat, type Matrix, matrix, rowsOf, stack, times, type Vector } from "../reference/matrix.ts";
import { type RegularisedCell, regularisedStates } from "../reference/regularised.ts";

const I = 3;
const LENGTHS = [5, 2, 1] as const;
const SEED = 11;

const all = { inputDropout: 0.3, recurrentDropout: 0.25, weightDropout: 0.2 };
const zoned = { ...all, zoneout: { h: 0.2 } };
const learned = { initialState: "learned" } as const;

/** What is tried, and how many things a direction draws. */
const variants: Readonly<Record<string, readonly [RegularisedCell, number]>> = {
	"rnn, recurrent dropout": [{ type: "rnn", hiddenSize: 5, recurrentDropout: 0.4 }, 1],
	"rnn, weight dropout": [{ type: "rnn", hiddenSize: 5, weightDropout: 0.4 }, 1],
	"rnn, zoneout": [{ type: "rnn", hiddenSize: 5, activation: "tanh", zoneout: { h: 0.3 } }, 1],
	"rnn, everything": [{ type: "rnn", hiddenSize: 6, activation: "relu", ...zoned, ...learned }, 4],
	"gru, recurrent dropout": [{ type: "gru", hiddenSize: 5, reset: "after", recurrentDropout: 0.4 }, 1],
	"gru, everything": [{ type: "gru", hiddenSize: 5, reset: "after", ...zoned, ...learned }, 4],
	"gru reset before, recurrent dropout": [{ type: "gru", hiddenSize: 6, reset: "before", recurrentDropout: 0.4 }, 1],
	"gru reset before, everything": [{ type: "gru", hiddenSize: 6, reset: "before", ...zoned, ...learned }, 4],
	"gru reset before, hard, everything": [
		{ type: "gru", hiddenSize: 6, reset: "before", gateActivation: "hardSigmoid", ...zoned, ...learned },
		4,
	],
	"gru, layer norms, everything": [
		{ type: "gru", hiddenSize: 5, reset: "after", layerNorm: true, ...zoned, ...learned },
		4,
	],
	"gru reset before, layer norms, everything": [
		{ type: "gru", hiddenSize: 6, reset: "before", layerNorm: true, ...zoned, ...learned },
		4,
	],
	"lstm, layer norms, projection": [
		{ type: "lstm", hiddenSize: 7, projectionSize: 3, layerNorm: true, peepholes: true, ...learned },
		0,
	],
	"lstm, layer norms, everything": [
		{
			...{ type: "lstm", hiddenSize: 9, projectionSize: 4, ...all, zoneout: { h: 0.2, c: 0.3 }, ...learned },
			...{ peepholes: true, coupledGates: true, gateActivation: "hardSigmoid", layerNorm: true },
		},
		5,
	],
	"lstm, input dropout": [{ type: "lstm", hiddenSize: 5, inputDropout: 0.5 }, 1],
	"lstm, recurrent dropout": [{ type: "lstm", hiddenSize: 5, recurrentDropout: 0.4 }, 1],
	"lstm, zoneout of h": [{ type: "lstm", hiddenSize: 5, zoneout: { h: 0.4 } }, 1],
	"lstm, zoneout of c": [{ type: "lstm", hiddenSize: 5, zoneout: { c: 0.4 } }, 1],
	"lstm, weight dropout of a projection": [{ type: "lstm", hiddenSize: 7, projectionSize: 3, weightDropout: 0.4 }, 1],
	"lstm, projection": [{ type: "lstm", hiddenSize: 7, projectionSize: 3, ...learned }, 0],
	"lstm, everything": [
		{
			...{ type: "lstm", hiddenSize: 9, projectionSize: 4, ...all, zoneout: { h: 0.2, c: 0.3 }, ...learned },
			...{ peepholes: true, coupledGates: true, gateActivation: "hardSigmoid" },
		},
		5,
	],
	"lstm, everything but coupled gates": [
		{ type: "lstm", hiddenSize: 5, projectionSize: 2, ...all, zoneout: { h: 0.2, c: 0.3 }, peepholes: true },
		5,
	],
};

const makers = { rnn, lstm, gru };

function layersOf({ type, ...options }: RegularisedCell, both: boolean) {
	const cell = (makers[type] as (options: object) => ReturnType<typeof rnn>)(options);
	return [dense({ inputSize: I, outputSize: 4 }), both ? bidirectional(cell) : cell] as const;
}

function drawer(seed: number) {
	const random = new Random(seed);
	return (size: number) => Array.from({ length: size }, () => Math.fround(random.uniform(-1, 1)));
}

/** What the textbook makes of a batch. */
function outputsOf(
	cell: RegularisedCell,
	parameters: NamedValues,
	inputs: readonly number[][][],
	{ both, drawn, drawing }: { both: boolean; drawn: number; drawing?: Omit<Drawing, "row" | "site"> },
): Matrix[] {
	const W = matrix(4, I, parameters.get("0.weight"));
	return inputs.map((steps, index) => {
		const x = stack(steps.map((step) => add(times(W, Float64Array.from(step)), parameters.get("0.bias") as Vector)));
		const walk = (name: string, reverse: boolean, site: number) =>
			regularisedStates(cell, parameters, `1.${name}`, x, reverse, drawing && { ...drawing, row: index, site });
		if (!both) return walk("", false, 0);
		const [forward, backward] = [walk("forward.", false, 0), walk("backward.", true, drawn)];
		return stack(rowsOf(forward).map((h, t) => concat(h, rowsOf(backward)[t] as Vector)));
	});
}

function meanSquaredError(outputs: readonly Matrix[], targets: readonly number[][][]): number {
	const wanted = targets.flat(2);
	const found = concat(...outputs.map(({ values }) => values));
	return found.reduce((sum, value, j) => sum + (value - (wanted[j] as number)) ** 2, 0) / wanted.length;
}

const cases = Object.entries(variants).flatMap(([name, [cell, drawn]]) => {
	const both = name.includes("everything") ? [false, true] : [false];
	return both.map((both) => ({ name: both ? `${name}, both directions` : name, cell, drawn, both }));
});

describe.each(engines)("%s", (engine) => {
	it.each(cases)("$name", async ({ cell, drawn, both }) => {
		const values = drawer(3);
		const width = (both ? 2 : 1) * (cell.projectionSize ?? cell.hiddenSize);
		const inputs = LENGTHS.map((length) => Array.from({ length }, () => values(I)));
		const targets = LENGTHS.map((length) => Array.from({ length }, () => values(width)));
		const model = (await Model.create(layersOf(cell, both), { seed: 5, engine })) as Model<"values">;
		const parameters = new Map<string, Vector>();
		for (const [name, parameter] of model.parameters) {
			const moved = values(parameter.read().length).map((more, j) => (parameter.read()[j] as number) + 0.2 * more);
			parameter.write(moved);
			parameters.set(name, Float64Array.from(parameter.read()));
		}
		const { outputs } = model.predict({ inputs });
		for (const [row, { values }] of outputsOf(cell, parameters, inputs, { both, drawn }).entries()) {
			const begin = row * LENGTHS[0] * width;
			expectClose(outputs.subarray(begin, begin + values.length), values);
		}

		const drawing = { seed: SEED, update: 1 };
		const lossOf = () => meanSquaredError(outputsOf(cell, parameters, inputs, { both, drawn, drawing }), targets);
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD(), seed: SEED });
		const { loss, gradients } = trainer.gradients({ inputs, targets });
		expect(Math.abs(loss / lossOf() - 1)).toBeLessThan(1e-5);
		// Where a row hardly varies, what a layer norm makes of it is far from straight.
		const step = cell.layerNorm ? 1e-5 : 1e-3;
		for (const [name, values] of parameters)
			expectClose(gradients.get(name) as Float32Array, centralDifferences(lossOf, values, step), name);
	});
});

describe("options", () => {
	const makersOf = [
		["rnn", rnn],
		["gru", gru],
		["lstm", lstm],
	] as const;

	it("rates of 0 leave the layer as it is without them", () => {
		const none = { inputDropout: 0, recurrentDropout: 0, zoneout: { h: 0 }, weightDropout: 0 };
		for (const [, make] of makersOf) expect(make({ hiddenSize: 4, ...none })).toEqual(make({ hiddenSize: 4 }));
	});

	it("predictions and streams are those of the layer without dropout, to the bit", async () => {
		const inputs = [
			[
				[1, 2],
				[0.5, -1],
			],
		];
		for (const [, make] of makersOf) {
			const models = await Promise.all(
				[{}, { inputDropout: 0.3, recurrentDropout: 0.4, weightDropout: 0.2 }].map(
					(more) =>
						Model.create([make({ inputSize: 2, hiddenSize: 5, ...more })], { seed: 4 }) as Promise<Model<"values">>,
				),
			);
			const [plain, dropping] = models.map((model) => [model.predict({ inputs }).outputs, model.stream().push([1, 2])]);
			expect(dropping).toEqual(plain);
		}
	});

	it("a file holds them", async () => {
		const cell = lstm({
			inputSize: 2,
			hiddenSize: 5,
			projectionSize: 3,
			recurrentDropout: 0.2,
			zoneout: { c: 0.1 },
			weightDropout: 0.5,
		});
		const model = await Model.create([bidirectional(cell)], { seed: 4 });
		expect((await Model.load(model.save())).layers).toEqual(model.layers);
		expect([...model.parameters].map(([name, { shape }]) => [name, shape]).slice(0, 4)).toEqual([
			["0.forward.weight_ih", [20, 2]],
			["0.forward.weight_hh", [20, 3]],
			["0.forward.bias", [20]],
			["0.forward.weight_hr", [3, 5]],
		]);
	});

	it.each(makersOf)("wrong ones of %s get a sentence", (type, make) => {
		const making = (options: object) => () => make({ hiddenSize: 4, ...options } as never);
		for (const rate of [1, Number.NaN, -0.1, "0.1"]) {
			const got = typeof rate === "string" ? '"0.1"' : rate;
			for (const name of ["inputDropout", "recurrentDropout", "weightDropout"])
				expect(making({ [name]: rate })).toThrow(`${type}: "${name}" must be at least 0 and below 1, got ${got}.`);
			const sentence = `${type}: "zoneout.h" must be at least 0 and below 1, got ${got}.`;
			expect(making({ zoneout: { h: rate } })).toThrow(sentence);
		}
		const example = type === "lstm" ? "{ h: 0.1, c: 0.1 }" : "{ h: 0.1 }";
		expect(making({ zoneout: 0.1 })).toThrow(`${type}: "zoneout" must be an object, as ${example}, got 0.1.`);
		expect(making({ zoneout: { z: 0.1 } })).toThrow(`${type}: zoneout: unknown option "z".`);
	});

	it.each([
		[0, 'lstm: "projectionSize" must be a positive integer, got 0.'],
		[2.5, 'lstm: "projectionSize" must be a positive integer, got 2.5.'],
		[4, 'lstm: "projectionSize" is 4, but it must be smaller than "hiddenSize", 4. Leave it out.'],
		[8, 'lstm: "projectionSize" is 8, but it must be smaller than "hiddenSize", 4. Take a smaller one.'],
	])("a projection to %s gets a sentence", (projectionSize, sentence) => {
		expect(() => lstm({ hiddenSize: 4, projectionSize })).toThrow(sentence);
	});
});

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, name = "outputs"): void {
	expect(actual.length).toBe(expected.length);
	const largest = Math.max(...Array.from(expected, Math.abs));
	const errors = Array.from(expected, (value, j) => Math.abs((actual[j] as number) - value));
	expect(Math.max(...errors), name).toBeLessThan(2e-5 * largest + 1e-8);
}
