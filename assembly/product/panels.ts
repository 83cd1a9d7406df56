// Panels: a matrix B [depth, columns] in the order in which products read it, [columns/8][depth][8]. Everything irregular
// (transposes, gates, odd widths) is dealt with here, so that tiles meet panels only. Panels are allocated as zeros, and what
// lies past the edges of B stays zero.

import { padded } from "../lanes";
import { copyRow } from "../rows";
import { nextTile } from "./block";
import { storeEdge } from "./store";

/** B[k, column + g·stride + j] = source[g·rows + j, k]: a weight matrix [blocks·rows, depth] for x·Wᵀ, each gate's block
 * beginning at a multiple of `stride` columns (a multiple of 4, like `column`).
 *
 * reads   source [blocks·rows, depth]
 * writes  panels
 * cut     depth */
export function packTransposed(
	source: usize,
	blocks: i32,
	rows: i32,
	stride: i32,
	depth: i32,
	panels: usize,
	column: i32,
	begin: i32,
	end: i32,
): void {
	const lds = (<usize>depth) << 2;
	source += (<usize>begin) << 2;
	for (let g = 0; g < blocks; g++, column += stride) {
		let j = 0;
		for (; j <= rows - 4; j += 4, source += lds << 2) {
			packFour(source, lds, end - begin, cell(panels, depth, begin, column + j));
		}
		for (; j < rows; j++, source += lds) {
			let target = cell(panels, depth, begin, column + j);
			const after = source + ((<usize>(end - begin)) << 2);
			for (let from = source; from < after; from += 4, target += 32) store<f32>(target, load<f32>(from));
		}
	}
}

/** Where B[k, column] stands. */
function cell(panels: usize, depth: i32, k: i32, column: i32): usize {
	return panels + ((<usize>(column >> 3) * <usize>depth + <usize>k) << 5) + ((<usize>(column & 7)) << 2);
}

/** Four source rows become four neighbouring columns. */
function packFour(source: usize, lds: usize, depth: i32, target: usize): void {
	let a = source;
	let b = a + lds;
	let c = b + lds;
	let d = c + lds;
	let k = depth;
	for (; k >= 4; k -= 4, target += 128) {
		const x = v128.load(a);
		const y = v128.load(b);
		const z = v128.load(c);
		const w = v128.load(d);
		a += 16;
		b += 16;
		c += 16;
		d += 16;
		const xy0 = v128.shuffle<f32>(x, y, 0, 4, 1, 5);
		const zw0 = v128.shuffle<f32>(z, w, 0, 4, 1, 5);
		const xy1 = v128.shuffle<f32>(x, y, 2, 6, 3, 7);
		const zw1 = v128.shuffle<f32>(z, w, 2, 6, 3, 7);
		v128.store(target, v128.shuffle<f64>(xy0, zw0, 0, 2));
		v128.store(target, v128.shuffle<f64>(xy0, zw0, 1, 3), 32);
		v128.store(target, v128.shuffle<f64>(xy1, zw1, 0, 2), 64);
		v128.store(target, v128.shuffle<f64>(xy1, zw1, 1, 3), 96);
	}
	for (; k > 0; k--, target += 32) {
		store<f32>(target, load<f32>(a));
		store<f32>(target, load<f32>(b), 4);
		store<f32>(target, load<f32>(c), 8);
		store<f32>(target, load<f32>(d), 12);
		a += 4;
		b += 4;
		c += 4;
		d += 4;
	}
}

/** B[row + g·stride + j, n] = source[g·rows + j, n]: the same matrix [blocks·rows, columns] for dy·W, in a B of full
 * depth `depth`.
 *
 * reads   source [blocks·rows, columns]
 * writes  panels
 * cut     rows */
export function packPlain(
	source: usize,
	blocks: i32,
	rows: i32,
	stride: i32,
	columns: i32,
	panels: usize,
	depth: i32,
	row: i32,
	begin: i32,
	end: i32,
): void {
	const lds = (<usize>columns) << 2;
	source += <usize>begin * lds;
	panels += (<usize>(row + begin)) << 5;
	for (let g = 0; g < blocks; g++, source += <usize>rows * lds, panels += (<usize>stride) << 5)
		packPanels(source, lds, end - begin, columns, panels, (<usize>depth) << 5);
}

