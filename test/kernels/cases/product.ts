// Products of random matrices by the engine, compared with float64.

import { expect } from "vitest";
import { expectClose, randomFloats, strided, unstrided } from "../compare.ts";
import { CANARY, type Engine, type Region } from "../harness.ts";

/** Sums of one element may cancel to almost nothing; their terms are random in ±1. */
const LEAST = 0.1;

/** What is made, and what is added to it: x·Wᵀ alone or with a bias; dy·W alone, or added to what is there. */
export const products = ["x·Wᵀ", "x·Wᵀ + bias", "dx = dy·W", "dx += dy·W"] as const;
type Product = (typeof products)[number];

export interface ProductSizes {
	readonly rows: number;
	readonly columns: number;
	readonly depth: number;
	/** Floats between rows past their width. */
	readonly gap?: number;
	readonly product?: Product;
}

/** Factors and what is there before. */
interface Placed {
	/** [rows, depth] */
	readonly a: Region;
	/** [columns, depth] for x·Wᵀ, [depth, columns] for dy·W. */
	readonly W: Region;
	readonly bias: Region;
	readonly y: Region;
}

export function checkProduct(engine: Engine, sizes: ProductSizes): void {
	const { rows, columns, depth, gap = 3, product = "x·Wᵀ + bias" } = sizes;
	const floats = randomFloats(rows * 10007 + columns * 101 + depth);
	const [lda, ldy] = [depth + gap, columns + gap];
	const a = floats(rows * depth);
	const W = floats(columns * depth);
	const bias = floats(columns);
	const before = floats(rows * columns);
	const y = engine.floats("y", rows * ldy - gap);
	const old = y.i32.slice();
	const adds = product === "dx += dy·W";
	for (const [j, value] of before.entries()) if (adds) y.f32[Math.floor(j / columns) * ldy + (j % columns)] = value;
	run(
		engine,
		{ ...sizes, gap, product },
		{
			a: engine.floats("a", strided(a, depth, lda)),
			W: engine.floats("W", W),
			bias: engine.floats("bias", bias),
			y,
		},
	);

	const isTransposed = product.startsWith("x·Wᵀ");
	const weight = (k: number, n: number) => W[isTransposed ? n * depth + k : k * columns + n] as number;
	const expected = Float64Array.from({ length: rows * columns }, (_, j) => {
		const [m, n] = [Math.floor(j / columns), j % columns];
		let sum = 0;
		for (let k = 0; k < depth; k++) sum += (a[m * depth + k] as number) * weight(k, n);
		if (product === "x·Wᵀ + bias") sum += bias[n] as number;
		return adds ? sum + (before[j] as number) : sum;
	});
	const what = JSON.stringify(sizes);
	const whole = new Float32Array(rows * ldy);
	whole.set(y.f32);
	expectClose(unstrided(whole, columns, ldy), expected, what, LEAST);
	const inGap = (_: number, j: number) => j % ldy >= columns;
	expect(y.i32.filter(inGap), `${what}: past its columns`).toEqual(old.filter(inGap));
	expect(old.every((word) => word === CANARY)).toBe(true);
}

function run(engine: Engine, sizes: Required<ProductSizes>, { a, W, bias, y }: Placed): void {
	const { rows, columns, depth, gap, product } = sizes;
	const packing = engine.rows(rows);
	const [lda, ldy] = [4 * (depth + gap), 4 * (columns + gap)];
	if (product.startsWith("x·Wᵀ"))
		engine.call("project", {
			packing,
			x: a,
			ldx: lda,
			depth,
			W: engine.transposed("panels", W, { rows: columns, depth }),
			bias: product === "x·Wᵀ" ? 0 : bias,
			y,
			ldy,
			columns,
		});
	else
		engine.call("projectBack", {
			packing,
			dy: a,
			lddy: lda,
			depth,
			W: engine.plain("panels", W, { rows: depth, depth: columns }),
			adds: +(product === "dx += dy·W"),
			dx: y,
			lddx: ldy,
			columns,
		});
}
