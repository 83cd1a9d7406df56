// Gains and shifts of layer norms, and peepholes, in the order in which the kernels take them.

import type { CellBatch } from "./batch.ts";
import { layouts, peepholesOf } from "./layout.ts";

/** Peepholes of f, o and i. */
export function peepholesInOrder({ cell, H, p }: CellBatch): number[] {
	return peepholesOf(cell).flatMap((block) => [...p.slice(block * H, (block + 1) * H)]);
}

/** All that layer norms need, and biases, which are zeros but for a gru's of q. */
export function gainsInOrder({ cell, H, bn, normX, normH, normC, normCBias }: CellBatch): number[] {
	const { order } = layouts[cell];
	const zeros = (blocks: number) => new Array<number>(blocks * H).fill(0);
	if (cell.startsWith("gru")) return [...inMemory(normX, 3), ...normH, ...zeros(3), ...bn];
	return [...inMemory(normX, 4), ...inMemory(normH, 4), ...zeros(4), ...normC, ...normCBias];

	function inMemory(values: ArrayLike<number>, blocks: number): number[] {
		const all = zeros(blocks);
		for (const [block, gate] of order.entries())
			for (let j = 0; j < H; j++) all[gate * H + j] = values[block * H + j] as number;
		return all;
	}
}
