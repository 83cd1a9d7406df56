import type { KernelName } from "../engine/kernels.ts";
import { type Cost, rowsOf, valuesCost } from "./cost.ts";
import { recordBytes } from "./packing.ts";
import type {
	Address,
	Axis,
	Buffer,
	Call,
	Capacity,
	EndGradient,
	Operand,
	Part,
	Program,
	State,
	Value,
} from "./program.ts";
import { at, strideOf } from "./program.ts";

/** What layers write their part of a program with. */
export class Builder {
	readonly #packs: (Call & { use: "forward" | "backward" })[] = [];
	readonly #calls: Call[] = [];
	readonly #states: State[] = [];
	readonly #backward: (() => void)[] = [];
	readonly #gradients = new Map<Value, Address>();
	readonly #endGradients = new Map<Value, EndGradient>();
	readonly #sequences: Readonly<Record<Axis, Buffer>>;
	readonly #given = new Set<Value>();
	#use: "forward" | "backward" = "forward";
	#layer = "";
	#prefix = "";

	constructor() {
		this.#sequences = {
			steps: this.work("sequence", recordBytes),
			rows: this.work("rows", () => recordBytes({ batchSize: 0, steps: 1, total: 0 })),
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
	value(name: string, axis: Axis, size: number, parts: readonly Part[] = [{ size, reverse: false }]): Value {
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
		const buffer = this.work(name, ({ batchSize, total }) => stride * (batchSize + total));
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

	call(kernel: KernelName, operands: readonly Operand[], equation: string, cost: Cost): void {
		this.#calls.push({
			kernel,
			layer: this.#layer,
			operands,
			equation,
			cost,
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
		if (gradient === undefined) throw new Error(`internal: ${this.#layer} was given no gradient; please report this.`);
		return gradient;
	}

	setGradient(value: Value, gradient: Address): void {
		this.#gradients.set(value, gradient);
	}

	/** The gradient of a value so far; undefined if no layer after it has given one. */
	gradientSoFar(value: Value): Address | undefined {
		return this.#gradients.get(value);
	}

	/** The gradient of a value that has it at its rows' ends only; undefined if a layer gave all of it. */
	endGradientOf(value: Value): EndGradient | undefined {
		return this.#endGradients.get(value);
	}

	setEndGradient(value: Value, gradient: EndGradient): void {
		if (!value.takesEndGradient || this.#gradients.has(value))
			throw new Error(`internal: ${this.#layer} can't give the gradient of an end; please report this.`);
		this.#endGradients.set(value, gradient);
	}

	/** Room for a packed matrix. */
	packed(name: string, depth: number, columns: number): Buffer {
		const bytes = Math.ceil(columns / 8) * depth * 32;
		return { space: "packed", name: this.#prefix + name, bytes: () => bytes };
	}

	/** A call that copies weights in the order the products read them. */
	pack(kernel: KernelName, operands: readonly Operand[], equation: string): void {
		this.#packs.push({
			kernel,
			layer: this.#layer,
			operands,
			equation,
			cost: { shapes: "", operations: () => 0 },
			use: this.#use,
		});
	}

	/** Marks what the user gives: nobody asks for its gradient. */
	give(value: Value): Value {
		this.#given.add(value);
		return value;
	}

	wantsGradient(value: Value): boolean {
		return !this.#given.has(value);
	}

	/** Zeroes all rows of a buffer. */
	zeroRows(axis: Axis, buffer: Buffer | Address, stride: number): void {
		this.call("zeroRows", [this.sequence(axis), buffer, stride], "= 0", valuesCost(axis, stride / 4));
	}

	/** Makes the states after one step the initial ones of the next. */
	carryStates(): void {
		for (const { name, size, stride, initial, steps } of this.#states) {
			this.call("copyRows", [steps, stride, 1, size, initial, stride, 0], `${name} carried`, valuesCost("rows", size));
		}
	}

	/** The program, when every layer has written its part. */
	program(
		parts: Pick<Program, "inputs" | "inputStride" | "given" | "output" | "targets" | "weights" | "result">,
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
