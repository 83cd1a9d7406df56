import type { NamedValues } from "./cells.ts";
import type { Layer } from "./layers.ts";
import { dot, type Matrix } from "./matrix.ts";
import { addFlows, everyStep, type Flow, type FlowGradient, flowOf, runEmbedding, runLayer } from "./pass.ts";

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

/** A value of one row: what a layer gives, or the ids that a graph begins with. */
type Node = Flow | { readonly ids: readonly number[] };

type Outcome = Flow & { backward(dy: FlowGradient, gradients: NamedValues): readonly FlowGradient[] };

/** One row's pass through a graph. */
class Tape implements Wiring<Node> {
	readonly #parameters: NamedValues;
	readonly #steps: { readonly inputs: readonly Node[]; readonly outcome: Outcome }[] = [];
	#layers = 0;

	constructor(parameters: NamedValues) {
		this.#parameters = parameters;
	}

	layer(description: Layer, x: Node, reverse = false): Node {
		const prefix = `${this.#layers++}.`;
		const pass =
			description.type === "embedding"
				? runEmbedding(description, this.#parameters, prefix, idsIn(x))
				: runLayer(description, this.#parameters, prefix, valuesIn(x), { reverse });
		return this.#keep([x], { ...pass, backward: (dy, gradients) => [pass.backward(dy, gradients)] });
	}

	add(a: Node, b: Node): Node {
		const { reversed } = valuesIn(a);
		return this.#keep([a, b], { ...addFlows(valuesIn(a), valuesIn(b)), reversed, backward: (dy) => [dy, dy] });
	}

	#keep(inputs: readonly Node[], outcome: Outcome): Node {
		this.#steps.push({ inputs, outcome });
		return outcome;
	}

	/** Every node's gradient is the sum of what its readers say, the loss among them. */
	backward(seeds: readonly (readonly [Node, Matrix])[], gradients: NamedValues): void {
		const arrived = new Map<Node, FlowGradient>();
		const give = (node: Node, dy: FlowGradient) => {
			const before = arrived.get(node);
			arrived.set(node, before ? addFlows(before, dy) : dy);
		};
		for (const [node, dy] of seeds) give(node, everyStep(dy));
		for (const { inputs, outcome } of this.#steps.toReversed()) {
			const dy = arrived.get(outcome);
			if (dy === undefined) continue;
			for (const [index, dx] of outcome.backward(dy, gradients).entries()) give(inputs[index] as Node, dx);
		}
	}
}

function valuesIn(node: Node): Flow {
	if ("output" in node) return node;
	throw new TypeError("ids, not values");
}

function idsIn(node: Node): readonly number[] {
	if ("ids" in node) return node.ids;
	throw new TypeError("values, not ids");
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
	const outputs = inputs.map((input, row) => {
		const tape = new Tape(parameters);
		const nodes = graph<Node>(tape, "columns" in input ? flowOf(input) : { ids: input });
		const seeds = nodes.map((node, index) => [node, weights[row]?.[index] as Matrix] as const);
		for (const [node, c] of seeds) loss += dot(valuesIn(node).output.values, c.values);
		tape.backward(seeds, gradients);
		return nodes.map((node) => valuesIn(node).output);
	});
	return { outputs, loss, gradients };
}
