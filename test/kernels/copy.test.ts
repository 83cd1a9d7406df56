// Do copies move or add what they are told, put zeros where they are told, and touch nothing else?

import { describe, expect, it } from "vitest";
import { expectSame, randomFloats, range, strided } from "./compare.ts";
import { builds, CANARY, Engine, inEveryPlace } from "./harness.ts";

interface Sizes {
	/** Of the sequences, whose packed rows are copied one and all. */
	readonly lengths: readonly number[];
	readonly columns: number;
	readonly zeros: number;
	/** Floats between rows that stay as they are. */
	readonly gap: number;
}

const PACKINGS = [
	[1, 1, 1, 1, 1],
	[3, 2],
];

/** Packed rows of such a batch, apart in the source as in the target. */
function place(engine: Engine, { lengths, columns, zeros, gap }: Sizes) {
	const packing = engine.packing(lengths);
	const { total } = packing.packing;
	const [lds, ldt] = [columns + 1, columns + zeros + gap];
	const floats = randomFloats(columns);
	const values = floats(total * columns);
	const source = engine.floats("source", strided(values, columns, lds).subarray(0, -1));
	const target = engine.floats("target", total * ldt - gap);
	return { floats, values, total, target, ldt, operands: { packing, source, lds: 4 * lds, columns, ldt: 4 * ldt } };
}

function checkCopy(engine: Engine, sizes: Sizes): void {
	const { columns, zeros, gap } = sizes;
	const { values, total, target, ldt, operands } = place(engine, sizes);
	engine.call("copyRows", { ...operands, target, zeros });
	const expected = new Int32Array(total * ldt).fill(CANARY);
	const floats = new Float32Array(expected.buffer);
	for (let row = 0; row < total; row++) {
		floats.set(values.subarray(row * columns, (row + 1) * columns), row * ldt);
		floats.fill(0, row * ldt + columns, row * ldt + columns + zeros);
	}
	expectSame(target.i32, expected.subarray(0, expected.length - gap), JSON.stringify(sizes));
}

/** Of what lies past the columns nothing is changed, be it zeros or a gap. */
function checkAdd(engine: Engine, sizes: Sizes): void {
	const { columns } = sizes;
	const { floats, values, total, target, ldt, operands } = place(engine, sizes);
	const before = floats(total * columns);
	const expected = target.i32.slice();
	for (let row = 0; row < total; row++)
		for (let j = 0; j < columns; j++) target.f32[row * ldt + j] = before[row * columns + j] as number;
	engine.call("addRows", { ...operands, target });
	const sums = new Float32Array(expected.buffer);
	for (let row = 0; row < total; row++)
		for (let j = 0; j < columns; j++)
			sums[row * ldt + j] = (before[row * columns + j] as number) + (values[row * columns + j] as number);
	expectSame(target.i32, expected, JSON.stringify(sizes));
}

const kernels = { copyRows: checkCopy, addRows: checkAdd };

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.entries(kernels))("%s", (_name, check) => {
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
