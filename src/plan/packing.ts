import type { Size } from "./capacity.ts";

const HEADER = 32;
const STEP = 8;

/** How a batch is packed: its sequences sorted by length, longest first, and their steps stored one after another, without
 * padding, a packed row for each sequence that is still alive. */
export interface Packing extends Size {
	/** The row of the user's batch that each place in this order holds. */
	readonly order: Int32Array;
	/** How many sequences are alive at each step. */
	readonly alive: Int32Array;
	/** The packed row where each step begins. */
	readonly offset: Int32Array;
}

/** Packs sequences of these lengths (default: `steps` each). Those of equal length keep their order; `steps` becomes the length
 * of the longest. */
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

/** The steps of each row of the user's batch. */
export function lengthsOf({ steps, alive, order }: Packing): number[] {
	const lengths = new Array<number>(order.length).fill(0);
	for (let t = 0; t < steps; t++) for (let place = 0; place < alive[t]; place++) lengths[order[place]] = t + 1;
	return lengths;
}

/** Bytes of a packing in the engine's memory: its descriptor, laid out as assembly/packing.ts says. */
export function descriptorBytes({ steps }: Size): number {
	return HEADER + STEP * steps;
}

/** What the header of a descriptor says besides the batch's sizes. */
export interface Header {
	/** 1 / sum of the weights; 0 without a loss. */
	readonly lossScale: number;
	/** Whether the initial states may differ from zero. */
	readonly stateful: boolean;
}

/** Neighbouring steps [from, to) of a batch. */
export interface Span {
	readonly from: number;
	readonly to: number;
}

interface Memory {
	readonly i32: Int32Array;
	readonly f32: Float32Array;
}

/** Writes the header of a descriptor. */
export function writeHeader(
	{ i32, f32 }: Memory,
	address: number,
	{ batchSize, steps, total }: Size,
	{ lossScale, stateful }: Header,
): void {
	const at = address / 4;
	i32[at] = batchSize;
	i32[at + 1] = steps;
	i32[at + 2] = total;
	f32[at + 3] = lossScale;
	i32[at + 4] = +stateful;
	writeSpan(i32, address, { from: 0, to: steps }, false);
}

/** Sets the steps that calls work on, and whether the states of these are known. */
export function writeSpan(i32: Int32Array, address: number, { from, to }: Span, known: boolean): void {
	const at = address / 4;
	i32[at + 5] = from;
	i32[at + 6] = to;
	i32[at + 7] = +known;
}

/** Writes the rest of a descriptor: for each step, how many sequences are alive and where its packed rows begin. */
export function writeSteps(i32: Int32Array, address: number, { alive, offset }: Packing): void {
	let at = (address + HEADER) / 4;
	for (let t = 0; t < alive.length; t++) {
		i32[at++] = alive[t];
		i32[at++] = offset[t];
	}
}
