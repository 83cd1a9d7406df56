import { Feeder } from "../batch/feeder.ts";
import type { BatchShape } from "../batch/shape.ts";
import type { Network } from "../compile/network.ts";
import { type Purpose, writeProgram } from "../compile/program.ts";
import { type Engine, MEMORY_LIMIT } from "../engine/engine.ts";
import { ShapeError } from "../errors.ts";
import type { Packing } from "../plan/packing.ts";
import { fits, type Plan, planProgram } from "../plan/plan.ts";
import type { Capacity, Program } from "../plan/program.ts";
import type { Sequences } from "../sequences.ts";
import { bindPlan, type Job } from "./job.ts";
import { holds, layoutOf, type ParameterLayout, planStorage, type Storage } from "./storage.ts";

export type { Job } from "./job.ts";

/** Who keeps something in the workspace or in the optimizer's slots from call to call, and must take it out when another
 * needs the place. */
export interface Tenant {
	leave(): void;
}

/** Addresses of regions of `bytes` bytes each. */
interface Regions {
	readonly parameters: number;
	readonly gradients: number;
	readonly averages: readonly number[];
	readonly bytes: number;
}

/** A batch in the workspace: its inputs are written, its job can run. */
export interface Feed {
	readonly job: Job;
	readonly shape: BatchShape;
	readonly packing: Packing;
	/** Whether initial states were given. */
	readonly stateful: boolean;
}

/** One model's memory and what runs on it. It plans when it meets a batch that is larger than any before; a step on a batch
 * that fits allocates nothing. */
export class Runtime {
	readonly network: Network;
	readonly engine: Engine;
	readonly layout: ParameterLayout;
	#storage: Storage;
	readonly #programs = new Map<string, Program>();
	/** The programs whose packed weights have a place. */
	readonly #stored: Program[] = [];
	/** Programs all of whose packed weights have a place now. */
	readonly #held = new Set<Program>();
	readonly #capacities = new Map<string, Capacity>();
	readonly #jobs = new Map<string, Job>();
	readonly #fresh = new Set<"forward" | "backward">();
	#slots: number | undefined;
	readonly #feeder: Feeder;
	#workspace: Tenant | undefined;
	#averages: Tenant | undefined;

	constructor(network: Network, engine: Engine, where: string) {
		this.network = network;
		this.engine = engine;
		this.#feeder = new Feeder(network, engine);
		this.layout = layoutOf(network);
		if (this.layout.bytes > MEMORY_LIMIT) {
			const gib = (this.layout.bytes / 2 ** 30).toPrecision(3);
			throw new ShapeError(
				`${where}: the parameters alone need ${gib} GiB of memory; WebAssembly has 4 GiB. Make the layers smaller.`,
			);
		}
		this.#storage = planStorage(engine.heapBase, this.layout, [], undefined);
		this.#makeRoom(where, this.#program({ kind: "predict" }));
	}

	/** A view on a parameter's values, good until the memory grows. */
	parameter(name: string, size: number): Float32Array {
		return this.#view(this.#storage.parameters, name, size);
	}

	/** A view on its gradient after a training job. */
	gradient(name: string, size: number): Float32Array {
		return this.#view(this.#storage.gradients, name, size);
	}

