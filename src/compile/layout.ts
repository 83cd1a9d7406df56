import { aligned } from "../plan/memory.ts";
import { type Network, sizeOf } from "./network.ts";

/** Where each parameter stands in a region that holds one float for each number of each parameter. The values, the gradients and
 * every slot of the optimizer are such regions, so that zeroing, clipping and updating are one loop each. */
export interface ParameterLayout {
	/** Byte offset of each parameter in such a region. */
	readonly offsets: ReadonlyMap<string, number>;
	/** Bytes of a region. */
	readonly bytes: number;
}

/** Parameters one after another, each from a multiple of 64 bytes on. */
export function layoutOf(network: Network): ParameterLayout {
	const offsets = new Map<string, number>();
	let bytes = 0;
	for (const { name, shape } of network.parameters) {
		offsets.set(name, bytes);
		bytes += aligned(4 * sizeOf(shape));
	}
	return { offsets, bytes };
}
