import { OptionError } from "../errors.ts";
import type { Builder } from "../plan/builder.ts";
import { valuesCost } from "../plan/cost.ts";
import { at, type Value } from "../plan/program.ts";
import { sumRows } from "./addition.ts";
import { connectValues, type LayerType } from "./layer.ts";

export interface LastStepLayer {
	readonly type: "lastStep";
}

/** Keeps each row's own last step: of a row of length n, step n - 1, never padding. Of a bidirectional layer it keeps each
 * direction's own last step: the backward one's is the row's first; of a sum of both, the sum of these.
 *
 * Input `[batchSize, steps, size]`, output `[batchSize, size]`. */
export function lastStep(): LastStepLayer {
	return Object.freeze({ type: "lastStep" });
}

export const lastStepType: LayerType<LastStepLayer> = {
	from: lastStep,

	connect(_layer, before, where) {
		if (before === undefined) throw new OptionError(`${where}: it can't be the first layer.`);
		const input = connectValues(where, undefined, before);
		if (!input.perStep) throw new OptionError(`${where}: only one step is left. Remove one lastStep.`);
		return { input, output: { ...input, perStep: false } };
	},

	parameters: () => [],

	program(_layer, builder, [x]) {
		const y = endOf(builder, x);
		builder.onBackward(() => {
			const dy = builder.gradients.everyRowOf(y);
			builder.gradients.giveEnd(x, { address: dy, stride: y.stride });
		});
		return y;
	},
};

/** Copies the end of each sequence; of a sum, adds the ends of its terms. */
function endOf(builder: Builder, x: Value): Value {
	if (x.sum !== undefined) {
		const { terms, scale } = x.sum;
		const y = builder.value("y", x.axis.ends, x.size);
		const ends = [endOf(builder, terms[0]), endOf(builder, terms[1])] as const;
		sumRows(builder, y.axis, ends, y, { size: x.size, scale, equation: "y = the sum of these ends" });
		return y;
	}
	const y = builder.value("y", x.axis.ends, x.size, x.parts);
	let bytes = 0;
	for (const { size, reverse } of x.parts) {
		builder.call(
			"lastStepForward",
			{
				...{ packing: x.axis.packing, reverse: +reverse, x: at(x.address, bytes), ldx: x.stride },
				...{ columns: size, y: at(y.address, bytes), ldy: y.stride },
			},
			{ equation: reverse ? "y = x[0]" : "y = x[last]", cost: valuesCost(y.axis, size) },
		);
		bytes += 4 * size;
	}
	return y;
}
