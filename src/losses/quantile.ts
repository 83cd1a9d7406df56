import { OptionError } from "../errors.ts";
import { checkKeys, checkNumber, show } from "../options.ts";
import { valuesCost } from "../plan/cost.ts";
import { type Loss, valuesLoss } from "./loss.ts";

export interface QuantileOptions {
	/** The shares of targets that are to lie below each output of a value: rising, each above 0 and below 1. */
	readonly levels: readonly number[];
}

/** The pinball loss: outputs become quantiles. The model has an output for each level of each value of a target, those of a value side by
 * side: `[v0 at level 0, v0 at level 1, …, v1 at level 0, …]`. Mean over live, weighted steps and over outputs:
 * `max(level·(target - y), (level - 1)·(target - y))`. Where an output equals its target, its gradient is 0.
 * @throws OptionError `quantile: "levels" must be a list of rising numbers above 0 and below 1, as [0.1, 0.5, 0.9], got …`
 * @see Koenker & Bassett 1978 */
export function quantile(options: QuantileOptions): Loss<"values", { readonly quantiles: readonly Float32Array[] }> {
	checkKeys("quantile", options, ["levels"]);
	const levels = checkLevels(options.levels);
	const count = levels.length;
	return valuesLoss(
		"quantile",
		{
			outputs: count,
			repeats: true,
			constants: (size) => Array.from({ length: size }, (_, j) => levels[j % count]),
			program(builder, { axis, address: y, stride: ldy, size: O }, { targets, weights, constants, dy, losses }) {
				builder.call(
					"quantile",
					{ packing: axis.packing, y, ldy, O, targets, weights, levels: constants, dy, losses },
					{ equation: "loss = w·max(τ·(target - y), (τ - 1)·(target - y)); dy", cost: valuesCost(axis, O, 6) },
				);
			},
			meaning: (outputs) => ({
				quantiles: levels.map((_, level) =>
					Float32Array.from({ length: outputs.length / count }, (_, value) => outputs[value * count + level]),
				),
			}),
		},
		{ levels },
	);
}

function checkLevels(levels: unknown): readonly number[] {
	if (!Array.isArray(levels) || levels.length === 0)
		throw new OptionError(
			`quantile: "levels" must be a list of rising numbers above 0 and below 1, as [0.1, 0.5, 0.9], got ${show(levels)}.`,
		);
	for (const [index, level] of levels.entries())
		checkNumber("quantile", `levels[${index}]`, level, { least: levels[index - 1] ?? 0, most: 1, open: true });
	return Object.freeze([...levels]);
}
