import type { KernelName, Kind, OperandKinds } from "../engine/kernels.ts";
import type { Capacity, Ragged } from "./capacity.ts";
import type { Cost } from "./cost.ts";

/** Where a buffer lives: with the parameters (their values, their gradients, what the optimizer keeps of each, their panels),
 * or in the workspace, where buffers that are not needed at the same time share memory. */
export type Space = "parameters" | "gradients" | "slots" | "panels" | "work";

export interface Buffer {
	readonly space: Space;
	/** In `parameters` and `gradients` the parameter's name, or {@link ALL} for the region of all of them. */
	readonly name: string;
	readonly bytes: (capacity: Capacity) => number;
	/** Where it has a row for each packed row of an axis: the axis, and how long a row is. */
	readonly rows?: { readonly axis: Axis; readonly bytes: number };
}

/** The name of the region that holds all parameters, or all gradients. */
export const ALL = "*";

/** A place in a buffer. */
export interface Address {
	readonly buffer: Buffer;
	readonly offset: (capacity: Capacity) => number;
}

/** A number that the host gives anew at each run, such as a learning rate. */
export interface Setting {
	readonly setting: string;
}

type Count = number | ((capacity: Capacity) => number);

/** What a call hands a kernel: a place (0 for none), a number, a number that depends on the batch's size, or one that is given
 * when the program runs. */
export type Operand = Buffer | Address | Count | Setting;

type OperandOf<K extends Kind> = K extends "place" ? Buffer | Address | 0 : Count | Setting;

/** All operands of a kernel by name. */
export type Operands<K extends KernelName> = {
	readonly [Name in keyof OperandKinds<K>]: OperandKinds<K>[Name] extends Kind
		? OperandOf<OperandKinds<K>[Name]>
		: never;
};

/** Forbids names that the kernel has no operand for. TypeScript by itself looks for such names in plain literals only, not in
 * what is spread into them. */
export type NoMore<O, K extends KernelName> = { readonly [Name in Exclude<keyof O, keyof Operands<K>>]: never };

/** What a call says of itself besides its operands: for `Model.explain`, and for whoever cuts its work. */
export interface Account {
	/** What it does, in the letters of the equations. */
	readonly equation: string;
	readonly cost: Cost;
	/** How many things it is cut along, where neither its packing nor an operand says so. */
	readonly count?: number;
}

/** Adds a call to a program. */
export type WriteCall = <K extends KernelName, O extends Operands<K>>(
	kernel: K,
	operands: O & NoMore<O, K>,
	account: Account,
) => void;

/** One kernel call, as data: addresses become numbers when the program is planned. */
export interface Call {
	readonly kernel: KernelName;
	/** The layer it works for, as `1.lstm`. */
	readonly layer: string;
	readonly operands: Readonly<Record<string, Operand>>;
	/** What it does, in the letters of the equations. */
	readonly equation: string;
	readonly cost: Cost;
	/** What its work may be cut along; undefined where it can't be cut. */
	readonly cut?: Cut;
}

/** Ranges that a call's work may be cut into: of `size` things, named `along`. */
export interface Cut {
	readonly along: string;
	readonly size: (capacity: Capacity) => number;
}

/** A ragged axis: one row for every live step of every sequence, or one for every sequence. */
export interface Axis extends Ragged {
	readonly name: string;
	/** How its rows are packed (assembly/packing.ts). */
	readonly packing: Buffer;
	/** The axis of one row for each of its sequences. */
	readonly ends: Axis;
}

/** Neighbouring columns of a value that one layer made, and whether that walked in reverse: then a sequence ends at its first
 * step. */
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
	/** Its columns from left to right: several parts where a bidirectional layer made it. */
	readonly parts: readonly Part[];
	/** Where it is a sum of values that end at different steps: then the end of it is the sum of theirs. */
	readonly sum?: Sum;
}

/** scale·(a + b). */
export interface Sum {
	readonly terms: readonly [Value, Value];
	readonly scale: number;
}

/** A state that a recurrent layer carries from step to step, `size` floats a row. */
export interface State {
	readonly name: string;
	readonly axis: Axis;
	readonly size: number;
	readonly stride: number;
	readonly reverse: boolean;
	/** How many initial rows it has memory for. */
	readonly room: (capacity: Capacity) => number;
	/** The initial rows, one for each sequence. */
	readonly initial: Address;
	/** The packed rows, each after its step; the initial rows stand right before them. */
	readonly steps: Address;
	/** Where the first state is learned: the parameter, or none where it is a constant beside others that are, and whether each
	 * sequence begins with it (i32), which the caller says. */
	readonly learned?: { readonly parameter?: string; readonly begins: Buffer };
	/** The states, itself among them, of which a user gives all or none, since each means something only beside the others. */
	readonly together?: readonly string[];
	/** What none of its values is less than. */
	readonly least?: number;
	/** In training: the gradient of the initial rows, one for each sequence. */
	gradient?: Buffer;
}

