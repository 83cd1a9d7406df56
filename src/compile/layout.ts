import { aligned } from "../plan/memory.ts";
import { type Network, sizeOf } from "./network.ts";

/** Parameters, their gradients and what an optimizer keeps of each are parallel: the same offsets in regions of one length, so
 * that zeroing, clipping and updating are one loop each. */
export interface ParameterLayout {
	/** Byte offset of each parameter in such a region. */
	readonly offsets: ReadonlyMap<string, number>;
	/** Bytes of a region. */
	readonly bytes: number;
}

export function layoutOf(network: Network): ParameterLayout {
	const offsets = new Map<string, number>();
	let bytes = 0;
	for (const { name, shape } of network.parameters) {
		offsets.set(name, bytes);
		bytes += aligned(4 * sizeOf(shape));
	}
	return { offsets, bytes };
}
