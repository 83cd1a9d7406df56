import { OptionError } from "../errors.ts";
import { checkChoice, checkKeys, show } from "../options.ts";
import type { Builder } from "../plan/builder.ts";
import { at, type Value } from "../plan/program.ts";
import { copyRows } from "../plan/rows.ts";
import { addValues } from "./addition.ts";
import { either, type Layer, type LayerType } from "./layer.ts";
import { parametersOf } from "./parameters.ts";
import { cells, cellType, type RecurrentLayer } from "./recurrent/cells.ts";

export type { RecurrentLayer } from "./recurrent/cells.ts";

export interface BidirectionalLayer<L extends RecurrentLayer = RecurrentLayer> {
	readonly type: "bidirectional";
	readonly layer: L;
	/** Only where it is not "concat". */
	readonly merge?: "sum" | "average";
}

/** How the outputs of two directions become one. */
export type Merge = (typeof merges)[number];

const merges = ["concat", "sum", "average"] as const;

export interface BidirectionalOptions {
	/** `"concat"`: side by side; `"sum"`: f + b; `"average"`: (f + b) / 2. Default `"concat"`. */
	readonly merge?: Merge | undefined;
}

/** Two layers of the same description over the same input, one from the first step to the last and one from each row's own
 * last step to its first; their outputs side by side, `[forward | backward]`, or their sum or average.
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, 2·hiddenSize]`; of a sum or an average
 * `[batchSize, steps, hiddenSize]`. Parameters are the layer's, once as `forward.*` and once as `backward.*`.
 *
 * @throws OptionError `bidirectional: "merge" must be "concat" or "sum" or "average", got "max".`
 * @see Schuster & Paliwal 1997. */
export function bidirectional<L extends RecurrentLayer>(
	layer: L,
	options: BidirectionalOptions = {},
): BidirectionalLayer<L> {
	if (cellType(layer) === undefined) {
		const takes = either(Object.keys(cells).map((name) => `${name}(…)`));
		const got = show((layer as Layer | undefined)?.type ?? layer);
		throw new OptionError(`bidirectional: it takes ${takes}, got ${got}.`);
	}
	checkKeys("bidirectional", options, ["merge"]);
	const merge = checkChoice("bidirectional", "merge", options.merge ?? "concat", merges);
	return Object.freeze({ type: "bidirectional", layer, ...(merge !== "concat" && { merge }) });
}

/** The type of a layer that `bidirectional` has checked. */
function typeOf(layer: RecurrentLayer): LayerType {
	return cellType(layer) as LayerType;
}

export const bidirectionalType: LayerType<BidirectionalLayer> = {
	from(options) {
		checkKeys("bidirectional", options as object, ["layer", "merge"]);
		const { layer, merge } = options as Omit<BidirectionalLayer, "type">;
		const { layer: checked } = bidirectional(layer, { merge });
		const { type: _, ...inner } = checked;
		return bidirectional(typeOf(checked).from(inner) as RecurrentLayer, { merge });
	},

	connect({ layer, merge }, before, where) {
		const { input, output } = typeOf(layer).connect(layer, before, where);
		const size = merge === undefined ? 2 * output.size : output.size;
		return { input, output: { ...output, size, causal: false } };
	},

	parameters({ layer }, inputSize) {
		const specs = parametersOf(typeOf(layer), layer, inputSize);
		return ["forward", "backward"].flatMap((direction) =>
			specs.map((spec) => ({ ...spec, name: `${direction}.${spec.name}` })),
		);
	},

	program({ layer, merge }, builder, [x]) {
		const walk = (direction: string, reverse: boolean) =>
			builder.within(`${builder.label} ${direction}`, `${builder.prefix}${direction}.`, () =>
				typeOf(layer).program(layer, builder, [x], reverse),
			);
		const [forward, backward] = [walk("forward", false), walk("backward", true)];
		if (merge === undefined) return sideBySide(builder, forward, backward);
		const [scale, equation] = merge === "sum" ? [1, "y = f + b"] : [0.5, "y = (f + b) / 2"];
		return addValues(builder, forward, backward, scale, equation);
	},
};

/** Copies two values of the same size into one. */
function sideBySide(builder: Builder, left: Value, right: Value): Value {
	const { axis, size, stride } = left;
	const y = builder.value("y", axis, 2 * size, [...left.parts, ...right.parts]);
	const halves = [
		{ half: left, offset: 0, equation: "y = [h | ·]" },
		{ half: right, offset: 4 * size, equation: "y = [· | h]" },
	];
	for (const { half, offset, equation } of halves) {
		const target = { address: at(y.address, offset), stride: y.stride };
		copyRows(builder, axis, { address: half.address, stride }, target, size, equation);
	}
	builder.onBackward(() => {
		const { every, end } = builder.gradients.of(y);
		for (const { half, offset } of halves) {
			if (every) builder.gradients.give(half, at(every, offset), y.stride, "dh = its half of dy");
			if (end) builder.gradients.giveEnd(half, { ...end, address: at(end.address, offset) });
		}
	});
	return y;
}
