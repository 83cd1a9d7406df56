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
		return (update) => schedule * Math.min(1, update / updates);
	}
	if (typeof schedule !== "function")
		throw new OptionError(`warmup: it takes a rate or a schedule, got ${show(schedule)}.`);
	const warm: Schedule = (update) => schedule(update) * Math.min(1, update / updates);
	if (schedule.see !== undefined) warm.see = (loss) => schedule.see?.(loss);
	return warm;
}
