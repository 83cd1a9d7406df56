// Runs a graph on an engine and by the textbook, and compares what comes out.

import { expect } from "vitest";
import { sizeOf } from "../../src/compile/network.ts";
import { createEngine, type EngineName } from "../../src/engine/engine.ts";
import type { Sequences } from "../../src/index.ts";
import { packingOf } from "../../src/plan/packing.ts";
import { expectClose } from "../kernels/compare.ts";
import type { NamedValues } from "../reference/cells.ts";
import { centralDifferences, relativeError } from "../reference/centralDifferences.ts";
import { type Graph, type RowInput, runGraph } from "../reference/graph.ts";
import { at, dot, type Matrix, matrix, rowsOf } from "../reference/matrix.ts";
import { random, randomVector } from "../reference/random.ts";
import { benchFor, type HandProgram, type Input, writeByHand } from "./hand.ts";

/** A graph with everything that enters it. */
export interface Experiment {
	readonly graph: Graph;
	readonly hand: HandProgram;
	readonly parameters: NamedValues;
	readonly inputs: readonly RowInput[];
	/** The gradient of each row's values that enter the loss. */
	readonly weights: readonly (readonly Matrix[])[];
}

/** Draws parameters, inputs and gradients, all of them floats of float32. */
export function experiment(input: Input, graph: Graph, lengths: readonly number[], seed: number): Experiment {
	const draw = random(seed);
	const floats = (count: number) => Float64Array.from({ length: count }, () => Math.fround(draw()));
	const hand = writeByHand(input, graph);
	const { parameters } = hand.network;
	return {
		graph,
		hand,
		parameters: new Map(parameters.map(({ name, shape }) => [name, floats(sizeOf(shape)).map((value) => value / 2)])),
		inputs: lengths.map((length) => drawInput(input, length, floats)),
		weights: lengths.map((length) =>
			hand.outputs.map(({ value: { axis, size } }) => {
				const rows = axis.perStep ? length : 1;
				return matrix(rows, size, floats(rows * size));
			}),
		),
	};
}

function drawInput({ kind, size }: Input, length: number, floats: (count: number) => Float64Array): RowInput {
	if (kind === "values") return matrix(length, size, floats(length * size));
	return Array.from(floats(length), (value) => Math.floor(((value + 1) / 2) * size));
}

const TOLERANCE = 1e-6;

/** Expects the textbook's gradients to be those of central differences, along a random direction for each parameter. */
export function expectDifferences({ graph, parameters, inputs, weights }: Experiment): void {
	const draw = random(1);
	const run = (values: NamedValues) => runGraph(graph, values, inputs, weights);
	const { gradients } = run(parameters);
	for (const [name, values] of parameters) {
		const direction = randomVector(draw, values.length);
		const shift = Float64Array.of(0);
		const along = () =>
			run(
				new Map(parameters).set(
					name,
					values.map((value, j) => value + at(shift, 0) * at(direction, j)),
				),
			);
		const expected = centralDifferences(() => along().loss, shift);
		const actual = dot(gradients.get(name) as Float64Array, direction);
		expect(relativeError([actual], expected, TOLERANCE), name).toBeLessThan(TOLERANCE);
	}
}

/** Expects an engine's values and gradients to be the textbook's; a second step to give the same bits as the first. */
export function expectTextbook(name: EngineName, tried: Experiment): void {
	const expected = runGraph(tried.graph, tried.parameters, tried.inputs, tried.weights);
	const actual = runOn(name, tried);
	for (const [row, outputs] of expected.outputs.entries())
		for (const [index, { values }] of outputs.entries())
			expectClose(actual.outputs[index]?.[row] as Float32Array, values, `value ${index} of row ${row}`);
	for (const [parameter, gradient] of expected.gradients)
		expectClose(actual.gradients.get(parameter) as Float32Array, gradient, parameter);
}

/** What an engine makes of it: of each value that enters the loss its rows; the parameters' gradients. */
export function runOn(name: EngineName, { hand, parameters, inputs, weights }: Experiment) {
	const lengths = inputs.map((input) => ("rows" in input ? input.rows : input.length));
	const bench = benchFor(createEngine(name), hand, packingOf(lengths.length, Math.max(...lengths), lengths));
	for (const [parameter, values] of parameters) bench.parameter(parameter, values.length).set(values);
	const nested = inputs.map((input) => ("rows" in input ? rowsOf(input).map((row) => [...row]) : input));
	const packing = bench.feed({ inputs: nested } as Sequences);
	for (const [index, { value, weights: address }] of hand.outputs.entries())
		bench.write(
			{ ...value, address },
			packing,
			weights.map((row) => (row[index] as Matrix).values),
		);
	bench.run("pack", "zero", "forward", "backward");
	const outputs = hand.outputs.map(({ value, copy }) => bench.read({ ...value, address: copy }, packing));
	const gradients = new Map(
		Array.from(parameters, ([parameter, { length }]) => [parameter, bench.gradient(parameter, length).slice()]),
	);
	return { outputs, gradients };
}
