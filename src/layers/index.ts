import { bidirectionalType } from "./bidirectional.ts";
import { denseType } from "./dense.ts";
import { embeddingType } from "./embedding.ts";
import { gruType } from "./gru.ts";
import { lastStepType } from "./lastStep.ts";
import type { Layer, LayerType } from "./layer.ts";
import { lstmType } from "./lstm.ts";
import { rnnType } from "./rnn.ts";

const types: Readonly<Record<string, LayerType>> = {
	bidirectional: bidirectionalType,
	dense: denseType,
	embedding: embeddingType,
	gru: gruType,
	lastStep: lastStepType,
	lstm: lstmType,
	rnn: rnnType,
};

/** How a layer works, or undefined for one that is not known. */
export function layerType(layer: Layer): LayerType | undefined {
	return Object.hasOwn(types, layer.type) ? types[layer.type] : undefined;
}
