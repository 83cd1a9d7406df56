import { OptionError } from "../errors.ts";
import { show } from "../options.ts";
import { cosine, exponential, oneCycle, step } from "./curves.ts";
import { plateau } from "./plateau.ts";
import type { Schedule } from "./schedule.ts";
import { warmup } from "./warmup.ts";

/** Every schedule of options, by its name. */
const makers = { step, exponential, cosine, oneCycle, plateau } as const;

/** The schedule that a file says, from what `made` was.
 * @throws OptionError Where there is none of that name, or its options are wrong. */
export function scheduleFrom(made: unknown): Schedule {
	const [name, ...given] = Array.isArray(made) ? (made as unknown[]) : [];
	if (name === "warmup") {
		const [updates, inner] = given as [number, unknown];
		return warmup(updates, typeof inner === "number" ? inner : scheduleFrom(inner));
	}
	const maker =
		typeof name === "string" && Object.hasOwn(makers, name) ? makers[name as keyof typeof makers] : undefined;
	if (maker === undefined) throw new OptionError(`${show(name)} is no schedule.`);
	return maker(given[0] as never);
}
