// Register tiles: C[rows, N] = init + A·B, with every partial sum of a tile in registers.
//
//   A   element (m, k) at a + m·rowStride + k·depthStride
//   B   panels of 8 columns, [N/8][panelDepth][8], zero past column N
//   C   row-major; a row's columns past N are not touched
//   init is read like C (ldi may be 0: one bias row for all); 0 for none, and then ldi is 0 too
//
// Each element is the sum over k in order, from zero, plus init at the end: the same in every tile shape, so that no
// result depends on how the work was cut.

import { fma, splat } from "../lanes";
import { storeEdge } from "./store";

/** Writes eight columns of a row of C, or as many as are left. */
function storeRow(c: usize, init: usize, left: v128, right: v128, columns: i32): void {
	if (columns < 8) {
		storeEdge(c, init, left, right, columns);
	} else {
		if (init) {
			left = f32x4.add(left, v128.load(init));
			right = f32x4.add(right, v128.load(init, 16));
		}
		v128.store(c, left);
		v128.store(c, right, 16);
	}
}

/** `tiles` tiles of `rows` rows (4 to 6) by 8 columns. With six rows, twelve sums, two vectors of B and one of A fill the 15
 * registers that V8 has for vectors. */
export function tall(
	rows: i32,
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
	for (; N > 0; N -= 8, b += panelBytes, c += 32) {
		let aTile = a;
		let cRow = c;
		let initRow = init;
		for (let tile = tiles; tile > 0; tile--, aTile += tileStride) {
			let a0 = aTile;
			let a1 = a0 + rowStride;
			let a2 = a1 + rowStride;
			let a3 = a2 + rowStride;
			let a4 = a3 + rowStride;
			let a5 = a4 + rowStride;
			let bk = b;
			let c00 = f32x4.splat(0);
			let c01 = c00;
			let c10 = c00;
			let c11 = c00;
			let c20 = c00;
			let c21 = c00;
			let c30 = c00;
			let c31 = c00;
			let c40 = c00;
			let c41 = c00;
			let c50 = c00;
			let c51 = c00;
			for (let k = K; k > 0; k--) {
				const b0 = v128.load(bk);
				const b1 = v128.load(bk, 16);
				bk += 32;
				let x = splat(a0);
				a0 += depthStride;
				c00 = fma(x, b0, c00);
				c01 = fma(x, b1, c01);
				x = splat(a1);
				a1 += depthStride;
				c10 = fma(x, b0, c10);
				c11 = fma(x, b1, c11);
				x = splat(a2);
				a2 += depthStride;
				c20 = fma(x, b0, c20);
				c21 = fma(x, b1, c21);
				x = splat(a3);
				a3 += depthStride;
				c30 = fma(x, b0, c30);
				c31 = fma(x, b1, c31);
				if (rows > 4) {
					x = splat(a4);
					a4 += depthStride;
					c40 = fma(x, b0, c40);
					c41 = fma(x, b1, c41);
				}
				if (rows > 5) {
					x = splat(a5);
					a5 += depthStride;
					c50 = fma(x, b0, c50);
					c51 = fma(x, b1, c51);
				}
			}
			storeRow(cRow, initRow, c00, c01, N);
			cRow += ldc;
			initRow += ldi;
			storeRow(cRow, initRow, c10, c11, N);
			cRow += ldc;
			initRow += ldi;
			storeRow(cRow, initRow, c20, c21, N);
			cRow += ldc;
			initRow += ldi;
			storeRow(cRow, initRow, c30, c31, N);
			cRow += ldc;
			initRow += ldi;
			if (rows > 4) {
				storeRow(cRow, initRow, c40, c41, N);
				cRow += ldc;
				initRow += ldi;
			}
			if (rows > 5) {
				storeRow(cRow, initRow, c50, c51, N);
				cRow += ldc;
				initRow += ldi;
			}
		}
		if (init) init += 32;
	}
}

/** Two rows by `panels` panels (1 or 2) at a time: the eight sums of two panels hide the latency of an addition. */
export function wide2(
	panels: i32,
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
	for (; N > 0; N -= panels << 3, b += <usize>panels * panelBytes, c += 32 * <usize>panels) {
		let a0 = a;
		let a1 = a + rowStride;
		let p = b;
		let q = b + panelBytes;
		let c00 = f32x4.splat(0);
		let c01 = c00;
		let c02 = c00;
		let c03 = c00;
		let c10 = c00;
		let c11 = c00;
		let c12 = c00;
		let c13 = c00;
		for (let k = K; k > 0; k--) {
			const x = splat(a0);
			const y = splat(a1);
			a0 += depthStride;
			a1 += depthStride;
			let b0 = v128.load(p);
			c00 = fma(x, b0, c00);
			c10 = fma(y, b0, c10);
			b0 = v128.load(p, 16);
			p += 32;
			c01 = fma(x, b0, c01);
			c11 = fma(y, b0, c11);
			if (panels > 1) {
				b0 = v128.load(q);
				c02 = fma(x, b0, c02);
				c12 = fma(y, b0, c12);
				b0 = v128.load(q, 16);
				q += 32;
				c03 = fma(x, b0, c03);
				c13 = fma(y, b0, c13);
			}
		}
		storeRow(c, init, c00, c01, N);
		storeRow(c + ldc, init ? init + ldi : 0, c10, c11, N);
		if (panels > 1) {
			storeRow(c + 32, init ? init + 32 : 0, c02, c03, N - 8);
			storeRow(c + ldc + 32, init ? init + ldi + 32 : 0, c12, c13, N - 8);
		}
		if (init) init += 32 * <usize>panels;
	}
}

/** One row by `panels` panels (1 to 4) at a time. */
export function wide1(
	panels: i32,
	N: i32,
	K: i32,
	a: usize,
	depthStride: usize,
	b: usize,
	panelBytes: usize,
	c: usize,
	init: usize,
): void {
	for (; N > 0; N -= panels << 3, b += <usize>panels * panelBytes, c += 32 * <usize>panels) {
		let x = a;
		let p = b;
		let q = p + panelBytes;
		let r = q + panelBytes;
		let s = r + panelBytes;
		let c0 = f32x4.splat(0);
		let c1 = c0;
		let c2 = c0;
		let c3 = c0;
		let c4 = c0;
		let c5 = c0;
		let c6 = c0;
		let c7 = c0;
		for (let k = K; k > 0; k--) {
			const a0 = splat(x);
			x += depthStride;
			c0 = fma(a0, v128.load(p), c0);
			c1 = fma(a0, v128.load(p, 16), c1);
			p += 32;
			if (panels > 1) {
				c2 = fma(a0, v128.load(q), c2);
				c3 = fma(a0, v128.load(q, 16), c3);
				q += 32;
			}
			if (panels > 2) {
				c4 = fma(a0, v128.load(r), c4);
				c5 = fma(a0, v128.load(r, 16), c5);
				r += 32;
			}
			if (panels > 3) {
				c6 = fma(a0, v128.load(s), c6);
				c7 = fma(a0, v128.load(s, 16), c7);
				s += 32;
			}
		}
		storeRow(c, init, c0, c1, N);
		if (panels > 1) {
			storeRow(c + 32, init ? init + 32 : 0, c2, c3, N - 8);
		}
		if (panels > 2) {
			storeRow(c + 64, init ? init + 64 : 0, c4, c5, N - 16);
		}
		if (panels > 3) {
			storeRow(c + 96, init ? init + 96 : 0, c6, c7, N - 24);
		}
		if (init) init += 32 * <usize>panels;
	}
}
