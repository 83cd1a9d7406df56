// The parameters of a layer, and how each of them starts.

import { OptionError } from "../errors.ts";
import { checkKeys, show } from "../options.ts";
import type { Random } from "../random/random.ts";
import { type Initializer, initializers as types } from "./initializers/index.ts";
import { describe, type InitializerType } from "./initializers/initializer.ts";
import { either, type Layer, type LayerType, type ParameterSpec } from "./layer.ts";

/** A layer with its option `initializers`, an object by the names of its parameters, checked; frozen.
 * @param parameters Of the layer, for any size of its input. */
export function withInitializers<L extends Layer>(
	layer: L,
	parameters: readonly ParameterSpec[],
	given: object = {},
): L {
	const where = `${layer.type}.initializers`;
	const names = parameters.map(({ name }) => name);
	checkKeys(where, given, names);
	const named = parameters
		.map((spec) => [spec.name, check(where, spec, (given as Readonly<Record<string, unknown>>)[spec.name])])
		.filter(([, initializer]) => initializer);
	return Object.freeze(named.length > 0 ? { ...layer, initializers: Object.freeze(Object.fromEntries(named)) } : layer);
}

function check(where: string, { name, shape, gates }: ParameterSpec, given: unknown): unknown {
	if (given === undefined || typeof given === "function") return given;
	const { type: named, ...options } = Object(given);
	const kinds = [undefined, shape.length > 1 ? "matrices" : gates?.some(Boolean) && "gates"];
	const choices = types.filter(({ only }) => kinds.includes(only));
	const type = choices.find(({ type }) => type === named);
	if (type) return describe(type, options);
	const takes = either([...choices.map(({ type }) => `${type}(…)`), "a function"]);
	throw new OptionError(`${where}: "${name}" must be ${takes}, got ${show(named ?? given)}.`);
}

/** The parameters of a layer, each with how it starts. */
export function parametersOf<L extends Layer>(type: LayerType<L>, layer: L, inputSize: number): ParameterSpec[] {
	const { initializers = {} } = layer as { readonly initializers?: Readonly<Record<string, Initializer>> };
	return type
		.parameters(layer, inputSize)
		.map((spec) => ({ ...spec, initializer: initializers[spec.name] ?? spec.initializer }));
}

/** Writes a parameter's initial values. */
export function initialize(
	{ shape, initializer, gates = [0] }: ParameterSpec,
	values: Float32Array,
	random: Random,
): void {
	if (typeof initializer === "function") {
		const own = new Float32Array(values.length).fill(Number.NaN);
		initializer(own, [...shape], random);
		for (let i = 0; i < values.length; i++) values[i] = own[i];
		return;
	}
	const { type: named, ...settings } = initializer;
	const [setting] = Object.values<number>(settings);
	const type = types.find(({ type }) => type === named) as InitializerType;
	const [rows, columns] = shape.length > 1 ? [shape[0] / gates.length, shape[1]] : [shape[0], 1];
	for (let begin = 0; begin < values.length; begin += rows * columns)
		type.fill({ values: values.subarray(begin, begin + rows * columns), rows, columns, gates }, random, setting);
}
