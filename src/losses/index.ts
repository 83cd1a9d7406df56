import { FormatError, OptionError } from "../errors.ts";
import { show } from "../options.ts";
import type { Kind } from "../sequences.ts";
import { binaryCrossEntropy } from "./binaryCrossEntropy.ts";
import { crossEntropy } from "./crossEntropy.ts";
import { gaussian } from "./gaussian.ts";
import { huber } from "./huber.ts";
import type { Loss, Meaning } from "./loss.ts";
import { meanAbsoluteError } from "./meanAbsoluteError.ts";
import { meanSquaredError } from "./meanSquaredError.ts";
import { type OwnIdLoss, type OwnLoss, ownLoss } from "./own.ts";
import { poisson } from "./poisson.ts";
import { quantile } from "./quantile.ts";

/** Every loss that needs no options, by its name. */
const named = {
	crossEntropy,
	meanSquaredError,
	meanAbsoluteError,
	binaryCrossEntropy,
	poisson,
	gaussian,
} as const;

export type LossName = keyof typeof named;

/** A loss as a trainer takes it: by its name, as its function describes it, or a user's own. */
export type AnyLoss = LossName | Loss | OwnLoss | OwnIdLoss;

type Named = { readonly [N in LossName]: ReturnType<(typeof named)[N]> };

/** The description of a loss: of a name, what its function returns. */
type Described<L extends AnyLoss> = L extends keyof Named ? Named[L] : L;

/** Whether a loss wants ids or values. */
export type TargetKind<L extends AnyLoss> =
	Described<L> extends { readonly targets: infer T extends Kind } ? T : "values";

/** What a loss means by outputs: of `"crossEntropy"` probabilities, of `"gaussian"` a mean and a deviation. */
export type MeaningOf<L extends AnyLoss> = [L] extends [never]
	? unknown
	: Described<L> extends { meaning(outputs: Float32Array, size: number): infer M }
		? M
		: Meaning;

/** The loss that an option says.
 * @throws OptionError Where it is none, or an own one that something is wrong with. */
export function lossOf(where: string, given: unknown): Loss {
	if (typeof given === "string" && Object.hasOwn(named, given)) return named[given as LossName]();
	if (typeof given === "object" && given !== null)
		return typeof (given as Loss).program === "function" ? (given as Loss) : ownLoss(where, given as OwnLoss);
	const names = Object.keys(named)
		.map((name) => `"${name}"`)
		.join(", ");
	throw new OptionError(
		`${where}: "loss" must be ${names}, a description as quantile({ levels: [0.1, 0.9] }), or a loss of your own, got ${show(given)}.`,
	);
}

/** What a file can hold of a loss: all of one of ours, of a user's own nothing. */
export function savedLoss(given: AnyLoss): unknown {
	if (typeof given === "string") return given;
	return "program" in given ? { name: given.name, options: given.options } : undefined;
}

/** The loss that a file holds; undefined where it was a user's own.
 * @throws FormatError Where it is none. */
export function lossFrom(where: string, saved: unknown): AnyLoss | undefined {
	if (typeof saved !== "object" || saved === null) return saved as LossName | undefined;
	const described: Record<string, (options: never) => Loss> = { ...named, huber, quantile };
	const { name, options } = saved as { readonly name?: unknown; readonly options?: unknown };
	try {
		if (typeof name === "string" && Object.hasOwn(described, name)) return described[name]?.(options as never);
	} catch (error) {
		if (!(error instanceof OptionError)) throw error;
		throw new FormatError(`${where}: the file's loss is wrong. ${error.message}`);
	}
	throw new FormatError(`${where}: the file's loss is wrong: there is none of the name ${show(name)}.`);
}
