import type { ParameterLayout } from "../compile/layout.ts";
import type { Engine } from "../engine/engine.ts";
import { type Kind, kernels, recordLayout } from "../engine/kernels.ts";
import type { Capacity } from "../plan/capacity.ts";
import type { Plan } from "../plan/plan.ts";
import {
	type Address,
	ALL,
	type Buffer,
	bufferOf,
	type Call,
	callsOf,
	isBuffer,
	type Operand,
	PHASES,
	type Phase,
	type Program,
} from "../plan/program.ts";
import { spans } from "../plan/recompute/schedule.ts";
import { recordBytesOf, type Storage } from "./storage.ts";

export type Run = () => void;

/** Panels of weights. Several calls may write them, a gate each, so they are up to date only when all have run. */
export interface Panels {
	/** The version of the parameters that they hold. */
	version: number;
}

/** A call that puts weights into panels. */
interface Pack {
	readonly panels: Panels;
	readonly run: Run;
}

/** A program bound to a place in the engine's memory, ready to run. */
export interface Job {
	readonly program: Program;
	readonly plan: Plan;
	readonly capacity: Capacity;
	readonly phases: Readonly<Record<Phase, readonly Run[]>>;
	/** The calls of the program, each bound. */
	readonly runs: ReadonlyMap<Call, Run>;
	readonly packs: readonly Pack[];
	/** The version of the parameters that all its panels hold at least. */
	version: number;
	/** Where a place is, as long as no part of a batch is set. */
	address(place: Buffer | Address): number;
	/** Where the states are kept that a slot holds. */
	keptAt(slot: number): number;
	/** Lets buffers that have room for one part of a batch begin with the packed row `origin`. */
	moveTo(origin: number): void;
	/** Writes settings, by name, into the records that hold them. */
	set(settings: Readonly<Record<string, number>>): void;
}

/** Binds the calls of a plan to the engine's kernels and their operands to numbers. What outlives a call has its address in
 * `storage`; everything else is in the workspace, which begins where `storage` ends. Records are written here.
 * @param panelsOf Finds panels by their name. */
export function bindPlan(
	plan: Plan,
	engine: Engine,
	storage: Storage,
	layout: ParameterLayout,
	panelsOf: (name: string) => Panels,
): Job {
	const { program, capacity } = plan;
	const binder = new Binder(plan, engine, storage, layout);
	const runs = new Map(callsOf(program).map((call) => [call, binder.bind(call)]));
	const phases = Object.fromEntries(
		PHASES.map((phase) => [phase, program.phases[phase].map((call) => runs.get(call) as Run)]),
	) as Record<Phase, Run[]>;
	return {
		...{ program, plan, capacity, phases, runs },
		packs: phases.pack.map((run, index) => ({ panels: panelsOf(writtenBy(program.phases.pack[index] as Call)), run })),
		version: -1,
		address: (place) => binder.address(place),
		keptAt: (slot) => storage.end + (plan.kept ? plan.kept.offset + slot * plan.kept.bytes : 0),
		moveTo: (origin) => binder.moveTo(origin),
		set: (settings) => binder.set(settings),
	};
}

/** The name of the buffer that a call writes. */
function writtenBy({ kernel, operands }: Call): string {
	const [written] = kernels[kernel].writes ?? [];
	return bufferOf(operands[written as string] as Operand)?.name ?? "";
}

/** The index of an address in the engine's view of this kind. */
function indexOf(kind: Kind, address: number): number {
	return address / (kind === "f64" ? 8 : 4);
}

class Binder {
	readonly #plan: Plan;
	readonly #engine: Engine;
	readonly #storage: Storage;
	readonly #layout: ParameterLayout;
	/** The fields of records that each setting is written to. */
	readonly #settings: Record<string, { readonly kind: Kind; readonly index: number }[]> = {};
	/** Sets the operands that point at rows of one part. */
	readonly #moves: ((origin: number) => void)[] = [];
	/** Where the next record goes. */
	#record: number;

	constructor(plan: Plan, engine: Engine, storage: Storage, layout: ParameterLayout) {
		this.#plan = plan;
		this.#engine = engine;
		this.#storage = storage;
		this.#layout = layout;
		this.#record = storage.records.get(plan.program) as number;
	}

	bind(call: Call): Run {
		const { kernel, operands, cut } = call;
		const run = this.#engine.kernels[kernel];
		const range = cut === undefined ? [] : [0, cut.size(this.#plan.capacity)];
		if (!kernels[kernel].record) {
			const names = Object.keys(kernels[kernel].operands);
			const args = [...names.map((name) => this.#number(operands[name] as Operand)), ...range];
			const moved = names.filter((name, index) =>
				this.#move(call, name, (address) => {
					args[index] = address | 0;
				}),
			);
			return moved.length > 0 ? () => run(...args) : run.bind(undefined, ...args);
		}
		const record = this.#record;
		this.#record += recordBytesOf(call);
		for (const [name, { kind, offset }] of recordLayout(kernel).fields) {
			const operand = operands[name] as Operand;
			const address = record + offset;
			if (typeof operand === "object" && "setting" in operand) this.#keep(operand.setting, kind, address);
			else this.#write(kind, address, this.#number(operand));
			this.#move(call, name, (value) => this.#write(kind, address, value));
		}
		const [begin = 0, end = 0] = range;
		return cut === undefined ? run.bind(undefined, record) : run.bind(undefined, record, begin, end);
	}

	/** Where a call on a part has an operand that is local to it, makes `set` set it so that the operand's packed rows are counted
	 * from the beginning of the batch. Returns whether it is one. */
	#move(call: Call, name: string, set: (address: number) => void): boolean {
		const { program, schedule } = this.#plan;
		const operand = call.operands[name] as Operand;
		const buffer = bufferOf(operand);
		if (buffer?.rows === undefined || !schedule?.local.has(buffer) || !spans(program, call)) return false;
		const { bytes } = buffer.rows;
		const address = this.#number(operand);
		this.#moves.push((origin) => set(address - origin * bytes));
		return true;
	}

	moveTo(origin: number): void {
		for (const move of this.#moves) move(origin);
	}

	#keep(setting: string, kind: Kind, address: number): void {
		this.#settings[setting] ??= [];
		this.#settings[setting].push({ kind, index: indexOf(kind, address) });
	}

	set(settings: Readonly<Record<string, number>>): void {
		const { f32, f64, i32 } = this.#engine;
		const views = { f32, f64, i32, place: i32 };
		for (const name in settings) {
			for (const { kind, index } of this.#settings[name] ?? []) views[kind][index] = settings[name] as number;
		}
	}

	#write(kind: Kind, address: number, value: number): void {
		const view = kind === "place" ? "i32" : kind;
		this.#engine[view][indexOf(kind, address)] = value;
	}

	#number(operand: Operand): number {
		if (typeof operand === "number") return operand;
		if (typeof operand === "function") return operand(this.#plan.capacity);
		if ("setting" in operand) throw new Error(`internal: "${operand.setting}" has no record to stand in.`);
		return this.address(operand);
	}

	address(place: Buffer | Address): number {
		if (!isBuffer(place)) return this.address(place.buffer) + place.offset(this.#plan.capacity);
		const { space, name } = place;
		const { end, panels, slots } = this.#storage;
		if (space === "work") return end + (this.#plan.offsets.get(place) as number);
		if (space === "panels") return panels.get(name) as number;
		if (space === "slots") return slots.get(name) as number;
		return this.#storage[space] + (name === ALL ? 0 : (this.#layout.offsets.get(name) as number));
	}
}
