/** Milliseconds after which `fit` lets the event loop have a turn. */
const YIELD_MS = 50;

declare function setTimeout(run: () => void, milliseconds: number): unknown;

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
