import { checkInteger, checkNumber, checkSeed } from "../options.ts";
import { log } from "./elementary.ts";

const TWO_32 = 2 ** 32;

const ROTATIONS = new Uint8Array([13, 15, 26, 6, 17, 29, 16, 24]);

/** Threefry-2x32 with 20 rounds: two random words, a pure function of a key and a counter of two words each.
 * It passes every statistical battery (BigCrush), needs no multiplication and no state.
 * @param out Two words, written.
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; Random123 */
export function threefry(key0: number, key1: number, counter0: number, counter1: number, out: Uint32Array): void {
	let ka = key0;
	let kb = key1;
	let kc = 0x1bd11bda ^ key0 ^ key1;
	let x = (counter0 + key0) | 0;
	let y = (counter1 + key1) | 0;
	for (let round = 0; round < 20; round++) {
		const bits = ROTATIONS[round & 7];
		x = (x + y) | 0;
		y = ((y << bits) | (y >>> (32 - bits))) ^ x;
		if ((round & 3) !== 3) continue;
		const first = ka;
		ka = kb;
		kb = kc;
		kc = first;
		x = (x + ka) | 0;
		y = (y + kb + ((round + 1) >> 2)) | 0;
	}
	out[0] = x;
	out[1] = y;
}

/** Random numbers that are a pure function of (seed, stream, index): no hidden state beyond the position, the same
 * bits on every engine and machine. Streams of one seed, and seeds, are independent of each other.
 *
 * A stream holds 2^33 words before it repeats.
 * @param seed Integer from 0 to 2^53 - 1.
 * @param stream Integer from 0 to 2^32 - 1. Default 0. The package takes its own from the top: {@link Streams}.
 * @throws OptionError `Random: "seed" must be an integer from 0 to 9007199254740991, got -1.` */
export class Random {
	readonly #key0: number;
	readonly #key1: number;
	readonly #stream: number;
	readonly #words = new Uint32Array(2);
	#index = 0;
	#spareNormal: number | undefined;

	constructor(seed: number, stream = 0) {
		checkSeed("Random", seed);
		checkInteger("Random", "stream", stream, { least: 0, most: TWO_32 - 1 });
		this.#key0 = seed >>> 0;
		this.#key1 = Math.floor(seed / TWO_32);
		this.#stream = stream;
	}

	/** The next word: an integer from 0 to 2^32 - 1. */
	uint32(): number {
		const half = this.#index & 1;
		if (half === 0) {
			const block = Math.floor(this.#index / 2);
			threefry(this.#key0, this.#key1, block, this.#stream, this.#words);
		}
		this.#index++;
		return this.#words[half] as number;
	}

	/** A number in [low, high), one of 2^24 evenly spaced ones: between 0 and 1 each of them is exact in float32, so
	 * storing one in a `Float32Array` never rounds it up to `high`. Takes one word.
	 * @param low Default 0.
	 * @param high Default 1. Equal to `low`, it gives `low`. */
	uniform(low = 0, high = 1): number {
		if (!(high - low >= 0 && high - low < Infinity)) checkRange(low, high);
		const share = (this.uint32() >>> 8) / 2 ** 24;
		const value = low + (high - low) * share;
		return value < high ? value : low;
	}

	/** A number from the normal distribution of mean 0 and standard deviation 1. Takes an even, varying number of words
	 * for every two numbers.
	 * @see Marsaglia & Bray 1964, the polar method; the logarithm is this package's, the same on every engine */
	normal(): number {
		if (this.#spareNormal !== undefined) {
			const spare = this.#spareNormal;
			this.#spareNormal = undefined;
			return spare;
		}
		let u: number;
		let v: number;
		let square: number;
		do {
			u = (2 * this.uint32() + 1) / TWO_32 - 1;
			v = (2 * this.uint32() + 1) / TWO_32 - 1;
			square = u * u + v * v;
		} while (square >= 1);
		const factor = Math.sqrt((-2 * log(square)) / square);
		this.#spareNormal = v * factor;
		return u * factor;
	}

	/** An integer from 0 to n - 1, each equally likely. Takes one word, rarely more.
	 * @param n Integer from 1 to 2^32. */
	integer(n: number): number {
		checkInteger("Random.integer", "n", n, { least: 1, most: TWO_32 });
		const fair = TWO_32 - (TWO_32 % n);
		let word = this.uint32();
		while (word >= fair) word = this.uint32();
		return word % n;
	}

	/** Puts an array (plain or typed) in random order, in place, and returns it.
	 * @see Fisher & Yates 1938 */
	shuffle<A extends { readonly length: number; [index: number]: unknown }>(array: A): A {
		for (let last = array.length - 1; last > 0; last--) {
			const other = this.integer(last + 1);
			const moved = array[last];
			array[last] = array[other];
			array[other] = moved;
		}
		return array;
	}
}

function checkRange(low: number, high: number): void {
	checkNumber("Random.uniform", "low", low);
	checkNumber("Random.uniform", "high", high, { least: low });
}

/** The streams that this package draws from, so that one seed given to several of its functions serves each of them
 * with numbers of its own. */
export const Streams = Object.freeze({
	/** The order of rows in batches. */
	order: 0xffffffff,
	/** Which rows go to which part of a split. */
	split: 0xfffffffe,
	/** Sampled ids. */
	sampling: 0xfffffffd,
});
