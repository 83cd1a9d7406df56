// Are rows of equal lengths packed step after step, padded with zeros, and is a value that is not finite noticed?

import { describe, expect, it } from "vitest";
import { expectSame, randomFloats, range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

function pack(engine: Engine, [B, T, I]: readonly [number, number, number], values: ArrayLike<number>) {
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

function check(engine: Engine, sizes: readonly [number, number, number]): void {
	const [B, T, I] = sizes;
	const values = randomFloats(B + T + I)(B * T * I);
	const { target, finite, P } = pack(engine, sizes, values);
	const expected = new Float32Array(B * T * P);
	for (let row = 0; row < B; row++)
		for (let t = 0; t < T; t++)
			for (let j = 0; j < I; j++) expected[(t * B + row) * P + j] = values[(row * T + t) * I + j];
	expectSame(target.i32, new Int32Array(expected.buffer), sizes.join(" × "));
	expect(finite).toBe(1);
}

describe.each(builds)("packSteps, $name", (build) => {
	const engine = new Engine(build);

	it("of 1 to 17 features, some rows, some steps", () => {
		for (const I of range(1, 17))
			for (const [B, T] of [
				[1, 1],
				[3, 5],
				[4, 2],
			] as const) {
				engine.begin();
				check(engine, [B, T, I]);
			}
	});

	it("notices a value that is not finite, wherever it stands", () => {
		const sizes = [2, 3, 5] as const;
		for (const bad of [Number.NaN, Infinity, -Infinity])
			for (const place of range(0, 29)) {
				engine.begin();
				const values = randomFloats(1)(30);
				values[place] = bad;
				expect(pack(engine, sizes, values).finite).toBe(0);
			}
	});

	it("with every region at the end of memory", () => {
		inEveryPlace(engine, () => {
			check(engine, [3, 2, 7]);
		});
	});
});
