import { checkKeys, checkNumber } from "../options.ts";
import { valuesCost } from "../plan/cost.ts";
import { asMean, type Loss, type Means, valuesLoss } from "./loss.ts";

export interface HuberOptions {
	/** The error up to which it is a square, above 0. Default 1, as PyTorch's. */
	readonly delta?: number | undefined;
}

/** Huber's loss, as torch.nn.HuberLoss: squares of small errors, lines of large ones, so that outliers pull less; mean over live,
 * weighted steps and over outputs: `½d²` up to `|d| = delta`, then `delta·(|d| - ½delta)`, where `d = y - target`.
 * @throws OptionError `huber: "delta" must be a finite number above 0, got 0.`
 * @see Huber 1964 */
export function huber(options: HuberOptions = {}): Loss<"values", Means> {
	checkKeys("huber", options, ["delta"]);
	const delta = checkNumber("huber", "delta", options.delta ?? 1, { least: 0, open: true });
	return valuesLoss(
		"huber",
		{
			program(builder, { axis, address: y, stride: ldy, size: O }, { targets, weights, dy, losses }) {
				builder.call(
					"huber",
					{ packing: axis.packing, y, ldy, O, targets, weights, delta, dy, losses },
					{ equation: "loss = w·c·(d - ½c), d = y - target, c = d within ±delta; dy", cost: valuesCost(axis, O, 6) },
				);
			},
			meaning: asMean,
		},
		{ delta },
	);
}
