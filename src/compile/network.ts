import { OptionError } from "../errors.ts";
import { connectChain } from "../layers/chain.ts";
import { layerTypes } from "../layers/index.ts";
import type { ConnectedLayer, Flow, Layer, ParameterSpec } from "../layers/layer.ts";
import { show } from "../options.ts";

/** A list of layers, checked and connected: every size is known but those of the batch. */
export interface Network {
	readonly layers: readonly ConnectedLayer[];
	readonly input: Flow;
	readonly output: Flow;
	/** All parameters in order, named by layer index. */
	readonly parameters: readonly ParameterSpec[];
}

/** Connects layers to a network.
 * @throws OptionError It names the layer where something does not fit. */
export function connect(layers: readonly Layer[], where: string): Network {
	if (!Array.isArray(layers) || layers.length === 0) {
		throw new OptionError(`${where}: "layers" must be a list of at least one layer, got ${show(layers)}.`);
	}
	const connected = connectChain(layers, undefined, where, layerTypes);
	return {
		layers: connected,
		input: (connected[0] as ConnectedLayer).input,
		output: (connected.at(-1) as ConnectedLayer).output,
		parameters: connected.flatMap(({ parameters }) => parameters),
	};
}

/** A layer that is not made of others. */
export interface Leaf extends ConnectedLayer {
	/** What the names of its parameters and states begin with: `1.`, or inside another layer `1.0.`. */
	readonly prefix: string;
}

/** Every layer that is not made of others, in order; those inside others are labelled as `1.0.lstm`. */
export function leavesOf(layers: readonly ConnectedLayer[], path = ""): Leaf[] {
	return layers.flatMap((layer, index) => {
		const prefix = `${path}${index}.`;
		return layer.inner ? leavesOf(layer.inner, prefix) : [{ ...layer, label: `${path}${layer.label}`, prefix }];
	});
}

/** Checks that no step of a network depends on later ones, so that it can run one step at a time. */
export function checkCausal(where: string, { layers }: Network): void {
	const blocking = leavesOf(layers).find(({ output }) => !output.causal);
	if (blocking === undefined) return;
	throw new OptionError(
		`${where}: ${blocking.label} is bidirectional, so it needs the whole sequence. Use predict, or a model without it.`,
	);
}

/** Numbers in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
	return shape.reduce((product, size) => product * size, 1);
}
