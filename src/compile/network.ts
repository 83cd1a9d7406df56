import { OptionError } from "../errors.ts";
import { layerNames, layerType } from "../layers/index.ts";
import { either, type Flow, type Layer, type LayerType, type ParameterSpec } from "../layers/layer.ts";
import { parametersOf } from "../layers/parameters.ts";
import { show } from "../options.ts";

/** A list of layers, checked and connected: every size is known but those of the batch. */
export interface Network {
	readonly layers: readonly ConnectedLayer[];
	readonly input: Flow;
	readonly output: Flow;
	/** All parameters in order, named by layer index. */
	readonly parameters: readonly ParameterSpec[];
}

export interface ConnectedLayer {
	readonly layer: Layer;
	readonly type: LayerType;
	/** Its index and type, as `1.lstm`. */
	readonly label: string;
	readonly input: Flow;
	readonly output: Flow;
	readonly parameters: readonly ParameterSpec[];
}

/** Connects layers. Each description is checked again, since it may be written by hand.
 * @throws OptionError It names the layer where something does not fit. */
export function connect(layers: readonly Layer[], where: string): Network {
	if (!Array.isArray(layers) || layers.length === 0) {
		throw new OptionError(`${where}: "layers" must be a list of at least one layer, got ${show(layers)}.`);
	}
	const connected: ConnectedLayer[] = [];
	for (const [index, description] of layers.entries()) {
		const type = description ? layerType(description) : undefined;
		if (!type) {
			const hint = typeof description === "function" ? "Call the function." : `Use ${either(layerNames())}.`;
			throw new OptionError(
				`${where}: layer ${index} is ${show(description?.type ?? description)}, which is no layer. ${hint}`,
			);
		}
		const { type: _, ...options } = description;
		const layer = type.from(options);
		const place = `${where}: ${layer.type} (layer ${index})`;
		const { input, output } = type.connect(layer, connected.at(-1)?.output, place);
		const parameters = parametersOf(type, layer, input.size).map((spec) => ({
			...spec,
			name: `${index}.${spec.name}`,
		}));
		connected.push({
			layer,
			type,
			label: `${index}.${layer.type}`,
			input,
			output,
			parameters,
		});
	}
	return {
		layers: connected,
		input: (connected[0] as ConnectedLayer).input,
		output: (connected.at(-1) as ConnectedLayer).output,
		parameters: connected.flatMap(({ parameters }) => parameters),
	};
}

/** Checks that no step of a network depends on later ones, so that it can run one step at a time. */
export function checkCausal(where: string, { layers }: Network): void {
	const blocking = layers.find(({ output }) => !output.causal);
	if (blocking === undefined) return;
	throw new OptionError(
		`${where}: ${blocking.label} is bidirectional, so it needs the whole sequence. Use predict, or a model without it.`,
	);
}

/** Numbers in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
	return shape.reduce((product, size) => product * size, 1);
}
