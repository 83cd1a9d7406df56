import { OptionError } from "../errors.ts";
import { valuesCost } from "../plan/cost.ts";
import { at, strideOf } from "../plan/program.ts";
import { connectValues, type LayerType } from "./layer.ts";

export interface LastStepLayer {
	readonly type: "lastStep";
}

/** Keeps each row's own last step: of a row of length n, step n - 1, never padding. Of a bidirectional layer it keeps each
 * direction's own last step: the backward half's is the row's first.
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
		if (input.axis === "rows") throw new OptionError(`${where}: only one step is left. Remove one lastStep.`);
		return { input, output: { ...input, axis: "rows" } };
	},

	parameters: () => [],

	program(_layer, builder, x) {
		const sequence = builder.sequence("steps");
		const y = builder.value("y", "rows", x.size, x.parts);
		const parts = x.parts.map((part, index) => {
			const before = x.parts.slice(0, index);
			const bytes = 4 * before.reduce((sum, { size }) => sum + size, 0);
			return { ...part, bytes };
		});
		for (const { size, reverse, bytes } of parts) {
			builder.call(
				"lastStepForward",
				[sequence, +reverse, at(x.address, bytes), x.stride, size, at(y.address, bytes), y.stride],
				reverse ? "y = x[0]" : "y = x[last]",
				valuesCost("rows", size),
			);
		}
		builder.onBackward(() => {
			const dy = builder.gradientOf(y);
			if (x.takesEndGradient) {
				builder.setEndGradient(x, { address: dy, stride: y.stride });
				return;
			}
			const dx = at(builder.rows("dx", "steps", strideOf(x.size)));
			builder.zeroRows("steps", dx, x.stride);
			for (const { size, reverse, bytes } of parts) {
				builder.call(
					"lastStepBackward",
					[sequence, +reverse, at(dy, bytes), y.stride, size, at(dx, bytes), x.stride],
					reverse ? "dx[0] = dy" : "dx[last] = dy",
					valuesCost("rows", size),
				);
			}
			builder.setGradient(x, dx);
		});
		return y;
	},
};
