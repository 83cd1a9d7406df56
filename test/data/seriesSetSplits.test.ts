// Do sets of series that are split again keep the scalers that the first split fitted?
import { describe, expect, it } from "vitest";
import { Scaler } from "../../src/data/scaler.ts";
import { SeriesSet } from "../../src/data/seriesSet.ts";

describe("a set that is split again", () => {
	const series = [0, 1, 2, 3, 4].map((s) => ({
		values: Array.from({ length: 20 }, (_, t) => s * 100 + t * t),
		group: s,
	}));

	it.each(["shared", "each"] as const)("keeps the %s scalers of a split by time, as SeriesData does", (scaler) => {
		const [rest, test] = SeriesSet.from(series, { scaler }).split([0.8, 0.2]);
		const [train, valid] = rest.split([0.5, 0.5]);
		expect(train.scalers).toEqual(test.scalers);
		expect(valid.scalers).toEqual(test.scalers);
	});

	it("keeps the shared scaler of a split by group", () => {
		const [seen, unseen] = SeriesSet.from(series).split([0.6, 0.4], { by: "group" });
		for (const [train, valid] of [seen.split([0.5, 0.5]), seen.split([0.5, 0.5], { by: "group", seed: 1 })]) {
			expect(train.scalers[0]).toEqual(unseen.scalers[0]);
			expect(valid.scalers[0]).toEqual(unseen.scalers[0]);
		}
	});
});

describe("a set with a scaler for each series", () => {
	const series = [1, 2, 3, 4].map((s) => ({ values: [1, 3, 1, 3, 900, -900].map((value) => s * value), static: [s] }));

	it("does not know the later part of a series where groups were split first, and keeps the scaler of what is static", () => {
		const [seen, unseen] = SeriesSet.from(series, { scaler: "each" }).split([0.5, 0.5], { by: "group" });
		const [train, valid] = seen.split([4 / 6, 2 / 6]);
		for (const { mean, scale } of train.scalers) expect(mean[0]).toBe(2 * scale[0]);
		expect(valid.scalers).toEqual(train.scalers);
		for (const { mean, scale } of train.scalers)
			expect([mean[1], scale[1]]).toEqual([unseen.scalers[0].mean[1], unseen.scalers[0].scale[1]]);
	});

	it("that was given keeps it whatever is split", () => {
		const scaler = new Scaler({ mean: [1, 2], scale: [3, 4] });
		const set = SeriesSet.from(series, { scaler });
		for (const [part] of [set.split([0.5, 0.5]), set.split([0.5, 0.5], { by: "group" }), [set.only([2])]])
			for (const own of part.scalers) expect(own).toBe(scaler);
	});
});
