import type { Capacity } from "./program.ts";

const HEADER = 32;
const STEP = 8;

/** How a batch is packed: rows sorted by length, longest first, and stored step after step without padding. */
export interface Packing {
	readonly batchSize: number;
	readonly steps: number;
	readonly total: number;
	/** Row of the user's batch that stands at each sorted place. */
	readonly order: Int32Array;
	/** How many sorted rows are alive at each step. */
	readonly alive: Int32Array;
	/** Packed row where each step begins. */
	readonly offset: Int32Array;
}

/** Sorts rows by length; rows of equal length keep their order. `steps` is cut to the longest row. */
export function packingOf(batchSize: number, steps: number, lengths?: ArrayLike<number>): Packing {
	const order = Int32Array.from({ length: batchSize }, (_, row) => row);
	if (lengths === undefined) {
		const alive = new Int32Array(steps).fill(batchSize);
		const offset = Int32Array.from(alive, (_, t) => t * batchSize);
		return { batchSize, steps, total: batchSize * steps, order, alive, offset };
	}
	order.sort((a, b) => lengths[b] - lengths[a] || a - b);
	const longest = lengths[order[0]] as number;
	const alive = new Int32Array(longest);
	for (let row = 0; row < batchSize; row++) alive[lengths[row] - 1] += 1;
	for (let t = longest - 2; t >= 0; t--) alive[t] += alive[t + 1];
	const offset = new Int32Array(longest);
	for (let t = 1; t < longest; t++) offset[t] = offset[t - 1] + alive[t - 1];
	const total = offset[longest - 1] + alive[longest - 1];
	return { batchSize, steps: longest, total, order, alive, offset };
}

/** Bytes of the record and of its two row tables. */
export function recordBytes(capacity: Capacity): number {
	return tableOffset(capacity, true) + 4 * capacity.total;
}

/** Where the table stands that tells, for each packed row, which packed row its state came from; that of a reversed
 * layer is the second. A row that began from its initial state has a negative number: states have `batchSize` (of the
 * capacity) initial rows before the packed ones. */
export function tableOffset(capacity: Capacity, reverse: boolean): number {
	return HEADER + STEP * capacity.steps + (reverse ? 4 * capacity.total : 0);
}

/** What a record's header says besides sizes. */
export interface Header {
	/** 1 / sum of the weights; 0 without a loss. */
	readonly lossScale: number;
	/** Whether the initial states may differ from zero. */
	readonly stateful: boolean;
}

interface Memory {
	readonly i32: Int32Array;
	readonly f32: Float32Array;
}

/** Writes the head of a record of assembly/sequence.ts. */
export function writeHeader(
	{ i32, f32 }: Memory,
	address: number,
	{ batchSize, steps, total }: Capacity,
	{ lossScale, stateful }: Header,
): void {
	const at = address / 4;
	i32[at] = batchSize;
	i32[at + 1] = steps;
	i32[at + 2] = total;
	f32[at + 3] = lossScale;
	i32[at + 4] = +stateful;
}

/** Writes the rest of it: which rows are alive at each step, and where they are. */
export function writeSteps(i32: Int32Array, address: number, { alive, offset }: Packing): void {
	let at = (address + HEADER) / 4;
	for (let t = 0; t < alive.length; t++) {
		i32[at++] = alive[t];
		i32[at++] = offset[t];
	}
}

/** Writes both row tables after it; only the gradients of recurrent weights read them. */
export function writeTables(i32: Int32Array, address: number, packing: Packing, capacity: Capacity): void {
	const forward = (address + tableOffset(capacity, false)) / 4;
	const backward = (address + tableOffset(capacity, true)) / 4;
	const initial = -capacity.batchSize;
	for (let t = 0; t < packing.steps; t++) {
		const alive = packing.alive[t];
		const begin = packing.offset[t];
		const before = t === 0 ? initial : packing.offset[t - 1];
		const after = begin + alive;
		const going = t + 1 < packing.steps ? packing.alive[t + 1] : 0;
		for (let row = 0; row < alive; row++) {
			i32[forward + begin + row] = before + row;
			i32[backward + begin + row] = (row < going ? after : initial) + row;
		}
	}
}
