import { log } from "../../random/elementary.ts";
import { describe, type InitializerType } from "./initializer.ts";

export interface ChronoInitializer {
	readonly type: "chrono";
	readonly longest: number;
}

export interface ChronoOptions {
	/** How many steps the longest dependency spans that is to be learned: at least 2. A guess will do. */
	readonly longest: number;
}

/** Starts the bias of a cell with gates so that its units remember for between 1 and `longest` steps:
 *
 * ```
 * u uniform in [1, longest - 1) for each unit
 * lstm      bf = log u   bi = -log u   bg = bo = 0
 * gru       bz = log u                 br = bn = 0
 * minLstm   bf = log u   bi = -log u   bn = 0
 * sLstm     bf = log u                 bi = bz = bo = 0
 * minGru    bz = -log u                bn = 0
 * ```
 *
 * A gate of log u keeps σ(log u) = u / (1 + u) of the state at each step, so that it fades by a factor of e in some u + 1
 * steps. The gru's is z, which is what keeps there: h = (1-z)⊙n + z⊙h. A minGru keeps 1 - z, a minLstm f/(f+i), which come
 * to the same. An sLstm divides its cell by what came in, so that a bias of i that is the same at every step changes nothing.
 *
 * @throws OptionError `chrono: "longest" must be a finite number at least 2, got 1.`
 * @see Tallec & Ollivier 2018, "Can recurrent neural networks warp time?" */
export function chrono(options: ChronoOptions): ChronoInitializer {
	return describe(chronoType, options);
}

export const chronoType: InitializerType<"chrono", "longest"> = {
	type: "chrono",
	setting: "longest",
	least: 2,
	only: "gates",
	fill({ values, rows, gates }, random, longest) {
		const units = rows / gates.length;
		for (let unit = 0; unit < units; unit++) {
			const bias = log(random.uniform(1, longest - 1));
			for (const [gate, keep] of gates.entries()) values[gate * units + unit] = keep * bias;
		}
	},
};
