// Do penalties on activations act in training only, on gradients only, on every live step and on changes within a batch?

import { describe, expect, it } from "vitest";
import {
	activationRegularization,
	bidirectional,
	dense,
	dropout,
	gru,
	type Layer,
	lastStep,
	layerNorm,
	lstm,
	Model,
	Random,
	residual,
	SGD,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { asBatch, valuesOf } from "../models.ts";

const first = lstm({ inputSize: 2, hiddenSize: 7 });
const acts = (activation: number, change: number) => activationRegularization({ activation, change });
const awd = (activation: number, change: number) => [
	...[first, acts(0, change), dropout({ rate: 0.3, shared: "steps" }), acts(activation, 0)],
	...[residual([layerNorm(), acts(activation, change), dense({ outputSize: 7 })]), dense({ outputSize: 2 })],
];

const random = new Random(6);
const list = (length: number) => Array.from({ length }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
const LENGTHS = [3, 6, 1, 6];
const batch = { inputs: LENGTHS.map(list), targets: LENGTHS.map(list) };

describe.each(engines)("%s", (engine) => {
	const create = async (layers: readonly Layer[]) =>
		(await Model.create(layers, { seed: 1, engine })) as Model<"values">;
	const trainerOf = (model: Model<"values">, learningRate = 0.1) =>
		new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate }) });

	it("predictions, streams, evaluations and reported losses are those without it", async () => {
		const [model, plain] = [await create(awd(2, 1)), await create(awd(0, 0))];
		expect(model.predict(batch)).toEqual(plain.predict(batch));
		expect(trainerOf(model).evaluate(batch)).toEqual(trainerOf(plain).evaluate(batch));
		expect(model.stream().push([1, 2])).toEqual(plain.stream().push([1, 2]));
		const [own, other] = [trainerOf(model).gradients(batch), trainerOf(plain).gradients(batch)];
		expect(own.loss).toBe(other.loss);
		expect(own.gradients.get("5.weight")).toEqual(other.gradients.get("5.weight"));
		for (const name of ["0.weight_ih", "0.weight_hh", "0.bias", "4.0.weight"])
			expect(own.gradients.get(name), name).not.toEqual(other.gradients.get(name));
		expect(trainerOf(model).step(batch)).toBe(own.loss);
		expect(trainerOf(plain).step(batch)).toBe(own.loss);
		expect(valuesOf(model)).not.toEqual(valuesOf(plain));
	});

	it("makes calls in training only, and none for weights of 0", async () => {
		const callsOf = async (layers: readonly Layer[], purpose: "predict" | "stream" | "evaluate" | "train") =>
			(await create(layers)).explain({ purpose }).calls;
		const acting = (calls: readonly { kernel: string }[]) =>
			calls.filter(({ kernel }) => kernel === "activationRegularization").length;
		expect(acting(await callsOf(awd(2, 1), "train"))).toBe(3);
		for (const purpose of ["predict", "stream", "evaluate"] as const)
			expect(await callsOf([first, acts(2, 1)], purpose)).toEqual(await callsOf([first, acts(0, 0)], purpose));
		const none = await callsOf([first, acts(0, 0)], "train");
		expect(none).toEqual(await callsOf([first], "train"));
		const onInputs = await callsOf([dropout({ rate: 0, inputSize: 2 }), acts(2, 1), first], "train");
		expect(acting(onInputs)).toBe(0);
	});

	it("pulls small what nothing else holds, and levels what changes", async () => {
		const weights = [0, 0, 1, 0];
		const sizes = async (activation: number, change: number) => {
			const model = await create([lstm({ inputSize: 2, hiddenSize: 4 }), acts(activation, change)]);
			const targets = LENGTHS.map((length) => Array.from({ length }, () => [0, 0, 0, 0]));
			const trainer = trainerOf(model, 1);
			const look = () => {
				const { outputs } = model.predict({ inputs: [batch.inputs[1]] });
				const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
				return { size: squares(outputs), change: squares(outputs.map((h, k) => (k < 4 ? 0 : h - outputs[k - 4]))) };
			};
			const before = look();
			for (let step = 0; step < 50; step++) trainer.step({ ...batch, targets, weights });
			return { before, after: look() };
		};
		const small = await sizes(2, 0);
		expect(small.after.size).toBeLessThan(0.2 * small.before.size);
		const level = await sizes(0, 4);
		expect(level.after.change).toBeLessThan(0.5 * level.before.change);
		const neither = await sizes(0, 0);
		expect(neither.after.size).toBeGreaterThan(0.5 * neither.before.size);
	});

	it("counts no change on the way from a state that is carried or given, and none in rows of one step", async () => {
		const short = {
			inputs: batch.inputs.map((row) => row.slice(0, 1)),
			targets: batch.targets.map((row) => row.slice(0, 1)),
		};
		const model = await create([first, acts(0, 5), dense({ outputSize: 2 })]);
		const without = await create([first, acts(0, 0), dense({ outputSize: 2 })]);
		const initialState = model.predict(batch).finalState;
		for (const given of [short, { ...short, initialState }])
			expect(trainerOf(model).gradients(given).gradients).toEqual(trainerOf(without).gradients(given).gradients);
		const going = trainerOf(model, 0);
		going.step(batch);
		const other = trainerOf(without, 0);
		other.step(batch);
		const next = { ...short, continues: true };
		expect(going.gradients(next).gradients).toEqual(other.gradients(next).gradients);
	});

	it("counts steps that are repeated, and steps whose targets weigh nothing", async () => {
		const model = await create([first, acts(2, 1), dense({ outputSize: 2 })]);
		const rows = () => ({ inputs: [list(6), list(6)], targets: [list(6), list(6)] });
		const [before, then] = [rows(), rows()];
		const overlap = 2;
		const repeating = {
			...{ targets: then.targets, continues: true, overlap },
			inputs: then.inputs.map((row, r) => [...(before.inputs[r] ?? []).slice(-overlap), ...row.slice(overlap)]),
		};
		const trainer = trainerOf(model, 0);
		trainer.step({ ...before, overlap });
		const actual = trainer.gradients(repeating);
		const { inputs, targets } = repeating;
		const { finalState } = model.predict({ inputs: before.inputs.map((row) => row.slice(0, -overlap)) });
		const weights = inputs.map((row) => row.map((_, t) => (t < overlap ? 0 : 1)));
		const given = { inputs, targets, weights, initialState: finalState };
		const { initialState: _, ...expected } = trainerOf(model).gradients(given);
		expect(actual).toEqual(expected);
	});

	it("where states are kept at borders only, takes the step before a part from the part before", async () => {
		const cell = lstm({ hiddenSize: 7 });
		const wide = dense({ inputSize: 2, outputSize: 6 });
		const end = dense({ outputSize: 2 });
		const stacks: readonly (readonly Layer[])[] = [
			[first, acts(2, 1), end],
			[first, dense({ outputSize: 5 }), acts(0, 1), end, acts(1, 1)],
			[wide, acts(0, 1), cell, layerNorm(), acts(2, 3), lastStep(), end],
			[wide, residual([gru({ hiddenSize: 6 }), acts(1, 1)]), acts(0, 2), end],
		];
		const lengths = [400, 310, 400, 33, 1];
		for (const layers of stacks) {
			const model = await create(layers);
			const isLast = layers.some(({ type }) => type === "lastStep");
			const long = { inputs: lengths.map(list), targets: isLast ? list(5) : lengths.map(list) };
			const sizes = { batchSize: 5, steps: 400, loss: "meanSquaredError" } as const;
			const whole = trainerOf(model).gradients(asBatch(long) as never);
			for (const share of [0.8, 0.5, 0.35]) {
				const memoryLimit = share * model.explain(sizes).workspaceBytes;
				const { kept } = model.explain({ ...sizes, memoryLimit });
				expect(kept).toMatch(/^states at \d+ of \d+ borders in time/);
				const limited = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD(), memoryLimit });
				expect(limited.gradients(asBatch(long) as never)).toEqual(whole);
			}
		}
	});

	it("after two directions too, where all steps are kept", async () => {
		const model = await create([
			bidirectional(gru({ inputSize: 2, hiddenSize: 6 })),
			acts(2, 3),
			dense({ outputSize: 2 }),
		]);
		const long = { inputs: [list(600), list(20)], targets: [list(600), list(20)] };
		const whole = trainerOf(model).gradients(long);
		const sizes = { batchSize: 2, steps: 600, loss: "meanSquaredError" } as const;
		const memoryLimit = 0.8 * model.explain(sizes).workspaceBytes;
		expect(model.explain({ ...sizes, memoryLimit }).kept).toBe("states; gates are computed again");
		const limited = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD(), memoryLimit });
		expect(limited.gradients(long)).toEqual(whole);
	});

	it("a file holds it", async () => {
		const model = await create(awd(2, 0.5));
		const same = await Model.load<"values">(model.save(), { engine });
		expect(same.layers).toEqual(model.layers);
		expect(trainerOf(same).gradients(batch)).toEqual(trainerOf(model).gradients(batch));
	});
});
