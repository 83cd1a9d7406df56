// Do blocks that are needed at the same time get memory of their own, and the others share it?

import fc from "fast-check";
import { expect, it } from "vitest";
import { ALIGNMENT, type Block, planBlocks } from "../../src/plan/memory.ts";

const block: fc.Arbitrary<Block> = fc
	.record({
		bytes: fc.integer({ min: 0, max: 5000 }),
		first: fc.integer({ min: -1, max: 30 }),
		calls: fc.integer({ min: 0, max: 10 }),
	})
	.map(({ bytes, first, calls }) => ({ bytes, first, last: first + calls }));

const blocks = fc.array(block, { minLength: 1, maxLength: 30 });

/** Blocks that live one after another. */
const successors = fc
	.array(
		fc.record({
			bytes: fc.integer({ min: 0, max: 5000 }),
			calls: fc.integer({ min: 0, max: 3 }),
		}),
		{ minLength: 1, maxLength: 12 },
	)
	.map((lives) => {
		let next = -1;
		return lives.map(({ bytes, calls }) => {
			const first = next;
			next += calls + 1;
			return { bytes, first, last: next - 1 };
		});
	});

it("no two that live at the same time overlap", () => {
	fc.assert(
		fc.property(blocks, (all) => {
			const { offsets } = planBlocks(all);
			const placed = all.map((one, index) => {
				const begin = offsets[index] as number;
				return { ...one, begin, end: begin + one.bytes };
			});
			for (const [index, a] of placed.entries())
				for (const b of placed.slice(index + 1)) {
					const together = a.first <= b.last && b.first <= a.last;
					const overlap = a.begin < b.end && b.begin < a.end;
					expect(together && overlap && a.bytes > 0 && b.bytes > 0).toBe(false);
				}
		}),
		{ numRuns: 500 },
	);
});

it("every block begins at a cache line", () => {
	fc.assert(
		fc.property(blocks, (all) => {
			for (const offset of planBlocks(all).offsets) {
				expect(offset % ALIGNMENT).toBe(0);
				expect(offset).toBeGreaterThanOrEqual(0);
			}
		}),
	);
});

it("as many bytes are needed as the last block's end, in whole lines", () => {
	fc.assert(
		fc.property(blocks, (all) => {
			const { offsets, bytes } = planBlocks(all);
			const ends = all.map((one, index) => {
				const lines = Math.ceil(one.bytes / ALIGNMENT);
				return (offsets[index] as number) + lines * ALIGNMENT;
			});
			expect(bytes).toBe(Math.max(...ends));
		}),
	);
});

it("blocks that live one after another share the memory of the largest", () => {
	fc.assert(
		fc.property(successors, (all) => {
			const largest = Math.max(...all.map(({ bytes }) => bytes));
			const lines = Math.ceil(largest / ALIGNMENT);
			expect(planBlocks(all).bytes).toBe(lines * ALIGNMENT);
		}),
	);
});

it("blocks that all live at once lie side by side", () => {
	fc.assert(
		fc.property(blocks, (all) => {
			const lines = all.map(({ bytes }) => Math.ceil(bytes / ALIGNMENT));
			const sum = lines.reduce((a, b) => a + b, 0);
			const atOnce = all.map(({ bytes }) => ({ bytes, first: 0, last: 9 }));
			expect(planBlocks(atOnce).bytes).toBe(sum * ALIGNMENT);
		}),
	);
});

it("a short-lived block goes where another has left", () => {
	const { offsets, bytes } = planBlocks([
		{ bytes: 128, first: 0, last: 2 },
		{ bytes: 64, first: 3, last: 4 },
		{ bytes: 64, first: 0, last: 4 },
	]);
	expect(offsets).toEqual([0, 0, 128]);
	expect(bytes).toBe(192);
});

it("nothing needs no memory", () => {
	expect(planBlocks([])).toEqual({ offsets: [], bytes: 0 });
});
