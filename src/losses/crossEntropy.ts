import { valuesCost } from "../plan/cost.ts";
import type { Loss } from "./loss.ts";
import { softmax } from "./softmax.ts";

/** Cross-entropy of logits against class ids, as torch.nn.CrossEntropyLoss; mean over live, weighted steps:
 * `Σ w·(log Σⱼ exp yⱼ - y[target]) / Σ w`. */
export const crossEntropy: Loss<"ids", { readonly probabilities: Float32Array }> = {
	targets: "ids",
	hasAccuracy: true,
	program(builder, { axis, address: y, stride: ldy, size: V }, data) {
		builder.call(
			"crossEntropy",
			{ packing: axis.packing, y, ldy, V, ...data },
			{ equation: "loss = w·(log Σ exp y - y[target]); dy", cost: valuesCost(axis, V, 5) },
		);
	},
	meaning: (outputs, size) => ({ probabilities: softmax(outputs, size) }),
};
