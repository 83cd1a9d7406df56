// What a cell's kernels are run on, and what comes out.

import { everyCell } from "../../reference/everyCell.ts";
import { type Matrix, matrix, type Vector } from "../../reference/matrix.ts";
import { randomFloats } from "../compare.ts";

export type CellName = keyof typeof everyCell;
export const cellNames = Object.keys(everyCell) as CellName[];

/** What enters one row: what its input adds to the gates, [T, gates · H], and gradients that arrive. */
export interface CellRow {
	readonly x: Matrix;
	readonly h0: Vector;
	readonly c0: Vector;
	/** Of an sLstm, at least 0. */
	readonly n0: Vector;
	/** Of an sLstm. */
	readonly m0: Vector;
	/** [T, H] */
	readonly dy: Matrix;
	readonly dhFinal: Vector;
	/** Of an sLstm the gradients that arrive at c/n and at m + log n, which do not depend on m alone. */
	readonly dcFinal: Vector;
	readonly dnFinal: Vector;
}

export interface CellBatch {
	readonly cell: CellName;
	readonly H: number;
	readonly reverse: boolean;
	readonly rows: readonly CellRow[];
	readonly Wh: Matrix;
	readonly bn: Vector;
	readonly u: Vector;
	/** As everyCell has them. */
	readonly p: Vector;
	readonly normX: Vector;
	readonly normH: Vector;
	readonly normC: Vector;
	readonly normCBias: Vector;
	/** Whether the engine is told that states are given; if not, they must be zero. */
	readonly stateful?: boolean;
	/** Whether one step of dy, which must be zeros, serves all. */
	readonly silent?: boolean;
	/** Whether gradients of gates have memory of their own, not that of the gates, and norms are left behind. */
	readonly apart?: boolean;
	/** Of an rnn, the weight of Omega, if its gradient is added. */
	readonly omega?: number;
}

/** What comes out for one row, steps in time order. Of an sLstm cFinal and dc0 are of c/n, nFinal and dn0 of m + log n; so is dm0,
 * which is the kernel's own. Of a cell without such states they are empty. */
export interface CellRowResult {
	readonly h: ArrayLike<number>;
	readonly hFinal: ArrayLike<number>;
	readonly cFinal: ArrayLike<number>;
	readonly nFinal: ArrayLike<number>;
	/** Gradient of x. */
	readonly dx: ArrayLike<number>;
	readonly dh0: ArrayLike<number>;
	readonly dc0: ArrayLike<number>;
	readonly dn0: ArrayLike<number>;
	readonly dm0: ArrayLike<number>;
}

export interface CellResult {
	readonly rows: readonly CellRowResult[];
	/** Of a cell without such weights empty. */
	readonly dWh: ArrayLike<number>;
	/** Of an indRnn; otherwise empty. */
	readonly du: ArrayLike<number>;
	/** Of an lstm with peepholes; otherwise empty. */
	readonly dp: ArrayLike<number>;
	readonly db: ArrayLike<number>;
	/** Of a GRU with reset after the product; otherwise empty. */
	readonly dbn: ArrayLike<number>;
	/** Of a cell with layer norms; otherwise empty. */
	readonly dnormX: ArrayLike<number>;
	readonly dnormH: ArrayLike<number>;
	readonly dnormC: ArrayLike<number>;
	readonly dnormCBias: ArrayLike<number>;
}

/** Gradients of parameters; those that a cell does not have are empty. */
export type ParameterGradients = Omit<CellResult, "rows">;

/** The names of these. */
export const parameterNames = ["dWh", "du", "dp", "db", "dbn", "dnormX", "dnormH", "dnormC", "dnormCBias"] as const;

/** A random batch: weights as large as they start in training, states and gradients never zero. */
export function randomBatch(
	cell: CellName,
	H: number,
	lengths: readonly number[],
	reverse: boolean,
	seed = H,
): CellBatch {
	const floats = randomFloats(seed);
	const { gates } = everyCell[cell];
	const scale = (values: Vector) => values.map((value) => Math.fround(value / Math.sqrt(H)));
	// From numbers of their own, so that all others are what they would be without.
	const more = randomFloats(seed + 1000);
	const memory = () => ({
		n0: more(H).map((value) => Math.fround(Math.abs(value) + 0.2)),
		m0: more(H).map((value) => Math.fround(3 * value)),
		dnFinal: more(H),
	});
	return {
		cell,
		H,
		reverse,
		Wh: matrix(gates * H, H, scale(floats(gates * H * H))),
		bn: floats(H),
		rows: lengths.map((T) => ({
			x: matrix(T, gates * H, floats(T * gates * H)),
			h0: floats(H),
			c0: floats(H),
			...memory(),
			dy: matrix(T, H, floats(T * H)),
			dhFinal: floats(H),
			dcFinal: floats(H),
		})),
		u: floats(H),
		p: floats(3 * H),
		normX: floats(gates * H),
		normH: floats(gates * H),
		normC: floats(H),
		normCBias: floats(H),
	};
}

/** The row from zero states. */
export function fromZero(row: CellRow): CellRow {
	const zeros = new Float64Array(row.h0.length);
	return { ...row, h0: zeros, c0: zeros, n0: zeros, m0: zeros };
}
