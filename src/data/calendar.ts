import { DataError, OptionError } from "../errors.ts";
import { checkChoice, checkKeys, checkNumber, show } from "../options.ts";
import { cosPi } from "../random/elementary.ts";

const cycles = ["hourOfDay", "dayOfWeek", "dayOfYear"] as const;

/** What comes again: each day, each week, each year. */
export type CalendarCycle = (typeof cycles)[number];

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The first Monday after 1970 began (on a Thursday). */
const MONDAY = 4 * DAY;

/** Where times lie in the day, the week and the year, as features: of each cycle the sine and the cosine of 2π times the share of it
 * that is over, so that its end is next to its beginning. Weeks begin with Monday; the time of day counts in all of them, and a
 * leap year is one cycle as any other. The same bits on every machine.
 * @param times Milliseconds since 1970 (`Date.now()`) or dates, in any order.
 * @param names `"hourOfDay"`, `"dayOfWeek"`, `"dayOfYear"`, in the order of the features.
 * @param options.offset Hours that the clock is ahead of UTC: 1 in Berlin in winter, -5 in New York, 5.5 in Delhi. Default 0.
 * @returns One row of 2 × names features for each time.
 * @throws DataError `calendar: times[3] must be a date or milliseconds since 1970, got "2012-01-01".`
 * @example
 * const clock = calendar(times, ["hourOfDay", "dayOfWeek"], { offset: 1 });
 * const data = SeriesData.from(load.map((value, t) => [value, ...clock[t]])); // 5 features */
export function calendar(
	times: ArrayLike<number | Date>,
	names: readonly CalendarCycle[],
	options: { readonly offset?: number | undefined } = {},
): number[][] {
	const where = "calendar";
	checkKeys(where, options, ["offset"]);
	if (!Array.isArray(names) || names.length === 0)
		throw new OptionError(
			`${where}: names must be an array of at least one of ${cycles.map(show).join(", ")}, got ${show(names)}.`,
		);
	for (const [i, name] of names.entries()) checkChoice(where, `names[${i}]`, name, cycles);
	const offset = checkNumber(where, "offset", options.offset ?? 0, { least: -24, most: 24 }) * HOUR;
	if (typeof times !== "object" || typeof times?.length !== "number")
		throw new DataError(`${where}: times must be an array, got ${show(times)}.`);
	return Array.from(times, (time: unknown, i) => {
		const ms = Number(time instanceof Date || typeof time === "number" ? time : Number.NaN) + offset;
		if (!(Math.abs(ms) <= 8.64e15))
			throw new DataError(`${where}: times[${i}] must be a date or milliseconds since 1970, got ${show(time)}.`);
		return names.flatMap((name) => {
			const share = shareOf(name, ms);
			return [cosine(share + 0.75), cosine(share)];
		});
	});
}

/** How much of a cycle is over, from 0 to 1. */
function shareOf(name: CalendarCycle, ms: number): number {
	if (name === "hourOfDay") return remainder(ms, DAY) / DAY;
	if (name === "dayOfWeek") return remainder(ms - MONDAY, 7 * DAY) / (7 * DAY);
	const year = new Date(ms).getUTCFullYear();
	const [begin, end] = [year, year + 1].map((y) => new Date(0).setUTCFullYear(y)) as [number, number];
	return (ms - begin) / (end - begin);
}

/** cos 2πx for x from 0 to 2. */
function cosine(x: number): number {
	const share = x % 1;
	return cosPi(2 * Math.min(share, 1 - share));
}

function remainder(value: number, size: number): number {
	return ((value % size) + size) % size;
}
