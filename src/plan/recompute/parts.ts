import { DEPTH } from "../../engine/blocking.ts";
import type { Size } from "../capacity.ts";
import type { Packing, Span } from "../packing.ts";

/** Steps that are walked together, and the packed row where they begin. */
export interface Part extends Span {
	readonly origin: number;
}

/** Packed rows that a part of `blocks` blocks has at most. */
export function mostRows({ batchSize }: Pick<Size, "batchSize">, blocks = 1): number {
	return blocks * Math.max(DEPTH, batchSize);
}

/** Into how many parts of `blocks` blocks a batch of this size is cut, where its sequences are of equal length. */
export function countParts(size: Size, blocks: number): number {
	const { batchSize, total } = size;
	const block = Math.max(1, Math.floor(mostRows(size) / batchSize)) * batchSize;
	const part = Math.max(1, Math.floor(mostRows(size, blocks) / block)) * block;
	return Math.ceil(total / part);
}

/** All steps as one part. */
export function wholeOf({ steps }: Packing): Part {
	return { from: 0, to: steps, origin: 0 };
}

/** Cuts the steps of a batch into parts of at most `rows` packed rows, in the order of a walk. They end where the blocks of
 * `weightGradient` do (assembly/product/gradient.ts), which are counted from the last step of the walk: so the sums over
 * the parts are those over the whole, to the bit. */
export function partsOf(packing: Packing, rows: number, reverse = false): Part[] {
	const { steps, alive, offset } = packing;
	const ahead = reverse ? -1 : 1;
	const parts: Part[] = [];
	const add = (first: number, last: number) => {
		const from = Math.min(first, last);
		parts.unshift({ from, to: Math.max(first, last) + 1, origin: offset[from] as number });
	};
	let last = reverse ? 0 : steps - 1;
	let next = last;
	let count = 0;
	for (let left = steps; left > 0; ) {
		const block = blockAt(alive, next, ahead, left);
		if (count > 0 && count + block.rows > rows) {
			add(next + ahead, last);
			last = next;
			count = 0;
		}
		count += block.rows;
		next -= ahead * block.steps;
		left -= block.steps;
	}
	add(next + ahead, last);
	return parts;
}

/** The block of whole steps that ends with step `last`, of the `left` steps up to there. */
function blockAt(alive: Int32Array, last: number, ahead: number, left: number): { steps: number; rows: number } {
	let rows = alive[last] as number;
	let steps = 1;
	while (steps < left && rows + (alive[last - ahead * steps] as number) <= DEPTH) {
		rows += alive[last - ahead * steps] as number;
		steps++;
	}
	return { steps, rows };
}
