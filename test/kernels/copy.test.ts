// Do copies move what they are told, put zeros where they are told, and touch nothing else?

import { describe, expect, it } from "vitest";
import { expectSame, randomFloats, range, strided } from "./compare.ts";
import { builds, CANARY, Engine, inEveryPlace } from "./harness.ts";

interface Sizes {
	readonly count: number;
	readonly columns: number;
	readonly zeros: number;
	/** Floats between rows that stay as they are. */
	readonly gap: number;
}

/** What copies leave of a target of canaries. */
function copied(values: Float64Array, sizes: Sizes): Int32Array {
	const { count, columns, zeros, gap } = sizes;
	const ldt = columns + zeros + gap;
	const expected = new Int32Array(count * ldt).fill(CANARY);
	const floats = new Float32Array(expected.buffer);
	for (let row = 0; row < count; row++) {
		floats.set(values.subarray(row * columns, (row + 1) * columns), row * ldt);
		floats.fill(0, row * ldt + columns, row * ldt + columns + zeros);
	}
	return expected.subarray(0, expected.length - gap);
}

function check(engine: Engine, kernel: "copyRows" | "copyColumns", sizes: Sizes): void {
	const { count, columns, zeros, gap } = sizes;
	const values = randomFloats(columns)(count * columns);
	const lds = columns + 1;
	const ldt = columns + zeros + gap;
	const source = engine.floats("source", strided(values, columns, lds).subarray(0, -1));
	const target = engine.floats("target", count * ldt - gap);
	const operands = {
		source,
		lds: 4 * lds,
		columns,
		target,
		ldt: 4 * ldt,
		zeros,
	};
	if (kernel === "copyRows") engine.call(kernel, { ...operands, count });
	else engine.call(kernel, { ...operands, sequence: engine.rows(count) });
	expectSame(target.i32, copied(values, sizes), JSON.stringify(sizes));
}

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(["copyRows", "copyColumns"] as const)("%s", (kernel) => {
		it("of sizes from 1 to 17", () => {
			for (const columns of range(1, 17))
				for (const zeros of [0, 1, 3])
					for (const gap of [0, 2]) {
						engine.begin();
						check(engine, kernel, { count: 5, columns, zeros, gap });
					}
		});

		it("with every region at the end of memory", () => {
			for (const columns of [1, 4, 7])
				inEveryPlace(engine, () => check(engine, kernel, { count: 2, columns, zeros: 1, gap: 1 }));
		});
	});

	it("copyRows of one row for many", () => {
		engine.begin();
		const target = engine.floats("target", 6);
		engine.call("copyRows", {
			source: engine.floats("source", [1, 2]),
			lds: 0,
			count: 3,
			columns: 2,
			target,
			ldt: 8,
			zeros: 0,
		});
		expect([...target.f32]).toEqual([1, 2, 1, 2, 1, 2]);
	});

	it("zero fills its bytes and no more", () => {
		for (const floats of [0, 1, 4, 7, 100])
			inEveryPlace(engine, () => {
				const target = engine.floats("target", floats + 1);
				engine.call("zero", { target: target.at(1), bytes: 4 * floats });
				expectSame(target.i32, [CANARY, ...new Array<number>(floats).fill(0)], `${floats} floats`);
			});
	});

	it("zeroRows fills every live row and no more", () => {
		for (const lengths of [[1], [3, 2, 2], [5, 1]])
			inEveryPlace(engine, () => {
				const sequence = engine.sequence(lengths);
				const { total } = sequence.packing;
				const target = engine.floats("target", (total + 1) * 3);
				engine.call("zeroRows", { sequence, target, ldt: 12 });
				const zeros = new Array<number>(total * 3).fill(0);
				expectSame(target.i32, [...zeros, CANARY, CANARY, CANARY], `[${lengths}]`);
			});
	});
});
