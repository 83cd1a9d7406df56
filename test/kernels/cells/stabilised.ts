// How an sLstm's states are compared with the textbook's, which knows no stabiliser.

import { type CellGradients, type CellStates, headsOf } from "../../reference/everyCell.ts";
import { add, map, mul, subtract, type Vector } from "../../reference/matrix.ts";
import type { CellBatch, CellRow, CellRowResult } from "./batch.ts";

type Memory = Readonly<Record<"c0" | "n0", Vector>>;

const divide = (a: Vector, b: Vector): Vector => a.map((value, j) => value / (b[j] as number));

/** C = c·e^m and N = n·e^m before the first step. */
export function asUnstabilised({ c0, n0, m0 }: CellRow): Memory {
	const unit = map(m0, Math.exp);
	return { c0: mul(c0, unit), n0: mul(n0, unit) };
}

/** The gradients of c and n, or of C and N, at the end, from those of v = c/n and of the logarithm of n. */
export function arrivalsOf(
	{ dcFinal, dnFinal }: CellRow,
	c: Vector = new Float64Array(),
	n: Vector = new Float64Array(),
): Readonly<Record<"dcFinal" | "dnFinal", Vector>> {
	return { dcFinal: divide(dcFinal, n), dnFinal: divide(subtract(dnFinal, mul(dcFinal, divide(c, n))), n) };
}

type Results = Pick<CellRowResult, "cFinal" | "nFinal" | "dc0" | "dn0" | "dm0">;

/** Of the textbook: v and log N at the end, and the gradients of both at the beginning. */
export function asStabilised({ cFinal, nFinal }: CellStates, { c0, n0 }: Memory, gradients: CellGradients): Results {
	const [dc0, dn0] = [gradients.dc0 as Vector, gradients.dn0 as Vector];
	const weight = add(mul(c0, dc0), mul(n0, dn0));
	return {
		cFinal: divide(cFinal as Vector, nFinal as Vector),
		nFinal: map(nFinal as Vector, Math.log),
		...{ dc0: mul(n0, dc0), dn0: weight, dm0: weight },
	};
}

/** The same of the kernels: m + log n is log N. */
export function initialOf(
	{ c0, n0 }: CellRow,
	{ c, n, m }: Readonly<Record<"c" | "n" | "m", Vector>>,
	gradients: Readonly<Record<"dc0" | "dn0" | "dm0", ArrayLike<number>>>,
): Results {
	const [dc0, dn0] = [Float64Array.from(gradients.dc0), Float64Array.from(gradients.dn0)];
	return {
		cFinal: divide(c, n),
		nFinal: add(m, map(n, Math.log)),
		...{ dc0: mul(n0, dc0), dn0: add(mul(c0, dc0), mul(n0, dn0)), dm0: gradients.dm0 },
	};
}

export function headCount({ cell, H }: CellBatch): number {
	return cell === "sLstm" ? 1 : headsOf(H);
}

/** Units of a head. */
export function headSize(batch: CellBatch): number {
	return batch.H / headCount(batch);
}
