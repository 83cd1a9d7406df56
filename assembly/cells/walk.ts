// The walk through time that all cells share. A cell is its equations: one function for some rows of one step forward,
// one backward. Sequences that were alive at the step before (in the order of the walk) go on from their rows there; the
// others begin at this step, from their initial rows.

import { ROWS } from "../../src/engine/blocking";
import { bytes, onlyFirst, padded, squares4 } from "../lanes";
import { aliveAt, batchSize, offset, steps } from "../packing";
import { product } from "../product/product";
import { arriving, BackwardWalk, ForwardWalk } from "./record";

/** At most so many rows are projected ahead of the walk: their gates are still in cache when it reaches them. */
const AHEAD: i32 = 4 * ROWS;

/** Walks forward over sequences [begin, end), counted in the packing's order. A row has `blocks` gates; the walk sets the first
 * `projected` of them to x·Wx + bx, some steps ahead. `step` computes the rest for `count` neighbouring rows of one step: the
 * first of them stands `now` bytes into the state, the row it goes on from `past` bytes (assembly/cells/record.ts). */
export function walkForward<W extends ForwardWalk>(
	step: (w: W, past: bytes, now: bytes, count: i32) => void,
	w: W,
	begin: i32,
	end: i32,
	projected: i32,
	blocks: i32,
): void {
	const packing = w.packing;
	const T = steps(packing);
	const ahead = w.reverse ? -1 : 1;
	let t = w.reverse ? T - 1 : 0;
	const ldh = (<usize>padded(w.H)) << 2;
	const skip = <usize>begin * ldh;
	let past: usize = 0;
	let alive = 0;
	let ready = 0;
	for (let i = 0; i < T; i++, t += ahead) {
		if (i === ready) ready = projectAhead(w, begin, end, i, projected, blocks);
		const now = <usize>offset(packing, t) * ldh;
		const count = min(aliveAt(packing, t), end);
		const going = min(alive, count);
		if (going > begin) step(w, past + skip, now + skip, going - begin);
		const first = max(going, begin);
		if (count > first) step(w, <usize>(first - w.room) * ldh, now + <usize>first * ldh, count - first);
		past = now;
		alive = count;
	}
}

/** Sets gates = x·Wx + bx for the i-th step of the walk. Where the walk has the whole batch, the rows of several steps are
 * neighbours: then also for the steps after it, until AHEAD rows are reached. Returns the first step that is not done. */
function projectAhead(w: ForwardWalk, begin: i32, end: i32, i: i32, projected: i32, blocks: i32): i32 {
	const packing = w.packing;
	const T = steps(packing);
	const isWhole = begin === 0 && end >= batchSize(packing);
	let t = w.reverse ? T - 1 - i : i;
	let from = offset(packing, t) + begin;
	let count = min(aliveAt(packing, t), end) - begin;
	for (i++; isWhole && i < T; i++) {
		t = w.reverse ? T - 1 - i : i;
		if (count + aliveAt(packing, t) > AHEAD) break;
		count += aliveAt(packing, t);
		from = min(from, offset(packing, t));
	}
	const P = padded(w.H);
	const ldg = (<usize>(blocks * P)) << 2;
	const x = w.x + <usize>from * w.ldx;
	product(count, projected * P, w.I, x, w.ldx, w.Wx, w.gates + <usize>from * ldg, ldg, w.bx, 0);
	return i;
}

/** Walks back over sequences [begin, end). `step` takes the gradient through `count` neighbouring rows of one step, `now` and
 * `past` as in walkForward. Their rows in buffers of one row for each sequence (dh, dc) begin `place` bytes in. */
export function walkBackward<W extends BackwardWalk>(
	step: (w: W, past: bytes, now: bytes, place: bytes, count: i32) => void,
	w: W,
	begin: i32,
	end: i32,
): void {
	const packing = w.packing;
	const T = steps(packing);
	const ahead = w.reverse ? -1 : 1;
	const ldh = (<usize>padded(w.H)) << 2;
	const skip = <usize>begin * ldh;
	let t = w.reverse ? 0 : T - 1;
	for (let i = T - 1; i >= 0; i--, t -= ahead) {
		const now = <usize>offset(packing, t) * ldh;
		const count = min(aliveAt(packing, t), end);
		const going = i > 0 ? min(aliveAt(packing, t - ahead), count) : 0;
		if (w.hiddenNorms) hiddenNorms(w, now + skip, skip, count - begin);
		if (going > begin) step(w, <usize>offset(packing, t - ahead) * ldh + skip, now + skip, skip, going - begin);
		const first = max(going, begin);
		const place = <usize>first * ldh;
		if (count > first) step(w, <usize>(first - w.room) * ldh, now + place, place, count - first);
	}
}

/** Σ (dy + dh)² of each row that a step back begins with. */
function hiddenNorms(w: BackwardWalk, now: bytes, place: bytes, count: i32): void {
	const ldh = (<usize>padded(w.H)) << 2;
	let dy = arriving(w, now, place);
	let dh = w.dh + place;
	let norm = w.hiddenNorms + (now / ldh) * 8;
	const left = w.H & 3;
	const whole = ldh - (left ? 16 : 0);
	for (; count > 0; count--, dy += ldh, dh += ldh, norm += 8) {
		let sum = f64x2.splat(0);
		for (let j: usize = 0; j < whole; j += 16)
			sum = f64x2.add(sum, squares4(f32x4.add(v128.load(dy + j), v128.load(dh + j))));
		if (left) {
			const last = f32x4.add(v128.load(dy + whole), v128.load(dh + whole));
			sum = f64x2.add(sum, squares4(onlyFirst(left, last, f32x4.splat(0))));
		}
		store<f64>(norm, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
	}
}
