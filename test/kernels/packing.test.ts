// Does every weight stand in the packed matrix where the tiles look for it, and nothing else change?

import { describe, expect, it } from "vitest";
import { indexOf, packings } from "./cases/packing.ts";
import { range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

/** Whole vectors of four. */
const padded = (rows: number) => Math.ceil(rows / 4) * 4;

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.entries(packings))("%s", (_name, check) => {
		it("one block of sizes from 1 to 17 and more", () => {
			for (const rows of [...range(1, 17), 31, 32, 33, 65])
				for (const columns of [...range(1, 17), 33, 64]) {
					engine.begin();
					check(engine, { blocks: 1, rows, stride: rows, columns, from: 0 });
				}
		});

		it("blocks that begin at whole vectors", () => {
			for (const rows of [...range(1, 9), 13, 33])
				for (const columns of [1, 3, 4, 9])
					for (const blocks of [2, 3, 4]) {
						const stride = padded(rows);
						engine.begin();
						check(engine, { blocks, rows, stride, columns, from: 0 });
					}
		});

		it("blocks behind what stands there already", () => {
			for (const from of [4, 8, 12, 20])
				for (const rows of [1, 4, 7]) {
					const stride = padded(rows);
					engine.begin();
					check(engine, { blocks: 2, rows, stride, columns: 5, from });
				}
		});

		it("with every region at the end of memory", () => {
			for (const rows of [1, 3, 4, 6, 8])
				for (const columns of [1, 3, 4, 6, 8, 9])
					inEveryPlace(engine, () => check(engine, { blocks: 1, rows, stride: rows, columns, from: 0 }));
		});
	});
});

it("one element is where the definition says", () => {
	// Column 13 is number 5 of the second panel, which begins after depth · 8 floats.
	expect(indexOf(2, 13, 7)).toBe(7 * 8 + 2 * 8 + 5);
});
