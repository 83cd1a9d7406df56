import { Feeder, type InputsWriter } from "../batch/feeder.ts";
import type { BatchShape } from "../batch/shape.ts";
import type { Beginning } from "../batch/states.ts";
import { layoutOf, type ParameterLayout } from "../compile/layout.ts";
import type { Network } from "../compile/network.ts";
import { keyOf, type Purpose, writeProgram } from "../compile/program.ts";
import { type Engine, gib, MEMORY_LIMIT } from "../engine/engine.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { Capacity, type Size } from "../plan/capacity.ts";
import type { Packing } from "../plan/packing.ts";
import type { Plan } from "../plan/plan.ts";
import type { Phase, Program } from "../plan/program.ts";
import { type Part, wholeOf } from "../plan/recompute/parts.ts";
import { planWithin } from "../plan/recompute/within.ts";
import type { Sequences } from "../sequences.ts";
import { bindPlan, type Job, type Panels } from "./job.ts";
import { emptyEnds, isSegmented, type PartHooks, PartRunner, type Running, sourceOf } from "./parts.ts";
import { planStorage, type Storage } from "./storage.ts";

/** Whoever keeps something in the workspace or in the optimizer's slots from call to call. */
export interface Tenant {
	/** Takes it out, since another needs the place. */
	leave(): void;
}

/** Who may still read the states that a job left in the workspace, and must take them out before they are overwritten. */
export interface Watcher {
	/** The job whose states it may read. */
	readonly job: Job | undefined;
	leave(): void;
	/** What the rows of a batch that go on begin from. */
	carried(where: string, job: Job, shape: BatchShape): Beginning["carried"];
}

/** A batch in the workspace: its inputs are written, its job can run. Where the job runs in segments, they are written part by part
 * as it does. */
export interface Feed extends Running {
	readonly shape: BatchShape;
	/** Whether the user gave some. */
	readonly isGiven: boolean;
	readonly inputs: InputsWriter;
	/** What else happens with each part. */
	readonly parts: PartHooks;
}

/** One model's memory and the jobs that run on it. It plans anew where a batch is larger than any before; a batch that fits takes
 * no more of the engine's memory. */
export class Runtime {
	readonly network: Network;
	readonly engine: Engine;
	readonly layout: ParameterLayout;
	#storage: Storage;
	readonly #programs = new Map<string, Program>();
	readonly #capacities = new Map<string, Capacity>();
	readonly #jobs = new Map<string, Job>();
	/** Counts changes of the parameters. */
	#version = 0;
	/** Counts what writes all gradients anew: ways back, and moves to other memory, which zero them. */
	#passes = 0;
	readonly #panels = new Map<string, Panels>();
	readonly #feeder: Feeder;
	#workspace: Tenant | undefined;
	#slots: Tenant | undefined;
	#watcher: Watcher | undefined;
	/** Who runs a function of the user's while a batch is being computed. */
	#lending: string | undefined;

	constructor(network: Network, engine: Engine, where: string) {
		this.network = network;
		this.engine = engine;
		this.#feeder = new Feeder(network, engine);
		this.layout = layoutOf(network);
		if (this.layout.bytes > MEMORY_LIMIT) {
			throw new ShapeError(
				`${where}: the parameters alone need ${gib(this.layout.bytes)} GiB of memory; WebAssembly has 4 GiB. Make the layers smaller.`,
			);
		}
		this.#storage = planStorage(engine.heapBase, this.layout, []);
		this.#makeRoom(where, this.program({ kind: "predict" }));
	}

	/** A view on a parameter's values, good until the memory grows. */
	parameter(name: string, size: number): Float32Array {
		return this.#view(this.#storage.parameters + (this.layout.offsets.get(name) ?? 0), size);
	}

	/** A view on a parameter's gradient, as the last training job left it. */
	gradient(name: string, size: number): Float32Array {
		return this.#view(this.#storage.gradients + (this.layout.offsets.get(name) ?? 0), size);
	}

	/** A view on all parameters, and on what lies between them. */
	parameters(): Float32Array {
		return this.#view(this.#storage.parameters, this.layout.bytes / 4);
	}

