// Is each row's own last step kept (in reverse: its first), and is its gradient added there and nowhere else?

import { describe, it } from "vitest";
import { lastSteps } from "./cases/lastStep.ts";
import { range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

/** Lengths of rows, longest first as they are packed. */
const BATCHES = [[1], [4], [3, 3, 3], [5, 4, 4, 2, 1, 1], [6, 1], [2, 2, 1]];

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.entries(lastSteps))("%s", (_name, check) => {
		describe.each([false, true])("reverse %s", (reverse) => {
			it("of rows of every length, of sizes from 1 to 17", () => {
				for (const lengths of BATCHES)
					for (const columns of range(1, 17)) {
						engine.begin();
						check(engine, { lengths, columns, reverse });
					}
			});

			it("with every region at the end of memory", () => {
				for (const columns of [1, 3, 4, 6])
					inEveryPlace(engine, () => check(engine, { lengths: [3, 1], columns, reverse }));
			});
		});
	});
});
