// What must not matter, does it not matter? Each property holds for small random models of every cell, to the bit unless
// sums are taken in another order.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	bidirectional,
	dense,
	gru,
	indRnn,
	type Layer,
	lastStep,
	lstm,
	Model,
	minGru,
	minLstm,
	Random,
	rnn,
	SGD,
	type States,
	sLstm,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { asBatch, batchOf, flatten, modelOf, type NestedBatch, type Recipe, recipes, valuesOf } from "../models.ts";

/** Relative to a tensor's largest element, where sums are taken in another order. */
const REORDERED = 3e-6;

const RUNS = { numRuns: 30 };

/** Everything that a model makes of a batch. */
function measure(model: Model, { loss }: Recipe, batch: object) {
	const { outputs, shape, finalState } = model.predict(asBatch(batch));
	const trainer = new Trainer(model, { loss, optimizer: new SGD() });
	return {
		shape,
		outputs,
		finalState,
		...trainer.gradients(asBatch(batch)),
		evaluated: trainer.evaluate(asBatch(batch)),
	};
}

type Measured = ReturnType<typeof measure>;

function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, scale: number): void {
	expect(actual.length).toBe(expected.length);
	for (let i = 0; i < expected.length; i++) {
		const error = Math.abs(actual[i] - expected[i]);
		expect(error).toBeLessThanOrEqual(REORDERED * scale);
	}
}

/** That loss and gradients agree but for rounding. */
function expectNearGradients(actual: Measured, expected: Measured): void {
	expectNear([actual.loss], [expected.loss], expected.loss + 1e-3);
	const all = [...expected.gradients.values()].flatMap((g) => [...g]);
	const scale = all.reduce((most, g) => Math.max(most, Math.abs(g)), 1e-3);
	for (const [name, gradient] of expected.gradients) expectNear(actual.gradients.get(name) ?? [], gradient, scale);
}

/** Numbers of row `row` of the outputs, without padding. */
function outputRow({ outputs, shape }: Pick<Measured, "outputs" | "shape">, row: number, length: number): number[] {
	const [, steps, size] = shape.length === 3 ? shape : [0, 1, shape[1]];
	const live = shape.length === 3 ? length : 1;
	const begin = row * steps * size;
	return [...outputs.subarray(begin, begin + live * size)];
}

/** Numbers of row `row` of every state. */
function stateRow(states: States, row: number, batchSize: number): number[][] {
	return [...states.values()].map((values) => {
		const size = values.length / batchSize;
		return [...values.subarray(row * size, (row + 1) * size)];
	});
}

/** States to begin from, random. */
function randomStates(model: Model, { seed, lengths }: Recipe, batch: NestedBatch): States {
	const random = new Random(seed, 9);
	const { finalState } = model.predict(asBatch(batch));
	expect([...finalState.values()].map((h) => h.length % lengths.length)).toEqual([...finalState.values()].map(() => 0));
	const drawn = (name: string) => random.uniform(name.endsWith(".n") ? 0.1 : -1, 1);
	return new Map([...finalState].map(([name, values]) => [name, values.map(() => drawn(name))]));
}

function pickRows(batch: NestedBatch, rows: readonly number[]): NestedBatch {
	const pick = (entries: readonly unknown[]) => rows.map((row) => entries[row]);
	return {
		inputs: pick(batch.inputs),
		targets: pick(batch.targets),
		weights: pick(batch.weights),
	};
}

