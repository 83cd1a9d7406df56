import { OptionError } from "../errors.ts";
import { show } from "../options.ts";
import { checkSchedule, type Schedule } from "./schedule.ts";

/** Lets the rate of another schedule rise from next to nothing: `rate = schedule(update) · min(1, update / updates)`.
 *
 * ```ts
 * warmup(100, cosine({ from: 2e-3, updates: 5000 }))
 * ``` */
export function warmup(updates: number, schedule: number | Schedule): Schedule {
	checkSchedule("warmup", { counts: { updates } });
	if (typeof schedule === "number") {
		checkSchedule("warmup", { rates: { rate: schedule } });
		return Object.assign((update: number) => schedule * Math.min(1, update / updates), {
			made: ["warmup", updates, schedule] as const,
		});
	}
	if (typeof schedule !== "function")
		throw new OptionError(`warmup: it takes a rate or a schedule, got ${show(schedule)}.`);
	const { see, memory, recall } = schedule;
	return Object.assign((update: number) => schedule(update) * Math.min(1, update / updates), {
		...(schedule.made && { made: ["warmup", updates, schedule.made] as const }),
		...(see && { see }),
		...(memory && { memory }),
		...(recall && { recall }),
	});
}
