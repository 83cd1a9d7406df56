import { kernels } from "../../engine/kernels.ts";
import { type Buffer, bufferOf, type Call, type Operand, type Program, type Space } from "../program.ts";

/** How the forward and backward calls of a program run over a batch in parts, so that not all they compute is kept. Buffers that
 * are `local` have room for the rows of one part only. */
export type Schedule = Walks | Segments;

interface Parts {
	/** Packed rows of a part, at most. */
	readonly rows: number;
	readonly local: ReadonlySet<Buffer>;
}

/** States are kept. What a walk computes on the way to them (the gates) is kept for one part of its steps, and computed again for
 * the walk back. */
export interface Walks extends Parts {
	readonly kind: "walks";
	readonly loops: readonly Loop[];
}

/** Calls that run on all steps; or, where it is a walk, on one part of the steps after another. */
export interface Loop {
	readonly calls: readonly Call[];
	readonly walk?: {
		/** Whether it goes from the last step to the first. */
		readonly reverse: boolean;
		/** Whether it takes the gradient back, from the last part to the first. */
		readonly isBack: boolean;
		/** What is computed again before, from known states. */
		readonly again: readonly Call[];
	};
}

/** States are kept at the borders of some parts (Gruslys et al. 2016). The steps of a part are computed again, all layers
 * together, when the gradient comes back to it. */
export interface Segments extends Parts {
	readonly kind: "segments";
	/** How many states are kept at a time. */
	readonly slots: number;
	/** Before the first part. */
	readonly start: readonly Call[];
	/** Of a part: from the states before it to those after it. */
	readonly advance: readonly Call[];
	/** Once all parts have been computed: what has one row for each sequence. */
	readonly head: readonly Call[];
	/** Of a part: the rest of its way forward, and its way back. */
	readonly back: readonly Call[];
	/** After the last part. */
	readonly end: readonly Call[];
}

/** Whether a call computes states from step to step. */
export function isWalk({ kernel }: Call): boolean {
	return kernels[kernel].writes?.includes("h") ?? false;
}

/** Whether a call takes the gradient back from step to step. */
export function isWalkBack({ kernel }: Call): boolean {
	return kernels[kernel].writes?.includes("dz") ?? false;
}

/** Whether a call works on the rows of the steps in its packing's span. */
export function spans({ axis }: Program, { kernel, operands }: Call): boolean {
	return kernels[kernel].spans === true && bufferOf(operands.packing as Operand) === axis.packing;
}

/** The buffers of a call in the workspace, or in another space, by what it does with them. */
export function buffersOf(
	{ kernel, operands }: Call,
	space: Space = "work",
): { readonly read: Buffer[]; readonly changed: Buffer[] } {
	const { writes = [], updates = [], scratch = [] } = kernels[kernel];
	const found = { read: [] as Buffer[], changed: [] as Buffer[] };
	for (const name in operands) {
		const buffer = bufferOf(operands[name] as Operand);
		if (buffer?.space !== space || scratch.includes(name)) continue;
		if (!writes.includes(name)) found.read.push(buffer);
		if (writes.includes(name) || updates.includes(name)) found.changed.push(buffer);
	}
	return found;
}

/** The buffers that the host fills before a program runs, or reads after it. */
export function hostBuffers({ inputs, states, output, loss, probes }: Program): Set<Buffer> {
	const seen = probes.flatMap(({ hiddenNorms, cellNorms, gates }) => [hiddenNorms, cellNorms, gates?.buffer]);
	const isOutputRead = loss === undefined || loss.keepsOutput;
	const compared = [loss?.targets, loss?.weights, loss?.constants, loss?.result];
	const own = [inputs, ...compared, isOutputRead ? output.address.buffer : undefined];
	const all = [...own, ...seen, ...states.flatMap(({ initial, gradient }) => [initial.buffer, gradient])];
	return new Set(all.filter((buffer) => buffer !== undefined));
}
