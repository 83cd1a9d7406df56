// One block of a matrix product: rows of A cut into tiles. `tall`, `wide2` and `wide1` are inlined (scripts/inline-lanes.mjs), so
// each function here that passes them a number compiles the loops for that number alone.

import { tall, wide1, wide2 } from "./tile";

/** Rows of the tallest tile whose sums stay in registers. Where multiply and add are not fused, the products need registers too,
 * and V8 up to Node 20 loads all of A before the first of them: there five rows would spill already. */
const TALLEST: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** Panels that one row is multiplied by at a time, for the same reason. */
const WIDEST: i32 = ASC_FEATURE_RELAXED_SIMD ? 4 : 3;

/** Rows of the next tile when `left` rows are left: of 1, 2, 4, 5, 6. The taller, the fewer loads for a product. */
export function nextTile(left: i32): i32 {
	return left === 3 ? 2 : min(left, TALLEST);
}

function sixRows(
	tiles: i32,
	N: i32,
	K: i32,
	a: usize,
	rowStride: usize,
	depthStride: usize,
	tileStride: usize,
	b: usize,
	panelBytes: usize,
	c: usize,
	ldc: usize,
	init: usize,
	ldi: usize,
): void {
	tall(6, tiles, N, K, a, rowStride, depthStride, tileStride, b, panelBytes, c, ldc, init, ldi);
}

function fiveRows(
	tiles: i32,
	N: i32,
	K: i32,
	a: usize,
	rowStride: usize,
	depthStride: usize,
	tileStride: usize,
	b: usize,
	panelBytes: usize,
	c: usize,
	ldc: usize,
	init: usize,
	ldi: usize,
): void {
	tall(5, tiles, N, K, a, rowStride, depthStride, tileStride, b, panelBytes, c, ldc, init, ldi);
}

function fourRows(
	tiles: i32,
	N: i32,
	K: i32,
	a: usize,
	rowStride: usize,
	depthStride: usize,
	tileStride: usize,
	b: usize,
	panelBytes: usize,
	c: usize,
	ldc: usize,
	init: usize,
	ldi: usize,
): void {
	tall(4, tiles, N, K, a, rowStride, depthStride, tileStride, b, panelBytes, c, ldc, init, ldi);
}

/** Pairs of panels, then the one that is left. */
function twoRows(
	N: i32,
	K: i32,
	a: usize,
	rowStride: usize,
	depthStride: usize,
	b: usize,
	panelBytes: usize,
	c: usize,
	ldc: usize,
	init: usize,
	ldi: usize,
): void {
	const pairs = (N + 7) >> 4;
	const columns = min(N, pairs << 4);
	wide2(2, columns, K, a, rowStride, depthStride, b, panelBytes, c, ldc, init, ldi);
	if (columns === N) return;
	const done = (<usize>columns) << 2;
	b += ((<usize>pairs) << 1) * panelBytes;
	wide2(1, N - columns, K, a, rowStride, depthStride, b, panelBytes, c + done, ldc, init ? init + done : 0, ldi);
}

/** WIDEST panels at a time, then a pair of those that are left, then the last one alone. */
function oneRow(
	N: i32,
	K: i32,
	a: usize,
	depthStride: usize,
	b: usize,
	panelBytes: usize,
	c: usize,
	init: usize,
): void {
	const wide = (((N + 7) >> 3) / WIDEST) * WIDEST;
	let columns = min(N, wide << 3);
	wide1(WIDEST, columns, K, a, depthStride, b, panelBytes, c, init);
	if (columns === N) return;
	N -= columns;
	b += <usize>wide * panelBytes;
	c += (<usize>columns) << 2;
	if (init) init += (<usize>columns) << 2;
	if (N > 8) {
		columns = min(N, 16);
		wide1(2, columns, K, a, depthStride, b, panelBytes, c, init);
		if (columns === N) return;
		N -= columns;
		b += panelBytes << 1;
		c += 64;
		if (init) init += 64;
	}
	wide1(1, N, K, a, depthStride, b, panelBytes, c, init);
}

/** C[M, N] = init + A·B for one block of depth K. A is row-major with `lda` bytes a row, or, where lda is 0, packed
 * tile after tile as `packTiles` leaves it. */
export function multiplyBlock(
	M: i32,
	N: i32,
	K: i32,
	a: usize,
	lda: usize,
	b: usize,
	panelBytes: usize,
	c: usize,
	ldc: usize,
	init: usize,
	ldi: usize,
): void {
	while (M > 0) {
		const rows = nextTile(M);
		let tiles = 1;
		while (M - tiles * rows > 0 && nextTile(M - tiles * rows) === rows) tiles++;
		const rowStride: usize = lda ? lda : 4;
		const depthStride: usize = lda ? 4 : (<usize>rows) << 2;
		const tileStride = <usize>rows * (lda ? lda : (<usize>K) << 2);
		if (TALLEST === 6 && rows === 6) {
			sixRows(tiles, N, K, a, rowStride, depthStride, tileStride, b, panelBytes, c, ldc, init, ldi);
		} else if (TALLEST === 6 && rows === 5) {
			fiveRows(tiles, N, K, a, rowStride, depthStride, tileStride, b, panelBytes, c, ldc, init, ldi);
		} else if (rows === 4) {
			fourRows(tiles, N, K, a, rowStride, depthStride, tileStride, b, panelBytes, c, ldc, init, ldi);
		} else if (rows === 2) {
			twoRows(N, K, a, rowStride, depthStride, b, panelBytes, c, ldc, init, ldi);
		} else {
			oneRow(N, K, a, depthStride, b, panelBytes, c, init);
		}
		const done = tiles * rows;
		M -= done;
		a += <usize>tiles * tileStride;
		c += <usize>done * ldc;
		if (init) init += <usize>done * ldi;
	}
}
