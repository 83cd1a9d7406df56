import { exp } from "../random/elementary.ts";
import { type Loss, plainProgram, valuesLoss } from "./loss.ts";

/** Cross-entropy of logits, of which each is a label by itself, against probabilities from 0 to 1, as torch.nn.BCEWithLogitsLoss; mean over
 * live, weighted steps and over outputs: `Σ w·(max(y, 0) - y·target + log(1 + e^-|y|)) / (Σ w · outputs)`. */
export function binaryCrossEntropy(): Loss<"values", { readonly probabilities: Float32Array }> {
	return valuesLoss("binaryCrossEntropy", {
		range: { least: 0, most: 1 },
		program: plainProgram("binaryCrossEntropy", "w·(max(y, 0) - y·target + log(1 + e^-|y|))", 30),
		meaning: (outputs) => ({ probabilities: outputs.map((y) => 1 / (1 + exp(Math.min(-y, 709)))) }),
	});
}
