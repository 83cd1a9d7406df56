// The gradient of weights: one product over all steps and rows, after the recursion has left dy in place.

import { DEPTH, ROWS } from "../../src/engine/blocking";
import { bytes } from "../lanes";
import { afterStep, aliveAt, batchSize, firstStep, offset, stateful, steps } from "../packing";
import { multiplyBlock } from "./block";
import { packPanels, packTiles } from "./panels";

/** The operands of weightGradient. */
@unmanaged
export class WeightGradient {
	packing: usize;
	/** Whether the layer walked from the last step to the first. */
	reverse: i32;
	dy: usize;
	lddy: bytes;
	/** How many gates a row of dy holds. */
	blocks: i32;
	/** Units of a gate. */
	rows: i32;
	/** Floats from one gate to the next in dy. */
	stride: i32;
	/** 0 where the layer has no bias. */
	db: usize;
	x: usize;
	ldx: bytes;
	/** Columns of x and of dW; 0 where there is no x. */
	columns: i32;
	dW: usize;
	past: usize;
	ldPast: bytes;
	/** Whether `past` is a state (assembly/cells/record.ts): then dy[k] is multiplied by the row that row k went on from. Else
	 * it is multiplied by row k itself. */
	isState: i32;
	/** How many initial rows the state has memory for. */
	room: i32;
	/** Columns of past and of dU; 0 where there is no past. */
	pastColumns: i32;
	dU: usize;
	scratch: usize;
}

/** Gradients of the weights W of a layer's input and U of its past, and of its bias, in one pass over dy.
 *
 *   dW[g·rows + j, :] += Σₖ dy[k, g·stride + j] · x[k, :]
 *   dU[g·rows + j, :] += Σₖ dy[k, g·stride + j] · past[k, :], or the state before row k
 *   db[g·rows + j]    += Σₖ dy[k, g·stride + j]
 *
 * over all packed rows k of the span, in blocks of as many whole steps as have at most 256 rows together, each block's sum from zero, row
 * by row; blocks are made and added from the last of the walk to the first, the order in which the gradient comes back. A
 * step of more rows is a block for each 256 of them, the last ones added first. A walk's first step is a block of its own
 * where the past is a state: with no initial state given it is left out of dU, and zeros give the same bits. Spans that end
 * where blocks do, taken one after another from the last of the walk, give the bits of the whole.
 *
 * reads    dy [total, lddy]   x [total, ldx]   past [total, ldPast]
 * updates  dW [blocks·rows, columns], dU [blocks·rows, pastColumns], db [blocks·rows]
 * scratch  scratch: ROWS·DEPTH floats, then DEPTH·8 floats for every 8 columns of each
 * cut      rows
 * spans    steps
 * cost     2 · total · blocks · rows · (columns + pastColumns) operations */
export function weightGradient(w: WeightGradient, begin: i32, end: i32): void {
	const packing = w.packing;
	const ahead = w.reverse ? -1 : 1;
	let last = w.reverse ? firstStep(packing) : afterStep(packing) - 1;
	for (let left = afterStep(packing) - firstStep(packing); left > 0; ) {
		const taken = together(w, last, left);
		const first = last - ahead * (taken - 1);
		const isSilent = w.isState && first === walksFirst(w) && !stateful(packing);
		const width = isSilent ? 0 : w.pastColumns;
		const from = offset(packing, min(first, last));
		const latest = max(first, last);
		const after = offset(packing, latest) + aliveAt(packing, latest);
		for (let k = from + ((after - from - 1) / DEPTH) * DEPTH; k >= from; k -= DEPTH)
			addBlock(w, k, min(after - k, DEPTH), min(first, last), latest, width, begin, end);
		last -= ahead * taken;
		left -= taken;
	}
}

/** The first step of the walk, which has no step before it. */
function walksFirst(w: WeightGradient): i32 {
	return w.reverse ? steps(w.packing) - 1 : 0;
}

