// Rows copied, added or averaged by the engine, compared with what that leaves of a target.

import { expectSame, randomFloats, strided } from "../compare.ts";
import { CANARY, type Engine } from "../harness.ts";

export interface CopySizes {
	/** Of the sequences, whose packed rows are copied one and all. */
	readonly lengths: readonly number[];
	readonly columns: number;
	readonly zeros: number;
	/** Floats between rows that stay as they are. */
	readonly gap: number;
}

/** Packed rows of such a batch, apart in the source as in the target. */
function place(engine: Engine, { lengths, columns, zeros, gap }: CopySizes) {
	const packing = engine.packing(lengths);
	const { total } = packing.packing;
	const [lds, ldt] = [columns + 1, columns + zeros + gap];
	const floats = randomFloats(columns);
	const values = floats(total * columns);
	const source = engine.floats("source", strided(values, columns, lds).subarray(0, -1));
	const target = engine.floats("target", total * ldt - gap);
	return { floats, values, total, target, ldt, operands: { packing, source, lds: 4 * lds, columns, ldt: 4 * ldt } };
}

function checkCopy(engine: Engine, sizes: CopySizes): void {
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
function checkAdd(engine: Engine, sizes: CopySizes): void {
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

/** Of two sources, or of one, multiplied by a half. */
function checkSum(engine: Engine, sizes: CopySizes, hasTwo: boolean): void {
	const { columns, zeros, gap } = sizes;
	const { floats, values, total, target, ldt, operands } = place(engine, sizes);
	const { source: a, lds: lda, ...others } = operands;
	const second = floats(total * columns);
	const b = hasTwo ? engine.floats("b", second) : 0;
	engine.call("sumRows", { ...others, a, lda, b, ldb: 4 * columns, scale: 0.5, target, zeros });
	const expected = new Int32Array(total * ldt).fill(CANARY);
	const sums = new Float32Array(expected.buffer);
	for (let row = 0; row < total; row++) {
		for (let j = 0; j < columns; j++) {
			const at = row * columns + j;
			const sum = Math.fround((values[at] as number) + (hasTwo ? (second[at] as number) : 0));
			sums[row * ldt + j] = sum / 2;
		}
		sums.fill(0, row * ldt + columns, row * ldt + columns + zeros);
	}
	expectSame(target.i32, expected.subarray(0, expected.length - gap), JSON.stringify(sizes));
}

/** A check of each kernel that copies rows or adds them. */
export const copies = {
	copyRows: checkCopy,
	addRows: checkAdd,
	"sumRows of two": (engine: Engine, sizes: CopySizes) => checkSum(engine, sizes, true),
	"sumRows of one": (engine: Engine, sizes: CopySizes) => checkSum(engine, sizes, false),
};

/** Of whole vectors, into the middle of a region. */
export function checkRegionCopy(engine: Engine, vectors: number): void {
	const values = randomFloats(vectors)(4 * vectors);
	const source = engine.floats("source", values);
	const target = engine.floats("target", 4 * vectors + 4);
	engine.call("copy", { source, target: target.at(1) });
	expectSame(target.f32.subarray(1, -3), values, `${vectors} vectors`);
	const { i32 } = target;
	expectSame([i32[0] ?? 0, ...i32.subarray(-3)], new Array(4).fill(CANARY), `around ${vectors} vectors`);
}

/** Adds whole vectors, from the second float of the target on. */
export function checkRegionSum(engine: Engine, vectors: number): void {
	const [values, before] = [randomFloats(vectors)(4 * vectors), randomFloats(vectors + 1)(4 * vectors)];
	const target = engine.floats("target", [7, ...before, 7, 7, 7]);
	engine.call("add", { source: engine.floats("source", values), target: target.at(1) });
	const sums = before.map((value, index) => value + (values[index] as number));
	expectSame(target.f32, Float32Array.of(7, ...sums, 7, 7, 7), `${vectors} vectors`);
}
