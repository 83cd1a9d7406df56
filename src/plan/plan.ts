import type { KernelName } from "../engine/kernels.ts";
import { planBlocks } from "./memory.ts";
import {
	type Address,
	type Buffer,
	type Call,
	type Capacity,
	isBuffer,
	type Operand,
	type Program,
} from "./program.ts";

/** A kernel call with its numbers: what runs. */
interface PlannedCall {
	readonly kernel: KernelName;
	readonly args: readonly number[];
}

/** A program with room for a batch: every buffer has its place in the workspace. */
export interface Plan {
	readonly program: Program;
	readonly capacity: Capacity;
	/** Bytes of workspace. */
	readonly bytes: number;
	/** Offset of a buffer in the workspace. */
	readonly offsets: ReadonlyMap<Buffer, number>;
}

/** Gives every buffer of a program its place: those that are never needed at the same time share it. Buffers that the
 * caller fills live from the start, the output and the result to the end. */
export function planProgram(program: Program, capacity: Capacity): Plan {
	const lives = new Map<Buffer, { first: number; last: number }>();
	const use = (buffer: Buffer, index: number) => {
		if (buffer.space !== "work") return;
		const life = lives.get(buffer);
		if (life === undefined) lives.set(buffer, { first: index, last: index });
		else life.last = Math.max(life.last, index);
	};
	const { inputs, given, states, output } = program;
	const { sequence, rows, targets, weights, result } = program;
	for (const buffer of [inputs, given, sequence, rows, targets, weights]) if (buffer) use(buffer, -1);
	for (const { initial } of states) use(initial.buffer, -1);
	for (const [index, { operands }] of program.calls.entries()) {
		for (const operand of operands) {
			if (typeof operand !== "number") use(isBuffer(operand) ? operand : operand.buffer, index);
		}
	}
	const end = program.calls.length;
	for (const buffer of [rows, output.address.buffer, ...states.map(({ steps }) => steps.buffer), sequence, result]) {
		if (buffer) use(buffer, end);
	}
	const buffers = [...lives.keys()];
	const { offsets, bytes } = planBlocks(
		buffers.map((buffer) => ({
			bytes: buffer.bytes(capacity),
			...(lives.get(buffer) as { first: number; last: number }),
		})),
	);
	return {
		program,
		capacity,
		bytes,
		offsets: new Map(buffers.map((buffer, index) => [buffer, offsets[index]])),
	};
}

/** Turns operands into numbers, given where each buffer begins. */
export function resolve(call: Call, capacity: Capacity, begin: (buffer: Buffer) => number): PlannedCall {
	const number = (operand: Operand): number => {
		if (typeof operand === "number") return operand;
		return isBuffer(operand) ? begin(operand) : addressOf(operand, capacity, begin);
	};
	return { kernel: call.kernel, args: call.operands.map(number) };
}

export function addressOf(address: Address, capacity: Capacity, begin: (buffer: Buffer) => number): number {
	return begin(address.buffer) + address.offset(capacity);
}

export function fits(batch: Capacity, capacity: Capacity): boolean {
	return batch.batchSize <= capacity.batchSize && batch.steps <= capacity.steps && batch.total <= capacity.total;
}
