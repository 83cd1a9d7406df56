import { aligned } from "../plan/memory.ts";
import { layoutOf } from "./layout.ts";
import { type Network, sizeOf } from "./network.ts";

/** Neighbouring parameters that are updated alike. */
export interface Range {
	/** Which group's settings they take; -1: none, they are frozen. */
	readonly group: number;
	/** Where they begin in a region of all parameters, in bytes. */
	readonly begin: number;
	readonly bytes: number;
}

/** The ranges of parameters whose groups are these, in order. */
export function rangesOf(network: Network, groups: readonly number[]): Range[] {
	const { offsets } = layoutOf(network);
	const ranges: Range[] = [];
	for (const [index, { name, shape }] of network.parameters.entries()) {
		const group = groups[index] as number;
		const bytes = aligned(4 * sizeOf(shape));
		const last = ranges.at(-1);
		if (last?.group === group) ranges[ranges.length - 1] = { ...last, bytes: last.bytes + bytes };
		else ranges.push({ group, begin: offsets.get(name) as number, bytes });
	}
	return ranges;
}
