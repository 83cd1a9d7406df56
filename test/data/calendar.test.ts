// Do calendar features say when it is, and does the end of a cycle lie next to its beginning?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calendar, DataError, OptionError } from "../../src/index.ts";

const all = ["hourOfDay", "dayOfWeek", "dayOfYear"] as const;

describe("calendar", () => {
	it("is the sine and cosine of the share of the day, the week and the year that is over", () => {
		const day = 86_400_000;
		const times = fc.date({ min: new Date("1600-01-01"), max: new Date("2400-01-01"), noInvalidDate: true });
		fc.assert(
			fc.property(times, fc.integer({ min: -12, max: 14 }), (time, offset) => {
				const local = new Date(time.getTime() + offset * 3_600_000);
				const clock = (local.getTime() - new Date(local).setUTCHours(0, 0, 0, 0)) / day;
				const year = local.getUTCFullYear();
				const begin = Date.UTC(year, 0, 1);
				const shares = [
					clock,
					(((local.getUTCDay() + 6) % 7) + clock) / 7,
					(local.getTime() - begin) / (Date.UTC(year + 1, 0, 1) - begin),
				];
				const [row] = calendar([time], all, { offset }) as [number[]];
				const expected = shares.flatMap((share) => [Math.sin(2 * Math.PI * share), Math.cos(2 * Math.PI * share)]);
				expect(row).toHaveLength(6);
				expected.forEach((value, i) => {
					expect(Math.abs((row[i] as number) - value)).toBeLessThan(1e-12);
				});
			}),
		);
	});

	it("takes milliseconds and typed arrays as it takes dates", () => {
		const time = Date.UTC(2012, 6, 3, 6);
		const [[sine, cosine]] = calendar([time], ["hourOfDay"]) as [[number, number]];
		expect(sine).toBeCloseTo(1, 12);
		expect(cosine).toBeCloseTo(0, 12);
		expect(calendar(new Float64Array([time]), all)).toEqual(calendar([new Date(time)], all));
	});

	it.each<[string, new (message: string) => Error, () => unknown]>([
		[
			'calendar: times[1] must be a date or milliseconds since 1970, got "2012-01-01".',
			DataError,
			() => calendar([0, "2012-01-01" as never], all),
		],
		[
			"calendar: times[0] must be a date or milliseconds since 1970, got a Date.",
			DataError,
			() => calendar([new Date("?")], all),
		],
		["calendar: times must be an array, got null.", DataError, () => calendar(null as never, all)],
		[
			'calendar: "names[0]" must be "hourOfDay" or "dayOfWeek" or "dayOfYear", got "hour".',
			OptionError,
			// @ts-expect-error there is no such cycle
			() => calendar([0], ["hour"]),
		],
		[
			'calendar: names must be an array of at least one of "hourOfDay", "dayOfWeek", "dayOfYear", got an array of 0.',
			OptionError,
			() => calendar([0], []),
		],
		[
			'calendar: "offset" must be a finite number at least -24 and at most 24, got 60.',
			OptionError,
			() => calendar([0], all, { offset: 60 }),
		],
	])("%s", (message, Class, call) => {
		expect(call).toThrow(new Class(message));
	});
});