/** Puts each block of a matrix [blocks·rows, columns] into panels of its own, [columns/8][rows][8], for dy·W with that block.
 *
 * reads   source [blocks·rows, columns]
 * writes  panels
 * cut     blocks */
export function packBlocks(
	source: usize,
	blocks: i32,
	rows: i32,
	columns: i32,
	panels: usize,
	begin: i32,
	end: i32,
): void {
	const panelBytes = (<usize>rows) << 5;
	const blockBytes = <usize>((columns + 7) >> 3) * panelBytes;
	const lds = (<usize>columns) << 2;
	for (let g: usize = begin; g < <usize>min(end, blocks); g++)
		packPanels(source + g * <usize>rows * lds, lds, rows, columns, panels + g * blockBytes, panelBytes);
}

/** Copies `rows` rows of a matrix into panels that are `panelBytes` apart, eight columns to each. */
export function packPanels(source: usize, lds: usize, rows: i32, columns: i32, panels: usize, panelBytes: usize): void {
	for (; columns > 0; columns -= 8, source += 32, panels += panelBytes) {
		packPanel(source, lds, rows, min(columns, 8), panels);
	}
}

function packPanel(source: usize, lds: usize, rows: i32, columns: i32, target: usize): void {
	if (columns === 8) {
		for (; rows > 0; rows--, source += lds, target += 32) {
			v128.store(target, v128.load(source));
			v128.store(target, v128.load(source, 16), 16);
		}
	} else {
		for (; rows > 0; rows--, source += lds, target += 32) copyRow(source, target, columns, 0);
	}
}

/** Copies a vector [blocks·size] so that each block begins at a multiple of four floats. What lies between them is not written:
 * it stays zero, as it was allocated.
 *
 * reads   source [blocks·size]
 * writes  target [blocks·padded(size)]
 * cut     blocks */
export function packVector(source: usize, blocks: i32, size: i32, target: usize, begin: i32, end: i32): void {
	const bytes = (<usize>size) << 2;
	const stride = (<usize>padded(size)) << 2;
	for (let g: usize = begin; g < <usize>min(end, blocks); g++)
		copyRow(source + g * bytes, target + g * stride, size, 0);
}

/** Writes the transpose of dy [depth, M] tile after tile, as multiplyBlock reads it, and adds the sums of dy's columns to
 * `sums`, unless that is 0. */
export function packTiles(depth: i32, M: i32, dy: usize, lddy: usize, target: usize, sums: usize): void {
	while (M > 0) {
		const rows = nextTile(M);
		packTile(rows, depth, dy, lddy, target, sums);
		const bytes = (<usize>rows) << 2;
		target += bytes * <usize>depth;
		dy += bytes;
		if (sums) sums += bytes;
		M -= rows;
	}
}

function packTile(rows: i32, depth: i32, dy: usize, lddy: usize, target: usize, sums: usize): void {
	const bytes = (<usize>rows) << 2;
	let sum0 = f32x4.splat(0);
	let sum1 = sum0;
	if (rows >= 4) {
		for (let k = depth; k > 0; k--, dy += lddy, target += bytes) {
			const x = v128.load(dy);
			v128.store(target, x);
			sum0 = f32x4.add(sum0, x);
			if (rows === 4) continue;
			if (rows === 5) {
				const y = v128.load32_zero(dy, 16);
				store<f32>(target, f32x4.extract_lane(y, 0), 16);
				sum1 = f32x4.add(sum1, y);
			} else {
				const y = v128.load64_zero(dy, 16);
				v128.store64_lane(target, y, 0, 16);
				sum1 = f32x4.add(sum1, y);
			}
		}
	} else {
		for (let k = depth; k > 0; k--, dy += lddy, target += bytes) {
			const y = rows === 2 ? v128.load64_zero(dy) : v128.load32_zero(dy);
			store<f32>(target, f32x4.extract_lane(y, 0));
			if (rows === 2) store<f32>(target, f32x4.extract_lane(y, 1), 4);
			sum0 = f32x4.add(sum0, y);
		}
	}
	if (sums) storeEdge(sums, sums, sum0, sum1, rows);
}
