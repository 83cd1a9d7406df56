import { threefry } from "../../src/random/random.ts";
import { type Matrix, mul, rowsOf, stack, type Vector } from "./matrix.ts";

/** What decides what one row of a batch drops. */
export interface Drawing {
	readonly seed: number;
	/** Number of the update, from 1. */
	readonly update: number;
	/** Which of the network's dropouts it is. */
	readonly site: number;
	/** Number of the row in the batch. */
	readonly row: number;
}

/** Inverted dropout (Srivastava et al. 2014): each value's factor, 0 with probability `rate`, else 1 / (1 - rate). */
export function dropoutMask(
	{ seed, update, site, row }: Drawing,
	{ rows: T, columns }: Matrix,
	{ rate, shared }: { readonly rate: number; readonly shared?: "steps" },
): Matrix {
	const keys = words(seed >>> 0, Math.floor(seed / 2 ** 32), update, site);
	const steps = Array.from({ length: T }, (_, t) => factors(words(...keys, row, shared ? -1 : t), columns, rate));
	return stack(steps);
}

/** Weight dropout (Wan et al. 2013): the factor of each weight, at every step of every row. */
export function weightMask({ seed, update, site }: Omit<Drawing, "row">, size: number, rate: number): Vector {
	return factors(words(seed >>> 0, Math.floor(seed / 2 ** 32), update, site), size, rate);
}

function factors([key0, key1]: readonly [number, number], size: number, rate: number): Vector {
	return Float64Array.from({ length: size }, (_, j) => {
		const word = words(key0, key1, 4 * Math.floor(j / 8) + (j % 4), 0)[j % 8 < 4 ? 0 : 1];
		return word >>> 8 < rate * 2 ** 24 ? 0 : 1 / (1 - rate);
	});
}

/** Embedding dropout (Gal & Ghahramani 2016): the factor of each id, in every row and step. */
export function embeddingMask({ seed, update, site }: Omit<Drawing, "row">, vocabSize: number, rate: number): Vector {
	const keys = words(seed >>> 0, Math.floor(seed / 2 ** 32), update, site);
	return Float64Array.from({ length: vocabSize }, (_, id) => {
		const [word] = words(...keys, id, 0);
		return word >>> 8 < rate * 2 ** 24 ? 0 : 1 / (1 - rate);
	});
}

function words(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
	const out = new Uint32Array(2);
	threefry(key0, key1, counter0, counter1, out);
	return [out[0] as number, out[1] as number];
}

/** y = x⊙mask, and in the same way the gradient. */
export function dropped(x: Matrix, mask: Matrix): Matrix {
	const masks = rowsOf(mask);
	return stack(rowsOf(x).map((xt, t) => mul(xt, masks[t] as Vector)));
}
