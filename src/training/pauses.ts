/** Milliseconds after which `fit` lets the event loop have a turn. */
const YIELD_MS = 50;

declare function setTimeout(run: () => void, milliseconds: number): unknown;

/** What is done in parts. A promise between two of them is waited for, and what it gives is handed back. */
export type Parts<T> = Generator<Promise<unknown> | undefined, T, unknown>;

/** Runs to the end what comes in parts; a promise of it where it has to be waited for something. */
export function finish<T>(parts: Parts<T>): T | Promise<T> {
	for (;;) {
		const { done, value } = parts.next();
		if (done) return value;
		if (value !== undefined) return finishWith(() => undefined, parts, value);
	}
}

/** As `finish`, with pauses between the parts.
 * @param first What is waited for first. */
export async function finishWith<T>(
	pause: () => Promise<void> | undefined,
	parts: Parts<T>,
	first?: Promise<unknown>,
): Promise<T> {
	for (let coming = first; ; ) {
		const { done, value } = coming === undefined ? parts.next() : await handBack(parts, coming);
		if (done) return value;
		coming = value;
		const waiting = pause();
		if (waiting) await waiting;
	}
}

async function handBack<T>(parts: Parts<T>, coming: Promise<unknown>) {
	let given: unknown;
	try {
		given = await coming;
	} catch (error) {
		return parts.throw(error);
	}
	return parts.next(given);
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
