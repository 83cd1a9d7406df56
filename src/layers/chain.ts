// Lists of layers, each of which takes what the one before gives: a network's, and those inside a residual.

import { OptionError } from "../errors.ts";
import { show } from "../options.ts";
import type { Builder } from "../plan/builder.ts";
import type { Value } from "../plan/program.ts";
import { type ConnectedLayer, either, type Flow, type Layer, type LayerType } from "./layer.ts";
import { parametersOf } from "./parameters.ts";

/** The types of layers that there are. */
export interface Types {
	typeOf(layer: Layer): LayerType | undefined;
	names(): readonly string[];
}

/** Connects layers. Each description is checked again, since it may be written by hand.
 * @param first What the first one takes; undefined where it is the first of a network.
 * @throws OptionError It names the layer where something does not fit. */
export function connectChain(
	layers: readonly Layer[],
	first: Flow | undefined,
	where: string,
	{ typeOf, names }: Types,
): readonly ConnectedLayer[] {
	const connected: ConnectedLayer[] = [];
	for (const [index, description] of layers.entries()) {
		const type = description ? typeOf(description) : undefined;
		if (!type) {
			const hint = typeof description === "function" ? "Call the function." : `Use ${either(names())}.`;
			throw new OptionError(
				`${where}: layer ${index} is ${show(description?.type ?? description)}, which is no layer. ${hint}`,
			);
		}
		const { type: _, ...options } = description;
		const described = type.from(options);
		const place = `${where}: ${described.type} (layer ${index})`;
		const before = connected.length > 0 ? connected.at(-1)?.output : first;
		const { layer = described, ...flows } = type.connect(described, before, place);
		const parameters = parametersOf(type, layer, flows.input.size).map((spec) => ({
			...spec,
			name: `${index}.${spec.name}`,
		}));
		connected.push({ layer, type, label: `${index}.${layer.type}`, ...flows, parameters });
	}
	return connected;
}

/** Writes the program of layers that follow each other, and returns the last one's output. */
export function writeChain(
	layers: readonly Pick<ConnectedLayer, "layer" | "type">[],
	builder: Builder,
	inputs: Value,
): Value {
	let value = inputs;
	for (const [index, { layer, type }] of layers.entries()) {
		const x = value;
		const prefix = `${builder.prefix}${index}.`;
		value = builder.within(`${prefix}${layer.type}`, prefix, () => type.program(layer, builder, [x]));
	}
	return value;
}
