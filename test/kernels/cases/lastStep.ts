// Each row's own last step kept by the engine, and its gradient put back, compared with a search step by step.

import { expectSame, randomFloats, strided } from "../compare.ts";
import { CANARY, type Engine } from "../harness.ts";

/** Packed row where the sorted row r ends, found step by step. */
function endOf(lengths: readonly number[], r: number, reverse: boolean) {
	const alive = (t: number) => lengths.filter((length) => length > t).length;
	let at = 0;
	for (let t = 0; !reverse && t < (lengths[r] as number) - 1; t++) at += alive(t);
	return at + r;
}

export interface LastStepCase {
	readonly lengths: readonly number[];
	readonly columns: number;
	readonly reverse: boolean;
}

function whatOf({ lengths, columns, reverse }: LastStepCase): string {
	return `[${lengths}] × ${columns}${reverse ? " reversed" : ""}`;
}

function checkForward(engine: Engine, given: LastStepCase): void {
	const { lengths, columns, reverse } = given;
	const [ldx, ldy] = [columns + 2, columns + 1];
	const packing = engine.packing(lengths);
	const { total, batchSize } = packing.packing;
	const x = randomFloats(columns)(total * columns);
	const y = engine.floats("y", batchSize * ldy - 1);
	engine.call("lastStepForward", {
		packing,
		reverse: +reverse,
		x: engine.floats("x", strided(x, columns, ldx).subarray(0, -2)),
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
	expectSame(y.i32, expected.subarray(0, -1), whatOf(given));
}

function checkBackward(engine: Engine, given: LastStepCase): void {
	const { lengths, columns, reverse } = given;
	const floats = randomFloats(columns);
	const [lddx, lddy] = [columns + 2, columns + 1];
	const packing = engine.packing(lengths);
	const { total, batchSize } = packing.packing;
	const dy = floats(batchSize * columns);
	const sums = strided(floats(total * columns), columns, lddx, 0.75).subarray(0, -2);
	const dx = engine.floats("dx", sums);
	engine.call("lastStepBackward", {
		packing,
		reverse: +reverse,
		dy: engine.floats("dy", strided(dy, columns, lddy).subarray(0, -1)),
		lddy: 4 * lddy,
		columns,
		dx,
		lddx: 4 * lddx,
	});
	for (let r = 0; r < batchSize; r++) {
		const end = endOf(lengths, r, reverse) * lddx;
		for (let j = 0; j < columns; j++) sums[end + j] = (sums[end + j] as number) + (dy[r * columns + j] as number);
	}
	expectSame(dx.f32, sums, `d ${whatOf(given)}`);
}

/** A check of each kernel of lastStep. */
export const lastSteps = { lastStepForward: checkForward, lastStepBackward: checkBackward };
