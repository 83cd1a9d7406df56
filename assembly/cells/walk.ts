// The walk through time that all cells share. A cell is its equations: one function for some rows of one step forward,
// one backward.
// Of the rows of a step, those that were alive at the step before (in the order of the walk) continue from there; the others
// begin from their initial rows.

import { ROWS } from "../../src/engine/blocking";
import { bytes, padded } from "../lanes";
import { batchSize, offset, rows, steps } from "../packing";
import { product } from "../product/product";
import { arriving, BackwardWalk, ForwardWalk } from "./record";

/** Rows whose gates stay in cache from their projection until the walk is there. */
const AHEAD: i32 = 4 * ROWS;

/** Walks forward over the sequences at places [begin, end) of the batch. The first `projected` of a row's `blocks` gates
 * begin as x·Wx + bx, computed some steps ahead. `step` does the rest for `count` rows of the state from `now` on,
 * which continue from those from `past` on. */
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
		const count = min(rows(packing, t), end);
		const going = min(alive, count);
		if (going > begin) step(w, past + skip, now + skip, going - begin);
		const first = max(going, begin);
		if (count > first) step(w, <usize>(first - w.room) * ldh, now + <usize>first * ldh, count - first);
		past = now;
		alive = count;
	}
}

/** gates = x·Wx + bx for the i-th step of the walk, and, where the walk has the whole batch, so that their rows are
 * neighbours, for those after it, as many as have at most AHEAD rows together; gives the step after them. */
function projectAhead(w: ForwardWalk, begin: i32, end: i32, i: i32, projected: i32, blocks: i32): i32 {
	const packing = w.packing;
	const T = steps(packing);
	const isWhole = begin === 0 && end >= batchSize(packing);
	let t = w.reverse ? T - 1 - i : i;
	let from = offset(packing, t) + begin;
	let count = min(rows(packing, t), end) - begin;
	for (i++; isWhole && i < T; i++) {
		t = w.reverse ? T - 1 - i : i;
		if (count + rows(packing, t) > AHEAD) break;
		count += rows(packing, t);
		from = min(from, offset(packing, t));
	}
	const P = padded(w.H);
	const ldg = (<usize>(blocks * P)) << 2;
	const x = w.x + <usize>from * w.ldx;
	product(count, projected * P, w.I, x, w.ldx, w.Wx, w.gates + <usize>from * ldg, ldg, w.bx, 0);
	return i;
}

/** Walks back over the sequences at places [begin, end). `step` does `count` rows of the state from `now` on, which came from
 * those from `past` on; of what is kept a row for each sequence, theirs are from `place` on. */
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
		const count = min(rows(packing, t), end);
		const going = i > 0 ? min(rows(packing, t - ahead), count) : 0;
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
	for (; count > 0; count--, dy += ldh, dh += ldh, norm += 8) {
		let sum: f64 = 0;
		for (let j: usize = 0; j < (<usize>w.H) << 2; j += 4) {
			const d = <f64>load<f32>(dy + j) + <f64>load<f32>(dh + j);
			sum += d * d;
		}
		store<f64>(norm, sum);
	}
}
