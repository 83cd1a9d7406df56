/** Milliseconds after which `fit` lets the event loop have a turn. */
const YIELD_MS = 50;

declare function setTimeout(run: () => void, milliseconds: number): unknown;

/** Runs to the end what comes in parts. */
export function finish<T>(parts: Generator<undefined, T, undefined>): T {
	for (;;) {
		const { done, value } = parts.next();
		if (done) return value;
	}
}

/** As `finish`, with pauses between the parts. */
export async function finishWith<T>(
	pause: () => Promise<void> | undefined,
	parts: Generator<undefined, T, undefined>,
): Promise<T> {
	for (;;) {
		const { done, value } = parts.next();
		if (done) return value;
		const waiting = pause();
		if (waiting) await waiting;
	}
}

/** A function to call after every batch. Once YIELD_MS have passed, it returns a promise that gives the event loop a turn. */
export function pauses(): () => Promise<void> | undefined {
	let last = Date.now();
	return () => {
		if (Date.now() - last < YIELD_MS) return undefined;
		return new Promise((resume) => {
			setTimeout(() => {
				last = Date.now();
				resume();
			}, 0);
		});
	};
}
