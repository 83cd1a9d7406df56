// The gradient of weights: one product over all steps and rows, after the recursion has left dy in place.

import { DEPTH, ROWS } from "../../src/engine/blocking";
import { rows as rowsAt, stateful, total } from "../packing";
import { multiplyBlock } from "./block";
import { packPanels, packTiles } from "./panels";

/** Gradients of what a cell multiplies its input and its past by, in one pass over dy.
 *
 *   dW[g·rows + j, :] += Σₖ dy[k, g·stride + j] · x[k, :]
 *   dU[g·rows + j, :] += Σₖ dy[k, g·stride + j] · past[table[k] (without a table: k), :]
 *   db[g·rows + j]    += Σₖ dy[k, g·stride + j]
 *
 * over all packed rows k, in blocks of at most 256, each block's sum from zero. Leading rows whose past is the initial
 * state are left out of dU when that is zero.
 * reads   dy [total, lddy bytes]   x [total, ldx bytes]   past [·, ldPast bytes]
 * adds    dW [blocks·rows, columns]   dU [blocks·rows, pastColumns]   db [blocks·rows]; columns 0, pastColumns 0, db 0: none
 * scratch ROWS·DEPTH floats, then DEPTH·8 floats for every 8 columns of each
 * cost    2 · total · blocks · rows · (columns + pastColumns) operations */
export function weightGradient(
	sequence: usize,
	dy: usize,
	lddy: usize,
	blocks: i32,
	rows: i32,
	stride: i32,
	db: usize,
	x: usize,
	ldx: usize,
	columns: i32,
	dW: usize,
	past: usize,
	ldPast: usize,
	table: usize,
	pastColumns: i32,
	dU: usize,
	scratch: usize,
): void {
	if (rows === stride) {
		rows *= blocks;
		blocks = 1;
	}
	const panels = scratch + ROWS * DEPTH * 4;
	const pastPanels = panels + ((((<usize>columns + 7) >> 3) * DEPTH) << 5);
	const N = total(sequence);
	const begin = pastColumns ? beginning(sequence, table) : 0;
	for (let k = 0; k < N; ) {
		const depth = min((k < begin ? begin : N) - k, DEPTH);
		const panelBytes = (<usize>depth) << 5;
		const width = k < begin && !stateful(sequence) ? 0 : pastColumns;
		packPanels(x, ldx, 0, depth, columns, panels, panelBytes);
		packPanels(past, ldPast, table, depth, width, pastPanels, panelBytes);
		for (let g = 0; g < blocks; g++) {
			const source = dy + ((<usize>g * stride) << 2);
			const row = g * rows;
			for (let m = 0; m < rows; m += ROWS) {
				const height = min(rows - m, ROWS);
				const at = <usize>(row + m);
				const sums = db ? db + (at << 2) : 0;
				packTiles(depth, height, source + ((<usize>m) << 2), lddy, scratch, sums);
				add(height, columns, depth, scratch, panels, dW, at);
				add(height, width, depth, scratch, pastPanels, dU, at);
			}
		}
		k += depth;
		dy += <usize>depth * lddy;
		x += <usize>depth * ldx;
		if (table) table += (<usize>depth) << 2;
		else past += <usize>depth * ldPast;
	}
}

/** Rows [at, at + height) of a gradient += packed tiles · panels. */
function add(height: i32, columns: i32, depth: i32, tiles: usize, panels: usize, dW: usize, at: usize): void {
	const ldw = (<usize>columns) << 2;
	const c = dW + at * ldw;
	if (columns) multiplyBlock(height, columns, depth, tiles, 0, panels, (<usize>depth) << 5, c, ldw, c, ldw);
}

/** How many packed rows come first whose past is the initial state: those of the first step, if the walk begins there. A
 * block ends with them whether that state is zero or not, so that zeros give the same bits as none. */
function beginning(sequence: usize, table: usize): i32 {
	return table && load<i32>(table) < 0 ? rowsAt(sequence, 0) : 0;
}
