// Matrix products on packed operands, blocked for cache.

import { DEPTH, ROWS } from "../../src/engine/blocking";
import { multiplyBlock } from "./block";

/** C[M, N] = init + A·B for a row-major A and a B in panels of depth K; where K is 0, C = init. Strides are in bytes. `init` is
 * 0 for none (then `ldi` is 0 too); `ldi` is 0 where one row of it serves all rows of C. Cost 2·M·N·K operations. */
export function product(
	M: i32,
	N: i32,
	K: i32,
	a: usize,
	lda: usize,
	b: usize,
	c: usize,
	ldc: usize,
	init: usize,
	ldi: usize,
): void {
	const panelBytes = (<usize>K) << 5;
	for (let row = 0; row < M; row += ROWS) {
		const rows = min(M - row, ROWS);
		for (let k = 0; k < K || k === 0; k += DEPTH) {
			const depth = min(K - k, DEPTH);
			const panel = b + ((<usize>k) << 5);
			multiplyBlock(rows, N, depth, a + ((<usize>k) << 2), lda, panel, panelBytes, c, ldc, k ? c : init, k ? ldc : ldi);
		}
		a += <usize>ROWS * lda;
		c += <usize>ROWS * ldc;
		if (init) init += <usize>ROWS * ldi;
	}
}

/** C += A·B; nothing at all where K is 0. */
export function addProduct(M: i32, N: i32, K: i32, a: usize, lda: usize, b: usize, c: usize, ldc: usize): void {
	if (K) product(M, N, K, a, lda, b, c, ldc, c, ldc);
}
