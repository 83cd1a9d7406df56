import { setImmediate } from "node:timers/promises";
import { SingleBar } from "cli-progress";

/** A progress bar, or, where the output is no terminal, a line every few seconds. */
export class Progress {
	readonly #begin = performance.now();
	readonly #bar = new SingleBar({
		format: "training {bar} {percentage}% | {left} s left | {status}",
		barCompleteChar: "█",
		barIncompleteChar: "░",
		barsize: 24,
		hideCursor: true,
		noTTYOutput: true,
		notTTYSchedule: 10_000,
		stream: process.stdout,
	});

	constructor() {
		this.#bar.start(100, 0, { left: "?", status: "" });
	}

	/** Minutes since it began. */
	get minutes(): number {
		return (performance.now() - this.#begin) / 60_000;
	}

	/** Shows that `share` of the work (0 to 1) is done, and lets timers and signals have their turn. */
	async show(share: number, status: string): Promise<void> {
		const left = Math.ceil(this.minutes * 60 * (1 / share - 1));
		this.#bar.update(Math.floor(100 * share), { left, status });
		await setImmediate();
	}

	stop(): void {
		this.#bar.stop();
	}
}
