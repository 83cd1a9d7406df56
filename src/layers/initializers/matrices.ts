// Initializers that make each gate's block of a matrix one thing.

import type { Random } from "../../random/random.ts";
import { describe, type InitializerType } from "./initializer.ts";

export interface OrthogonalInitializer {
	readonly type: "orthogonal";
	readonly gain: number;
}

export interface OrthogonalOptions {
	/** What the orthogonal matrix is multiplied by. Default 1. */
	readonly gain?: number | undefined;
}

export interface IdentityInitializer {
	readonly type: "identity";
	readonly scale: number;
}

export interface IdentityOptions {
	/** What stands on the diagonal. Default 1. */
	readonly scale?: number | undefined;
}

/** Starts each gate's block W of a matrix orthogonal, drawn evenly from all orthogonal matrices:
 *
 * ```
 * W·Wᵀ = gain²·1      or, where a block has more rows than columns, Wᵀ·W = gain²·1
 * ```
 *
 * so that `h·Wᵀ` keeps h's length, however many steps it takes. Distributed as torch.nn.init.orthogonal_: the Q of the QR
 * decomposition of a matrix of normal numbers, each column with the sign of R's diagonal. (The reflections that such a
 * decomposition would find are drawn themselves, which takes half the time: Stewart 1980.)
 *
 * @throws OptionError `orthogonal: "gain" must be a finite number, got NaN.`
 * @see Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks". */
export function orthogonal(options: OrthogonalOptions = {}): OrthogonalInitializer {
	return describe(orthogonalType, options);
}

/** Starts each gate's block of a matrix as `scale` times the identity: of a block that is not square, `scale` along the
 * diagonal, zeros beside it. An rnn with ReLU whose `weight_hh` starts so, and whose bias starts at 0, keeps its state until
 * it learns not to.
 *
 * @throws OptionError `identity: "scale" must be a finite number, got NaN.`
 * @see Le et al. 2015, "A simple way to initialize recurrent networks of rectified linear units". */
export function identity(options: IdentityOptions = {}): IdentityInitializer {
	return describe(identityType, options);
}

export const orthogonalType: InitializerType<"orthogonal", "gain"> = {
	type: "orthogonal",
	setting: "gain",
	otherwise: 1,
	only: "matrices",
	fill({ values, rows, columns }, random, gain) {
		const vectors = orthonormal(Math.min(rows, columns), Math.max(rows, columns), random);
		for (let i = 0; i < values.length; i++) {
			const column = i % columns;
			const row = (i - column) / columns;
			values[i] = gain * (rows > columns ? vectors[column][row] : vectors[row][column]);
		}
	},
};

export const identityType: InitializerType<"identity", "scale"> = {
	type: "identity",
	setting: "scale",
	otherwise: 1,
	only: "matrices",
	fill({ values, rows, columns }, _random, scale) {
		values.fill(0);
		for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = scale;
	},
};

/** `count` vectors of unit length at right angles to each other (and three of zeros): the first columns of
 *
 * ```
 * Q = H₀·H₁·…·D      Hₖ = 1 - 2·v·vᵀ/(v·v),   v = x + sign(xₖ)·|x|·eₖ,   x normal from place k on, 0 before
 * ```
 *
 * where D has -sign(xₖ) of each k. A QR decomposition of a matrix G of normal numbers would find the same: x is column k of
 * Hₖ₋₁·…·H₀·G from place k on, and as those do not depend on that column, it is normal again. */
function orthonormal(count: number, length: number, random: Random): Float64Array[] {
	const vectors = Array.from({ length: count + 3 }, () => new Float64Array(length));
	const v = new Float64Array(length);
	for (let k = count - 1; k >= 0; k--) {
		let square = 0;
		for (let i = k; i < length; i++) {
			v[i] = random.normal();
			square += v[i] * v[i];
		}
		const norm = v[k] < 0 ? -Math.sqrt(square) : Math.sqrt(square);
		vectors[k][k] = -Math.sign(norm);
		v[k] += norm;
		for (let column = k; column < count; column += 4) reflect(vectors, column, v, k, 1 / (norm * v[k]));
	}
	return vectors;
}

/** `y = y - share·(v·y)·v` for four vectors y, `v` being 0 before place `k`. Sums of four vectors at a time need not wait for
 * each other. */
function reflect(vectors: readonly Float64Array[], first: number, v: Float64Array, k: number, share: number): void {
	const [y0, y1, y2, y3] = vectors.slice(first, first + 4);
	let [a, b, c, d] = [0, 0, 0, 0];
	for (let i = k; i < v.length; i++) {
		a += v[i] * y0[i];
		b += v[i] * y1[i];
		c += v[i] * y2[i];
		d += v[i] * y3[i];
	}
	for (let i = k; i < v.length; i++) {
		const x = share * v[i];
		y0[i] -= a * x;
		y1[i] -= b * x;
		y2[i] -= c * x;
		y3[i] -= d * x;
	}
}
