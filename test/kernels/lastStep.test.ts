// Is each row's own last step kept (in reverse: its first), and does its gradient go back there and nowhere else?

import { describe, it } from "vitest";
import { expectSame, randomFloats, range, strided } from "./compare.ts";
import { builds, CANARY, Engine, inEveryPlace } from "./harness.ts";

/** Lengths of rows, longest first as they are packed. */
const BATCHES = [[1], [4], [3, 3, 3], [5, 4, 4, 2, 1, 1], [6, 1], [2, 2, 1]];

/** Packed row where the sorted row r ends, found step by step. */
function endOf(lengths: readonly number[], r: number, reverse: boolean) {
	const alive = (t: number) => lengths.filter((length) => length > t).length;
	let at = 0;
	for (let t = 0; !reverse && t < (lengths[r] as number) - 1; t++) at += alive(t);
	return at + r;
}

interface Case {
	readonly lengths: readonly number[];
	readonly columns: number;
	readonly reverse: boolean;
}

function check(engine: Engine, { lengths, columns, reverse }: Case): void {
	const what = `[${lengths}] × ${columns}${reverse ? " reversed" : ""}`;
	const floats = randomFloats(columns);
	const [ldx, ldy] = [columns + 2, columns + 1];
	const sequence = engine.sequence(lengths);
	const { total, batchSize } = sequence.packing;
	const x = floats(total * columns);
	const xRegion = engine.floats("x", strided(x, columns, ldx).subarray(0, -2));
	const y = engine.floats("y", batchSize * ldy - 1);
	engine.call("lastStepForward", {
		sequence,
		reverse: +reverse,
		x: xRegion,
		ldx: 4 * ldx,
		columns,
		y,
		ldy: 4 * ldy,
	});
	const expected = new Int32Array(batchSize * ldy).fill(CANARY);
	for (let r = 0; r < batchSize; r++) {
		const from = endOf(lengths, r, reverse) * columns;
		new Float32Array(expected.buffer).set(x.subarray(from, from + columns), r * ldy);
	}
	expectSame(y.i32, expected.subarray(0, -1), what);

	const dy = floats(batchSize * columns);
	const dx = engine.floats("dx", total * ldx - 2);
	engine.call("lastStepBackward", {
		sequence,
		reverse: +reverse,
		dy: engine.floats("dy", strided(dy, columns, ldy).subarray(0, -1)),
		lddy: 4 * ldy,
		columns,
		dx,
		lddx: 4 * ldx,
	});
	const back = new Int32Array(total * ldx).fill(CANARY);
	for (let r = 0; r < batchSize; r++)
		new Float32Array(back.buffer).set(dy.subarray(r * columns, (r + 1) * columns), endOf(lengths, r, reverse) * ldx);
	expectSame(dx.i32, back.subarray(0, -2), `d ${what}`);
}

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each([false, true])("reverse %s", (reverse) => {
		it("of rows of every length, of sizes from 1 to 17", () => {
			for (const lengths of BATCHES)
				for (const columns of range(1, 17)) {
					engine.begin();
					check(engine, { lengths, columns, reverse });
				}
		});

		it("with every region at the end of memory", () => {
			for (const columns of [1, 3, 4, 6])
				inEveryPlace(engine, () => check(engine, { lengths: [3, 1], columns, reverse }));
		});
	});
});
