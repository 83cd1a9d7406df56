// Models and batches that several tests share.
import fc from "fast-check";
import { expect } from "vitest";
import type { EngineName } from "../src/engine/engine.ts";
import {
	activationRegularization,
	type Batch,
	bidirectional,
	dense,
	dropout,
	embedding,
	gru,
	indRnn,
	type Layer,
	type LossName,
	lastStep,
	layerNorm,
	lstm,
	type Merge,
	Model,
	minGru,
	minLstm,
	OptionError,
	Random,
	type RecurrentLayer,
	residual,
	rnn,
	type Sequences,
	sLstm,
	type Trainer,
} from "../src/index.ts";
import type { Penalties } from "./reference/activationRegularization.ts";
import { headsOf } from "./reference/everyCell.ts";
import type { CellLayer, Layer as ReferenceLayer } from "./reference/layers.ts";

/** The package's description of a layer of the reference. */
export function layerOf(layer: ReferenceLayer, inputSize: number | undefined): Layer {
	const first = inputSize === undefined ? {} : { inputSize };
	switch (layer.type) {
		case "embedding":
			return embedding({
				vocabSize: layer.vocabSize,
				embeddingSize: layer.embeddingSize,
				dropout: layer.dropout,
			});
		case "bidirectional":
			return bidirectional(cellOf(layer.layer, first), { merge: layer.merge });
		case "lastStep":
			return lastStep();
		case "layerNorm":
			return layerNorm(first);
		case "dropout":
			return dropout({ rate: layer.rate, ...(layer.shared && { shared: layer.shared }), ...first });
		case "activationRegularization":
			return activationRegularization({ activation: layer.activation, change: layer.change });
		case "residual":
			return residual(layer.layers.map((inner, index) => layerOf(inner, index === 0 ? inputSize : undefined)));
		case "dense":
			return dense({ outputSize: layer.outputSize, ...(layer.tied && { tied: layer.tied }), ...first });
		default:
			return cellOf(layer, first);
	}
}

export function cellOf({ type, ...options }: CellLayer, first: { inputSize?: number }): RecurrentLayer {
	const maker = { rnn, lstm, gru, indRnn, minGru, minLstm, sLstm }[type] as (options: object) => RecurrentLayer;
	return maker({ ...options, ...first });
}

/** What decides a small random model and its data. */
export interface Recipe {
	readonly seed: number;
	readonly ids: boolean;
	readonly loss: LossName;
	readonly cells: readonly {
		readonly cell: keyof typeof cells;
		readonly hiddenSize: number;
		/** How two directions are merged; false for one. */
		readonly both: Merge | false;
		/** Whether layer normalisation follows. */
		readonly norm: boolean;
		/** Whether it stands in a residual, with layer normalisation before it and a dense layer after it. */
		readonly residual: boolean;
		/** Whether it drops inside and is zoned out, where it can be. */
		readonly inside: boolean;
		/** What dropout after it drops at each step, or at all steps of a row; 0: there is none. */
		readonly drop: number;
		readonly shared: boolean;
		/** What it drops of the weights of its state, where it has a matrix of them. */
		readonly dropWeights: number;
		/** The penalties on its activations; false: there are none. */
		readonly penalties: Penalties | false;
	}[];
	readonly last: boolean;
	/** Whether a last layer is tied to the embedding, where there is one: then outputSize is inputSize. */
	readonly tied: boolean;
	/** What the embedding drops of its ids, where there is one. */
	readonly dropIds: number;
	readonly inputSize: number;
	readonly outputSize: number;
	readonly steps: number;
	/** Of each row, 1 to `steps`, at least one of them `steps`. */
	readonly lengths: readonly number[];
}