	#view(region: number, name: string, size: number): Float32Array {
		const begin = (region + (this.layout.offsets.get(name) ?? 0)) / 4;
		return this.engine.f32.subarray(begin, begin + size);
	}

	/** Says that parameters have changed: their packed copies are old. */
	touch(): void {
		this.#fresh.clear();
	}

	/** Addresses of the parallel regions of training: parameters, gradients, the optimizer's averages. */
	regions(): Regions {
		const { parameters, gradients, averages } = this.#storage;
		return { parameters, gradients, averages, bytes: this.layout.bytes };
	}

	/** The workspace is `tenant`'s until another one comes. Tells whether it was already. */
	occupyWorkspace(tenant: Tenant | undefined): boolean {
		if (this.#workspace === tenant) return true;
		this.#feeder.forget();
		this.#workspace?.leave();
		this.#workspace = tenant;
		return false;
	}

	/** The optimizer's averages are `tenant`'s until another one comes. Tells whether they were already. */
	occupyAverages(tenant: Tenant): boolean {
		if (this.#averages === tenant) return true;
		this.#averages?.leave();
		this.#averages = tenant;
		return false;
	}

	/** The job of a purpose, with room for a batch and, to train, for gradients and `slots` averages. */
	job(where: string, purpose: Purpose, batch: Capacity, slots?: number): Job {
		const key = keyOf(purpose);
		this.#makeRoom(where, this.#program(purpose), slots);
		const old = this.#jobs.get(key);
		if (old !== undefined && fits(batch, old.capacity)) return old;
		const plan = planProgram(this.#program(purpose), larger(batch, this.#capacities.get(key)));
		this.engine.reserve(this.#storage.end + plan.bytes, where);
		this.#capacities.set(key, plan.capacity);
		const job = bindPlan(plan, this.engine.kernels, this.#storage, this.layout);
		this.#jobs.set(key, job);
		return job;
	}

	/** The plan of a purpose for a batch of this size; nothing is set up. */
	plan(purpose: Purpose, batch: Capacity): Plan {
		return planProgram(this.#program(purpose), batch);
	}

	#program(purpose: Purpose): Program {
		const key = keyOf(purpose);
		const known = this.#programs.get(key);
		if (known !== undefined) return known;
		const program = writeProgram(this.network, purpose);
		this.#programs.set(key, program);
		return program;
	}

	/** Moves what outlives a call, but for the parameters, if a program needs more of it than there is. */
	#makeRoom(where: string, program: Program, slots = this.#slots): void {
		const enough = (slots ?? -1) <= (this.#slots ?? -1);
		if (enough && this.#held.has(program)) return;
		if (enough && holds(this.#storage, program)) {
			this.#held.add(program);
			return;
		}
		const programs = [...this.#stored, program];
		const most = slots === undefined ? this.#slots : Math.max(slots, this.#slots ?? 0);
		const storage = planStorage(this.engine.heapBase, this.layout, programs, most);
		this.engine.reserve(storage.end, where);
		this.occupyWorkspace(undefined);
		this.#averages?.leave();
		this.#averages = undefined;
		this.#slots = most;
		this.#storage = storage;
		this.#stored.push(program);
		this.#held.clear();
		this.#jobs.clear();
		this.#fresh.clear();
		this.engine.f32.fill(0, storage.packedBegin / 4, storage.end / 4);
	}

	/** Puts a batch's inputs into the workspace. */
	feed(where: string, purpose: Purpose, sequences: Sequences, slots?: number): Feed {
		const { shape, packing } = this.#feeder.measure(where, sequences);
		const job = this.job(where, purpose, packing, slots);
		this.occupyWorkspace(undefined);
		this.#feeder.write(where, job, shape, packing, sequences);
		return {
			job,
			shape,
			packing,
			stateful: sequences.initialState !== undefined,
		};
	}

	/** Writes the record of a batch whose inputs the caller writes. */
	writeSteps(job: Job, packing: Packing): void {
		this.#feeder.writeSteps(job, packing);
	}

	/** Runs a job on a batch that was fed. */
	run({ job, packing, stateful }: Pick<Feed, "job" | "packing" | "stateful">, lossScale = 0): void {
		this.#feeder.writeHeads(job, packing, { lossScale, stateful });
		this.runCalls(job);
	}

	/** Runs a job, its weights packed anew if they have changed. */
	runCalls({ packs, calls }: Job): void {
		for (const use of ["forward", "backward"] as const) {
			if (packs[use].length === 0 || this.#fresh.has(use)) continue;
			for (const pack of packs[use]) pack();
			this.#fresh.add(use);
		}
		for (const call of calls) call();
	}
}

function keyOf(purpose: Purpose): string {
	return "loss" in purpose ? `${purpose.kind} ${purpose.loss}` : purpose.kind;
}

function larger(batch: Capacity, before: Capacity = batch): Capacity {
	return {
		batchSize: Math.max(batch.batchSize, before.batchSize),
		steps: Math.max(batch.steps, before.steps),
		total: Math.max(batch.total, before.total),
	};
}
