// Learned initial states put where sequences begin by the engine, and their gradient added up, compared with loops.

import { expectSame, randomFloats, strided } from "../compare.ts";
import type { Engine } from "../harness.ts";

export interface InitialStateCase {
	/** Whether each sequence begins anew. */
	readonly begins: readonly boolean[];
	readonly columns: number;
}

const GAP = 2;

/** Operands of both kernels: sequences of several lengths, and rows a little apart. */
function place(engine: Engine, { begins, columns }: InitialStateCase) {
	const stride = columns + GAP;
	const floats = randomFloats(columns * 10 + begins.length);
	return {
		stride,
		learned: floats(columns),
		rows: strided(floats(begins.length * columns), columns, stride, 0.75).subarray(0, -GAP),
		operands: {
			packing: engine.packing(begins.map((_, r) => begins.length - r)),
			begins: engine.ids("begins", begins.map(Number)),
			columns,
		},
	};
}

function checkForward(engine: Engine, given: InitialStateCase): void {
	const { stride, learned, rows, operands } = place(engine, given);
	const state = engine.floats("state", rows);
	engine.call("initialForward", { ...operands, learned: engine.floats("learned", learned), state, ldt: 4 * stride });
	for (const [r, begins] of given.begins.entries()) if (begins) rows.set(learned, r * stride);
	expectSame(state.f32, rows, `${given.begins} × ${given.columns}`);
}

function checkFill(engine: Engine, given: InitialStateCase): void {
	const { stride, rows, operands } = place(engine, given);
	const state = engine.floats("state", rows);
	engine.call("initialFill", { ...operands, value: 1.5, state, ldt: 4 * stride });
	const { columns } = given;
	for (const [r, begins] of given.begins.entries()) if (begins) rows.fill(1.5, r * stride, r * stride + columns);
	expectSame(state.f32, rows, `1.5 ${given.begins} × ${columns}`);
}

function checkBackward(engine: Engine, given: InitialStateCase): void {
	const { stride, learned, rows, operands } = place(engine, given);
	const dLearned = engine.floats("dLearned", learned);
	engine.call("initialBackward", { ...operands, dState: engine.floats("dState", rows), lds: 4 * stride, dLearned });
	const sums = Float32Array.from(learned);
	for (const [r, begins] of given.begins.entries())
		for (let j = 0; j < given.columns && begins; j++) sums[j] = (sums[j] as number) + (rows[r * stride + j] as number);
	expectSame(dLearned.f32, sums, `d ${given.begins} × ${given.columns}`);
}

/** A check of each kernel of initial states. */
export const initialStates = { initialForward: checkForward, initialFill: checkFill, initialBackward: checkBackward };
