import { checkMemory, isFinite32, typedName } from "../batch/arrays.ts";
import { checkCausal } from "../compile/network.ts";
import { DataError, ShapeError } from "../errors.ts";
import { show } from "../options.ts";
import { packingOf } from "../plan/packing.ts";
import type { Job } from "../run/job.ts";
import { Resident } from "../run/resident.ts";
import type { Runtime } from "../run/runtime.ts";
import type { Kind } from "../sequences.ts";
import { inspectAs } from "./inspect.ts";
import { brief } from "./summary.ts";

/** What a stream takes at each step: an id, or the features. */
export type Step<K extends Kind> = K extends "ids" ? number : ArrayLike<number>;

const ONE = /* @__PURE__ */ packingOf(1, 1);
const PURPOSE = { kind: "stream" } as const;
const PHASES = ["forward"] as const;

/** A sequence that goes on: one step in, the output of that step out, the state carried from each to the next. A model may
 * have any number of streams at once; they see its parameters as they are at each push. */
export class Stream<K extends Kind = Kind> {
	readonly #runtime: Runtime;
	readonly #states = new Resident(() => this.#places());
	#job: Job | undefined;
	/** Whether the next step is the first. */
	#begins = true;

	/** @internal */
	constructor(runtime: Runtime) {
		checkCausal("Model.stream", runtime.network);
		this.#runtime = runtime;
		inspectAs(this, () => `Stream of ${brief(runtime)}`);
	}

	/** Takes the next step and gives the output after it.
	 * @param out Where to put the output, to save an allocation. Default: a new array.
	 * @throws DataError `Stream.push: x is 65, but vocabSize is 65 (ids run from 0 to 64).`
	 * @throws DataError `Stream.push: out must be a Float32Array of 65 values, one for each output, got an array of 65.`
	 * @throws ShapeError `Stream.push: x has 3 values, but the model takes 4 features a step.` */
	push(x: Step<K>, out?: Float32Array): Float32Array {
		const { size } = this.#runtime.network.output;
		if (out !== undefined) checkOut(out, size);
		this.#check(x);
		const job = this.#enter();
		this.#write(x, job.address(job.program.inputs) / 4);
		this.#writeBeginning(job);
		this.#runtime.run({ job, packing: ONE, stateful: true }, PHASES);
		this.#begins = false;
		const begin = job.address(job.program.output.address) / 4;
		const output = out ?? new Float32Array(size);
		const { f32 } = this.#runtime.engine;
		for (let j = 0; j < size; j++) output[j] = f32[begin + j];
		return output;
	}

	/** Goes back to the start: the next step is a sequence's first. */
	reset(): void {
		this.#states.forget();
		this.#begins = true;
	}

	/** The job, with this stream's states in its place. */
	#enter(): Job {
		const runtime = this.#runtime;
		const job = runtime.job("Stream.push", PURPOSE, ONE);
		const isThere = runtime.occupyWorkspace(this.#states);
		if (isThere && this.#states.isInside && this.#job === job) return job;
		this.#job = job;
		runtime.writeSteps(job, ONE);
		this.#states.enter();
		return job;
	}

	/** Says whether learned states are what the step begins with. */
	#writeBeginning({ program, address }: Job): void {
		const { i32 } = this.#runtime.engine;
		for (const { learned } of program.states)
			if (learned !== undefined) i32[address(learned.begins) / 4] = +this.#begins;
	}

	/** Views on the states before the next step. */
	#places(): Float32Array[] {
		const job = this.#job as Job;
		return job.program.states.map(({ initial, stride }) => {
			const begin = job.address(initial) / 4;
			return this.#runtime.engine.f32.subarray(begin, begin + stride / 4);
		});
	}

	#check(x: Step<K>): void {
		const { kind, size } = this.#runtime.network.input;
		if (kind === "ids") {
			const id = x as number;
			if (Number.isInteger(id) && id >= 0 && id < size) return;
			throw new DataError(`Stream.push: x is ${show(x)}, but vocabSize is ${size} (ids run from 0 to ${size - 1}).`);
		}
		const features = x as ArrayLike<number>;
		if (features?.length !== size) {
			checkMemory("Stream.push", "x", x);
			const got =
				features?.length === undefined
					? `is ${show(x)}`
					: `has ${show(features.length)} ${features.length === 1 ? "value" : "values"}`;
			throw new ShapeError(`Stream.push: x ${got}, but the model takes ${size} features a step.`);
		}
		for (let j = 0; j < size; j++) {
			const value: unknown = features[j];
			if (isFinite32(value)) continue;
			throw new DataError(`Stream.push: x[${j}] is ${show(value)}; values must be finite in float32.`);
		}
	}

	#write(x: Step<K>, at: number): void {
		const { f32, i32 } = this.#runtime.engine;
		if (typeof x === "number") i32[at] = x;
		else for (let j = 0; j < x.length; j++) f32[at + j] = x[j];
	}
}

function checkOut(out: unknown, size: number): void {
	if (typedName(out) !== "Float32Array")
		throw new DataError(
			`Stream.push: out must be a Float32Array of ${size} values, one for each output, got ${show(out)}.`,
		);
	checkMemory("Stream.push", "out", out);
	const { length } = out as Float32Array;
	if (length !== size)
		throw new ShapeError(`Stream.push: out must have ${size} values, one for each output, got ${length}.`);
}
