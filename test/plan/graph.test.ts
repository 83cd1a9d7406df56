// Do gradients that come back to a value from several readers, at every step and at its ends, add up to the textbook's?

import fc from "fast-check";
import { describe, it } from "vitest";
import { engines } from "../engines.ts";
import { headsOf } from "../reference/everyCell.ts";
import type { Graph, Wiring } from "../reference/graph.ts";
import type { CellLayer, Layer } from "../reference/layers.ts";
import type { Input } from "./hand.ts";
import { type Experiment, expectDifferences, expectTextbook, experiment } from "./textbook.ts";

const H = 5;
const values: Input = { kind: "values", size: 3 };
const ids: Input = { kind: "ids", size: 7 };
const lengths = [3, 6, 1, 4, 6];

const lastStep: Layer = { type: "lastStep" };
const dense = (outputSize: number): Layer => ({ type: "dense", outputSize });

const cells = {
	"rnn tanh": { type: "rnn", hiddenSize: H, activation: "tanh" },
	"rnn relu": { type: "rnn", hiddenSize: H, activation: "relu" },
	lstm: { type: "lstm", hiddenSize: H },
	gru: { type: "gru", hiddenSize: H, reset: "after" },
	"gru reset-before": { type: "gru", hiddenSize: H, reset: "before" },
	indRnn: { type: "indRnn", hiddenSize: H, activation: "tanh" },
	minGru: { type: "minGru", hiddenSize: H },
	minLstm: { type: "minLstm", hiddenSize: H },
	sLstm: { type: "sLstm", hiddenSize: H, heads: 1 },
	"sLstm heads": { type: "sLstm", hiddenSize: H, heads: H },
} satisfies Record<string, CellLayer>;

/** What makes a value with a row for every step. */
interface Source {
	readonly input: Input;
	readonly layer: Layer;
	readonly reverse?: boolean;
}

const sources: Readonly<Record<string, Source>> = {
	...Object.fromEntries(Object.entries(cells).map(([name, layer]) => [name, { input: values, layer }])),
	...Object.fromEntries(
		Object.entries(cells).map(([name, layer]) => [`reversed ${name}`, { input: values, layer, reverse: true }]),
	),
	...Object.fromEntries(
		Object.entries(cells).map(([name, layer]): [string, Source] => [
			`bidirectional ${name}`,
			{ input: values, layer: { type: "bidirectional", layer } },
		]),
	),
	dense: { input: values, layer: dense(H) },
	embedding: { input: ids, layer: { type: "embedding", vocabSize: ids.size, embeddingSize: H } },
};

/** What reads a value y and what of it enters the loss. */
const readers: Readonly<Record<string, <V>(g: Wiring<V>, y: V) => readonly V[]>> = {
	"two dense layers, their sum": (g, y) => [g.add(g.layer(dense(4), y), g.layer(dense(4), y))],
	"two dense layers and its last step": (g, y) => [
		g.add(g.layer(dense(4), y), g.layer(dense(4), y)),
		g.layer(dense(2), g.layer(lastStep, y)),
	],
	"every step and its last": (g, y) => [g.layer(dense(4), y), g.layer(dense(2), g.layer(lastStep, y))],
	"its last step only": (g, y) => [g.layer(lastStep, y)],
	"its last step twice": (g, y) => [g.layer(dense(2), g.layer(lastStep, y)), g.layer(lastStep, y)],
	"its last step twice, and every step": (g, y) => [
		g.layer(lastStep, y),
		g.layer(dense(2), y),
		g.layer(dense(3), g.layer(lastStep, y)),
	],
	"the loss itself, and its last step": (g, y) => [y, g.layer(lastStep, y)],
	"the loss itself, a cell, and its last step": (g, y) => [y, g.layer(cells.lstm, y), g.layer(lastStep, y)],
	"two cells": (g, y) => [g.layer(cells.gru, y), g.layer(cells["gru reset-before"], y)],
	"a cell both ways": (g, y) => [g.layer({ type: "bidirectional", layer: cells["rnn tanh"] }, y), g.layer(dense(2), y)],
	"a sum with itself": (g, y) => [g.add(y, y), g.layer(lastStep, g.add(y, y))],
	"a sum with a gradient at its ends": (g, y) => [g.layer(lastStep, g.add(y, y, true))],
	"a sum with gradients everywhere": (g, y) => {
		const [apart, whole] = [g.add(y, y), g.add(y, y, true)];
		return [apart, whole, g.layer(lastStep, apart), g.layer(lastStep, whole)];
	},
	"its last step, by two dense layers": (g, y) => {
		const last = g.layer(lastStep, y);
		return [last, g.add(g.layer(dense(3), last), g.layer(dense(3), last))];
	},
	"layers that nobody reads, and one that enters the loss": (g, y) => {
		for (const layer of [dense(3), ...Object.values(cells), lastStep]) g.layer(layer, y);
		g.layer({ type: "bidirectional", layer: cells.lstm }, g.add(y, y));
		return [g.layer(dense(2), y)];
	},
};

const graphOf =
	({ layer, reverse = false }: Source, name: string): Graph =>
	(g, x) =>
		(readers[name] as (typeof readers)[string])(g, g.layer(layer, x, reverse));

function nested(middle: "lstm" | "gru" | "gru reset-before", source: Layer): Graph {
	return (g, x) => {
		const outer = g.layer(source, x);
		const f = (y: typeof x) => g.layer(cells["rnn tanh"], y);
		const both: Layer = { type: "bidirectional", layer: { ...cells.lstm, hiddenSize: 3 } };
		const second = (y: typeof x) => g.layer(dense(H), g.layer(both, y));
		const third = (y: typeof x) => g.layer(cells[middle], y);
		const inner = g.add(outer, third(outer));
		const between = g.add(outer, second(inner));
		return [g.add(outer, f(between))];
	};
}

