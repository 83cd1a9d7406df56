import { BpttError, FormatError } from "../errors.ts";
import { layerType } from "../layers/index.ts";
import type { Layer } from "../layers/layer.ts";
import { show } from "../options.ts";
import {
	type NamedTensor,
	readSafetensors,
	type TensorFile,
	writeSafetensors,
} from "./safetensors.ts";

/** Key of the metadata that holds the layers, as JSON. */
const KEY = "bptt";

/** Raised when an old reader could not understand the file. */
const VERSION = 1;

/** A model as a safetensors file: any reader of the format gets the tensors, this package the layers too. */
export function writeModel(
	layers: readonly Layer[],
	tensors: readonly NamedTensor[],
): Uint8Array {
	return writeSafetensors(tensors, {
		[KEY]: JSON.stringify({ version: VERSION, layers }),
	});
}

export function readModel(bytes: Uint8Array | ArrayBuffer): {
	readonly layers: readonly Layer[];
	readonly tensors: TensorFile["tensors"];
} {
	const { tensors, metadata } = readSafetensors(bytes, "Model.load");
	const text = metadata[KEY];
	if (text === undefined) {
		throw new FormatError(
			`Model.load: the file has no "${KEY}" in its metadata, so its layers are not known. Save it with Model.save.`,
		);
	}
	return { layers: layersOf(text), tensors };
}

function layersOf(text: string): Layer[] {
	const { version, layers } = parse(text);
	if (version !== VERSION) {
		throw new FormatError(
			`Model.load: the file is of version ${show(version)}; this package reads version ${VERSION}.`,
		);
	}
	if (!Array.isArray(layers))
		throw new FormatError(
			`Model.load: the file's layers must be a list, got ${show(layers)}.`,
		);
	return layers.map((layer: unknown, index) => layerOf(layer, index));
}

function layerOf(layer: unknown, index: number): Layer {
	const { type, ...options } = (layer ?? {}) as Layer;
	const maker = typeof type === "string" ? layerType({ type }) : undefined;
	if (maker === undefined)
		throw new FormatError(
			`Model.load: layer ${index} of the file is ${show(type)}, which is no layer.`,
		);
	try {
		return maker.from(options);
	} catch (error) {
		if (!(error instanceof BpttError)) throw error;
		throw new FormatError(
			`Model.load: layer ${index} of the file is wrong. ${error.message}`,
		);
	}
}

function parse(text: string): { version?: unknown; layers?: unknown } {
	try {
		return Object(JSON.parse(text));
	} catch {
		throw new FormatError("Model.load: the file's layers are not JSON.");
	}
}
