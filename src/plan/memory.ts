/** A block of memory that is needed from call `first` to call `last` of a program, both included. */
export interface Block {
	readonly bytes: number;
	readonly first: number;
	readonly last: number;
}

/** Every block begins at a multiple of this: a cache line. */
export const ALIGNMENT = 64;

/** Bytes rounded up to whole cache lines. */
export function aligned(bytes: number): number {
	return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Gives every block an offset such that no two that are needed at the same time overlap: the largest first, each at
 * the lowest offset that is free for as long as it lives (greedy by size; Pisarchyk & Lee 2020). */
export function planBlocks(blocks: readonly Block[]): {
	readonly offsets: readonly number[];
	readonly bytes: number;
} {
	const offsets = new Array<number>(blocks.length).fill(0);
	const placed: { block: Block; begin: number; end: number }[] = [];
	let bytes = 0;
	const order = blocks.map((block, index) => ({ block, index }));
	order.sort((a, b) => b.block.bytes - a.block.bytes || a.index - b.index);
	for (const { block, index } of order) {
		let begin = 0;
		for (const other of placed) {
			const together = other.block.first <= block.last && block.first <= other.block.last;
			if (together && begin + block.bytes > other.begin && begin < other.end) begin = other.end;
		}
		const end = begin + aligned(block.bytes);
		offsets[index] = begin;
		bytes = Math.max(bytes, end);
		placed.push({ block, begin, end });
		placed.sort((a, b) => a.begin - b.begin);
	}
	return { offsets, bytes };
}
