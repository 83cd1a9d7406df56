// What of an sLstm's kernels the tests call, and how its states are compared with the textbook's, which knows no stabiliser.

import { type CellGradients, type CellStates, headsOf } from "../reference/everyCell.ts";
import { add, map, mul, subtract, type Vector } from "../reference/matrix.ts";
import type { Arrived, CellBatch, CellRow, CellRowResult, Placed } from "./cells.ts";
import type { Arguments, Engine, Region } from "./harness.ts";

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

function headCount({ cell, H }: CellBatch): number {
	return cell === "sLstm" ? 1 : headsOf(H);
}

/** Units of a head. */
export function headSize(batch: CellBatch): number {
	return batch.H / headCount(batch);
}

type Walked = "c" | "n" | "m" | "heads" | "Wh" | "gates" | "dc" | "dn" | "dm";

function memoryOf({ descriptor, P, c, n, m }: Placed) {
	const at = (state: Region | undefined) => (state as Region).at(descriptor.packing.batchSize * P);
	return { c: at(c), n: at(n), m: at(m) };
}

export function sLstmForth(
	engine: Engine,
	placed: Placed,
	walk: Omit<Arguments<"sLstmForward">, Exclude<Walked, "gates">>,
): void {
	const { batch, P, Wh } = placed;
	const [heads, size] = [headCount(batch), headSize(batch)];
	const shape =
		heads === 1
			? { blocks: 4, rows: size, stride: P, depth: size }
			: { blocks: 4 * heads, rows: size, stride: Math.ceil(size / 8) * 8, depth: size };
	engine.call("sLstmForward", { ...walk, ...memoryOf(placed), heads, Wh: engine.transposed("Whᵀ panels", Wh, shape) });
}

export function sLstmBack(
	engine: Engine,
	placed: Placed,
	walk: Omit<Arguments<"sLstmBackward">, Walked>,
	{ dc, dn, dm }: Arrived,
): void {
	const { batch, P, Wh, gates } = placed;
	const { m: _, ...memory } = memoryOf(placed);
	const heads = headCount(batch);
	const panels =
		heads === 1
			? engine.plain("Wh panels", Wh, { blocks: 4, rows: batch.H, stride: P, depth: batch.H })
			: inBlocks(engine, Wh, 4 * heads, headSize(batch));
	engine.call("sLstmBackward", { ...walk, ...memory, gates, dc, dn, dm, heads, Wh: panels });
}

function inBlocks(engine: Engine, source: Region, blocks: number, size: number): Region {
	const panels = engine.zeros("Wh panels", blocks * Math.ceil(size / 8) * size * 8);
	engine.call("packBlocks", { source, blocks, rows: size, columns: size, panels });
	return panels;
}

/** The products that make the gradients of the recurrent weights; the first of them adds up that of the bias too. */
export function recurrentGradients({ batch, descriptor, P, h }: Placed, dz: Region, dWh: Region) {
	const heads = headCount(batch);
	const room = descriptor.packing.batchSize;
	if (heads === 1) return [{ dy: dz, blocks: 4, dU: dWh }];
	const size = headSize(batch);
	const none = { past: 0, ldPast: 0, isState: 0, pastColumns: 0, dU: 0 };
	const parts = Array.from({ length: 4 * heads }, (_, block) => {
		const unit = (block % heads) * size;
		return {
			...{ dy: dz.at(Math.floor(block / heads) * P + unit), blocks: 1, rows: size, stride: size },
			...{ past: h.at(room * P + unit), pastColumns: size, dU: dWh.at(block * size * size) },
		};
	});
	return [{ dy: dz, blocks: 4, ...none }, ...parts];
}
