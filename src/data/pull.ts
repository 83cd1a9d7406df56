import { BpttError, DataError } from "../errors.ts";
import { show } from "../options.ts";

declare function setTimeout(run: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;

/** Milliseconds after which, while a batch is waited for, it is looked again whether training is to end. */
const LOOK_MS = 50;

/** Goes through batches, at once where they are there, and waiting where they come bit by bit. The next is asked for only when
 * `next` is called. */
export class Pull<B> {
	readonly #iterator: Iterator<B> | AsyncIterator<B>;
	readonly #isAsync: boolean;
	readonly #isOver: (() => boolean) | undefined;
	/** Whether it gave up waiting. */
	isCut = false;
	/** Whether there may be something to close. */
	#isOpen = true;

	/** @param isOver Whether nothing is waited for any more. Default: all is waited for. */
	constructor(batches: Iterable<B> | AsyncIterable<B>, isOver?: () => boolean) {
		this.#isAsync = isAsync(batches);
		this.#iterator = isAsync(batches) ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
		this.#isOver = isOver;
	}

	/** The next batch; undefined at the end.
	 * @param place Who speaks in error messages.
	 * @throws DataError `Trainer.fit, batch 3 of epoch 1: the data could not be read: ENOENT: no such file.` What was thrown is
	 * its `cause`. */
	next(place: string): B | undefined | Promise<B | undefined> {
		if (this.#isAsync) return this.#wait(place);
		const { done, value } = (this.#iterator as Iterator<B>).next();
		if (done) this.#isOpen = false;
		return done ? undefined : value;
	}

	async #wait(place: string): Promise<B | undefined> {
		this.#isOpen = false;
		try {
			const coming = (this.#iterator as AsyncIterator<B>).next();
			const result = await (this.#isOver === undefined ? coming : unlessOver(coming, this.#isOver));
			if (result === undefined) {
				this.isCut = true;
				// It is not awaited: what hangs does not close, either.
				Promise.resolve(this.#iterator.return?.()).catch(() => {});
				return undefined;
			}
			this.#isOpen = !result.done;
			return result.done ? undefined : result.value;
		} catch (error) {
			if (error instanceof BpttError) throw error;
			const said = error instanceof Error ? error.message : show(error);
			throw new DataError(`${place}: the data could not be read: ${said}`, { cause: error });
		}
	}

	/** Closes what has not come to its end. */
	close(): Promise<unknown> | undefined {
		if (!this.#isOpen) return undefined;
		this.#isOpen = false;
		const closing = this.#iterator.return?.();
		return this.#isAsync ? Promise.resolve(closing) : undefined;
	}
}

export function isAsync<B>(batches: Iterable<B> | AsyncIterable<B>): batches is AsyncIterable<B> {
	return typeof Object(batches)[Symbol.asyncIterator] === "function";
}

/** What a promise gives, or undefined where all is over before. */
function unlessOver<R>(promise: Promise<R>, isOver: () => boolean): Promise<R | undefined> {
	return new Promise((resolve, reject) => {
		let timer: unknown;
		const look = () => {
			if (isOver()) resolve(undefined);
			else timer = setTimeout(look, LOOK_MS);
		};
		timer = setTimeout(look, LOOK_MS);
		promise.then(resolve, reject).finally(() => clearTimeout(timer));
	});
}

/** What a promise gives, if it does so in time.
 * @throws DataError `batches: the source gave nothing for 30 seconds.` */
export function within<R>(seconds: number, promise: Promise<R>): Promise<R> {
	if (seconds === Infinity) return promise;
	return new Promise((resolve, reject) => {
		const fail = () => reject(new DataError(`batches: the source gave nothing for ${seconds} seconds.`));
		const timer = setTimeout(fail, seconds * 1000);
		promise.then(resolve, reject).finally(() => clearTimeout(timer));
	});
}
