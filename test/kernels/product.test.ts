// Are y = x·Wᵀ + bias and dx += dy·W what float64 says, at every size where a tile, a vector or a block ends?

import { describe, it } from "vitest";
import { checkProduct, type ProductSizes, products } from "./cases/product.ts";
import { range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

/** Sizes around the tiles' columns: panels of 8, pairs and quads of them. */
const COLUMNS = [1, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 39, 40, 41, 47, 48, 49, 55, 56, 57];

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);
	const some = <T>(values: readonly T[], step: number) =>
		build.checked ? values.filter((_, j) => j % step === 0) : values;

	function checkAll(
		rows: readonly number[],
		columns: readonly number[],
		depths: readonly number[],
		more: Partial<ProductSizes> = {},
	): void {
		for (const m of rows)
			for (const n of columns)
				for (const depth of depths) {
					engine.begin();
					checkProduct(engine, { rows: m, columns: n, depth, ...more });
				}
	}

	describe.each(["x·Wᵀ + bias", "dx += dy·W"] as const)("%s", (product) => {
		it("of sizes from 1 to 17", () => {
			checkAll(range(1, 17), some(range(1, 17), 4), some(range(1, 17), 8), { product });
		});

		it("of rows and columns around every tile", () => {
			checkAll(range(1, 13), COLUMNS, [5], { product });
			checkAll(some([2, 3, 4, 5, 6], 2), [63, 64, 65], [8], { product });
		});

		it("of rows around the blocks of 60", () => {
			checkAll(some(range(57, 66), 3), some([3, 16, 41], 2), [4, 9], { product });
			checkAll(some([119, 120, 121, 125], 3), [9], [7], { product });
		});

		it("of depths around the blocks of 256", () => {
			const depths = some([255, 256, 257, 511, 512, 513], 3);
			checkAll([1, 2, 4, 5, 6, 9], some([7, 16, 33], 3), depths, { product });
		});
	});

	it.each(products)("%s", (product) => {
		checkAll([1, 2, 3, 6, 11, 61], [1, 8, 13, 34], [3, 257], { product });
	});

	it("with every region at the end of memory", () => {
		for (const product of products)
			for (const rows of [1, 2, 4, 5, 6, 7])
				for (const columns of [1, 6, 8, 17, 33])
					for (const depth of [1, 3, 8])
						inEveryPlace(engine, () => checkProduct(engine, { rows, columns, depth, gap: 2, product }));
	});
});
