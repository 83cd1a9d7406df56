// The walk through time that all cells share. A cell is its equations: one function for the rows of one step forward,
// one backward.
//
// States (h, c) have initial rows [batchSize] and packed rows [total], each P values wide, H rounded up to a multiple of
// 4; gates are `blocks` of those. Of the rows of a step, those that were alive at the step before (in the order of the
// walk) continue from there; the others begin from their initial rows.

import { ROWS } from "../../src/engine/blocking";
import { padded } from "../lanes";
import { offset, rows, stateful, steps } from "../packing";
import { product } from "../product/product";

/** `count` rows of one step; every pointer is at the first of them. W, b: whatever the cell multiplies h by and adds.
 * `depth` is H, or 0 where h[t-1] is zero: so much of it enters a product. */
export type ForwardStep = (
	count: i32,
	H: i32,
	depth: i32,
	gates: usize,
	hBefore: usize,
	cBefore: usize,
	h: usize,
	c: usize,
	W: usize,
	b: usize,
) => void;

/** The same rows backward: dy comes from the layer above; dh and dc [batchSize, P] carry the gradient from the step
 * after to the step before; the gates become their gradients. Rows whose gradient nobody asks for have `wanted` 0: no
 * product is needed to carry it on. W, W2: the weights that carry it on, in as many packs as the cell needs. */
export type BackwardStep = (
	count: i32,
	H: i32,
	wanted: i32,
	gates: usize,
	hBefore: usize,
	cBefore: usize,
	h: usize,
	c: usize,
	dy: usize,
	dh: usize,
	dc: usize,
	W: usize,
	W2: usize,
) => void;

/** Step taken i-th, from the first step to the last, or in reverse. */
function stepAt(sequence: usize, reverse: i32, i: i32): i32 {
	return reverse ? steps(sequence) - 1 - i : i;
}

/** How many rows of the i-th step continue the one taken before it. */
function continued(sequence: usize, reverse: i32, i: i32): i32 {
	if (i === 0) return 0;
	const t = stepAt(sequence, reverse, i);
	return min(rows(sequence, t), rows(sequence, reverse ? t + 1 : t - 1));
}

/** Bytes from a state's first packed row to the rows of the i-th step. */
function stateAt(sequence: usize, reverse: i32, i: i32, ldh: usize): usize {
	return <usize>offset(sequence, stepAt(sequence, reverse, i)) * ldh;
}

/** Rows whose gates stay in cache from their projection until the walk is there. */
const AHEAD: i32 = 4 * ROWS;

/** gates = x·Wx + bx, its first `columns` columns, for the i-th step and those after it, as many as have at most AHEAD rows
 * together; gives the step after them. */
function projectAhead(
	sequence: usize,
	reverse: i32,
	i: i32,
	x: usize,
	ldx: usize,
	I: i32,
	Wx: usize,
	bx: usize,
	gates: usize,
	ldg: usize,
	columns: i32,
): i32 {
	const T = steps(sequence);
	const first = stepAt(sequence, reverse, i);
	let begin = offset(sequence, first);
	let count = rows(sequence, first);
	for (i++; i < T; i++) {
		const t = stepAt(sequence, reverse, i);
		if (count + rows(sequence, t) > AHEAD) break;
		count += rows(sequence, t);
		begin = min(begin, offset(sequence, t));
	}
	const row = <usize>begin;
	product(count, columns, I, x + row * ldx, ldx, Wx, gates + row * ldg, ldg, bx, 0);
	return i;
}

/** The first `projected` of a step's `blocks` gates begin as x·Wx + bx, computed some steps ahead of the walk. */
export function walkForward(
	step: ForwardStep,
	sequence: usize,
	reverse: i32,
	x: usize,
	ldx: usize,
	I: i32,
	Wx: usize,
	bx: usize,
	H: i32,
	projected: i32,
	blocks: i32,
	gates: usize,
	h0: usize,
	c0: usize,
	h: usize,
	c: usize,
	W: usize,
	b: usize,
): void {
	const P = padded(H);
	const ldh = (<usize>P) << 2;
	const hasState = stateful(sequence);
	const T = steps(sequence);
	let before: usize = 0;
	let ahead = 0;
	for (let i = 0; i < T; i++) {
		if (i === ahead) ahead = projectAhead(sequence, reverse, i, x, ldx, I, Wx, bx, gates, ldh * blocks, projected * P);
		const now = stateAt(sequence, reverse, i, ldh);
		const going = continued(sequence, reverse, i);
		const z = gates + now * blocks;
		if (going) {
			step(going, H, H, z, h + before, c + before, h + now, c + now, W, b);
		}
		const begin = rows(sequence, stepAt(sequence, reverse, i)) - going;
		if (begin) {
			const skip = <usize>going * ldh;
			const at = now + skip;
			step(begin, H, hasState ? H : 0, z + skip * blocks, h0 + skip, c0 + skip, h + at, c + at, W, b);
		}
		before = now;
	}
}

/** `lddy` is the bytes of a row of dy, 4P, or 0: then the same rows [batchSize] serve every step. */
export function walkBackward(
	step: BackwardStep,
	sequence: usize,
	reverse: i32,
	H: i32,
	blocks: i32,
	gates: usize,
	h0: usize,
	c0: usize,
	h: usize,
	c: usize,
	dy: usize,
	lddy: usize,
	dh: usize,
	dc: usize,
	W: usize,
	W2: usize,
): void {
	const ldh = (<usize>padded(H)) << 2;
	const hasState = stateful(sequence);
	for (let i = steps(sequence) - 1; i >= 0; i--) {
		const now = stateAt(sequence, reverse, i, ldh);
		const above = dy + stateAt(sequence, reverse, i, lddy);
		const going = continued(sequence, reverse, i);
		const z = gates + now * blocks;
		if (going) {
			const before = stateAt(sequence, reverse, i - 1, ldh);
			step(going, H, 1, z, h + before, c + before, h + now, c + now, above, dh, dc, W, W2);
		}
		const begin = rows(sequence, stepAt(sequence, reverse, i)) - going;
		if (begin) {
			const skip = <usize>going * ldh;
			const at = now + skip;
			step(
				begin,
				H,
				hasState,
				z + skip * blocks,
				h0 + skip,
				c0 + skip,
				h + at,
				c + at,
				above + skip,
				dh + skip,
				dc + skip,
				W,
				W2,
			);
		}
	}
}
