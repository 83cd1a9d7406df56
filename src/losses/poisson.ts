import { exp } from "../random/elementary.ts";
import { type Loss, type Means, plainProgram, valuesLoss } from "./loss.ts";

/** The negative log-likelihood of counts, as torch.nn.PoissonNLLLoss: an output is the logarithm of the mean, a target a count, at least 0;
 * mean over live, weighted steps and over outputs: `Σ w·(e^y - target·y) / (Σ w · outputs)`. The term log target!, in which no
 * output stands, is left out, so that losses may be below 0. */
export function poisson(): Loss<"values", Means> {
	return valuesLoss("poisson", {
		range: { least: 0, most: Infinity },
		program: plainProgram("poisson", "w·(e^y - target·y)", 14),
		meaning: (outputs) => ({ mean: outputs.map((y) => exp(Math.min(y, 709))) }),
	});
}
