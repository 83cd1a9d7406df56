import { OptionError } from "../errors.ts";
import type { Builder } from "../plan/builder.ts";
import type { Value } from "../plan/program.ts";
import type { Kind } from "../sequences.ts";
import type { Initializer } from "./initializers/index.ts";

/** A layer as the user describes it: frozen plain data, which a saved model holds too, but for initializers that are
 * functions. */
export interface Layer {
	readonly type: string;
}

/** What flows between layers, before sizes of batches are known. */
export interface Flow {
	readonly kind: Kind;
	/** How many features a row has, or, for ids, how many ids there are. */
	readonly size: number;
	/** Whether it has a row for every step, or one for each sequence. */
	readonly perStep: boolean;
	/** Whether no step depends on later ones, so that a stream can compute it. */
	readonly causal: boolean;
	/** The embedding that its network begins with, where it does. */
	readonly embedding?: { readonly vocabSize: number; readonly embeddingSize: number };
}

export interface ParameterSpec {
	readonly name: string;
	readonly shape: readonly number[];
	/** How it starts. */
	readonly initializer: Initializer;
	/** Its blocks, one below the other, if it has more than one: for each gate, what a bias of it does to the time that the
	 * cell remembers. 1 lengthens it, -1 shortens it, 0 neither. */
	readonly gates?: readonly number[];
}

/** What a layer takes and gives. */
export interface Connection {
	readonly input: Flow;
	readonly output: Flow;
	/** The layers that it is made of, where these are layers by themselves. */
	readonly inner?: readonly ConnectedLayer[];
	/** The description with what follows from the layer's place, where that leaves something to it. */
	readonly layer?: Layer;
}

/** A layer in its place. */
export interface ConnectedLayer extends Connection {
	readonly layer: Layer;
	readonly type: LayerType;
	/** Its index and type, as `1.lstm`. */
	readonly label: string;
	/** Named by its index. */
	readonly parameters: readonly ParameterSpec[];
}

/** What the package knows of one type of layer. */
export interface LayerType<L extends Layer = Layer> {
	/** Makes the description from its plain data, checking every option. */
	from(options: unknown): L;
	/** What it takes and gives after a layer that gives `before`, which is undefined for a first layer.
	 * @throws OptionError Where they don't fit. */
	connect(layer: L, before: Flow | undefined, where: string): Connection;
	/** Each with how it starts where the layer's `initializers` do not say. */
	parameters(layer: L, inputSize: number): readonly ParameterSpec[];
	/** Writes its part of a program, and returns its output. With `reverse` a recurrent layer walks from the last step to the
	 * first. */
	program(layer: L, builder: Builder, inputs: readonly [Value, ...Value[]], reverse?: boolean): Value;
}

/** The type of a layer in a table; undefined where the table has none. */
export function typeIn(types: Readonly<Record<string, LayerType>>, layer: Layer | undefined): LayerType | undefined {
	const name = layer?.type ?? "";
	return typeof name === "string" && Object.hasOwn(types, name) ? types[name] : undefined;
}

/** Words as a sentence lists them: `a, b or c`. */
export function either(words: readonly string[]): string {
	const others = words.slice(0, -1).join(", ");
	return [others, ...words.slice(-1)].filter(Boolean).join(" or ");
}

/** The input of a layer that takes values: what the layer before gives, or, for a first layer, its own `inputSize`. */
export function connectValues(where: string, inputSize: number | undefined, input: Flow | undefined): Flow {
	if (input === undefined) {
		if (inputSize === undefined) {
			throw new OptionError(`${where}: the first layer needs "inputSize" (features of a step).`);
		}
		return { kind: "values", size: inputSize, perStep: true, causal: true };
	}
	if (inputSize !== undefined && inputSize !== input.size) {
		throw new OptionError(`${where}: "inputSize" is ${inputSize}, but the layer before gives ${input.size}.`);
	}
	return input;
}