/** How many of the `left` steps, from `last` back along the walk, make one block. */
function together(w: WeightGradient, last: i32, left: i32): i32 {
	const ahead = w.reverse ? -1 : 1;
	const isLast = last - ahead * (left - 1) === walksFirst(w);
	const most = w.isState && isLast ? left - 1 : left;
	let count = aliveAt(w.packing, last);
	if (count === batchSize(w.packing) && aliveAt(w.packing, steps(w.packing) - 1) === count)
		return max(1, min(most, DEPTH / count));
	let taken = 1;
	for (; taken < most; taken++) {
		count += aliveAt(w.packing, last - ahead * taken);
		if (count > DEPTH) break;
	}
	return taken;
}

/** What packed rows [k, k + depth), which lie in steps [low, high], add to rows [begin, end) of each block. */
function addBlock(w: WeightGradient, k: i32, depth: i32, low: i32, high: i32, width: i32, begin: i32, end: i32): void {
	const panels = w.scratch + ROWS * DEPTH * 4;
	const pastPanels = panels + ((((<usize>w.columns + 7) >> 3) * DEPTH) << 5);
	const panelBytes = (<usize>depth) << 5;
	packPanels(w.x + <usize>k * w.ldx, w.ldx, depth, w.columns, panels, panelBytes);
	if (w.isState) packPast(w, k, depth, low, high, width, pastPanels);
	else packPanels(w.past + <usize>k * w.ldPast, w.ldPast, depth, width, pastPanels, panelBytes);
	// Blocks without padding between them are one.
	const merged = w.rows === w.stride ? w.blocks : 1;
	const rows = w.rows * merged;
	const dy = w.dy + <usize>k * w.lddy;
	for (let g = 0; g < w.blocks / merged; g++) {
		for (let m = begin * merged; m < end * merged; m += ROWS) {
			const height = min(end * merged - m, ROWS);
			const at = <usize>(g * rows + m);
			const source = dy + <usize>(g * w.stride + m) * 4;
			packTiles(depth, height, source, w.lddy, w.scratch, w.db ? w.db + (at << 2) : 0);
			add(height, w.columns, depth, w.scratch, panels, w.dW, at);
			add(height, width, depth, w.scratch, pastPanels, w.dU, at);
		}
	}
}

/** Panels of the state rows before packed rows [k, k + depth): those of the step before, then the initial ones of the
 * sequences that begin here; neighbours are packed together, all at once where no sequence begins or ends. */
function packPast(w: WeightGradient, k: i32, depth: i32, low: i32, high: i32, width: i32, panels: usize): void {
	const packing = w.packing;
	const ahead = w.reverse ? -1 : 1;
	const begin = walksFirst(w);
	const panelBytes = (<usize>depth) << 5;
	const isFirst = low <= begin && begin <= high;
	if (!isFirst && aliveAt(packing, min(low, low - ahead)) === aliveAt(packing, max(high, high - ahead))) {
		const from = k - offset(packing, low) + offset(packing, low - ahead);
		packPanels(w.past + <usize>from * w.ldPast, w.ldPast, depth, width, panels, panelBytes);
		return;
	}
	let from = 0;
	let count = 0;
	for (let t = low; t <= high; t++) {
		const at = offset(packing, t);
		const alive = aliveAt(packing, t);
		const going = t === begin ? 0 : min(alive, aliveAt(packing, t - ahead));
		const first = max(k - at, 0);
		const after = min(k + depth - at, alive);
		for (let begins = 0; begins < 2; begins++) {
			const r = begins ? max(first, going) : first;
			const more = (begins ? after : min(after, going)) - r;
			if (more <= 0) continue;
			const row = r + (begins ? -w.room : offset(packing, t - ahead));
			if (row !== from + count) {
				packPanels(w.past + <usize>from * w.ldPast, w.ldPast, count, width, panels, panelBytes);
				panels += (<usize>count) << 5;
				from = row;
				count = 0;
			}
			count += more;
		}
	}
	packPanels(w.past + <usize>from * w.ldPast, w.ldPast, count, width, panels, panelBytes);
}

/** Rows [at, at + height) of a gradient += tiles · panels. */
function add(height: i32, columns: i32, depth: i32, tiles: usize, panels: usize, dW: usize, at: usize): void {
	const ldw = (<usize>columns) << 2;
	const c = dW + at * ldw;
	if (columns) multiplyBlock(height, columns, depth, tiles, 0, panels, (<usize>depth) << 5, c, ldw, c, ldw);
}