/** A layer, or a sum, of values that are there before: of which ones is told by numbers. */
interface Operation {
	readonly what: Layer | "add";
	/** Of a cell: walks backwards. Of a sum: asks for the gradient of every row. */
	readonly flag: boolean;
	readonly a: number;
	readonly b: number;
	/** Whether it enters the loss. */
	readonly counts: boolean;
}

const SIZE = 6;
const anyCell = fc.constantFrom(...Object.values(cells));
const sized = (hiddenSize: number) =>
	anyCell.map(
		(cell): CellLayer => ({
			...cell,
			hiddenSize,
			...(cell.type === "sLstm" && { heads: cell.heads > 1 ? headsOf(hiddenSize) : 1 }),
		}),
	);

const operations: fc.Arbitrary<readonly Operation[]> = fc.array(
	fc.record({
		what: fc.oneof(
			fc.constantFrom<Layer | "add">("add", lastStep, dense(SIZE)),
			sized(SIZE),
			sized(SIZE / 2).map((layer): Layer => ({ type: "bidirectional", layer })),
		),
		flag: fc.boolean(),
		a: fc.nat(),
		b: fc.nat(),
		counts: fc.boolean(),
	}),
	{ minLength: 1, maxLength: 9 },
);

/** A value, whether it has a row for every step, and which of its columns end at the first step. */
interface Known<V> {
	readonly value: V;
	readonly perStep: boolean;
	readonly ends: string;
}

/** Every value of a size, so that all can be read by all; a sum is one of values that end alike. */
function randomGraph(source: Layer, list: readonly Operation[]): Graph {
	return <V>(g: Wiring<V>, x: V) => {
		const all: Known<V>[] = [{ value: g.layer(source, x), perStep: true, ends: "" }];
		const counted = list.flatMap((operation) => {
			const made = operate(g, all, operation);
			all.push(made);
			return operation.counts ? [made.value] : [];
		});
		return counted.length > 0 ? counted : [(all.at(-1) as Known<V>).value];
	};
}

function operate<V>(g: Wiring<V>, all: readonly Known<V>[], { what, flag, a, b }: Operation): Known<V> {
	const x = all[a % all.length] as Known<V>;
	if (what === "add") {
		const alike = all.filter(({ perStep, ends }) => perStep === x.perStep && ends === x.ends);
		return { ...x, value: g.add(x.value, (alike[b % alike.length] as Known<V>).value, flag) };
	}
	if (!x.perStep || what.type === "dense") return { ...x, value: g.layer(dense(SIZE), x.value), ends: "" };
	if (what.type === "lastStep") return { ...x, value: g.layer(what, x.value), perStep: false };
	if (what.type === "bidirectional") return { ...x, value: g.layer(what, x.value), ends: "half" };
	return { ...x, value: g.layer(what, x.value, flag), ends: flag ? "all" : "" };
}

const randomExperiments = fc
	.record({
		ids: fc.boolean(),
		operations,
		lengths: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
		seed: fc.nat(1000),
	})
	.map((recipe) => {
		const [input, source]: [Input, Layer] = recipe.ids
			? [ids, { type: "embedding", vocabSize: ids.size, embeddingSize: SIZE }]
			: [values, dense(SIZE)];
		return { input, graph: randomGraph(source, recipe.operations), ...recipe };
	});

const residuals: Readonly<Record<string, Experiment>> = Object.fromEntries(
	(["lstm", "gru", "gru reset-before"] as const).flatMap((middle, index) => [
		[`${middle}, of a dense layer`, experiment(values, nested(middle, dense(H)), lengths, 30 + index)],
		[
			`${middle}, of an embedding`,
			experiment(ids, nested(middle, sources.embedding?.layer as Layer), lengths, 40 + index),
		],
	]),
);

describe("the textbook's gradients are central differences", () => {
	const smooth = Object.entries(sources).filter(([name]) => !name.includes("relu"));
	it.each(smooth)("%s, all readers", (_name, source) => {
		for (const [seed, name] of Object.keys(readers).entries())
			expectDifferences(experiment(source.input, graphOf(source, name), [3, 1], seed));
	});

	it.each(Object.entries(residuals))("residual connections inside each other: %s", (_name, tried) => {
		expectDifferences(tried);
	});

	it("any graph", () => {
		fc.assert(
			fc.property(randomExperiments, ({ input, graph, lengths: rows, seed, operations: list }) => {
				fc.pre(!list.some(({ what }) => JSON.stringify(what).includes("relu")));
				expectDifferences(experiment(input, graph, rows, seed));
			}),
			{ seed: 1, numRuns: 30 },
		);
	});
});

describe.each(engines)("%s engine", (engine) => {
	describe.each(Object.entries(sources))("%s read by", (_source, source) => {
		it.each(Object.keys(readers))("%s", (name) => {
			for (const [seed, rows] of [lengths, [1], [4], [2, 2, 2]].entries())
				expectTextbook(engine, experiment(source.input, graphOf(source, name), rows, seed));
		});
	});

	it.each(Object.entries(residuals))("residual connections inside each other: %s", (_name, tried) => {
		expectTextbook(engine, tried);
	});

	it("any graph", () => {
		fc.assert(
			fc.property(randomExperiments, ({ input, graph, lengths: rows, seed }) => {
				expectTextbook(engine, experiment(input, graph, rows, seed));
			}),
			{ seed: 1, numRuns: 150 },
		);
	});
});
