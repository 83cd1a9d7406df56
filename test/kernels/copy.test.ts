// Do copies move or add what they are told, put zeros where they are told, and touch nothing else?

import { describe, expect, it } from "vitest";
import { checkRegionCopy, checkRegionSum, copies } from "./cases/copy.ts";
import { expectSame, range } from "./compare.ts";
import { builds, CANARY, Engine, inEveryPlace } from "./harness.ts";

const PACKINGS = [
	[1, 1, 1, 1, 1],
	[3, 2],
];

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.entries(copies))("%s", (_name, check) => {
		it("of sizes from 1 to 17", () => {
			for (const columns of range(1, 17))
				for (const zeros of [0, 1, 3])
					for (const gap of [0, 2])
						for (const lengths of PACKINGS) {
							engine.begin();
							check(engine, { lengths, columns, zeros, gap });
						}
		});

		it("with every region at the end of memory", () => {
			for (const columns of [1, 4, 7])
				for (const lengths of [[1, 1], [2]])
					inEveryPlace(engine, () => check(engine, { lengths, columns, zeros: 1, gap: 1 }));
		});
	});

	it("copyRows of one row for many", () => {
		engine.begin();
		const target = engine.floats("target", 6);
		engine.call("copyRows", {
			packing: engine.rows(3),
			source: engine.floats("source", [1, 2]),
			lds: 0,
			columns: 2,
			target,
			ldt: 8,
			zeros: 0,
		});
		expect([...target.f32]).toEqual([1, 2, 1, 2, 1, 2]);
	});

	it("sumRows with a factor of 1 adds, and no more", () => {
		engine.begin();
		const [a, b] = [engine.floats("a", [1, 2, 3]), engine.floats("b", [10, 20, 30])];
		const target = engine.floats("target", 3);
		const rows = { packing: engine.rows(1), a, lda: 12, b, ldb: 12, columns: 3, target, ldt: 12, zeros: 0 };
		engine.call("sumRows", { ...rows, scale: 1 });
		expect([...target.f32]).toEqual([11, 22, 33]);
	});

	it("addRows of one row for many", () => {
		engine.begin();
		const target = engine.floats("target", [1, 2, 3, 4, 5, 6]);
		engine.call("addRows", {
			packing: engine.rows(3),
			source: engine.floats("source", [10, 20]),
			lds: 0,
			columns: 2,
			target,
			ldt: 8,
		});
		expect([...target.f32]).toEqual([11, 22, 13, 24, 15, 26]);
	});

	it("zero fills its vectors and no more", () => {
		for (const vectors of [0, 1, 2, 7, 25])
			inEveryPlace(engine, () => {
				const target = engine.floats("target", 4 * vectors + 4);
				engine.call("zero", { target: target.at(1) });
				const zeros = new Array<number>(4 * vectors).fill(0);
				expectSame(target.i32, [CANARY, ...zeros, CANARY, CANARY, CANARY], `${vectors} vectors`);
			});
	});

	it("copy moves its vectors and no more", () => {
		for (const vectors of [0, 1, 2, 7, 25]) inEveryPlace(engine, () => checkRegionCopy(engine, vectors));
	});

	it("add adds its vectors and no more", () => {
		for (const vectors of [0, 1, 2, 7, 25]) inEveryPlace(engine, () => checkRegionSum(engine, vectors));
	});

	it("zeroRows fills every live row and no more", () => {
		for (const lengths of [[1], [3, 2, 2], [5, 1]])
			inEveryPlace(engine, () => {
				const packing = engine.packing(lengths);
				const { total } = packing.packing;
				const target = engine.floats("target", (total + 1) * 3);
				engine.call("zeroRows", { packing, target, ldt: 12 });
				const zeros = new Array<number>(total * 3).fill(0);
				expectSame(target.i32, [...zeros, CANARY, CANARY, CANARY], `[${lengths}]`);
			});
	});
});
