import type { KernelName } from "../engine/kernels.ts";
import type { Cost } from "./cost.ts";

/** The largest batch that a plan has room for. */
export interface Capacity {
	readonly batchSize: number;
	/** Of the longest row. */
	readonly steps: number;
	/** Live steps of all rows together: packed rows. */
	readonly total: number;
}

/** Where a buffer lives: with the parameters (their values, their gradients, their packed copies), or in the workspace,
 * where buffers that are not needed at the same time share memory. */
type Space = "parameters" | "gradients" | "packed" | "work";

export interface Buffer {
	readonly space: Space;
	readonly name: string;
	readonly bytes: (capacity: Capacity) => number;
}

/** A place in a buffer. */
export interface Address {
	readonly buffer: Buffer;
	readonly offset: (capacity: Capacity) => number;
}

export type Operand = number | Buffer | Address;

/** One kernel call, as data: addresses become numbers when the program is planned. */
export interface Call {
	readonly kernel: KernelName;
	/** The layer it works for, as `1.lstm`. */
	readonly layer: string;
	readonly operands: readonly Operand[];
	/** What it does, in the letters of the equations. */
	readonly equation: string;
	readonly cost: Cost;
}

/** Which of its axes a value has: one row for every live step, or one for every sequence. */
export type Axis = "steps" | "rows";

/** Columns of a value that end at different steps: those of a reversed layer at a sequence's first. */
export interface Part {
	readonly size: number;
	readonly reverse: boolean;
}

/** What flows from layer to layer: `size` floats a row, rows `stride` bytes apart (whole vectors). */
export interface Value {
	readonly axis: Axis;
	readonly size: number;
	readonly stride: number;
	readonly address: Address;
	readonly parts: readonly Part[];
	/** Whether the layer that made it can take the gradient of each row's last step alone. */
	readonly takesEndGradient?: boolean;
	/** Whether that layer reads it again on the way back, so that nobody may write over it. */
	readonly isKept?: boolean;
}

/** The gradient of a value at each row's last step (in reverse its first), when it is zero at all others. */
export interface EndGradient {
	readonly address: Address;
	readonly stride: number;
}

/** A state that a recurrent layer carries from step to step, `size` floats a row. */
export interface State {
	readonly name: string;
	readonly size: number;
	readonly stride: number;
	readonly reverse: boolean;
	/** Rows [batchSize] before the first step. */
	readonly initial: Address;
	/** Rows after each step, packed. */
	readonly steps: Address;
}

/** A list of kernel calls and the buffers that the caller fills or reads. */
export interface Program {
	/** Copies of the weights in the order the products read them; to be run again when the weights have changed. */
	readonly packs: readonly (Call & { readonly use: "forward" | "backward" })[];
	readonly calls: readonly Call[];
	/** Record of the packed batch (assembly/sequence.ts), then its row tables. */
	readonly sequence: Buffer;
	/** The same record for one row a sequence. */
	readonly rows: Buffer;
	/** Ids (i32) or values [total, stride]. */
	readonly inputs: Buffer;
	readonly inputStride: number;
	/** Room for values as the user has them, before they are packed. */
	readonly given?: Buffer;
	readonly states: readonly State[];
	readonly output: Value;
	/** With a loss: what the output is compared with, and what comes of it. */
	readonly targets?: Buffer;
	readonly weights?: Buffer;
	readonly result?: Buffer;
}

/** Bytes of a row of `size` floats, in whole vectors of four. */
export function strideOf(size: number): number {
	return padded(size) * 4;
}

export function padded(size: number): number {
	return (size + 3) & ~3;
}

export function isBuffer(operand: Buffer | Address): operand is Buffer {
	return "space" in operand;
}

/** An address `bytes` after another. */
export function at(place: Buffer | Address, bytes = 0): Address {
	if (isBuffer(place)) return { buffer: place, offset: () => bytes };
	return {
		buffer: place.buffer,
		offset: (capacity) => place.offset(capacity) + bytes,
	};
}
