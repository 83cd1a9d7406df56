import { OptionError } from "../errors.ts";
import { checkKeys, show } from "../options.ts";
import type { Builder } from "../plan/builder.ts";
import { valuesCost } from "../plan/cost.ts";
import { at, padded, type Value } from "../plan/program.ts";
import { either, type Layer, type LayerType } from "./layer.ts";
import { cells, cellType, type RecurrentLayer } from "./recurrent/cells.ts";

export type { RecurrentLayer } from "./recurrent/cells.ts";

export interface BidirectionalLayer<L extends RecurrentLayer = RecurrentLayer> {
	readonly type: "bidirectional";
	readonly layer: L;
}

/** Two layers of the same description over the same input, one from the first step to the last and one from each row's own
 * last step to its first; their outputs side by side, `[forward | backward]`.
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, 2·hiddenSize]`. Parameters are the layer's, once as
 * `forward.*` and once as `backward.*`.
 *
 * @see Schuster & Paliwal 1997. */
export function bidirectional<L extends RecurrentLayer>(layer: L): BidirectionalLayer<L> {
	if (cellType(layer) === undefined) {
		const takes = either(Object.keys(cells).map((name) => `${name}(…)`));
		const got = show((layer as Layer | undefined)?.type ?? layer);
		throw new OptionError(`bidirectional: it takes ${takes}, got ${got}.`);
	}
	return Object.freeze({ type: "bidirectional", layer });
}

/** Of a layer that `bidirectional` has checked. */
function typeOf(layer: RecurrentLayer): LayerType {
	return cellType(layer) as LayerType;
}

export const bidirectionalType: LayerType<BidirectionalLayer> = {
	from(options) {
		checkKeys("bidirectional", options as object, ["layer"]);
		const { layer } = options as { readonly layer: RecurrentLayer };
		const { layer: checked } = bidirectional(layer);
		const { type: _, ...inner } = checked;
		return bidirectional(typeOf(checked).from(inner) as RecurrentLayer);
	},

	connect({ layer }, before, where) {
		const { input, output } = typeOf(layer).connect(layer, before, where);
		return {
			input,
			output: { ...output, size: 2 * output.size, causal: false },
		};
	},

	parameters({ layer }, inputSize) {
		const specs = typeOf(layer).parameters(layer, inputSize);
		return ["forward", "backward"].flatMap((direction) =>
			specs.map((spec) => ({ ...spec, name: `${direction}.${spec.name}` })),
		);
	},

	program({ layer }, builder, x) {
		const walk = (direction: string, reverse: boolean) =>
			builder.within(`${builder.label} ${direction}`, `${builder.prefix}${direction}.`, () =>
				typeOf(layer).program(layer, builder, x, reverse),
			);
		return sideBySide(builder, walk("forward", false), walk("backward", true));
	},
};

/** Copies two values of the same size into one. */
function sideBySide(builder: Builder, left: Value, right: Value): Value {
	const sequence = builder.sequence("steps");
	const { size, stride } = left;
	const parts = [...left.parts, ...right.parts];
	const y = {
		...builder.value("y", "steps", 2 * size, parts),
		takesEndGradient: true,
	};
	const halves = [
		{ half: left, place: y.address, columns: "y = [h | ·]" },
		{ half: right, place: at(y.address, 4 * size), columns: "y = [· | h]" },
	];
	for (const { half, place, columns } of halves) {
		builder.call(
			"copyColumns",
			[sequence, half.address, stride, size, place, y.stride, 0],
			columns,
			valuesCost("steps", size),
		);
	}
	builder.onBackward(() => {
		const end = builder.endGradientOf(y);
		for (const [index, { half }] of halves.entries()) {
			if (end) {
				const address = at(end.address, 4 * size * index);
				builder.setEndGradient(half, { ...end, address });
				continue;
			}
			const dy = builder.gradientOf(y);
			const dh = at(builder.rows("dh", "steps", stride));
			const operands = [sequence, at(dy, 4 * size * index), y.stride, size, dh, stride, padded(size) - size];
			builder.call("copyColumns", operands, "dh = its half of dy", valuesCost("steps", size));
			builder.setGradient(half, dh);
		}
	});
	return y;
}
