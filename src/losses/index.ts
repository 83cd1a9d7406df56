import { crossEntropy } from "./crossEntropy.ts";
import type { Loss } from "./loss.ts";
import { meanSquaredError } from "./meanSquaredError.ts";

/** Every loss by its name. */
export const losses = {
	crossEntropy,
	meanSquaredError,
} as const satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;

/** Whether a loss wants ids or values. */
export type TargetKind<L extends LossName> = (typeof losses)[L]["targets"];
