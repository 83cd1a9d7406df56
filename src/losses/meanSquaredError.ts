import { asMean, type Loss, type Means, plainProgram, valuesLoss } from "./loss.ts";

/** Mean squared error, as torch.nn.MSELoss; mean over live, weighted steps and over outputs:
 * `Σ w·(y - target)² / (Σ w · outputs)`. */
export function meanSquaredError(): Loss<"values", Means> {
	const program = plainProgram("meanSquaredError", "w·(y - target)²", 4);
	return valuesLoss("meanSquaredError", { program, meaning: asMean });
}
