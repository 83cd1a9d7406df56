import { asMean, type Loss, type Means, plainProgram, valuesLoss } from "./loss.ts";

/** Mean absolute error, as torch.nn.L1Loss; mean over live, weighted steps and over outputs:
 * `Σ w·|y - target| / (Σ w · outputs)`. Where an output equals its target, its gradient is 0. */
export function meanAbsoluteError(): Loss<"values", Means> {
	const program = plainProgram("meanAbsoluteError", "w·|y - target|", 4);
	return valuesLoss("meanAbsoluteError", { program, meaning: asMean });
}