const cells = {
	rnn: (hiddenSize: number, first: object) => rnn({ hiddenSize, ...first }),
	relu: (hiddenSize: number, first: object) => rnn({ hiddenSize, activation: "relu", ...first }),
	lstm: (hiddenSize: number, first: object) => lstm({ hiddenSize, ...first }),
	"lstm peepholes": (hiddenSize: number, first: object) => lstm({ hiddenSize, peepholes: true, ...first }),
	"lstm coupled": (hiddenSize: number, first: object) =>
		lstm({ hiddenSize, coupledGates: true, peepholes: true, gateActivation: "hardSigmoid", ...first }),
	"lstm projected": (hiddenSize: number, first: object) =>
		lstm({ hiddenSize: hiddenSize + 3, projectionSize: hiddenSize, ...first }),
	"lstm norm": (hiddenSize: number, first: object) => lstm({ hiddenSize, layerNorm: true, peepholes: true, ...first }),
	"lstm norm projected": (hiddenSize: number, first: object) =>
		lstm({ hiddenSize: hiddenSize + 3, layerNorm: true, coupledGates: true, projectionSize: hiddenSize, ...first }),
	gru: (hiddenSize: number, first: object) => gru({ hiddenSize, ...first }),
	"gru norm": (hiddenSize: number, first: object) => gru({ hiddenSize, layerNorm: true, ...first }),
	"gru before norm": (hiddenSize: number, first: object) =>
		gru({ hiddenSize, layerNorm: true, reset: "before", gateActivation: "hardSigmoid", ...first }),
	"gru before": (hiddenSize: number, first: object) => gru({ hiddenSize, reset: "before", ...first }),
	"gru hard": (hiddenSize: number, first: object) => gru({ hiddenSize, gateActivation: "hardSigmoid", ...first }),
	indRnn: (hiddenSize: number, first: object) => indRnn({ hiddenSize, ...first }),
	"indRnn tanh": (hiddenSize: number, first: object) => indRnn({ hiddenSize, activation: "tanh", ...first }),
	minGru: (hiddenSize: number, first: object) => minGru({ hiddenSize, ...first }),
	minLstm: (hiddenSize: number, first: object) => minLstm({ hiddenSize, ...first }),
	sLstm: (hiddenSize: number, first: object) => sLstm({ hiddenSize, ...first }),
	"sLstm heads": (hiddenSize: number, first: object) => sLstm({ hiddenSize, heads: headsOf(hiddenSize), ...first }),
};

const penalties: readonly Penalties[] = [
	{ activation: 2, change: 1 },
	{ activation: 0, change: 3 },
	{ activation: 1, change: 0 },
];

/** Small models of one or two cells, with ragged rows.
 * @param causal Without bidirectional layers.
 * @param dropping With dropout, so that what a row gets depends on its number in the batch.
 * @param penalized With penalties on activations, to which rows count whatever their targets weigh. */
export function recipes({ causal = false, dropping = false, penalized = true } = {}): fc.Arbitrary<Recipe> {
	const cell = fc.record({
		cell: fc.constantFrom(...(Object.keys(cells) as (keyof typeof cells)[])),
		hiddenSize: fc.integer({ min: 1, max: 13 }),
		both: causal ? fc.constant(false) : fc.constantFrom<Merge | false>(false, false, "concat", "sum", "average"),
		norm: fc.boolean(),
		residual: fc.boolean(),
		inside: dropping ? fc.boolean() : fc.constant(false),
		drop: dropping ? fc.constantFrom(0, 0.2, 0.5) : fc.constant(0),
		shared: fc.boolean(),
		dropWeights: dropping ? fc.constantFrom(0, 0.4) : fc.constant(0),
		penalties: penalized ? fc.constantFrom(false as const, false as const, ...penalties) : fc.constant(false as const),
	});
	return fc
		.record({
			seed: fc.nat(1e6),
			ids: fc.boolean(),
			loss: fc.constantFrom("crossEntropy" as const, "meanSquaredError"),
			cells: fc.array(cell, { minLength: 1, maxLength: 2 }),
			last: fc.boolean(),
			tied: fc.boolean(),
			dropIds: dropping ? fc.constantFrom(0, 0.3) : fc.constant(0),
			inputSize: fc.integer({ min: 1, max: 9 }),
			outputSize: fc.integer({ min: 1, max: 6 }),
			steps: fc.integer({ min: 1, max: 7 }),
			rows: fc.array(fc.nat(6), { minLength: 1, maxLength: 9 }),
		})
		.map(({ rows, ...recipe }) => ({
			...recipe,
			outputSize: recipe.ids && recipe.tied ? recipe.inputSize : recipe.outputSize,
			lengths: rows.map((short, row) => (row === 0 ? recipe.steps : Math.max(1, recipe.steps - short))),
		}));
}

type Described = Recipe["cells"][number];

function layerIn({ cell, hiddenSize, both, inside, dropWeights }: Described, options: object): Layer {
	const hasMatrix = /^(rnn|relu|lstm|gru)/.test(cell);
	const zoneout = { h: 0.2, ...(cell.startsWith("lstm") && { c: 0.1 }) };
	// Without zoneout a cell is another in training only.
	const zones = hiddenSize % 2 === 0 ? { zoneout } : {};
	const regularised = inside ? { inputDropout: 0.1, recurrentDropout: 0.3, ...zones } : {};
	const more = hasMatrix ? { ...regularised, weightDropout: dropWeights } : {};
	const layer = cells[cell](hiddenSize, { ...more, ...options });
	return both ? bidirectional(layer, { merge: both }) : layer;
}

function penaltiesOf({ penalties }: Described): Layer[] {
	return penalties ? [activationRegularization(penalties)] : [];
}

