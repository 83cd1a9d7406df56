import { valuesCost } from "../plan/cost.ts";
import type { Loss } from "./loss.ts";

/** Cross-entropy of logits against class ids, as torch.nn.CrossEntropyLoss; mean over live, weighted steps:
 * `Σ w·(log Σⱼ exp yⱼ - y[target]) / Σ w`. */
export const crossEntropy: Loss<"ids"> = {
	targets: "ids",
	hasAccuracy: true,
	program(builder, y, { targets, weights, result }) {
		builder.call(
			"crossEntropy",
			[builder.sequence(y.axis), y.address, y.stride, y.size, targets, weights, result],
			"loss = Σ w·(log Σ exp y - y[target]); dy",
			valuesCost(y.axis, y.size, 5),
		);
	},
};
