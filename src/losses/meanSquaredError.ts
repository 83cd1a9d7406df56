import { valuesCost } from "../plan/cost.ts";
import type { Loss } from "./loss.ts";

/** Mean squared error, as torch.nn.MSELoss; mean over live, weighted steps and over outputs:
 * `Σ w·(y - target)² / (Σ w · outputs)`. */
export const meanSquaredError: Loss<"values", { readonly mean: Float32Array }> = {
	targets: "values",
	hasAccuracy: false,
	program(builder, { axis, address: y, stride: ldy, size: O }, { targets, weights, dy, losses }) {
		builder.call(
			"meanSquaredError",
			{ packing: axis.packing, y, ldy, O, targets, weights, dy, losses },
			{ equation: "loss = w·(y - target)²; dy", cost: valuesCost(axis, O, 4) },
		);
	},
	meaning: (mean) => ({ mean }),
};
