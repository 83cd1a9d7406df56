import type { Packing } from "../plan/packing.ts";
import type { Job } from "../run/job.ts";
import type { Runtime } from "../run/runtime.ts";
import { type LayerNorms, normsSeen, type ParameterHealth, parametersSeen } from "./inspect.ts";

/** The norms that a step leaves behind. */
export interface HealthNorms {
	/** Of every recurrent layer, as `inspect` has them. */
	readonly layers: readonly LayerNorms[];
	/** Of every parameter, as `inspect` has them: before the step its values, of the step its gradient and the change. They are
	 * computed when they are read; empty where something else has changed parameters or gradients since. */
	readonly parameters: ReadonlyMap<string, ParameterHealth>;
}

/** The norms of the last update. A step costs little more for them: the parameters are copied, and read if somebody asks. */
export class StepHealth implements HealthNorms {
	readonly #runtime: Runtime;
	readonly #before: Float32Array;
	readonly #passes: number;
	#version = -1;
	#layers: readonly LayerNorms[] = [];
	#parameters: ReadonlyMap<string, ParameterHealth> | undefined;

	/** Begins with the parameters as they are before an update, whose gradients are there. The norms of the update before, which
	 * nobody can ask for any more, leave their memory. */
	constructor(runtime: Runtime, last: HealthNorms) {
		const parameters = runtime.parameters();
		this.#runtime = runtime;
		this.#before = last instanceof StepHealth ? last.#before : new Float32Array(parameters.length);
		this.#before.set(parameters);
		this.#passes = runtime.passes;
	}

	/** Takes the norms of the layers, once the update is made. */
	end(job: Job, packing: Packing): this {
		this.#version = this.#runtime.version;
		this.#layers = normsSeen(this.#runtime, job, packing);
		return this;
	}

	get layers(): readonly LayerNorms[] {
		return this.#layers;
	}

	get parameters(): ReadonlyMap<string, ParameterHealth> {
		const runtime = this.#runtime;
		const isThere = runtime.version === this.#version && runtime.passes === this.#passes;
		this.#parameters ??= isThere ? parametersSeen(runtime, this.#before) : new Map();
		return this.#parameters;
	}
}
