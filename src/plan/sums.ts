// Sums over all steps that are apart from other gradients while they grow.

import type { Builder } from "./builder.ts";
import { parametersCost } from "./cost.ts";
import type { Buffer } from "./program.ts";

/** Room for a sum of `floats` floats in the workspace, in whole vectors, and the call that sets it to zero. */
export function sumOf(builder: Builder, name: string, floats: number): Buffer {
	const vectors = Math.ceil(floats / 4);
	const target = builder.work(`sum of ${name}`, () => 16 * vectors);
	builder.call("zero", { target }, { equation: "= 0", cost: parametersCost(4 * vectors), count: vectors });
	return target;
}
