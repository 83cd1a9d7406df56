import type { ParameterLayout } from "../compile/layout.ts";
import { kernels, recordLayout } from "../engine/kernels.ts";
import { Capacity } from "../plan/capacity.ts";
import { aligned } from "../plan/memory.ts";
import { type Buffer, bufferOf, callsOf, type Program, type Space } from "../plan/program.ts";

/** Where everything stands that outlives a call, in this order from `parameters` on: parameters, which never move; their panels;
 * the records of the programs' calls; and once there is training, gradients and the optimizers' slots. The workspace begins at
 * `end`. */
export interface Storage {
	readonly parameters: number;
	readonly panelsBegin: number;
	readonly panels: ReadonlyMap<string, number>;
	/** Where the records of a program's calls begin. */
	readonly records: ReadonlyMap<Program, number>;
	readonly gradients: number;
	readonly slots: ReadonlyMap<string, number>;
	readonly end: number;
}

const EMPTY = new Capacity({ batchSize: 0, steps: 0, total: 0 });

export function planStorage(begin: number, layout: ParameterLayout, programs: readonly Program[]): Storage {
	const parameters = aligned(begin);
	let end = parameters + layout.bytes;
	const take = (bytes: number) => {
		const address = end;
		end += aligned(bytes);
		return address;
	};
	const panelsBegin = end;
	const panels = new Map<string, number>();
	for (const buffer of buffersIn("panels", programs))
		if (!panels.has(buffer.name)) panels.set(buffer.name, take(buffer.bytes(EMPTY)));
	const records = new Map(programs.map((program) => [program, take(recordBytes(program))]));
	const trains = buffersIn("gradients", programs).length > 0;
	const gradients = trains ? take(layout.bytes) : 0;
	const slots = new Map<string, number>();
	for (const { name } of buffersIn("slots", programs)) if (!slots.has(name)) slots.set(name, take(layout.bytes));
	return { parameters, panelsBegin, panels, records, gradients, slots, end };
}

/** Bytes of the record of one call; 0 where its kernel takes operands one by one. */
export function recordBytesOf({ kernel }: { readonly kernel: keyof typeof kernels }): number {
	return kernels[kernel].record ? aligned(recordLayout(kernels[kernel]).bytes) : 0;
}

function recordBytes(program: Program): number {
	return callsOf(program).reduce((sum, call) => sum + recordBytesOf(call), 0);
}

function buffersIn(space: Space, programs: readonly Program[]): Buffer[] {
	return programs
		.flatMap(callsOf)
		.flatMap(({ operands }) => Object.values(operands).map(bufferOf))
		.filter((buffer) => buffer !== undefined)
		.filter((buffer) => buffer.space === space);
}
