import type { KernelName } from "../engine/kernels.ts";
import type { Capacity } from "./capacity.ts";
import { valuesCost } from "./cost.ts";
import { cutOf } from "./cut.ts";
import { Gradients } from "./gradients.ts";
import { descriptorBytes } from "./packing.ts";
import type {
	Account,
	Axis,
	Border,
	Buffer,
	Call,
	Gates,
	NoMore,
	Operand,
	Operands,
	Part,
	Phase,
	Probe,
	Program,
	Seen,
	State,
	Training,
	Value,
} from "./program.ts";
import { ALL, at, bufferOf, strideOf } from "./program.ts";
import { copyRows } from "./rows.ts";
import { StandIns } from "./standIns.ts";

/** Writes a program: layers, losses and optimizers each add their calls through it. */
export class Builder {
	/** The axis of every step of every sequence of the inputs. */
	readonly steps: Axis;
	/** The axis of one row for each sequence. */
	readonly sequences: Axis;
	/** The gradients of values, as far as the backward half has been written. */
	readonly gradients = new Gradients(this);
	/** What stands in for parameters and their gradients. */
	readonly standIns = new StandIns();
	/** Bytes of a region that holds all parameters. */
	readonly parameterBytes: number;
	/** Whether the program trains, so that layers do what they do in training only. */
	readonly trains: boolean;
	/** Whether Omega's gradient is added to that of the loss. */
	readonly omega: boolean;
	readonly #seen: Seen | undefined;
	readonly #probes: Probe[] = [];
	readonly #gates: Gates[] = [];
	readonly #phases: Record<Phase, Call[]> = {
		pack: [],
		draw: [],
		zero: [],
		forward: [],
		backward: [],
		norm: [],
		update: [],
	};
	readonly #states: State[] = [];
	readonly #borders: Border[] = [];
	readonly #backward: (() => void)[] = [];
	readonly #given = new Set<Value>();
	#phase: Phase = "forward";
	#layer = "";
	#prefix = "";
	#order: Buffer | undefined;
	#sites = 0;

	/** @param seen What recurrent layers leave behind to be seen; nothing unless given. */
	constructor(parameterBytes: number, { seen, omega = false, trains = false }: Training = {}) {
		this.parameterBytes = parameterBytes;
		this.trains = trains;
		this.omega = omega;
		this.#seen = seen;
		this.sequences = {
			name: "sequences",
			perStep: false,
			packing: this.#packing("sequences", () => this.sequences),
			get ends(): Axis {
				return this;
			},
		};
		this.steps = {
			name: "steps",
			perStep: true,
			packing: this.#packing("steps", () => this.steps),
			ends: this.sequences,
		};
	}

	#packing(name: string, axis: () => Axis): Buffer {
		return this.work(`packing of ${name}`, (capacity) => descriptorBytes(capacity.of(axis())));
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

	/** Runs `write` for a phase: its calls belong there. */
	during<T>(phase: Phase, write: () => T): T {
		const outer = this.#phase;
		this.#phase = phase;
		try {
			return write();
		} finally {
			this.#phase = outer;
		}
	}

	get label(): string {
		return this.#layer;
	}

	get prefix(): string {
		return this.#prefix;
	}

	/** A parameter of the layer that is being written. */
	parameter(name: string): Buffer {
		return { space: "parameters", name: this.#prefix + name, bytes: () => 0 };
	}

	/** What products read as such a parameter: itself, or what stands in for it. */
	weights(name: string): Buffer {
		return this.standIns.of(this.parameter(name));
	}

	/** The gradient of such a parameter, or what stands in for it. */
	gradient(name: string): Buffer {
		return this.standIns.of({ space: "gradients", name: this.#prefix + name, bytes: () => 0 });
	}

	/** All parameters, or their gradients, as one region. */
	region(space: "parameters" | "gradients"): Buffer {
		return { space, name: ALL, bytes: () => this.parameterBytes };
	}

	/** What an optimizer keeps under a name, a float for each parameter. */
	slot(name: string): Buffer {
		return { space: "slots", name, bytes: () => this.parameterBytes };
	}

	/** A buffer in the workspace. */
	work(name: string, bytes: (capacity: Capacity) => number, rows?: NonNullable<Buffer["rows"]>): Buffer {
		return { space: "work", name: `${this.#prefix}${name}`, bytes, ...(rows && { rows }) };
	}

	/** A buffer in the workspace with `stride` bytes for every row of an axis. */
	rows(name: string, axis: Axis, stride: number): Buffer {
		return this.work(name, (capacity) => stride * capacity.of(axis).total, { axis, bytes: stride });
	}

	/** A new value and its memory. */
	value(name: string, axis: Axis, size: number, parts: readonly Part[] = [{ size, reverse: false }]): Value {
		const stride = strideOf(size);
		return { axis, size, stride, address: at(this.rows(name, axis, stride)), parts };
	}

	/** A new state and its memory, initial rows included. `learned` names the parameter that sequences begin with where they
	 * are given no state and go on from none, or is a number that they begin with then. */
	state(
		name: string,
		axis: Axis,
		size: number,
		reverse: boolean,
		learned?: string | number,
		{ together, ...limits }: Pick<State, "together" | "least"> = {},
	): State {
		const stride = strideOf(size);
		const room = (capacity: Capacity) => capacity.of(axis).batchSize;
		const bytes = (capacity: Capacity) => stride * (room(capacity) + capacity.of(axis).total);
		const buffer = this.work(name, bytes, { axis, bytes: stride });
		const steps = { buffer, offset: (capacity: Capacity) => stride * room(capacity) };
		const initial = at(buffer);
		const state: State = {
			...{ name: this.#prefix + name, axis, size, stride, reverse, room, initial, steps },
			...(learned && {
				learned: {
					...(typeof learned === "string" && { parameter: learned }),
					begins: this.rows(`begins of ${name}`, axis.ends, 4),
				},
			}),
			...(together && { together: together.map((other) => this.#prefix + other) }),
			...limits,
		};
		this.#states.push(state);
		if (state.learned !== undefined) {
			const rows = { packing: axis.packing, begins: state.learned.begins, columns: size, state: initial, ldt: stride };
			const account = { equation: `${name}[0] = ${learned}`, cost: valuesCost(axis.ends, size) };
			if (typeof learned === "number") this.call("initialFill", { ...rows, value: learned }, account);
			else this.call("initialForward", { ...rows, learned: this.parameter(learned as string) }, account);
		}
		return state;
	}

	/** Sets where the gradient of a state's initial rows is, and adds it to that of a learned one. */
	initialGradient(state: State, rows: Buffer): void {
		state.gradient = rows;
		const { axis, size, stride, learned } = state;
		if (learned?.parameter === undefined) return;
		const { parameter, begins } = learned;
		this.call(
			"initialBackward",
			{ packing: axis.packing, begins, dState: rows, lds: stride, columns: size, dLearned: this.gradient(parameter) },
			{ equation: `d${parameter} += d${state.name}[0]`, cost: valuesCost(axis.ends, size, 1) },
		);
	}

	/** The rows of a value at the step before a part of the batch, one for each sequence. Where no step is in another part, nothing
	 * is there. */
	border(value: Value): Buffer {
		const rows = this.rows("step before", value.axis.ends, value.stride);
		this.#borders.push({ value, rows });
		return rows;
	}

	/** The row of the user's batch that each sequence is (i32). */
	order(): Buffer {
		this.#order ??= this.rows("order", this.sequences, 4);
		return this.#order;
	}

	/** A number for each place where random numbers are drawn. */
	site(): number {
		return this.#sites++;
	}

	/** A buffer for a matrix in panels, named after a parameter. Panels of what stands in for that are no other program's. */
	panels(name: string, depth: number, columns: number): Buffer {
		const bytes = Math.ceil(columns / 8) * depth * 32;
		const [parameter] = /^\w+/.exec(name) as RegExpExecArray;
		const isOwn = this.weights(parameter).space !== "parameters";
		return { space: "panels", name: `${this.#prefix}${name}${isOwn ? " left" : ""}`, bytes: () => bytes };
	}

	/** Adds a call to the phase that is being written. */
	call<K extends KernelName, O extends Operands<K>>(kernel: K, operands: O & NoMore<O, K>, account: Account): void {
		const { equation, cost } = account;
		const cut = cutOf(kernel, operands, this, account.count);
		this.#phases[this.#phase].push({ kernel, layer: this.#layer, operands, equation, cost, ...(cut && { cut }) });
	}

	/** Adds a call that copies weights, from `source`, in the order the products read them. */
	pack<K extends KernelName, O extends Operands<K>>(kernel: K, operands: O & NoMore<O, K>, equation: string): void {
		const { source } = operands as Readonly<Record<string, Operand>>;
		const phase = bufferOf(source)?.space === "parameters" ? "pack" : "draw";
		const cost = { shapes: "", operations: () => 0 };
		this.during(phase, () => this.call(kernel, operands, { equation, cost }));
	}

	/** Keeps `write` until the backward half is written: it writes the layer's part of that; with `last` a part that follows those of
	 * all layers. */
	onBackward(write: () => void, { last = false } = {}): void {
		const { label, prefix } = this;
		const own = () => this.within(label, prefix, write);
		if (last) this.#backward.unshift(own);
		else this.#backward.push(own);
	}

	/** Writes the backward half, the last layer's part first. */
	backward(): void {
		this.during("backward", () => {
			for (let write = this.#backward.pop(); write; write = this.#backward.pop()) write();
		});
	}

	/** Marks a value as given by the user: its gradient is not computed. */
	give(value: Value): Value {
		this.#given.add(value);
		return value;
	}

	wantsGradient(value: Value): boolean {
		return !this.#given.has(value);
	}

	/** Makes a recurrent layer one of those that `Trainer.inspect` shows. */
	probe(probe: Probe): void {
		// The way back meets the last layer first.
		this.#probes.unshift(this.#seen === "all" ? probe : { ...probe, gates: undefined });
	}

	/** Says where the layer that is being written leaves its gates. */
	gates(gates: Omit<Gates, "prefix">): void {
		this.#gates.push({ prefix: this.#prefix, ...gates });
	}

	/** A buffer for the squared norms of rows; 0 where nobody will look at them. */
	norms(name: string, axis: Axis): Buffer | 0 {
		return this.#seen ? this.rows(name, axis, 8) : 0;
	}

	/** Makes the states after one step the initial ones of the next. */
	carryStates(): void {
		this.within("states", "", () => {
			for (const { name, axis, size, stride, initial, steps } of this.#states)
				copyRows(this, axis.ends, { address: steps, stride }, { address: initial, stride }, size, `${name} carried`);
		});
	}

	/** The program, once every part is written. */
	program(
		parts: Omit<Program, "phases" | "axis" | "draws" | "states" | "borders" | "probes" | "gates" | "order">,
	): Program {
		const carried = { states: this.#states, borders: this.#borders };
		const written = { phases: this.#phases, ...carried, probes: this.#probes, gates: this.#gates };
		const draws = this.#sites > 0;
		return { ...written, axis: this.steps, draws, ...(this.#order && { order: this.#order }), ...parts };
	}
}
