import { activationRegularizationType } from "./activationRegularization.ts";
import { bidirectionalType } from "./bidirectional.ts";
import { denseType } from "./dense.ts";
import { dropoutType } from "./dropout.ts";
import { embeddingType } from "./embedding.ts";
import { lastStepType } from "./lastStep.ts";
import { type Layer, type LayerType, typeIn } from "./layer.ts";
import { layerNormType } from "./layerNorm.ts";
import { cells } from "./recurrent/cells.ts";
import { residualTypeOf } from "./residual.ts";

/** Every type, as lists of layers ask for it. */
export const layerTypes = { typeOf: layerType, names: layerNames };

// Marked pure, so that bundlers leave the layers out of a page that makes no model.
const types = /* @__PURE__ */ (() => ({
	embedding: embeddingType,
	...cells,
	bidirectional: bidirectionalType,
	layerNorm: layerNormType,
	dropout: dropoutType,
	activationRegularization: activationRegularizationType,
	residual: residualTypeOf(layerTypes),
	lastStep: lastStepType,
	dense: denseType,
}))();

/** Every layer's name, in the order in which a model is likely to have them. */
export function layerNames(): readonly string[] {
	return Object.keys(types);
}

/** The type of a layer; undefined where it is not known. */
export function layerType(layer: Layer): LayerType | undefined {
	return typeIn(types, layer);
}
