import { OptionError } from "../../errors.ts";
import { checkKeys, show } from "../../options.ts";
import type { Random } from "../../random/random.ts";
import { either, type Layer, type LayerType, type ParameterSpec } from "../layer.ts";
import { type ChronoInitializer, chronoType } from "./chrono.ts";
import {
	type ConstantInitializer,
	constantType,
	type GlorotInitializer,
	glorotType,
	type HeInitializer,
	heType,
	type NormalInitializer,
	normalType,
	type UniformInitializer,
	uniformType,
} from "./elementwise.ts";
import { describe, type InitializerType } from "./initializer.ts";
import { type IdentityInitializer, identityType, type OrthogonalInitializer, orthogonalType } from "./matrices.ts";

/** An initializer of one's own: writes every one of a parameter's values, which are NaN before, row-major. `random` is the
 * parameter's own stream of the model's seed.
 *
 * A file can't hold a function: `model.save()` leaves it out of the layer's description. The values that it gave are in the
 * file, so nothing is missing from the model that `Model.load` gives; but a new model of that one's `layers` starts as if
 * no initializer had been given. */
export type InitializerFunction = (values: Float32Array, shape: readonly number[], random: Random) => void;

/** How a bias may start. */
export type VectorInitializer = UniformInitializer | NormalInitializer | ConstantInitializer | InitializerFunction;

/** How the bias of an lstm or a gru may start. */
export type GateBiasInitializer = VectorInitializer | ChronoInitializer;

/** How a matrix may start. */
export type MatrixInitializer =
	| VectorInitializer
	| GlorotInitializer
	| HeInitializer
	| OrthogonalInitializer
	| IdentityInitializer;

/** How a parameter may start: frozen plain data, or a function. */
export type Initializer = MatrixInitializer | GateBiasInitializer;

const types: readonly InitializerType[] = [
	uniformType,
	normalType,
	constantType,
	glorotType,
	heType,
	orthogonalType,
	identityType,
	chronoType,
];

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
	const all = parameters
		.map((spec) => [spec.name, check(where, spec, (given as Readonly<Record<string, unknown>>)[spec.name])])
		.filter(([, initializer]) => initializer);
	return Object.freeze(all.length > 0 ? { ...layer, initializers: Object.freeze(Object.fromEntries(all)) } : layer);
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