	/** A view on all gradients, and on what lies between them, once a program trains. */
	gradients(): Float32Array {
		return this.#view(this.#storage.gradients, this.layout.bytes / 4);
	}

	/** A view on one of the optimizer's slots. */
	slot(name: string): Float32Array {
		return this.#view(this.#storage.slots.get(name) as number, this.layout.bytes / 4);
	}

	#view(address: number, size: number): Float32Array {
		return this.engine.f32.subarray(address / 4, address / 4 + size);
	}

	/** Changes whenever parameters do. */
	get version(): number {
		return this.#version;
	}

	/** Changes whenever gradients do. */
	get passes(): number {
		return this.#passes;
	}

	/** Marks all panels as out of date, since parameters have changed. */
	touch(): void {
		this.#version++;
	}

	/** A function of the user's that runs inside a batch: meanwhile the model can't be used. */
	guarded<A extends readonly number[]>(where: string, run: (...operands: A) => number): (...operands: A) => number {
		return (...operands) => {
			this.#lending = where;
			try {
				return run(...operands);
			} finally {
				this.#lending = undefined;
			}
		};
	}

	/** Gives the workspace to `tenant`, or, where that is undefined, to a call that keeps nothing there. Returns whether the tenant
	 * had it already. */
	occupyWorkspace(tenant: Tenant | undefined): boolean {
		this.#checkFree();
		if (this.#workspace === tenant) return true;
		this.watch(undefined);
		this.#feeder.forget();
		this.#workspace?.leave();
		this.#workspace = tenant;
		return false;
	}

	#checkFree(): void {
		if (this.#lending === undefined) return;
		throw new OptionError(`${this.#lending}: a loss can't use the model that it is computed for. Leave the call out.`);
	}

	/** From now on `watcher` may read what its job leaves; the one before is told to take out what it may need. */
	watch(watcher: Watcher | undefined): void {
		if (this.#watcher !== watcher) this.#watcher?.leave();
		this.#watcher = watcher;
	}

	/** Gives the optimizer's slots to `tenant`. Returns whether the tenant had them already. */
	occupySlots(tenant: Tenant): boolean {
		if (this.#slots === tenant) return true;
		this.#slots?.leave();
		this.#slots = tenant;
		return false;
	}

	/** The job of a purpose, with room for a batch of this size. */
	job(where: string, purpose: Purpose, batch: Size): Job {
		const key = keyOf(purpose);
		const old = this.#jobs.get(key);
		if (old?.capacity.holds(batch)) return old;
		const plan = this.#planAs(where, purpose, batch, this.#capacities.get(key));
		this.#makeRoom(where, plan.program);
		this.engine.reserve(this.#storage.end + plan.bytes, where);
		this.#capacities.set(key, plan.capacity);
		const job = bindPlan(plan, this.engine, this.#storage, this.layout, (name) => this.#panelsOf(name));
		this.#jobs.set(key, job);
		return job;
	}

	/** The plan of a purpose for a batch of this size, without reserving any memory. */
	plan(where: string, purpose: Purpose, batch: Size): Plan {
		return this.#planAs(where, purpose, batch, undefined);
	}

	/** Plans for a batch, and for all that `known` has room for if that fits as well.
	 * @throws OptionError Where the batch does not fit into the purpose's memory limit. */
	#planAs(where: string, purpose: Purpose, batch: Size, known: Capacity | undefined): Plan {
		const program = this.program(purpose);
		const limit = purpose.kind === "train" ? purpose.memoryLimit : undefined;
		const both = known && planWithin(program, known.with(batch), limit);
		if (both !== undefined && "program" in both) return both;
		const plan = planWithin(program, new Capacity(batch), limit);
		if ("program" in plan) return plan;
		const count = (value: number) => value.toLocaleString("en-US");
		throw new OptionError(
			`${where}: "memoryLimit" is ${count(limit as number)} bytes, but a batch of [${count(batch.batchSize)}, ${count(batch.steps)}] (rows, steps) needs at least ${count(plan.least)}. Raise it, or give fewer or shorter rows.`,
		);
	}

	/** The program of a purpose, written once. */
	program(purpose: Purpose): Program {
		const key = keyOf(purpose);
		const program = this.#programs.get(key) ?? writeProgram(this.network, purpose);
		this.#programs.set(key, program);
		return program;
	}

	/** Makes room for what a program needs beyond the workspace. Everything but the parameters moves, so tenants leave, and jobs and
	 * panels are made anew. */
	#makeRoom(where: string, program: Program): void {
		const known = [...this.#storage.records.keys()];
		if (known.includes(program)) return;
		const storage = planStorage(this.engine.heapBase, this.layout, [...known, program]);
		this.engine.reserve(storage.end, where);
		this.watch(undefined);
		this.occupyWorkspace(undefined);
		this.#slots?.leave();
		this.#slots = undefined;
		this.#storage = storage;
		this.#passes++;
		this.#jobs.clear();
		this.#panels.clear();
		this.engine.f32.fill(0, storage.panelsBegin / 4, storage.end / 4);
	}

	/** Puts a batch's inputs and initial states into the workspace. Where rows go on from a batch before, `watcher` knows from which states. */
	feed(where: string, purpose: Purpose, sequences: Sequences, watcher?: Watcher): Feed {
		this.#checkFree();
		const { shape, packing } = this.#feeder.measure(where, sequences);
		const job = this.job(where, purpose, packing);
		const inputs = this.#feeder.inputs(where, job, shape, packing, sequences.inputs);
		if (watcher !== this.#watcher || watcher?.job !== job) this.watch(undefined);
		const given = sequences.initialState;
		const carried = watcher?.carried(where, job, shape);
		this.occupyWorkspace(undefined);
		if (!isSegmented(job)) inputs.all();
		this.#feeder.begin(where, job, shape, packing, { given, carried });
		const isLearned = job.program.states.some(({ learned }) => learned !== undefined);
		const isGiven = given !== undefined;
		const stateful = isGiven || carried !== undefined || isLearned;
		const parts = isSegmented(job) ? { ends: emptyEnds(job, packing, shape) } : {};
		return { job, shape, packing, stateful, isGiven, inputs, parts };
	}

	/** Writes the packing of a batch whose inputs the caller writes. */
	writeSteps(job: Job, packing: Packing): void {
		this.#feeder.writeSteps(job, packing);
	}

	/** Runs phases of a job on a batch that was fed. */
	run(feed: Running, phases: readonly Phase[], lossScale = 0): void {
		const { job, packing, stateful } = feed;
		if (phases.includes("zero")) this.#passes++;
		this.#feeder.writeHeaders(job, packing, { lossScale, stateful });
		if (job.plan.schedule === undefined) {
			this.runPhases(job, phases);
			return;
		}
		this.runPhases(
			job,
			phases.filter((phase) => phase !== "forward" && phase !== "backward"),
		);
		new PartRunner(this.engine, job, packing).run(sourceOf(this.engine, feed));
	}

	/** Computes the states of a batch that has run once more, and lets `take` see them and the gates: all of them, or where they are not
	 * kept, part by part. States that are kept are not computed again, so that their gates are not there. */
	eachPart({ job, packing, inputs, parts }: Feed, take: (part: Part) => void): void {
		const { schedule } = job.plan;
		if (schedule?.kind === "segments") {
			new PartRunner(this.engine, job, packing).again({ inputs: (part) => inputs.part(part), take });
			return;
		}
		if (schedule === undefined) {
			inputs.all();
			parts.again?.();
			this.runPhases(job, ["forward"]);
		}
		take(wholeOf(packing));
	}

	/** Runs phases of a job; weights that have changed since the last run are put into panels first. */
	runPhases(job: Job, phases: readonly Phase[]): void {
		if (job.version !== this.#version) this.#pack(job);
		for (const phase of phases) for (const call of job.phases[phase]) call();
	}

	#pack(job: Job): void {
		const version = this.#version;
		for (const { panels, run } of job.packs) if (panels.version !== version) run();
		for (const { panels } of job.packs) panels.version = version;
		job.version = version;
	}

	#panelsOf(name: string): Panels {
		const panels = this.#panels.get(name) ?? { version: -1 };
		this.#panels.set(name, panels);
		return panels;
	}
}
