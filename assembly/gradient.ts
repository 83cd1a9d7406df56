// The gradient of a weight matrix: one product over all steps and rows, after the recursion has left dy in place.

import { packPanels, packTiles } from "./pack";
import { DEPTH, multiplyBlock, ROWS } from "./product";
import { total } from "./sequence";

/** dW[g·rows + j, :] += Σₖ dy[k, g·stride + j] · x[k, :]     db[g·rows + j] += Σₖ dy[k, g·stride + j]
 *
 * over all packed rows k, in blocks of 256, each block's sum from zero.
 * reads   dy [total, lddy bytes]   x [·, ldx bytes], row table[k] if there is a table, else row k
 * adds    dW [blocks·rows, columns]   db [blocks·rows] (0: none)
 * scratch ROWS·DEPTH floats, then DEPTH·8 floats for every 8 columns
 * cost    2 · total · blocks · rows · columns operations */
export function weightGradient(
	sequence: usize,
	dy: usize,
	lddy: usize,
	blocks: i32,
	rows: i32,
	stride: i32,
	x: usize,
	ldx: usize,
	table: usize,
	columns: i32,
	dW: usize,
	db: usize,
	scratch: usize,
): void {
	if (rows === stride) {
		rows *= blocks;
		blocks = 1;
	}
	const panels = scratch + ROWS * DEPTH * 4;
	const ldw = (<usize>columns) << 2;
	for (let k = total(sequence); k > 0; k -= DEPTH) {
		const depth = min(k, DEPTH);
		const panelBytes = (<usize>depth) << 5;
		packPanels(x, ldx, table, depth, columns, panels, panelBytes);
		let target = dW;
		let sums = db;
		for (let g = 0; g < blocks; g++) {
			let source = dy + ((<usize>g * stride) << 2);
			for (let m = 0; m < rows; m += ROWS) {
				const height = min(rows - m, ROWS);
				packTiles(depth, height, source, lddy, scratch, sums);
				multiplyBlock(
					height,
					columns,
					depth,
					scratch,
					0,
					panels,
					panelBytes,
					target,
					ldw,
					target,
					ldw,
				);
				source += (<usize>height) << 2;
				target += <usize>height * ldw;
				if (sums) sums += (<usize>height) << 2;
			}
		}
		dy += <usize>depth * lddy;
		if (table) table += (<usize>depth) << 2;
		else x += <usize>depth * ldx;
	}
}