/** What a call reads of the step before those that it works on: where a batch is walked in parts, that step is in another part. */
export interface Border {
	/** Whose rows they are. */
	readonly value: Value;
	/** A row for each sequence, as long as the value's. */
	readonly rows: Buffer;
}

/** Where a recurrent layer leaves its gates on the way forward, after their functions. The way back writes over them. */
export interface Gates {
	/** What the layer's states and parameters begin with: `0.`, or of a bidirectional layer `0.forward.`. */
	readonly prefix: string;
	readonly h: State;
	readonly address: Address;
	/** Units of each. */
	readonly size: number;
	/** How many a row has, and which of them each one is; `tanh` tells those from -1 to 1. */
	readonly blocks: number;
	readonly places: Readonly<Record<string, { readonly block: number; readonly tanh: boolean }>>;
}

/** How much of it is to be seen: without `all` no gates, so that their memory may be written over. */
export type Seen = "norms" | "all";

/** Whether a program trains, and what it does then besides. */
export interface Training {
	readonly trains?: boolean;
	readonly seen?: Seen | undefined;
	readonly omega?: boolean;
}

/** What can be seen of a recurrent layer on the way back. */
export interface Probe {
	/** `0.lstm`, or of a bidirectional layer `0.lstm.forward`. */
	readonly name: string;
	readonly h: State;
	/** The squared norm of the gradient with respect to each row of h, and of c (f64). */
	readonly hiddenNorms: Buffer;
	readonly cellNorms?: Buffer;
	/** The gates after their functions, and which block of a row each of them is; `tanh` tells those from -1 to 1. */
	readonly gates?: Address | undefined;
	/** Units of each gate. */
	readonly size: number;
	readonly blocks: number;
	readonly places: Readonly<Record<string, { readonly block: number; readonly tanh: boolean }>>;
	/** The parameter that h is multiplied by, and at which of its rows the candidate's block begins; a vector multiplies h unit
	 * by unit, a matrix with fewer columns than h has units as many neighbours by themselves. Absent where nothing multiplies h. */
	readonly recurrent?: { readonly weights: string; readonly row: number };
}

/** The phases of a training step, in order: `pack` puts weights that have changed into panels, `draw` draws those that are dropped
 * and puts what is left into panels, `zero` sets gradients to zero, `forward` computes outputs and loss, `backward` adds up the
 * gradients, `norm` computes their norm, `update` updates the parameters. */
export const PHASES = ["pack", "draw", "zero", "forward", "backward", "norm", "update"] as const;

export type Phase = (typeof PHASES)[number];

/** What an output is compared with, and what comes of it. */
export interface ProgramLoss {
	readonly targets: Buffer;
	readonly targetStride: number;
	readonly weights: Buffer;
	/** Numbers that do not change from batch to batch, which the caller fills in too. */
	readonly constants?: Buffer;
	/** The sums of losses and hits (f64, f64). */
	readonly result: Buffer;
	/** Whether the output, targets and weights are read after the program. */
	readonly keepsOutput: boolean;
}

/** A list of kernel calls and the buffers that the caller fills or reads. */
export interface Program {
	readonly phases: Readonly<Record<Phase, readonly Call[]>>;
	/** The axis of the inputs, every step of every sequence. */
	readonly axis: Axis;
	/** Packed ids (i32), or packed values whose rows are `inputStride` bytes long. */
	readonly inputs: Buffer;
	readonly inputStride: number;
	/** Room for values as the user has them, before they are packed. */
	readonly given?: Buffer;
	/** Whether it draws random numbers: then the caller sets the seed and the number of the update. */
	readonly draws: boolean;
	/** Where what is drawn depends on rows: the row of the user's batch that each sequence is (i32), which the caller says. */
	readonly order?: Buffer;
	readonly states: readonly State[];
	readonly borders: readonly Border[];
	readonly output: Value;
	readonly loss?: ProgramLoss;
	/** What can be seen, where the program was written to show it. */
	readonly probes: readonly Probe[];
	readonly gates: readonly Gates[];
	/** With an update: the gradient's norm before it (f64). */
	readonly norm?: Buffer;
}

/** All calls in the order in which a step makes them. */
export function callsOf({ phases }: Program): Call[] {
	return PHASES.flatMap((phase) => phases[phase]);
}

/** Bytes of a row of `size` floats, in whole vectors of four. */
export function strideOf(size: number): number {
	return padded(size) * 4;
}

/** A size rounded up to whole vectors of four. */
export function padded(size: number): number {
	return (size + 3) & ~3;
}

/** The buffer of an operand that is a place. */
export function bufferOf(operand: Operand): Buffer | undefined {
	if (typeof operand !== "object" || "setting" in operand) return undefined;
	return isBuffer(operand) ? operand : operand.buffer;
}

export function isBuffer(place: Buffer | Address): place is Buffer {
	return "space" in place;
}

/** An address `bytes` after another. */
export function at(place: Buffer | Address, bytes = 0): Address {
	if (isBuffer(place)) return { buffer: place, offset: () => bytes };
	return { buffer: place.buffer, offset: (capacity) => place.offset(capacity) + bytes };
}
