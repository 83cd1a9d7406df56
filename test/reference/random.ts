import { type Matrix, matrix, type Vector } from "./matrix.ts";

/** Draws from ±[0.05, 1): never zero, where mistakes hide. */
export function random(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let hash = Math.imul(state ^ (state >>> 15), state | 1);
		hash ^= hash + Math.imul(hash ^ (hash >>> 7), hash | 61);
		const unit = ((hash ^ (hash >>> 14)) >>> 0) / 2 ** 32;
		return unit < 0.5 ? -0.05 - unit * 1.9 : 0.05 + (unit - 0.5) * 1.9;
	};
}

export function randomVector(draw: () => number, length: number): Vector {
	return Float64Array.from({ length }, draw);
}

export function randomMatrix(draw: () => number, rows: number, columns: number): Matrix {
	return matrix(rows, columns, randomVector(draw, rows * columns));
}