function residualOf(described: Described, width: number, options: object): Layer {
	return residual([
		layerNorm(options),
		layerIn(described, {}),
		...penaltiesOf(described),
		dense({ outputSize: width }),
	]);
}

/** The recipe's model, every parameter random (no bias is zero). */
export async function modelOf(
	{ seed, ids, cells: list, last, tied, dropIds, inputSize, outputSize }: Recipe,
	engine: EngineName,
): Promise<Model> {
	const first = embedding({ vocabSize: inputSize, embeddingSize: 5, dropout: dropIds });
	let width = ids ? 5 : inputSize;
	const layers: Layer[] = list.flatMap((described, index) => {
		const { hiddenSize, both, norm, drop, shared } = described;
		const dropping = drop > 0 ? [dropout({ rate: drop, ...(shared && { shared: "steps" }) })] : [];
		const options = index === 0 && !ids ? { inputSize } : {};
		const made = described.residual ? [residualOf(described, width, options)] : [layerIn(described, options)];
		if (!described.residual) width = both === "concat" ? 2 * hiddenSize : hiddenSize;
		return [...made, ...(norm ? [layerNorm()] : []), ...dropping, ...penaltiesOf(described)];
	});
	if (ids) layers.unshift(first);
	if (last) layers.push(lastStep());
	if (last && list.some(({ penalties }) => penalties)) layers.push(activationRegularization({ activation: 2 }));
	if (ids && tied) layers.push(dense({ outputSize: 5 }), dense({ tied: "embedding" }));
	else layers.push(dense({ outputSize }));
	return (await Model.create(layers, { seed, engine })) as Model;
}

/** A ragged batch for the recipe's model: nested arrays, weights between 0.5 and 1.5. */
export function batchOf(recipe: Recipe): NestedBatch {
	const { seed, ids, loss, last, inputSize, outputSize, lengths } = recipe;
	const random = new Random(seed, 7);
	const value = () => Math.fround(random.uniform(-2, 2));
	const list = <T>(size: number, entry: () => T): T[] => Array.from({ length: size }, entry);
	const stepsOf = <T>(entry: () => T) => lengths.map((length) => list(length, entry));
	const entriesOf = <T>(entry: () => T) => (last ? list(lengths.length, entry) : stepsOf(entry));
	const below = (limit: number) => Math.floor(random.uniform(0, limit));
	return {
		inputs: ids ? stepsOf(() => below(inputSize)) : stepsOf(() => list(inputSize, value)),
		targets: loss === "crossEntropy" ? entriesOf(() => below(outputSize)) : entriesOf(() => list(outputSize, value)),
		weights: entriesOf(() => Math.fround(random.uniform(0.5, 1.5))),
	};
}

/** A batch of nested arrays, one entry a row. */
export type NestedBatch = Record<"inputs" | "targets" | "weights", readonly unknown[]>;

/** Says that data made at random are what the model eats. */
export function asBatch(batch: object): Batch & Sequences {
	return batch as Batch & Sequences;
}

/** Flat arrays of the same numbers, `filler` in the padding.
 * @param steps At least the longest row. */
export function flatten(
	recipe: Recipe,
	{ inputs, targets, weights }: NestedBatch,
	steps: number = recipe.steps,
	filler: number = Number.NaN,
): { inputs: Float64Array; targets: Float64Array; weights: Float64Array } & {
	batchSize: number;
	steps: number;
	lengths: readonly number[];
} {
	const { ids, loss, last, inputSize, outputSize, lengths } = recipe;
	const flat = (rows: readonly unknown[], width: number, each: number) => {
		const values = new Float64Array(rows.length * each * width).fill(filler);
		for (const [row, entries] of rows.entries()) values.set([entries].flat(3) as number[], row * each * width);
		return values;
	};
	const each = last ? 1 : steps;
	return {
		inputs: flat(inputs, ids ? 1 : inputSize, steps),
		targets: flat(targets, loss === "crossEntropy" ? 1 : outputSize, each),
		weights: flat(weights, 1, each),
		batchSize: lengths.length,
		steps,
		lengths,
	};
}

/** The least limit that a batch needs, as the sentence about a smaller one says. */
export function leastOf(limited: Trainer, batch: Batch): number {
	try {
		limited.gradients(batch);
	} catch (error) {
		expect(error).toBeInstanceOf(OptionError);
		return Number(/needs at least ([\d,]+)\./.exec((error as Error).message)?.[1]?.replaceAll(",", ""));
	}
	throw new Error("it fits");
}

/** Every parameter's values, one after the other. */
export function valuesOf(model: Model): Float32Array {
	const all = [...model.parameters.values()].flatMap((parameter) => [...parameter.read()]);
	return Float32Array.from(all);
}
