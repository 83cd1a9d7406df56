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
	isBuffer,
	type Operand,
	PHASES,
	type Phase,
	type Program,
} from "../plan/program.ts";
import { recordBytesOf, type Storage } from "./storage.ts";

type Run = () => void;

/** Panels of weights, which several calls may write. */
export interface Panels {
	/** Of which version of the parameters they are. */
	version: number;
}

/** A call that puts weights into panels. */
interface Pack {
	readonly panels: Panels;
	readonly run: Run;
}

/** A program in its place, ready to run. */
export interface Job {
	readonly program: Program;
	readonly capacity: Capacity;
	readonly phases: Readonly<Record<Phase, readonly Run[]>>;
	readonly packs: readonly Pack[];
	/** Of which version of the parameters all its panels are. */
	version: number;
	address(place: Buffer | Address): number;
	/** Writes the numbers that a program takes anew at each run. */
	set(settings: Readonly<Record<string, number>>): void;
}

/** Binds the calls of a plan to the engine's kernels, and their operands to addresses and numbers: of what outlives a call in
 * `storage`, of all else in the workspace behind it. A kernel that takes a record finds it written.
 * @param panelsOf The panels of a name. */
export function bindPlan(
	plan: Plan,
	engine: Engine,
	storage: Storage,
	layout: ParameterLayout,
	panelsOf: (name: string) => Panels,
): Job {
	const { program, capacity } = plan;
	const binder = new Binder(plan, engine, storage, layout);
	const phases = Object.fromEntries(
		PHASES.map((phase) => [phase, program.phases[phase].map((call) => binder.bind(call))]),
	) as Record<Phase, Run[]>;
	return {
		program,
		capacity,
		phases,
		packs: phases.pack.map((run, index) => ({ panels: panelsOf(writtenBy(program.phases.pack[index] as Call)), run })),
		version: -1,
		address: (place) => binder.address(place),
		set: (settings) => binder.set(settings),
	};
}

/** The buffer that a call writes. */
function writtenBy({ kernel, operands }: Call): string {
	const [written] = kernels[kernel].writes ?? [];
	return bufferOf(operands[written as string] as Operand)?.name ?? "";
}

/** Of a number in the engine's view of its kind. */
function indexOf(kind: Kind, address: number): number {
	return address / (kind === "f64" ? 8 : 4);
}

class Binder {
	readonly #plan: Plan;
	readonly #engine: Engine;
	readonly #storage: Storage;
	readonly #layout: ParameterLayout;
	/** Where each setting's fields stand. */
	readonly #settings: Record<string, { readonly kind: Kind; readonly index: number }[]> = {};
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
			return run.bind(undefined, ...args);
		}
		const record = this.#record;
		this.#record += recordBytesOf(call);
		for (const [name, { kind, offset }] of recordLayout(kernel).fields) {
			const operand = operands[name] as Operand;
			const address = record + offset;
			if (typeof operand === "object" && "setting" in operand) this.#keep(operand.setting, kind, address);
			else this.#write(kind, address, this.#number(operand));
		}
		const [begin = 0, end = 0] = range;
		return cut === undefined ? run.bind(undefined, record) : run.bind(undefined, record, begin, end);
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
