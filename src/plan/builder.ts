import type { KernelName } from "../engine/kernels.ts";
import type {
	Address,
	Axis,
	Buffer,
	Call,
	Capacity,
	Operand,
	Part,
	Program,
	State,
	Value,
} from "./program.ts";
import { isBuffer, padded, strideOf } from "./program.ts";
import { recordBytes, tableOffset } from "./sequence.ts";

/** Floats of scratch that weightGradient needs besides 8 rows of DEPTH for every 8 columns (assembly/gradient.ts). */
const DEPTH = 256;
const ROWS = 60;

/** A matrix of weights [blocks · rows, columns], each gate's block of rows packed to begin at a multiple of `stride`. */
export interface WeightShape {
	readonly blocks: number;
	readonly rows: number;
	readonly columns: number;
}

/** Rows that a gradient is multiplied by, and where the result is added. */
interface Factor {
	readonly address: Operand;
	readonly stride: number;
	readonly columns: number;
	readonly gradient: Operand;
}

export interface WeightGradient {
	readonly axis?: Axis;
	/** Gradients of `blocks` gates of `rows` units, each block at a multiple of four floats. */
	readonly dy: Operand;
	readonly dyStride: number;
	readonly blocks: number;
	readonly rows: number;
	/** The input. */
	readonly x?: Factor;
	/** A second factor; with `reverse`, the states before each step instead of its rows as they are. */
	readonly past?: Factor & { readonly reverse?: boolean };
	readonly db?: Operand;
}

function tableAt(reverse: boolean): Address["offset"] {
	return (capacity) => tableOffset(capacity, reverse);
}

/** What layers write their part of a program with. */
export class Builder {
	readonly #packs: (Call & { use: "forward" | "backward" })[] = [];
	readonly #calls: Call[] = [];
	readonly #states: State[] = [];
	readonly #backward: (() => void)[] = [];
	readonly #gradients = new Map<Value, Address>();
	readonly #sequences: Readonly<Record<Axis, Buffer>>;
	readonly #given = new Set<Value>();
	#use: "forward" | "backward" = "forward";
	#layer = "";
	#prefix = "";

