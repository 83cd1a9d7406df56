// Are the losses and hits of all rows summed in float64, from the first packed row to the last?

import { describe, expect, it } from "vitest";
import { at } from "../reference/matrix.ts";
import { expectSame, randomFloats } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

describe.each(builds)("sumLosses, $name", (build) => {
	const engine = new Engine(build);

	function sumsOf(lengths: readonly number[], losses: ArrayLike<number>, hits?: ArrayLike<number>): Float64Array {
		const packing = engine.packing(lengths);
		const region = engine.floats("losses", 2 * losses.length);
		region.f64.set(losses);
		const result = engine.floats("result", 4);
		engine.call("sumLosses", {
			packing,
			losses: region,
			hits: hits === undefined ? 0 : engine.floats("hits", hits),
			result,
		});
		return result.f64.slice();
	}

	it("of any rows, with hits and without", () => {
		for (const lengths of [[1], [1, 1, 1], [4], [7, 3, 3, 1]])
			for (const hasHits of [true, false])
				inEveryPlace(engine, () => {
					const total = lengths.reduce((sum, length) => sum + length);
					const floats = randomFloats(total);
					// More digits than float32 has.
					const losses = floats(total).map((loss) => loss / 3);
					const hits = floats(total).map((hit) => Math.fround(hit / 7));
					const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
					expectSame(
						sumsOf(lengths, losses, hasHits ? hits : undefined),
						[sum(losses), hasHits ? sum(hits) : 0],
						`[${lengths}]`,
					);
				});
	});

	it("in the order of the rows", () => {
		// What is left of the small one depends on what it is added to.
		const [small, large] = [1, 2 ** 53];
		engine.begin();
		expect(at([...sumsOf([3], [small, large, -large])], 0)).toBe(0);
		engine.begin();
		expect(at([...sumsOf([3], [large, -large, small])], 0)).toBe(1);
	});

	it.each([Number.NaN, Infinity])("keeps a loss that is %s", (bad) => {
		for (const place of [0, 1, 2]) {
			const losses = [1, 2, 3];
			losses[place] = bad;
			engine.begin();
			expectSame(sumsOf([2, 1], losses, [1, 0, 1]), [bad, 2], `at ${place}`);
		}
	});
});
