import { type CellPass, type NamedValues, runCell, valuesOf } from "./cells.ts";
import { denseBackward, denseForward } from "./dense.ts";
import { embeddingBackward, embeddingForward } from "./embedding.ts";
import { asGradients } from "./gradients.ts";
import { lastStepBackward, lastStepForward } from "./lastStep.ts";
import { layerNormBackward, layerNormForward } from "./layerNorm.ts";
import type { CellLayer, Layer } from "./layers.ts";
import { add, concat, dot, type Matrix, matrix, rowsOf, stack } from "./matrix.ts";

/** What a graph is drawn with, for the engine and for the textbook alike. Parameters are named by the order of the layers. */
export interface Wiring<V> {
	/** @param reverse Of a cell: walks from the last step to the first. */
	layer(description: Layer, x: V, reverse?: boolean): V;
	/** @param whole Whether the way back asks for the gradient of every row, that of the ends in it; else for both apart. */
	add(a: V, b: V, whole?: boolean): V;
}

/** Values that may be read as often as one likes; gives those that enter the loss. */
export type Graph = <V>(wiring: Wiring<V>, x: V) => readonly V[];

/** A row's input: ids, or values [T, features]. */
export type RowInput = readonly number[] | Matrix;

/** A value of one row. */
interface Node {
	readonly output: RowInput;
	/** How many of its last features come from a backward direction. */
	readonly backwardSize: number;
}

type Outcome = { readonly output: Matrix; backward(dy: Matrix, gradients: NamedValues): readonly Matrix[] };

/** One row's pass through a graph. */
class Tape implements Wiring<Node> {
	readonly #parameters: NamedValues;
	readonly #steps: { readonly inputs: readonly Node[]; readonly node: Node; readonly outcome: Outcome }[] = [];
	#layers = 0;

	constructor(parameters: NamedValues) {
		this.#parameters = parameters;
	}

	layer(description: Layer, x: Node, reverse = false): Node {
		const { output, backward } = run(description, this.#parameters, `${this.#layers++}.`, x, reverse);
		const outcome: Outcome = { output, backward: (dy, gradients) => [backward(dy, gradients)] };
		return this.#keep([x], outcome, backwardSizeOf(description, x, reverse));
	}

	add(a: Node, b: Node): Node {
		const outcome: Outcome = { output: sum(valuesIn(a), valuesIn(b)), backward: (dy) => [dy, dy] };
		return this.#keep([a, b], outcome, a.backwardSize);
	}

	#keep(inputs: readonly Node[], outcome: Outcome, backwardSize: number): Node {
		const node = { output: outcome.output, backwardSize };
		this.#steps.push({ inputs, node, outcome });
		return node;
	}

	/** Every node's gradient is the sum of what its readers say, the loss among them. */
	backward(seeds: readonly (readonly [Node, Matrix])[], gradients: NamedValues): void {
		const arrived = new Map<Node, Matrix>();
		const give = (node: Node, dy: Matrix) => {
			const before = arrived.get(node);
			arrived.set(node, before ? sum(before, dy) : dy);
		};
		for (const [node, dy] of seeds) give(node, dy);
		for (const { inputs, node, outcome } of this.#steps.toReversed()) {
			const dy = arrived.get(node);
			if (dy === undefined) continue;
			for (const [index, dx] of outcome.backward(dy, gradients).entries()) give(inputs[index] as Node, dx);
		}
	}
}

function run(layer: Layer, parameters: NamedValues, prefix: string, x: Node, reverse: boolean): CellPass {
	switch (layer.type) {
		case "embedding":
			return runEmbedding(layer, parameters, prefix, x.output as readonly number[]);
		case "dense":
			return runDense(layer, parameters, prefix, valuesIn(x));
		case "layerNorm":
			return runLayerNorm(parameters, prefix, valuesIn(x));
		case "lastStep":
			return {
				output: lastStepForward(valuesIn(x), x.backwardSize),
				backward: (dy) => lastStepBackward(valuesIn(x).rows, dy, x.backwardSize),
			};
		case "bidirectional":
			return runBoth(layer.layer, parameters, prefix, valuesIn(x));
		default:
			return runCell(layer, parameters, prefix, valuesIn(x), reverse);
	}
}

