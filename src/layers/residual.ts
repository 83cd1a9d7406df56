import { OptionError } from "../errors.ts";
import { checkKeys, show } from "../options.ts";
import { addValues } from "./addition.ts";
import { connectChain, type Types, writeChain } from "./chain.ts";
import type { DenseLayer } from "./dense.ts";
import type { ConnectedLayer, Layer, LayerType } from "./layer.ts";

export interface ResidualLayer {
	readonly type: "residual";
	readonly layers: readonly Layer[];
}

/** How deep residuals may be nested: files are read no deeper than that (src/files/json.ts). */
const DEEPEST = 5;

/** Layers, and what goes around them: `y = x + layers(x)`. The gradient comes back to x by both ways, so that deep stacks train.
 *
 * ```ts
 * residual([layerNorm(), lstm({ hiddenSize: 64 })])      // after a layer that gives 64 features
 * ```
 *
 * Input and output `[..., size]`: the last of the layers must give as many features as the first one takes. They may be any but
 * `embedding`, `lastStep` and a tied `dense`, other residuals among them. Their parameters are named by the index of the residual and theirs
 * inside: `2.0.weight_ih`. lastStep after it adds each summand's own last step, as of a bidirectional layer's.
 *
 * @throws OptionError `Model.create: residual (layer 1): its layers take 4 features and give 8, so x can't be added. …`
 * @see He et al. 2016; between recurrent layers, Wu et al. 2016. */
export function residual(layers: readonly Layer[]): ResidualLayer {
	if (!Array.isArray(layers) || layers.length === 0)
		throw new OptionError(`residual: it takes a list of at least one layer, got ${show(layers)}.`);
	for (const [index, layer] of (layers as readonly (Layer | null | undefined)[]).entries()) {
		if (layer?.type === "embedding")
			throw new OptionError(
				`residual: layer ${index} is embedding, but ids can't be added to what it gives. Put it before residual.`,
			);
		if (layer?.type === "dense" && (layer as DenseLayer).tied !== undefined)
			throw new OptionError(
				`residual: layer ${index} is dense with "tied", but a residual does not know the embedding. Put it after residual.`,
			);
		if (layer?.type === "lastStep")
			throw new OptionError(
				`residual: layer ${index} is lastStep, but every step can't be added to one. Put it after residual.`,
			);
	}
	if (isDeeper(layers, DEEPEST))
		throw new OptionError(`residual: residuals may be nested at most ${DEEPEST} deep, got more.`);
	return Object.freeze({ type: "residual", layers: Object.freeze([...layers]) });
}

/** Whether a residual of these layers is nested deeper than so many. */
function isDeeper(layers: readonly Layer[], most: number): boolean {
	if (most === 0) return true;
	return layers.some((layer) => {
		const { type, layers: inner } = Object(layer) as Partial<ResidualLayer>;
		return type === "residual" && Array.isArray(inner) && isDeeper(inner, most - 1);
	});
}

/** The type of a residual that may hold layers of these types. */
export function residualTypeOf(types: Types): LayerType<ResidualLayer> {
	return {
		from(options) {
			checkKeys("residual", options as object, ["layers"]);
			const { layers } = residual((options as ResidualLayer).layers);
			return residual(layers.map((layer) => checked(layer, types)));
		},

		connect({ layers }, before, where) {
			const inner = connectChain(layers, before, where, types);
			const { input } = inner[0] as ConnectedLayer;
			const { output } = inner.at(-1) as ConnectedLayer;
			if (output.size === input.size) return { input, output, inner };
			throw new OptionError(
				`${where}: its layers take ${input.size} features and give ${output.size}, so x can't be added. Let the last one give ${input.size}, or end with dense({ outputSize: ${input.size} }).`,
			);
		},

		parameters({ layers }, inputSize) {
			const before = { kind: "values", size: inputSize, perStep: true, causal: true } as const;
			return connectChain(layers, before, "residual", types).flatMap(({ parameters }) => parameters);
		},

		program({ layers }, builder, [x]) {
			const typed = layers.map((layer) => ({ layer, type: types.typeOf(layer) as LayerType }));
			return addValues(builder, x, writeChain(typed, builder, x), 1, "y = x + layers(x)");
		},
	};
}

/** A description, checked where its type is known; else connecting it will say so. */
function checked(layer: Layer, { typeOf }: Types): Layer {
	if (!layer) return layer;
	const { type: _, ...options } = layer;
	return typeOf(layer)?.from(options) ?? layer;
}
