import { valuesCost } from "../plan/cost.ts";
import type { Loss } from "./loss.ts";

/** Mean squared error, as torch.nn.MSELoss; mean over live, weighted steps and over outputs:
 * `Σ w·(y - target)² / (Σ w · outputs)`. */
export const meanSquaredError: Loss<"values"> = {
	targets: "values",
	hasAccuracy: false,
	program(builder, y, { targets, weights, result }) {
		builder.call(
			"meanSquaredError",
			[builder.sequence(y.axis), y.address, y.stride, y.size, targets, weights, result],
			"loss = Σ w·(y - target)²; dy",
			valuesCost(y.axis, y.size, 4),
		);
	},
};
