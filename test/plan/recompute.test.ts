// Is a batch cut where the sums of weight gradients are, and are states kept so that the fewest parts are computed again?

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packingOf } from "../../src/plan/packing.ts";
import { computations, walkBack } from "../../src/plan/recompute/checkpoints.ts";
import { mostRows, partsOf } from "../../src/plan/recompute/parts.ts";

/** Forward computations of a walk back over T steps with so many slots, by the recurrence of Gruslys et al. 2016. */
const PAPER = [
	[3, 590, 1505, 5180, 13_155],
	[5, 416, 990, 3076, 7284],
	[10, 322, 722, 2136, 4636],
	[20, 278, 578, 1747, 3747],
	[32, 266, 566, 1466, 3405],
	[50, 248, 548, 1448, 2948],
] as const;

describe("kept states", () => {
	it.each(PAPER)("%i slots: as few computations as can be, over 100, 200, 500 and 1,000 steps", (slots, ...counts) => {
		for (const [index, steps] of [100, 200, 500, 1000].entries()) {
			expect(computations(steps, slots)).toBe(counts[index]);
			const moves = walkBack(steps, slots);
			expect(moves.filter(({ kind }) => kind === "advance" || kind === "back").length).toBe(counts[index]);
		}
	});

	it("follow the recurrence", () => {
		const least = (parts: number, slots: number): number => {
			if (slots === 1) return (parts * (parts + 1)) / 2;
			if (parts === 1) return 1;
			const splits = Array.from({ length: parts - 1 }, (_, index) => index + 1);
			return Math.min(...splits.map((y) => y + least(parts - y, slots - 1) + least(y, slots)));
		};
		for (let parts = 1; parts <= 9; parts++)
			for (let slots = 1; slots <= 5; slots++) expect(computations(parts, slots)).toBe(least(parts, slots));
	});

	it("are there when they are wanted, in no more slots than there are; every part is walked back once, the last first", () => {
		const sizes = fc.record({ parts: fc.integer({ min: 1, max: 80 }), slots: fc.integer({ min: 1, max: 12 }) });
		fc.assert(
			fc.property(sizes, ({ parts, slots }) => {
				const kept = new Map<number, number>();
				let state = 0;
				let next = parts - 1;
				for (const move of walkBack(parts, slots)) {
					if (move.kind === "restore") {
						expect(kept.get(move.slot)).toBe(move.part);
						state = move.part;
						continue;
					}
					expect(state).toBe(move.part);
					if (move.kind === "keep") {
						expect(move.slot).toBeLessThan(slots);
						kept.set(move.slot, move.part);
						continue;
					}
					if (move.kind === "back") expect(move.part).toBe(next--);
					state = move.part + 1;
				}
				expect(next).toBe(-1);
			}),
		);
	});
});

describe("parts", () => {
	const batches = fc.record({
		lengths: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 }),
		copies: fc.constantFrom(1, 1, 30, 70),
		blocks: fc.constantFrom(1, 2, 5),
		reverse: fc.boolean(),
	});

	it("follow each other, and have no more rows than they may", () => {
		fc.assert(
			fc.property(batches, ({ lengths, copies, blocks, reverse }) => {
				const all = Array.from({ length: copies }, () => lengths).flat();
				const packing = packingOf(all.length, Math.max(...all), all);
				const parts = partsOf(packing, mostRows(packing, blocks), reverse);
				const inTime = reverse ? parts.toReversed() : parts;
				let next = 0;
				for (const { from, to, origin } of inTime) {
					expect(from).toBe(next);
					expect(to).toBeGreaterThan(from);
					expect(origin).toBe(packing.offset[from]);
					const rows = (packing.offset[to] ?? packing.total) - origin;
					expect(rows).toBeLessThanOrEqual(mostRows(packing, blocks));
					next = to;
				}
				expect(next).toBe(packing.steps);
			}),
		);
	});

	it("end where the blocks of a sum end, counted from the last step of the walk", () => {
		// 100 rows: blocks of two steps, 300 rows: of one.
		const ends = (rows: number, blocks: number, reverse: boolean) =>
			partsOf(packingOf(rows, 7), blocks * Math.max(256, rows), reverse).map(({ from, to }) => [from, to]);
		expect(ends(100, 1, false)).toEqual([
			[0, 1],
			[1, 3],
			[3, 5],
			[5, 7],
		]);
		expect(ends(100, 1, true)).toEqual([
			[6, 7],
			[4, 6],
			[2, 4],
			[0, 2],
		]);
		expect(ends(300, 3, false)).toEqual([
			[0, 1],
			[1, 4],
			[4, 7],
		]);
	});
});
