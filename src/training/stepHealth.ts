import type { Packing } from "../plan/packing.ts";
import type { Buffer, Program } from "../plan/program.ts";
import type { Job } from "../run/job.ts";
import type { Runtime } from "../run/runtime.ts";
import { type LayerNorms, layerNorms, type ParameterHealth, parametersSeen } from "./inspect.ts";

/** The norms that a step leaves behind. */
export interface HealthNorms {
	/** Of every recurrent layer, as `inspect` has them. */
	readonly layers: readonly LayerNorms[];
	/** Of every parameter, as `inspect` has them: before the step its values, of the step its gradient and the change. They are
	 * computed when they are read; empty where something else has changed parameters or gradients since. */
	readonly parameters: ReadonlyMap<string, ParameterHealth>;
}

/** Nothing yet. */
export const noHealth = (): HealthNorms => ({ layers: [], parameters: new Map() });

/** A batch that went back. */
interface Pass {
	readonly program: Program;
	readonly packing: Packing;
}

/** An update that was made. */
interface Update extends Pass {
	/** What the runtime counted when it was made. */
	readonly version: number;
	readonly passes: number;
}

/** What the last update leaves behind. Few read the norms at each step, so a step only copies what it would take to compute
 * them: the parameters as they were, and of each recurrent layer the squared norms of all packed rows. */
export class StepHealth {
	readonly #runtime: Runtime;
	readonly #before: Float32Array;
	/** The squared norms of one buffer after another. */
	#squares = new Float64Array(0);
	#batch: Pass | undefined;
	#update: Update | undefined;
	#norms: HealthNorms = noHealth();

	constructor(runtime: Runtime) {
		this.#runtime = runtime;
		this.#before = new Float32Array(runtime.parameters().length);
	}

	/** Copies the parameters, before an update. */
	begin(): void {
		this.#before.set(this.#runtime.parameters());
	}

	/** Copies the squared norms of a batch. */
	see(job: Job, packing: Packing): void {
		const { engine } = this.#runtime;
		const { program } = job;
		const { total } = packing;
		const length = 2 * total * program.probes.length;
		if (this.#squares.length < length) this.#squares = new Float64Array(length);
		let to = 0;
		const copy = (place: Buffer) => {
			const from = job.address(place) / 8;
			this.#squares.set(engine.f64.subarray(from, from + total), to);
			to += total;
		};
		for (const { hiddenNorms, cellNorms } of program.probes) {
			copy(hiddenNorms);
			if (cellNorms) copy(cellNorms);
		}
		this.#batch = { program, packing };
	}

	/** Remembers the update of the batches seen last. */
	end(): void {
		const { version, passes } = this.#runtime;
		if (this.#batch !== undefined) this.#update = { ...this.#batch, version, passes };
	}

	/** The norms of the last update. */
	get norms(): HealthNorms {
		if (this.#update !== undefined) this.#norms = this.#read(this.#update);
		this.#update = undefined;
		return this.#norms;
	}

	#read({ program, packing, version, passes }: Update): HealthNorms {
		let from = -packing.total;
		const layers = layerNorms(program, packing, this.#squares, () => (from += packing.total));
		const [runtime, before] = [this.#runtime, this.#before];
		let parameters: ReadonlyMap<string, ParameterHealth> | undefined;
		return {
			layers,
			get parameters() {
				const isThere = runtime.version === version && runtime.passes === passes;
				parameters ??= isThere ? parametersSeen(runtime, before) : new Map();
				return parameters;
			},
		};
	}
}