	constructor() {
		this.#sequences = {
			steps: this.work("sequence", recordBytes),
			rows: this.work("rows", () =>
				recordBytes({ batchSize: 0, steps: 1, total: 0 }),
			),
		};
	}

	/** Runs `write` for a layer: its calls are labelled `layer`, its parameters begin with `prefix`. */
	within<T>(layer: string, prefix: string, write: () => T): T {
		const outer = [this.#layer, this.#prefix] as const;
		[this.#layer, this.#prefix] = [layer, prefix];
		try {
			return write();
		} finally {
			[this.#layer, this.#prefix] = outer;
		}
	}

	get label(): string {
		return this.#layer;
	}

	get prefix(): string {
		return this.#prefix;
	}

	parameter(name: string): Buffer {
		return { space: "parameters", name: this.#prefix + name, bytes: () => 0 };
	}

	gradient(name: string): Buffer {
		return { space: "gradients", name: this.#prefix + name, bytes: () => 0 };
	}

	work(name: string, bytes: (capacity: Capacity) => number): Buffer {
		return { space: "work", name: `${this.#prefix}${name}`, bytes };
	}

	/** `stride` bytes for every row of an axis. */
	rows(name: string, axis: Axis, stride: number): Buffer {
		return this.work(name, (capacity) => stride * rowsOf(axis, capacity));
	}

	/** A new value and its memory. */
	value(
		name: string,
		axis: Axis,
		size: number,
		parts: readonly Part[] = [{ size, reverse: false }],
	): Value {
		const stride = strideOf(size);
		return {
			axis,
			size,
			stride,
			address: at(this.rows(name, axis, stride)),
			parts,
		};
	}

	/** A state with its initial rows. */
	state(name: string, size: number, reverse: boolean): State {
		const stride = strideOf(size);
		const buffer = this.work(
			name,
			({ batchSize, total }) => stride * (batchSize + total),
		);
		const steps = {
			buffer,
			offset: ({ batchSize }: Capacity) => stride * batchSize,
		};
		const state = {
			name: this.#prefix + name,
			size,
			stride,
			reverse,
			initial: at(buffer),
			steps,
		};
		this.#states.push(state);
		return state;
	}

	sequence(axis: Axis): Buffer {
		return this.#sequences[axis];
	}

	call(
		kernel: KernelName,
		operands: readonly Operand[],
		equation: string,
		operations: (capacity: Capacity) => number = () => 0,
	): void {
		this.#calls.push({
			kernel,
			layer: this.#layer,
			operands,
			equation,
			operations,
		});
	}

	/** What to write for the layer when the gradient has come back to it. */
	onBackward(write: () => void): void {
		const { label, prefix } = this;
		this.#backward.push(() => this.within(label, prefix, write));
	}

	/** Writes the backward half, the last layer first. */
	backward(): void {
		this.#use = "backward";
		for (const write of this.#backward.reverse()) write();
	}

	/** The gradient of a value, once a layer after it has given it. */
	gradientOf(value: Value): Address {
		const gradient = this.#gradients.get(value);
		if (gradient === undefined)
			throw new Error(
				`internal: ${this.#layer} was given no gradient; please report this.`,
			);
		return gradient;
	}

	setGradient(value: Value, gradient: Address): void {
		this.#gradients.set(value, gradient);
	}

	hasGradient(value: Value): boolean {
		return this.#gradients.has(value);
	}

	/** Packs rows of a parameter for x·Wᵀ into columns [column, …) of a matrix of `columns` columns. */
	packTransposed(
		name: string,
		{ blocks, rows, columns: depth }: WeightShape,
		into = this.packed(`${name}ᵀ`, depth, blocks * padded(rows)),
		{ block = 0, column = 0 } = {},
	): Buffer {
		const source = at(this.parameter(name), block * rows * depth * 4);
		const operands = [source, blocks, rows, padded(rows), depth, into, column];
		this.#pack("packTransposed", operands, `${name}ᵀ packed`);
		return into;
	}

	/** Packs rows of a parameter for dy·W into rows [row, …) of a matrix of depth `depth`. */
	packPlain(
		name: string,
		{ blocks, rows, columns }: WeightShape,
		depth = blocks * padded(rows),
		into = this.packed(name, depth, columns),
		{ block = 0, row = 0 } = {},
	): Buffer {
		const source = at(this.parameter(name), block * rows * columns * 4);
		this.#pack(
			"packPlain",
			[source, blocks, rows, padded(rows), columns, into, depth, row],
			`${name} packed`,
		);
		return into;
	}

	/** Packs a bias [blocks · size], each block at a multiple of four floats. */
	packBias(
		name: string,
		blocks: number,
		size: number,
		into?: Buffer,
		{ block = 0, to = 0 } = {},
	): Buffer {
		const target = into ?? this.packed(name, 1, blocks * padded(size));
		const source = at(this.parameter(name), block * size * 4);
		const operands = [
			source,
			size * 4,
			blocks,
			size,
			at(target, to * strideOf(size)),
			strideOf(size),
			0,
		];
		this.#pack("copyRows", operands, `${name} packed`);
		return target;
	}

	packed(name: string, depth: number, columns: number): Buffer {
		const bytes = Math.ceil(columns / 8) * depth * 32;
		return { space: "packed", name: this.#prefix + name, bytes: () => bytes };
	}

	#pack(
		kernel: KernelName,
		operands: readonly Operand[],
		equation: string,
	): void {
		this.#packs.push({
			kernel,
			layer: this.#layer,
			operands,
			equation,
			operations: () => 0,
			use: this.#use,
		});
	}

	/** y = x·B + bias for all rows of x. */
	project(
		x: Value,
		panels: Operand,
		bias: Operand,
		y: Operand,
		columns: number,
		stride = columns * 4,
	): void {
		const operands = [
			this.sequence(x.axis),
			x.address,
			x.stride,
			x.size,
			panels,
			bias,
			0,
			y,
			stride,
			columns,
		];
		this.call(
			"project",
			operands,
			`y = x·Wᵀ + b  [·, ${x.size}]·[${x.size}, ${columns}]`,
			(capacity) => 2 * rowsOf(x.axis, capacity) * x.size * columns,
		);
	}

	/** dx += dy·B, unless x is what the user gave. */
	projectBack(
		x: Value,
		dy: Operand,
		stride: number,
		depth: number,
		panels: () => Operand,
	): void {
		if (!this.wantsGradient(x)) return;
		const before = this.#gradients.get(x);
		const dx = before ?? at(this.rows("dx", x.axis, x.stride));
		const columns = x.stride / 4;
		const init = before === undefined ? [0, 0] : [dx, x.stride];
		const operands = [
			this.sequence(x.axis),
			dy,
			stride,
			depth,
			panels(),
			...init,
			dx,
			x.stride,
			columns,
		];
		this.call(
			"project",
			operands,
			`dx = dy·W  [·, ${depth}]·[${depth}, ${columns}]`,
			(capacity) => 2 * rowsOf(x.axis, capacity) * depth * columns,
		);
		this.#gradients.set(x, dx);
	}

	/** Marks what the user gives: nobody asks for its gradient. */
	give(value: Value): Value {
		this.#given.add(value);
		return value;
	}

	wantsGradient(value: Value): boolean {
		return !this.#given.has(value);
	}

	/** dW += dyᵀ·x and dU += dyᵀ·past over all rows, and db += the sums of dy. */
	weightGradient({
		axis = "steps",
		dy,
		dyStride,
		blocks,
		rows,
		x,
		past,
		db = 0,
	}: WeightGradient): void {
		const xColumns = x?.columns ?? 0;
		const pastColumns = past?.columns ?? 0;
		const panels = Math.ceil(xColumns / 8) + Math.ceil(pastColumns / 8);
		const scratch = this.work("scratch", () => 4 * DEPTH * (ROWS + 8 * panels));
		const table =
			past?.reverse === undefined
				? 0
				: { buffer: this.sequence("steps"), offset: tableAt(past.reverse) };
		const size = blocks * rows;
		this.call(
			"weightGradient",
			[
				...[this.sequence(axis), dy, dyStride, blocks, rows, padded(rows), db],
				...[x?.address ?? 0, x?.stride ?? 0, xColumns, x?.gradient ?? 0],
				...[
					past?.address ?? 0,
					past?.stride ?? 0,
					table,
					pastColumns,
					past?.gradient ?? 0,
				],
				scratch,
			],
			`dW = dyᵀ·x  [${size}, ·]·[·, ${xColumns + pastColumns}]`,
			(capacity) =>
				2 * rowsOf(axis, capacity) * size * (xColumns + pastColumns),
		);
	}

	/** Zeroes all rows of a buffer. */
	zeroRows(axis: Axis, buffer: Buffer | Address, stride: number): void {
		this.call("zeroRows", [this.sequence(axis), buffer, stride], "= 0");
	}

	/** Makes the states after one step the initial ones of the next. */
	carryStates(): void {
		for (const { name, size, stride, initial, steps } of this.#states) {
			this.call(
				"copyRows",
				[steps, stride, 1, size, initial, stride, 0],
				`${name} carried`,
			);
		}
	}

	/** The program, when every layer has written its part. */
	program(
		parts: Pick<
			Program,
			"inputs" | "inputStride" | "output" | "targets" | "weights" | "result"
		>,
	): Program {
		return {
			packs: this.#packs,
			calls: this.#calls,
			sequence: this.#sequences.steps,
			rows: this.#sequences.rows,
			states: this.#states,
			...parts,
		};
	}
}

export function rowsOf(axis: Axis, { batchSize, total }: Capacity): number {
	return axis === "steps" ? total : batchSize;
}

/** An address `bytes` after another. */
export function at(place: Buffer | Address, bytes = 0): Address {
	if (isBuffer(place)) return { buffer: place, offset: () => bytes };
	return {
		buffer: place.buffer,
		offset: (capacity) => place.offset(capacity) + bytes,
	};
}