describe.each(engines)("%s", (engine) => {
	/** Runs a property on random models, each with its ragged batch. */
	async function forEvery(
		arbitrary: fc.Arbitrary<Recipe>,
		property: (model: Model, recipe: Recipe, batch: NestedBatch) => unknown | Promise<unknown>,
	): Promise<void> {
		const run = async (recipe: Recipe) => {
			const model = await modelOf(recipe, engine);
			await property(model, recipe, batchOf(recipe));
		};
		await fc.assert(fc.asyncProperty(arbitrary, run), RUNS);
	}

	it("flat, nested and float64 inputs, and whatever lies in the padding", () =>
		forEvery(recipes(), (model, recipe, batch) => {
			const { lengths, ids, steps } = recipe;
			const initialState = randomStates(model, recipe, batch);
			const nested = measure(model, recipe, { ...batch, initialState });
			for (const filler of [Number.NaN, 1e30, -1]) {
				const flat = flatten(recipe, batch, steps, filler);
				const doubles = measure(model, recipe, { ...flat, initialState });
				expect(doubles).toEqual(nested);
				const inputs = (ids ? Int32Array : Float32Array).from(flat.inputs);
				const singles = { ...flat, inputs, initialState };
				expect(measure(model, recipe, singles)).toEqual(nested);
			}
			const longer = flatten(recipe, batch, steps + 3);
			const wide = measure(model, recipe, { ...longer, initialState });
			const said = { ...batch, lengths, steps: steps + 3, initialState };
			expect(measure(model, recipe, said)).toEqual(wide);
			const { outputs, shape, ...rest } = wide;
			const { outputs: short, shape: narrow, ...others } = nested;
			expect(rest).toEqual(others);
			if (!recipe.last) expect(shape[1]).toBe(narrow[1] + 3);
			for (const [row, length] of lengths.entries()) {
				const expected = outputRow(nested, row, length);
				expect(outputRow(wide, row, length)).toEqual(expected);
			}
			const live = (values: Float32Array) => values.filter((y) => y !== 0);
			expect(live(outputs)).toEqual(live(short));
		}));

	it("padding in nested targets and weights, once steps are given", () =>
		forEvery(recipes(), (model, recipe, batch) => {
			const steps = recipe.steps + 2;
			const pad = (rows: readonly unknown[]) =>
				recipe.last ? rows : rows.map((row) => [...(row as unknown[]), ...new Array(recipe.steps + 2)].slice(0, steps));
			const padded = { ...batch, steps, targets: pad(batch.targets), weights: pad(batch.weights) };
			expect(measure(model, recipe, padded)).toEqual(measure(model, recipe, { ...batch, steps }));
		}));

	it("a row alone is the row in the batch", () =>
		forEvery(recipes(), (model, recipe, batch) => {
			const rows = recipe.lengths.length;
			const initialState = randomStates(model, recipe, batch);
			const all = model.predict(asBatch({ ...batch, initialState }));
			for (const [row, length] of recipe.lengths.entries()) {
				const sizeOf = (h: Float32Array) => h.length / rows;
				const own = new Map(
					[...initialState].map(([name, h]) => [name, h.slice(row * sizeOf(h), (row + 1) * sizeOf(h))]),
				);
				const inputs = [batch.inputs[row]];
				const alone = model.predict(asBatch({ inputs, initialState: own }));
				expect(outputRow(alone, 0, length)).toEqual(outputRow(all, row, length));
				expect(stateRow(alone.finalState, 0, 1)).toEqual(stateRow(all.finalState, row, rows));
			}
		}));

	it("the order of rows, but for the order of what comes out", () =>
		forEvery(recipes(), (model, recipe, batch) => {
			const order = recipe.lengths.map((_, row) => row);
			new Random(recipe.seed, 8).shuffle(order);
			const lengths = order.map((row) => recipe.lengths[row]);
			const plain = measure(model, recipe, batch);
			const shuffled = measure(model, recipe, pickRows(batch, order));
			for (const [place, row] of order.entries()) {
				expect(outputRow(shuffled, place, lengths[place])).toEqual(outputRow(plain, row, recipe.lengths[row]));
				expect(stateRow(shuffled.finalState, place, order.length)).toEqual(
					stateRow(plain.finalState, row, order.length),
				);
			}
			expectNearGradients(shuffled, plain);
		}));

	it("whether a sequence comes whole, in two halves, or step by step", () =>
		forEvery(recipes({ causal: true }), (model, recipe, batch) => {
			const rows = recipe.lengths.flatMap((length, row) => (length > 1 ? [row] : []));
			fc.pre(rows.length > 0);
			const inputs = rows.map((row) => batch.inputs[row] as number[]);
			const random = new Random(recipe.seed, 6);
			const cuts = inputs.map((row) => 1 + Math.floor(random.uniform(0, row.length - 1)));
			const whole = model.predict(asBatch({ inputs }));
			const left = model.predict(asBatch({ inputs: inputs.map((row, i) => row.slice(0, cuts[i])) }));
			const right = model.predict(
				asBatch({
					inputs: inputs.map((row, i) => row.slice(cuts[i])),
					initialState: left.finalState,
				}),
			);
			expect(right.finalState).toEqual(whole.finalState);
			for (const [i, row] of inputs.entries()) {
				const parts = [outputRow(left, i, cuts[i]), outputRow(right, i, row.length - cuts[i])];
				const expected = outputRow(whole, i, row.length);
				expect(recipe.last ? parts[1] : parts.flat()).toEqual(expected);
				const stream = model.stream();
				const steps = row.map((x) => [...stream.push(x)]);
				expect(recipe.last ? steps.at(-1) : steps.flat()).toEqual(expected);
			}
		}));

	it("saving and loading", () =>
		forEvery(recipes(), async (model, recipe, batch) => {
			const bytes = model.save();
			const same = await Model.load(bytes, { engine });
			expect(measure(same, recipe, batch)).toEqual(measure(model, recipe, batch));
			expect(same.save()).toEqual(bytes);
			expect(same.layers).toEqual(model.layers);
			expect(same.summary()).toBe(model.summary());
		}));

	it("a larger batch in between, another loss, evaluation", () =>
		forEvery(recipes(), (model, recipe, batch) => {
			const before = measure(model, recipe, batch);
			const rows = [...recipe.lengths, ...recipe.lengths];
			const larger = {
				...recipe,
				steps: recipe.steps + 5,
				lengths: [recipe.steps + 5, ...rows],
			};
			const other = recipe.loss === "crossEntropy";
			const loss = other ? "meanSquaredError" : "crossEntropy";
			measure(model, larger, batchOf(larger));
			measure(model, { ...larger, loss }, batchOf({ ...larger, loss }));
			expect(measure(model, recipe, batch)).toEqual(before);
		}));

	it("taking gradients and evaluating before a step, which uses the same", () =>
		forEvery(recipes(), async (model, recipe, batch) => {
			const { loss } = recipe;
			const twin = await Model.load(model.save(), { engine });
			const trainerOf = (of: Model) => new Trainer(of, { loss, optimizer: new SGD({ learningRate: 1 }) });
			const [trainer, other] = [trainerOf(model), trainerOf(twin)];
			const before = valuesOf(model);
			const taken = trainer.gradients(asBatch(batch));
			const evaluated = trainer.evaluate(asBatch(batch));
			expect(evaluated.loss).toBeCloseTo(taken.loss, 12);
			expect(valuesOf(model)).toEqual(before);
			expect(trainer.gradientNorm).toBeNaN();
			expect(trainer.updateCount).toBe(0);
			expect(trainer.step(asBatch(batch))).toBe(taken.loss);
			const flat = [...taken.gradients.values()].flatMap((g) => [...g]);
			expect(valuesOf(model)).toEqual(before.map((p, i) => p - flat[i]));
			const norm = Math.hypot(...flat);
			expectNear([trainer.gradientNorm], [norm], norm);
			other.step(asBatch(batch));
			expect(valuesOf(twin)).toEqual(valuesOf(model));
		}));

	it("rows of weight 0, and the scale of weights", () =>
		forEvery(recipes({ penalized: false }), (model, recipe, batch) => {
			const { lengths } = recipe;
			fc.pre(lengths.length > 1);
			const nothing = (entry: unknown) => (Array.isArray(entry) ? entry.map(() => 0) : 0);
			const weights = batch.weights.map((entry, row) => (row % 2 === 1 ? nothing(entry) : entry));
			const rows = lengths.flatMap((_, row) => (row % 2 === 1 ? [] : [row]));
			const kept = measure(model, recipe, { ...batch, weights });
			expectNearGradients(kept, measure(model, recipe, pickRows(batch, rows)));
			const double = (entry: unknown): unknown => (Array.isArray(entry) ? entry.map(double) : 2 * (entry as number));
			const doubled = measure(model, recipe, {
				...batch,
				weights: batch.weights.map(double),
			});
			expect(doubled).toEqual(measure(model, recipe, batch));
		}));

	it("weights of 1, a weight for each row, states of zeros", () =>
		forEvery(recipes(), (model, recipe, batch) => {
			const { inputs, targets } = batch;
			const states = randomStates(model, recipe, batch);
			const zeros = new Map([...states].map(([name, h]) => [name, h.fill(0)]));
			const ones = recipe.lengths.map(() => 1);
			const plain = measure(model, recipe, { inputs, targets });
			const said = { inputs, targets, weights: ones };
			expect(measure(model, recipe, said)).toEqual(plain);
			const zeroed = measure(model, recipe, { ...said, initialState: zeros });
			expect(zeroed.outputs).toEqual(plain.outputs);
			expect(zeroed.finalState).toEqual(plain.finalState);
			expectNearGradients(zeroed, plain);
			const each = recipe.lengths.map((length) => (recipe.last ? 1 : new Array<number>(length).fill(1)));
			const perStep = { inputs, targets, weights: each };
			expect(measure(model, recipe, perStep)).toEqual(plain);
		}));

	it.each([
		rnn({ inputSize: 3, hiddenSize: 5 }),
		rnn({ inputSize: 3, hiddenSize: 5, activation: "relu" }),
		lstm({ inputSize: 3, hiddenSize: 6 }),
		gru({ inputSize: 3, hiddenSize: 7 }),
		gru({ inputSize: 3, hiddenSize: 4, reset: "before" }),
		indRnn({ inputSize: 3, hiddenSize: 5 }),
		minGru({ inputSize: 3, hiddenSize: 6 }),
		minLstm({ inputSize: 3, hiddenSize: 7 }),
		sLstm({ inputSize: 3, hiddenSize: 6, heads: 2 }),
		bidirectional(lstm({ inputSize: 3, hiddenSize: 3 })),
	])("nothing or an identity after a last $type", async (layer) => {
		const random = new Random(6);
		const values = (size: number) => Array.from({ length: size }, () => random.uniform(-1, 1));
		const lengths = [4, 1, 3, 7];
		const inputs = lengths.map((length) => Array.from({ length }, () => values(3)));
		const bare = await Model.create([layer], { seed: 1, engine });
		const size = bare.predict({ inputs }).shape.at(-1) as number;
		const followed = await Model.create([layer, dense({ outputSize: size })], {
			seed: 1,
			engine,
		});
		const identity = new Float32Array(size * size);
		for (let j = 0; j < size; j++) identity[j * size + j] = 1;
		followed.parameters.get("1.weight")?.write(identity);
		followed.parameters.get("1.bias")?.write(new Float32Array(size));
		for (const loss of ["meanSquaredError", "crossEntropy"] as const) {
			const targets = lengths.map((length) =>
				Array.from({ length }, (_, t) => (loss === "crossEntropy" ? t % size : values(size))),
			);
			const recipe = { loss } as Recipe;
			const alone = measure(bare as Model, recipe, { inputs, targets });
			const other = measure(followed as Model, recipe, { inputs, targets });
			expectNearGradients(other, alone);
		}
	});

	it.each([
		rnn({ inputSize: 3, hiddenSize: 5 }),
		lstm({ inputSize: 3, hiddenSize: 6 }),
		gru({ inputSize: 3, hiddenSize: 7 }),
		gru({ inputSize: 3, hiddenSize: 4, reset: "before" }),
		indRnn({ inputSize: 3, hiddenSize: 5 }),
		minGru({ inputSize: 3, hiddenSize: 6 }),
		minLstm({ inputSize: 3, hiddenSize: 7 }),
		sLstm({ inputSize: 3, hiddenSize: 6, heads: 2 }),
	])("the last step of $type taken before dense, after it, or by weights", async (cell) => {
		const recipe = { loss: "meanSquaredError" } as Recipe;
		const random = new Random(5);
		const values = (size: number) => Array.from({ length: size }, () => random.uniform(-1, 1));
		const lengths = [4, 1, 3, 7];
		const inputs = lengths.map((length) => Array.from({ length }, () => values(3)));
		const ends = lengths.map(() => values(2));
		const onEnds = { inputs, targets: ends };
		const onSteps = {
			inputs,
			targets: lengths.map((length, row) => new Array(length).fill(ends[row])),
			weights: lengths.map((length) => Array.from({ length }, (_, t) => +(t === length - 1))),
		};
		const out = dense({ outputSize: 2 });
		const run = async (layers: Layer[], batch: object) => {
			const model = await Model.create(layers, { seed: 1, engine });
			const found = measure(model as Model, recipe, batch);
			return {
				...found,
				gradients: new Map(
					[...found.gradients].map(([name, gradient]) => [name.replace(/^[12]\./, "dense."), gradient]),
				),
			};
		};
		const before = await run([cell, lastStep(), out], onEnds);
		const after = await run([cell, out, lastStep()], onEnds);
		const weighted = await run([cell, out], onSteps);
		expect([...after.gradients.keys()]).toEqual([...before.gradients.keys()]);
		expectNearGradients(after, before);
		expectNearGradients(weighted, before);
	});

	it.each([
		rnn({ inputSize: 3, hiddenSize: 5 }),
		lstm({ inputSize: 3, hiddenSize: 6 }),
		gru({ inputSize: 3, hiddenSize: 7 }),
		gru({ inputSize: 3, hiddenSize: 4, reset: "before" }),
		indRnn({ inputSize: 3, hiddenSize: 5 }),
		minGru({ inputSize: 3, hiddenSize: 6 }),
		minLstm({ inputSize: 3, hiddenSize: 7 }),
		sLstm({ inputSize: 3, hiddenSize: 6, heads: 2 }),
	])("reversing time swaps the directions of bidirectional $type", async (cell) => {
		const create = () => Model.create([bidirectional(cell)], { seed: 1, engine });
		const [model, swapped] = [await create(), await create()];
		for (const [name, parameter] of model.parameters) {
			swapped.parameters.get(mirrored(name))?.write(parameter.read());
		}
		const random = new Random(3);
		const inputs = [4, 1, 7].map((length) =>
			Array.from({ length }, () => Array.from({ length: 3 }, () => random.uniform(-2, 2))),
		);
		const plain = model.predict({ inputs });
		const turned = swapped.predict({
			inputs: inputs.map((row) => row.toReversed()),
		});
		const H = cell.hiddenSize;
		for (const [row, { length }] of inputs.entries()) {
			const expected: number[] = [];
			for (let t = length - 1; t >= 0; t--) {
				const y = outputRow(plain, row, length).slice(2 * H * t, 2 * H * (t + 1));
				expected.push(...y.slice(H), ...y.slice(0, H));
			}
			expect(outputRow(turned, row, length)).toEqual(expected);
		}
		const { outputs, finalState } = plain;
		for (const [name, state] of finalState) expect(turned.finalState.get(mirrored(name)), name).toEqual(state);
		const ofRow1 = (name: string) => finalState.get(name)?.slice(H, 2 * H);
		const ofRow2 = (name: string) => finalState.get(name)?.slice(2 * H);
		const row1 = 7 * 2 * H;
		const row2 = 2 * row1;
		const last = row2 + 6 * 2 * H;
		expect(ofRow1("0.forward.h")).toEqual(outputs.slice(row1, row1 + H));
		expect(ofRow1("0.backward.h")).toEqual(outputs.slice(row1 + H, row1 + 2 * H));
		expect(ofRow2("0.forward.h")).toEqual(outputs.slice(last, last + H));
		expect(ofRow2("0.backward.h")).toEqual(outputs.slice(row2 + H, row2 + 2 * H));
	});
});

/** The name of the same thing in the other direction. */
function mirrored(name: string): string {
	return name.includes("forward") ? name.replace("forward", "backward") : name.replace("backward", "forward");
}
