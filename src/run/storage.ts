import type { ParameterLayout } from "../compile/layout.ts";
import { kernels, recordLayout } from "../engine/kernels.ts";
import { Capacity } from "../plan/capacity.ts";
import { aligned } from "../plan/memory.ts";
import { type Buffer, bufferOf, type Call, callsOf, type Operand, type Program, type Space } from "../plan/program.ts";

/** The addresses of everything that outlives a call, in this order: parameters, which never move; their panels; the records of
 * the programs' calls; and, once a program trains, gradients and optimizer slots. The workspace begins at `end`. */
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

const EMPTY = /* @__PURE__ */ new Capacity({ batchSize: 0, steps: 0, total: 0 });

/** Lays out, from address `begin` on, what these programs need beyond the workspace. */
export function planStorage(begin: number, layout: ParameterLayout, programs: readonly Program[]): Storage {
	const parameters = aligned(begin);
	let end = parameters + layout.bytes;
	const take = (bytes: number) => {
		const address = end;
		end += aligned(bytes);
		return address;
	};
	const { panels: panelBuffers, slots: slotBuffers, gradients: gradientBuffers } = buffersOf(programs);
	const panelsBegin = end;
	const panels = new Map<string, number>();
	for (const [name, buffer] of panelBuffers) panels.set(name, take(buffer.bytes(EMPTY)));
	const records = new Map<Program, number>();
	for (const program of programs) records.set(program, take(recordBytes(program)));
	const gradients = gradientBuffers.size > 0 ? take(layout.bytes) : 0;
	const slots = new Map<string, number>();
	for (const name of slotBuffers.keys()) slots.set(name, take(layout.bytes));
	return { parameters, panelsBegin, panels, records, gradients, slots, end };
}

/** Bytes of the record of one call; 0 where its kernel takes operands one by one. */
export function recordBytesOf({ kernel }: Call): number {
	return kernels[kernel].record ? aligned(recordLayout(kernel).bytes) : 0;
}

function recordBytes(program: Program): number {
	return callsOf(program).reduce((sum, call) => sum + recordBytesOf(call), 0);
}

/** All buffers that programs name, by their space and name. */
function buffersOf(programs: readonly Program[]): Readonly<Record<Space, ReadonlyMap<string, Buffer>>> {
	const found: Record<Space, Map<string, Buffer>> = {
		...{ parameters: new Map(), gradients: new Map(), slots: new Map() },
		...{ panels: new Map(), work: new Map() },
	};
	for (const program of programs) {
		for (const { operands } of callsOf(program)) {
			for (const name in operands) {
				const buffer = bufferOf(operands[name] as Operand);
				if (buffer !== undefined) found[buffer.space].set(buffer.name, buffer);
			}
		}
	}
	return found;
}
