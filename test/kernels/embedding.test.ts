// Does every packed row get the vector of its id, and every id the sum of its rows' gradients?

import { describe, expect, it } from "vitest";
import { embeddings } from "./cases/embedding.ts";
import { range, unstrided } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.entries(embeddings))("%s", (_name, check) => {
		it("of sizes from 1 to 17, and 65", () => {
			for (const size of [...range(1, 17), 65])
				for (const count of [1, 2, 50]) {
					engine.begin();
					check(engine, size, count);
				}
		});

		it("with every region at the end of memory", () => {
			for (const size of range(1, 9)) inEveryPlace(engine, () => check(engine, size, 4));
		});
	});

	it("adds a row to its id as often as it comes", () => {
		engine.begin();
		const dW = engine.zeros("dW", 2);
		engine.call("embeddingBackward", {
			packing: engine.rows(3),
			ids: engine.ids("ids", [1, 1, 1]),
			dy: engine.floats("dy", [1, 10, 100]),
			lddy: 4,
			size: 1,
			dW,
		});
		expect([...unstrided(dW.f32, 1, 1)]).toEqual([0, 111]);
	});

	it("adds from the last packed row to the first", () => {
		// What is left of the small one depends on what it is added to.
		const [small, large] = [1, 2 ** 25];
		const sumOf = (dy: readonly number[]) => {
			engine.begin();
			const dW = engine.zeros("dW", 1);
			engine.call("embeddingBackward", {
				packing: engine.rows(3),
				ids: engine.ids("ids", [0, 0, 0]),
				dy: engine.floats("dy", dy),
				lddy: 4,
				size: 1,
				dW,
			});
			return dW.f32[0];
		};
		expect(sumOf([small, large, -large])).toBe(small);
		expect(sumOf([large, -large, small])).toBe(0);
	});
});
