// Random numbers in training: what a kernel needs that drops values.

import type { Builder } from "../plan/builder.ts";

/** The operands by which a kernel drops a share `rate` of values and divides the others by 1 - rate, for a place in the network of
 * its own. */
export function dropping(builder: Builder, rate: number) {
	return {
		...{ threshold: Math.round(rate * 2 ** 24), scale: 1 / (1 - rate), words: builder.work("words", () => 32) },
		...{
			site: builder.site(),
			seed0: { setting: "seed0" },
			seed1: { setting: "seed1" },
			update: { setting: "update" },
		},
	};
}
