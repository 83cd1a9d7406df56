// Dropout of the weights that the state before is multiplied by (Wan et al. 2013; of an LSTM, Merity et al. 2018).

import type { Builder } from "../../plan/builder.ts";
import { parametersCost } from "../../plan/cost.ts";
import type { Buffer } from "../../plan/program.ts";
import { sumOf } from "../../plan/sums.ts";
import { dropping } from "../drawing.ts";
import type { Layer, LayerType } from "../layer.ts";
import type { Regularised } from "./hidden.ts";

/** The program of a cell that has the option:
 *
 * ```
 * U = weight_hh⊙mask / (1 - rate)     in place of weight_hh         dweight_hh = dU⊙mask / (1 - rate)
 * ```
 *
 * A copy of the weights stands in for them, a sum of its own for their gradient. */
export function droppingWeights<L extends Layer & Pick<Regularised, "weightDropout">>({
	parameters,
	program,
}: Pick<LayerType<L>, "parameters" | "program">): LayerType<L>["program"] {
	return (layer, builder, inputs, reverse) => {
		const { weightDropout: rate } = layer;
		if (!rate || !builder.trains) return program(layer, builder, inputs, reverse);
		const shape = parameters(layer, 1).find(({ name }) => name === "weight_hh")?.shape ?? [];
		const size = shape.reduce((product, length) => product * length, 1);
		const drop = dropWith(builder, rate, size);
		const [weights, gradient] = [builder.parameter("weight_hh"), builder.gradient("weight_hh")];
		const left = builder.work("weight_hh left", () => 16 * Math.ceil(size / 4));
		builder.during("draw", () => drop(weights, left, false));
		builder.standIns.set(left, weights);
		const y = program(layer, builder, inputs, reverse);
		builder.onBackward(() => {
			const sum = sumOf(builder, "dU", size);
			builder.standIns.set(sum, gradient);
			builder.onBackward(() => drop(sum, gradient, true), { last: true });
		});
		return y;
	};
}

/** A function that writes a call, which drops the same weights each time. */
function dropWith(builder: Builder, rate: number, size: number) {
	const known = { columns: size, blocks: Math.ceil(size / 8), ...dropping(builder, rate) };
	const cost = parametersCost(size, 16);
	return (x: Buffer, y: Buffer, adds: boolean) => {
		const equation = `${adds ? "dweight_hh += dU" : "U = weight_hh"}⊙mask / (1 - rate)`;
		builder.call("dropWeights", { ...known, x, y, adds: +adds }, { equation, cost });
	};
}
