// Rows of equal lengths packed by the engine, compared with where each value belongs.

import { expect } from "vitest";
import { expectSame, randomFloats } from "../compare.ts";
import type { Engine } from "../harness.ts";

export function packSteps(engine: Engine, [B, T, I]: readonly [number, number, number], values: ArrayLike<number>) {
	const P = Math.ceil(I / 4) * 4;
	const target = engine.floats("target", B * T * P);
	const finite = engine.call("packSteps", {
		source: engine.floats("source", values),
		batchSize: B,
		steps: T,
		columns: I,
		target,
		ldt: 4 * P,
	});
	return { target, finite, P };
}

export function checkPackSteps(engine: Engine, sizes: readonly [number, number, number]): void {
	const [B, T, I] = sizes;
	const values = randomFloats(B + T + I)(B * T * I);
	const { target, finite, P } = packSteps(engine, sizes, values);
	const expected = new Float32Array(B * T * P);
	for (let row = 0; row < B; row++)
		for (let t = 0; t < T; t++)
			for (let j = 0; j < I; j++) expected[(t * B + row) * P + j] = values[(row * T + t) * I + j];
	expectSame(target.i32, new Int32Array(expected.buffer), sizes.join(" × "));
	expect(finite).toBe(1);
}
