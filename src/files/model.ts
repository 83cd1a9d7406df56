import { connect, type Network } from "../compile/network.ts";
import { BpttError, FormatError, OptionError } from "../errors.ts";
import { layerType } from "../layers/index.ts";
import type { Layer, ParameterSpec } from "../layers/layer.ts";
import { show, showSizes } from "../options.ts";
import { parseJson } from "./json.ts";
import { type Bytes, type NamedTensor, readSafetensors, type Tensor, writeSafetensors } from "./safetensors.ts";

/** Key of the metadata that holds the layers, as JSON. */
const KEY = "bptt";

/** Key of the metadata of a trainer's file, and how its own tensors are named. */
export const TRAINER = "trainer";

/** The version of the file's layers. It goes up when older readers could not understand them. */
const VERSION = 1;

/** The most layers that are read: a description of a few bytes becomes a layer of some hundred. */
const MOST_LAYERS = 1000;

/** A model as a safetensors file: any reader of the format gets the tensors, this package the layers too. */
export function writeModel(layers: readonly Layer[], tensors: readonly NamedTensor[]): Bytes {
	return writeSafetensors(tensors, {
		[KEY]: JSON.stringify({ version: VERSION, layers }),
	});
}

/** Reads the layers and the values of their parameters, by name. What the layers say is compared with the tensors before anything
 * is allocated for it. */
export function readModel(bytes: Uint8Array | ArrayBuffer): {
	readonly network: Network;
	readonly values: ReadonlyMap<string, Float32Array>;
} {
	const { tensors, metadata } = readSafetensors(bytes, "Model.load");
	const text = metadata[KEY];
	if (text === undefined) {
		throw new FormatError(
			`Model.load: the file has no "${KEY}" in its metadata, so its layers are not known. Save it with Model.save.`,
		);
	}
	const network = networkOf(layersOf(text));
	const names = new Set(network.parameters.map(({ name }) => name));
	const isOfTrainer = (name: string) => TRAINER in metadata && name.startsWith(`${TRAINER}.`);
	for (const name of tensors.keys()) {
		if (!names.has(name) && !isOfTrainer(name))
			throw new FormatError(`Model.load: the file has a tensor ${show(name)}, which none of its layers has.`);
	}
	const values = network.parameters.map((spec) => [spec.name, valuesOf(spec, tensors.get(spec.name))] as const);
	return { network, values: new Map(values) };
}

/** The values of a tensor that fits the parameter. */
function valuesOf({ name, shape }: ParameterSpec, tensor: Tensor | undefined): Float32Array {
	if (tensor === undefined)
		throw new FormatError(`Model.load: the file has no tensor "${name}", which its layers need.`);
	if (tensor.shape.join() !== shape.join()) {
		throw new FormatError(
			`Model.load: tensor "${name}" is ${showSizes(tensor.shape)}, but its layer needs [${shape.join(", ")}].`,
		);
	}
	const wrong = tensor.data.findIndex((value) => !Number.isFinite(value));
	if (wrong < 0) return tensor.data;
	throw new FormatError(`Model.load: tensor "${name}"[${wrong}] is ${tensor.data[wrong]}; parameters must be finite.`);
}

function networkOf(layers: readonly Layer[]): Network {
	try {
		return connect(layers, "Model.load");
	} catch (error) {
		if (!(error instanceof OptionError)) throw error;
		throw new FormatError(error.message);
	}
}

function layersOf(text: string): Layer[] {
	const { version, layers } = Object(parseJson("Model.load: the file's layers", text)) as Record<string, unknown>;
	if (version !== VERSION) {
		throw new FormatError(
			`Model.load: the file is of version ${show(version)}; this package reads version ${VERSION}.`,
		);
	}
	if (!Array.isArray(layers))
		throw new FormatError(`Model.load: the file's layers must be a list, got ${show(layers)}.`);
	const count = countLayers(layers);
	if (count > MOST_LAYERS)
		throw new FormatError(`Model.load: the file must have at most ${MOST_LAYERS} layers, got ${count}.`);
	return layers.map((layer: unknown, index) => layerOf(layer, index));
}

/** How many layers a list has, those inside others included. */
function countLayers(layers: readonly unknown[]): number {
	return layers.reduce((sum: number, layer) => {
		const { layers: inner } = Object(layer) as { readonly layers?: unknown };
		return sum + 1 + (Array.isArray(inner) ? countLayers(inner) : 0);
	}, 0);
}

function layerOf(layer: unknown, index: number): Layer {
	const { type, ...options } = (layer ?? {}) as Layer;
	const maker = typeof type === "string" ? layerType({ type }) : undefined;
	if (maker === undefined)
		throw new FormatError(`Model.load: layer ${index} of the file is ${show(type ?? layer)}, which is no layer.`);
	try {
		return maker.from(options);
	} catch (error) {
		if (!(error instanceof BpttError)) throw error;
		throw new FormatError(`Model.load: layer ${index} of the file is wrong. ${error.message}`);
	}
}
