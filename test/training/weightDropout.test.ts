// Does weightDropout train a cell with what is left of its weights of the state, the same at all steps of an update, and only then?

import { describe, expect, it } from "vitest";
import {
	bidirectional,
	dense,
	gru,
	type Layer,
	lastStep,
	lstm,
	Model,
	type RecurrentLayer,
	rnn,
	type Sequences,
	SGD,
	type States,
	Trainer,
	type TrainerOptions,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { expectClose, randomFloats } from "../kernels/compare.ts";
import { asBatch, layerOf, leastOf, valuesOf } from "../models.ts";
import { centralDifferences, relativeError } from "../reference/centralDifferences.ts";
import { weightMask } from "../reference/dropout.ts";
import { type CellLayer, parameterShapes, type Layer as ReferenceLayer } from "../reference/layers.ts";
import { modelGradients } from "../reference/model.ts";
import { random, randomVector } from "../reference/random.ts";

const SEED = 2 ** 33 + 5;
const RATE = 0.4;
const FEATURES = 3;

/** Ragged rows of values, and two values to be said of each step. */
function rowsOf(lengths: readonly number[]) {
	const floats = randomFloats(lengths.length);
	const rows = (width: number) => lengths.map((length) => Array.from({ length }, () => [...floats(width)]));
	return { inputs: rows(FEATURES), targets: rows(2) };
}

const batch = rowsOf([5, 1, 7, 2]);

const textbooks: Readonly<Record<string, CellLayer>> = {
	"rnn tanh": { type: "rnn", hiddenSize: 5, activation: "tanh", weightDropout: RATE },
	lstm: { type: "lstm", hiddenSize: 3, weightDropout: RATE },
	gru: { type: "gru", hiddenSize: 5, reset: "after", weightDropout: RATE },
	"gru reset-before": { type: "gru", hiddenSize: 6, reset: "before", weightDropout: RATE },
};

/** Both ways, among dropout that draws too. */
const stackOf = (cell: CellLayer, hiddenSize = 4): readonly ReferenceLayer[] => [
	{ type: "dropout", rate: 0.2 },
	cell,
	{ type: "bidirectional", layer: { ...cell, hiddenSize } },
	{ type: "dropout", rate: 0.3, shared: "steps" },
	{ type: "dense", outputSize: 2 },
];

function parametersOf(layers: readonly ReferenceLayer[]): Map<string, Float64Array> {
	const draw = random(layers.length);
	const shapes = parameterShapes(layers, FEATURES);
	const sizes = shapes.map(({ name, shape }) => [name, shape.reduce((a, b) => a * b, 1)] as const);
	return new Map(sizes.map(([name, size]) => [name, randomVector(draw, size).map(Math.fround)]));
}

describe("the textbook's gradients, with the masks of an update, are central differences", () => {
	it.each(Object.entries(textbooks))("%s", (_, cell) => {
		const layers = stackOf({ ...cell, hiddenSize: 3 }, 2);
		const parameters = parametersOf(layers);
		const rows = rowsOf([3, 1, 2]);
		const run = () => modelGradients(layers, parameters, rows, "meanSquaredError", { seed: SEED, update: 3 });
		for (const [name, gradient] of run().gradients) {
			const expected = centralDifferences(() => run().loss, parameters.get(name) as Float64Array);
			expect(relativeError(gradient, expected, 1e-6), name).toBeLessThan(1e-6);
		}
	});
});

const cells: Readonly<Record<string, (options: object) => RecurrentLayer>> = {
	"rnn tanh": (options) => rnn({ hiddenSize: 7, ...options }),
	"rnn relu": (options) => rnn({ hiddenSize: 5, activation: "relu", ...options }),
	lstm: (options) => lstm({ hiddenSize: 6, ...options }),
	"lstm peepholes": (options) => lstm({ hiddenSize: 5, peepholes: true, ...options }),
	"lstm coupled, hard": (options) =>
		lstm({ hiddenSize: 7, coupledGates: true, gateActivation: "hardSigmoid", ...options }),
	"lstm projected": (options) => lstm({ hiddenSize: 7, projectionSize: 3, ...options }),
	gru: (options) => gru({ hiddenSize: 5, ...options }),
	"gru reset-before": (options) => gru({ hiddenSize: 9, reset: "before", ...options }),
};

describe.each(engines)("%s", (engine) => {
	const create = async (layers: readonly Layer[], seed = 1) =>
		(await Model.create(layers, { seed, engine })) as Model<"values">;
	const trainerOf = (model: Model<"values">, options: Partial<TrainerOptions<"meanSquaredError">> = {}) =>
		new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0 }), seed: SEED, ...options });

	it.each(Object.entries(textbooks))("%s: loss and gradients of two updates are the textbook's", async (_, cell) => {
		const layers = stackOf(cell);
		const model = await create(layers.map((layer, index) => layerOf(layer, index === 0 ? FEATURES : undefined)));
		const parameters = parametersOf(layers);
		for (const [name, parameter] of model.parameters) parameter.write(parameters.get(name) as Float64Array);
		const trainer = trainerOf(model);
		for (const update of [1, 2]) {
			const textbook = modelGradients(layers, parameters, batch, "meanSquaredError", { seed: SEED, update });
			const { loss, gradients } = trainer.gradients(batch);
			expectClose([loss], [textbook.loss], "loss");
			for (const [name, gradient] of textbook.gradients) expectClose(gradients.get(name) ?? [], gradient, name, 0.1);
			expect(trainer.gradients(batch)).toEqual({ loss, gradients });
			expect(trainer.step(batch)).toBe(loss);
		}
	});

	/** Multiplies every matrix of weights of a state by its mask, as float32 does. */
	function masked(values: ReadonlyMap<string, ArrayLike<number>>, update: number): Map<string, Float32Array> {
		let site = 0;
		const scale = Math.fround(1 / (1 - RATE));
		return new Map(
			Array.from(values, ([name, all]) => {
				if (!name.endsWith("weight_hh")) return [name, Float32Array.from(all)];
				const mask = weightMask({ seed: SEED, update, site: site++ }, all.length, RATE);
				return [name, Float32Array.from(all, (value, j) => (mask[j] ? value * scale : 0))];
			}),
		);
	}

	const read = (model: Model<"values">) =>
		new Map(Array.from(model.parameters, ([name, parameter]) => [name, parameter.read()]));

	function write(model: Model<"values">, values: ReadonlyMap<string, Float32Array>): void {
		for (const [name, parameter] of model.parameters) parameter.write(values.get(name) ?? []);
	}

	/** Of a model's states, random ones. */
	function statesOf(model: Model<"values">, rows: Sequences<"values">): States {
		const floats = randomFloats(9);
		const { finalState } = model.predict(rows);
		return new Map(Array.from(finalState, ([name, { length }]) => [name, Float32Array.from(floats(length))]));
	}

	describe.each(Object.entries(cells))("%s", (name, cell) => {
		const kinds: readonly (readonly [string, (options: object) => readonly Layer[]])[] = [
			["one way", (options) => [cell({ ...options, inputSize: FEATURES }), dense({ outputSize: 2 })]],
			[
				"both ways, at the last step, from a learned state",
				(options) => [
					bidirectional(cell({ ...options, inputSize: FEATURES, initialState: "learned" })),
					lastStep(),
					dense({ outputSize: 2 }),
				],
			],
		];
		it.each(kinds)("%s: the bits of a model with the weights that are left, at any limit", async (kind, layersOf) => {
			const isLast = kind !== "one way";
			const { inputs, targets } = rowsOf([600, 340, 600, 80]);
			const long = { inputs, targets: isLast ? targets.map(([first]) => first as number[]) : targets };
			const given = { ...long, initialState: statesOf(await create(layersOf({})), long) };
			const [model, twin] = [await create(layersOf({ weightDropout: RATE })), await create(layersOf({}))];
			const omega = name.startsWith("rnn") ? 2 : undefined;
			const least = leastOf(trainerOf(model, { omega, memoryLimit: 1 }) as Trainer, asBatch(given));
			for (const memoryLimit of [undefined, least])
				for (const data of [long, given]) {
					const trainer = trainerOf(model, { omega, memoryLimit });
					for (const update of [1, 2]) {
						write(twin, masked(read(model), update));
						const expected = trainerOf(twin, { omega }).gradients(data);
						const { loss, gradients, initialState } = trainer.gradients(data);
						expect(loss).toBe(expected.loss);
						// A sum that begins at zero is never -0.
						for (const [parameter, values] of masked(expected.gradients, update))
							expect(gradients.get(parameter), parameter).toEqual(values.map((value) => value + 0));
						expect(initialState).toEqual(expected.initialState);
						trainer.step(data);
					}
				}
		});
	});

	const layersOf = (weightDropout?: number): readonly Layer[] => [
		lstm({ inputSize: FEATURES, hiddenSize: 6, weightDropout }),
		gru({ hiddenSize: 5, weightDropout }),
		dense({ outputSize: 2 }),
	];

	it("between steps, predictions, streams and evaluations see the weights as they are", async () => {
		const [model, plain] = [await create(layersOf(0.5)), await create(layersOf())];
		const optimizer = new SGD({ learningRate: 0.3 });
		const [one, other] = [trainerOf(model, { optimizer }), trainerOf(model, { optimizer, seed: 3 })];
		const check = () => {
			write(plain, read(model));
			expect(model.predict(batch)).toEqual(plain.predict(batch));
			expect(trainerOf(model).evaluate(batch)).toEqual(trainerOf(plain).evaluate(batch));
			expect(model.stream().push([1, 2, 3])).toEqual(plain.stream().push([1, 2, 3]));
		};
		for (let step = 0; step < 3; step++) {
			check();
			const first = one.gradients(batch);
			check();
			expect(other.gradients(batch).loss).not.toBe(first.loss);
			expect(one.gradients(batch)).toEqual(first);
			expect(one.inspect(batch).loss).toBe(first.loss);
			check();
			expect(one.step(batch)).toBe(first.loss);
			check();
			other.step(batch);
		}
	});

	it("a row alone is the row in a batch, in whatever order", async () => {
		const model = await create(layersOf(0.5));
		const alone = trainerOf(model).gradients({ inputs: batch.inputs.slice(2, 3), targets: batch.targets.slice(2, 3) });
		for (const order of [
			[0, 1, 2, 3],
			[3, 2, 0, 1],
		]) {
			const inOrder = <T>(rows: readonly T[]) => order.map((row) => rows[row] as T);
			const weights = order.map((row) => (batch.inputs[row] ?? []).map(() => (row === 2 ? 1 : 0)));
			const many = { inputs: inOrder(batch.inputs), targets: inOrder(batch.targets), weights };
			const { loss, gradients } = trainerOf(model).gradients(many);
			expect(loss).toBe(alone.loss);
			for (const [name, gradient] of gradients) expectClose(gradient, alone.gradients.get(name) ?? [], name);
		}
	});

	it("a step that is skipped changes nothing, and the next draws what it would have drawn", async () => {
		const models = [await create(layersOf(0.5)), await create(layersOf(0.5))];
		const optimizer = new SGD({ learningRate: 0.1 });
		const [skipping, plain] = models.map((model) => trainerOf(model, { optimizer, onNonFinite: "skip" }));
		const targets = batch.targets.map((row) => row.map(() => [3e38, -3e38]));
		skipping?.step({ ...batch, targets });
		expect(skipping?.skippedCount).toBe(1);
		expect(skipping?.step(batch)).toBe(plain?.step(batch));
		expect(valuesOf(models[0] as Model)).toEqual(valuesOf(models[1] as Model));
	});

	it("inspect tells of the weights as they are, and of the gradient of what is left", async () => {
		const [model, plain] = [await create(layersOf(0.5)), await create(layersOf())];
		const [report, other] = [trainerOf(model).inspect(batch), trainerOf(plain).inspect(batch)];
		const radii = ({ layers }: typeof report) => layers.map(({ spectralRadius }) => spectralRadius);
		expect(radii(report)).toEqual(radii(other));
		const { gradients } = trainerOf(model).gradients(batch);
		for (const [name, { norm, gradientNorm }] of report.parameters) {
			expect(norm).toBe(other.parameters.get(name)?.norm);
			expect(gradientNorm, name).toBeCloseTo(Math.hypot(...(gradients.get(name) ?? [])), 6);
		}
	});

	it("only a training step has more calls, and a rate of 0 leaves no trace", async () => {
		const [dropping, plain, zero] = [await create(layersOf(0.5)), await create(layersOf()), await create(layersOf(0))];
		for (const purpose of ["predict", "stream", "evaluate"] as const)
			expect(`${dropping.explain({ purpose })}`).toBe(`${plain.explain({ purpose })}`);
		expect(`${zero.explain({ purpose: "train" })}`).toBe(`${plain.explain({ purpose: "train" })}`);
		expect(zero.save()).toEqual(plain.save());
		const calls = dropping.explain({ purpose: "train" }).calls;
		const drawn = calls.filter(({ phase }) => phase === "draw").map(({ kernel }) => kernel);
		expect(drawn.filter((kernel) => kernel === "dropWeights").length).toBe(2);
		expect(drawn.filter((kernel) => kernel !== "dropWeights").length).toBe(4);
	});

	it("a file holds it", async () => {
		const model = await create(layersOf(0.25));
		const same = await Model.load<"values">(model.save(), { engine });
		expect(same.layers).toEqual(model.layers);
		expect(trainerOf(same).gradients(batch)).toEqual(trainerOf(model).gradients(batch));
	});
});
