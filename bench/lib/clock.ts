// The wall clock, less what the machine gave to others. Linux tells how long a thread has waited for a core; elsewhere
// nothing is taken off, so measure on a quiet machine.
import { readFileSync } from "node:fs";

const FILE = "/proc/self/schedstat";

/** Milliseconds that this process's main thread has so far been ready to run and did not. Takes some 10 µs. */
export const waited: () => number = works() ? () => Number(readFileSync(FILE, "latin1").split(" ")[1]) / 1e6 : () => 0;

function works(): boolean {
	try {
		return /^\d+ \d+ \d+/.test(readFileSync(FILE, "latin1"));
	} catch {
		return false;
	}
}

/** Starts a watch; the function stops it and gives the milliseconds. */
export function watch(): () => number {
	const before = waited();
	const begin = performance.now();
	return () => {
		const elapsed = performance.now() - begin;
		return elapsed - (waited() - before);
	};
}
