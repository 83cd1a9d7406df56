// Kernels that are timed as they run, each call of a step by itself.
import { type Model, runtimeOf } from "../../dist/model.js";
import { median } from "./statistics.ts";
import type { Task } from "./task.ts";

export interface WatchedCall {
	readonly layer: string;
	readonly kernel: string;
	readonly equation: string;
	/** Multiplications and additions; 0 where nobody counts them. */
	readonly operations: number;
	/** Median. */
	readonly milliseconds: number;
}

type Kernel = (...args: readonly number[]) => number;

/** What the trainer calls besides its program, before it and after it. */
const AROUND: Readonly<Record<string, string>> = {
	zero: "gradients = 0",
	squareSum: "norm of all gradients",
	adam: "update of all parameters",
};

/** Puts a watch around every kernel of a model that has not trained yet. */
export class Watch {
	readonly #task: Task;
	readonly #names: string[] = [];
	readonly #times: number[][] = [];
	#call = 0;
	#inside = 0;

	constructor(task: Task) {
		this.#task = task;
		const engine = this.#runtime.engine as { kernels: object };
		const watched = Object.entries(engine.kernels)
			.filter(([, kernel]) => typeof kernel === "function")
			.map(([name, kernel]) => [name, this.#watched(name, kernel)]);
		engine.kernels = Object.fromEntries(watched);
	}

	get #runtime() {
		return runtimeOf(this.#task.model as unknown as Model);
	}

	#watched(name: string, kernel: Kernel): Kernel {
		return (...args) => {
			const begin = performance.now();
			const result = kernel(...args);
			const elapsed = performance.now() - begin;
			const call = this.#call++;
			this.#inside += elapsed;
			this.#names[call] = name;
			this.#times[call] ??= [];
			this.#times[call].push(elapsed);
			return result;
		};
	}

	/** The next call is a step's first. Gives the milliseconds that kernels took in the step before. */
	next(): number {
		const inside = this.#inside;
		this.#inside = 0;
		this.#call = 0;
		return inside;
	}

	clear(): void {
		this.#times.length = 0;
	}

	/** The calls of a step in their order. */
	calls(): WatchedCall[] {
		const { batch, trainer } = this.#task;
		const purpose = { kind: "train", loss: trainer.loss } as const;
		const { job, packing } = this.#runtime.feed("profile", purpose, batch);
		const { packs, calls } = job.program;
		const planned = [
			...packs.filter(({ use }) => use === "forward"),
			...packs.filter(({ use }) => use === "backward"),
			...calls,
		];
		const first = this.#names.findIndex((name) => name !== "zero");
		return this.#times.map((times, index) => {
			const kernel = this.#names[index];
			const call = planned[index - first];
			const milliseconds = median(times);
			if (call?.kernel !== kernel) {
				const equation = AROUND[kernel] ?? "";
				return { layer: "", kernel, equation, operations: 0, milliseconds };
			}
			const { layer, equation } = call;
			const operations = call.operations(packing);
			return { layer, kernel, equation, operations, milliseconds };
		});
	}
}
