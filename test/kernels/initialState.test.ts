// Does a learned state stand where sequences begin anew and nowhere else, and is its gradient the sum of theirs?

import { describe, it } from "vitest";
import { initialStates } from "./cases/initialState.ts";
import { range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

const BEGINS = [[true], [false], [true, false, true, true], [false, false, true]];

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.entries(initialStates))("%s", (_name, check) => {
		it("of sizes from 1 to 17", () => {
			for (const begins of BEGINS)
				for (const columns of range(1, 17)) {
					engine.begin();
					check(engine, { begins, columns });
				}
		});

		it("with every region at the end of memory", () => {
			for (const columns of [1, 4, 7])
				inEveryPlace(engine, () => check(engine, { begins: [true, false, true], columns }));
		});
	});
});
