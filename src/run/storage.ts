import { type Network, sizeOf } from "../compile/network.ts";
import { aligned } from "../plan/memory.ts";
import type { Buffer, Program } from "../plan/program.ts";

/** Parameters, their gradients and the optimizer's averages are parallel: the same offsets in regions of one length, so
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

/** Where everything stands that outlives a call, in this order from `begin`: parameters, which never move; their packed
 * copies; and once there is training, gradients and the optimizer's averages. The workspace begins at `end`. */
export interface Storage {
	readonly parameters: number;
	readonly packedBegin: number;
	readonly packed: ReadonlyMap<string, number>;
	readonly gradients: number;
	readonly averages: readonly number[];
	readonly end: number;
}

export function planStorage(
	begin: number,
	layout: ParameterLayout,
	programs: readonly Program[],
	/** How many averages the optimizer keeps; undefined without training. */
	slots: number | undefined,
): Storage {
	const parameters = aligned(begin);
	let end = parameters + layout.bytes;
	const take = (bytes: number) => {
		const address = end;
		end += aligned(bytes);
		return address;
	};
	const packedBegin = end;
	const packed = new Map<string, number>();
	for (const buffer of packedBuffers(programs)) {
		if (!packed.has(buffer.name)) packed.set(buffer.name, take(buffer.bytes({ batchSize: 0, steps: 0, total: 0 })));
	}
	const gradients = slots === undefined ? 0 : take(layout.bytes);
	const averages = Array.from({ length: slots ?? 0 }, () => take(layout.bytes));
	return { parameters, packedBegin, packed, gradients, averages, end };
}

/** Whether all packed weights of a program have a place. */
export function holds({ packed }: Storage, program: Program): boolean {
	return packedBuffers([program]).every(({ name }) => packed.has(name));
}

function packedBuffers(programs: readonly Program[]): Buffer[] {
	return programs
		.flatMap(({ packs }) => packs)
		.flatMap(({ operands }) => operands)
		.map((operand) => (typeof operand === "object" && "buffer" in operand ? operand.buffer : operand))
		.filter((buffer) => typeof buffer === "object")
		.filter(({ space }) => space === "packed");
}