function runEmbedding(
	{ vocabSize, embeddingSize }: Layer & { type: "embedding" },
	parameters: NamedValues,
	prefix: string,
	ids: readonly number[],
): CellPass {
	const W = (values: NamedValues) => matrix(vocabSize, embeddingSize, valuesOf(values, `${prefix}weight`));
	return {
		output: embeddingForward(W(parameters), ids),
		backward: (dy, gradients) => {
			embeddingBackward(ids, dy, W(gradients));
			return dy;
		},
	};
}

function runDense(
	{ outputSize }: Layer & { type: "dense" },
	parameters: NamedValues,
	prefix: string,
	x: Matrix,
): CellPass {
	const tensors = (values: NamedValues) => ({
		W: matrix(outputSize, x.columns, valuesOf(values, `${prefix}weight`)),
		b: valuesOf(values, `${prefix}bias`),
	});
	return {
		output: denseForward(tensors(parameters), x),
		backward: (dy, gradients) => denseBackward(tensors(parameters), x, dy, asGradients(tensors(gradients))),
	};
}

function runLayerNorm(parameters: NamedValues, prefix: string, x: Matrix): CellPass {
	const tensors = (values: NamedValues) => ({
		weight: valuesOf(values, `${prefix}weight`),
		bias: valuesOf(values, `${prefix}bias`),
	});
	return {
		output: layerNormForward(tensors(parameters), x),
		backward: (dy, gradients) => layerNormBackward(tensors(parameters), x, dy, asGradients(tensors(gradients))),
	};
}

/** y[t] = [forward[t] | backward[t]] */
function runBoth(cell: CellLayer, parameters: NamedValues, prefix: string, x: Matrix): CellPass {
	const H = cell.hiddenSize;
	const forward = runCell(cell, parameters, `${prefix}forward.`, x, false);
	const backward = runCell(cell, parameters, `${prefix}backward.`, x, true);
	const right = rowsOf(backward.output);
	const half = (dy: Matrix, from: number) => stack(rowsOf(dy).map((dyt) => dyt.slice(from, from + H)));
	return {
		output: stack(rowsOf(forward.output).map((left, t) => concat(left, right[t] as Float64Array))),
		backward: (dy, gradients) =>
			sum(forward.backward(half(dy, 0), gradients), backward.backward(half(dy, H), gradients)),
	};
}

function backwardSizeOf(layer: Layer, x: Node, reverse: boolean): number {
	if (layer.type === "bidirectional") return layer.layer.hiddenSize;
	if (layer.type === "lastStep" || layer.type === "layerNorm") return x.backwardSize;
	return reverse && "hiddenSize" in layer ? layer.hiddenSize : 0;
}

function valuesIn({ output }: Node): Matrix {
	if ("values" in output && "columns" in output) return output as Matrix;
	throw new TypeError("ids, not values");
}

function sum(a: Matrix, b: Matrix): Matrix {
	return matrix(a.rows, a.columns, add(a.values, b.values));
}

export interface GraphResult {
	/** Of each row, the values that enter the loss. */
	readonly outputs: readonly (readonly Matrix[])[];
	readonly loss: number;
	readonly gradients: NamedValues;
}

/** Runs a graph row by row, and back: the loss is Σ c⊙y over the values y that the graph gives.
 * @param weights c, for each row and each of these values a matrix like it. */
export function runGraph(
	graph: Graph,
	parameters: NamedValues,
	inputs: readonly RowInput[],
	weights: readonly (readonly Matrix[])[],
): GraphResult {
	const gradients = new Map(Array.from(parameters, ([name, values]) => [name, new Float64Array(values.length)]));
	let loss = 0;
	const outputs = inputs.map((output, row) => {
		const tape = new Tape(parameters);
		const nodes = graph<Node>(tape, { output, backwardSize: 0 });
		const seeds = nodes.map((node, index) => [node, weights[row]?.[index] as Matrix] as const);
		for (const [node, c] of seeds) loss += dot(valuesIn(node).values, c.values);
		tape.backward(seeds, gradients);
		return nodes.map(valuesIn);
	});
	return { outputs, loss, gradients };
}
