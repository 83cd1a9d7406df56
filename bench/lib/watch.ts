// Kernels that are timed as they run, each call of a step by itself.

import type { Model } from "bptt";
import { type Model as Inner, runtimeOf } from "../../src/model/model.ts";
import { waited } from "./clock.ts";
import { median } from "./statistics.ts";

export interface WatchedCall {
	readonly kernel: string;
	/** Median. */
	readonly milliseconds: number;
}

type Kernel = (...args: readonly number[]) => number;

/** Milliseconds of a call that is worth asking how long it waited for a core. */
const LONG = 0.5;

/** Puts a watch around every kernel of a model that has not run yet. */
export class Watch {
	readonly #names: string[] = [];
	readonly #times: number[][] = [];
	#call = 0;
	#inside = 0;
	#waited = waited();

	constructor(model: Model<"values">) {
		const engine = runtimeBehind(model).engine as { kernels: object };
		const watched = Object.entries(engine.kernels)
			.filter(([, kernel]) => typeof kernel === "function")
			.map(([name, kernel]) => [name, this.#watched(name, kernel)]);
		engine.kernels = Object.fromEntries(watched);
	}

	#watched(name: string, kernel: Kernel): Kernel {
		return (...args) => {
			const begin = performance.now();
			const result = kernel(...args);
			const elapsed = this.#own(performance.now() - begin);
			const call = this.#call++;
			this.#inside += elapsed;
			this.#names[call] = name;
			this.#times[call] ??= [];
			this.#times[call].push(elapsed);
			return result;
		};
	}

	/** What is left of a long call's time when the waits for a core since the last long call are taken off. */
	#own(elapsed: number): number {
		if (elapsed < LONG) return elapsed;
		const before = this.#waited;
		this.#waited = waited();
		return Math.max(0, elapsed - (this.#waited - before));
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
		return this.#times.map((times, index) => ({
			kernel: this.#names[index],
			milliseconds: median(times),
		}));
	}
}

export function runtimeBehind(model: Model<"values">) {
	return runtimeOf(model as unknown as Inner);
}
