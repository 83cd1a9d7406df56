import { valuesCost } from "../plan/cost.ts";
import { exp } from "../random/elementary.ts";
import { type Loss, type Means, valuesLoss } from "./loss.ts";

/** The negative log-likelihood of values under normal distributions, as torch.nn.GaussianNLLLoss of a variance e^s, without its lower
 * bound `eps` and without the constant `½ log 2π`, so that losses may be below 0. The model has two outputs for each value of a
 * target: all means first, then all logarithms s of variances. Mean over live, weighted steps and over values:
 * `½(s + (mean - target)²·e^-s)`.
 * @see Nix & Weigend 1994 */
export function gaussian(): Loss<"values", Means & { readonly deviation: Float32Array }> {
	return valuesLoss("gaussian", {
		outputs: 2,
		terms: (size) => size / 2,
		program(builder, { axis, address: y, stride: ldy, size }, { targets, targetStride: ldt, weights, dy, losses }) {
			builder.call(
				"gaussian",
				{ packing: axis.packing, y, ldy, N: size / 2, targets, ldt, weights, dy, losses },
				{ equation: "loss = w·½(s + (μ - target)²·e^-s); dy", cost: valuesCost(axis, size, 12) },
			);
		},
		meaning(outputs, size) {
			const half = size / 2;
			const pick = (first: number) =>
				Float32Array.from({ length: outputs.length / 2 }, (_, i) => outputs[i + (Math.floor(i / half) + first) * half]);
			return { mean: pick(0), deviation: pick(1).map((s) => exp(Math.min(s / 2, 709))) };
		},
	});
}
