// The walk through time that all cells share. A cell is its equations: one function for some rows of one step forward,
// one backward. Sequences that were alive at the step before (in the order of the walk) go on from their rows there; the
// others begin at this step, from their initial rows.

import { ROWS } from "../../src/engine/blocking";
import { bytes, onlyFirst, padded, squares4 } from "../lanes";
import { afterStep, aliveAt, batchSize, firstStep, known, offset, steps } from "../packing";
import { product } from "../product/product";
import { arriving, BackwardWalk, ForwardWalk, ofHidden, Walk } from "./record";

/** At most so many rows are projected ahead of the walk: their gates are still in cache when it reaches them. */
const AHEAD: i32 = 4 * ROWS;

/** Walks forward over the steps of the span and sequences [begin, end), counted in the packing's order. A row has `blocks` gates;
 * the walk sets the first `projected` of them to x·Wx + bx, some steps ahead. `step` computes the rest for `count`
 * neighbouring rows: the first of them stands `now` bytes into the state, the row it goes on from `past` bytes
 * (assembly/cells/record.ts). They are rows of one step; or, where the states are known, of several, none of which has to wait
 * for another: then the states are written again, to the same bits. */
export function walkForward<W extends ForwardWalk>(
	step: (w: W, past: bytes, now: bytes, count: i32) => void,
	w: W,
	begin: i32,
	end: i32,
	projected: i32,
	blocks: i32,
): void {
	const packing = w.packing;
	const ahead = w.reverse ? -1 : 1;
	const ldh = (<usize>padded(w.H)) << 2;
	const skip = <usize>begin * ldh;
	const joins = known(packing) && isWhole(w, begin, end);
	const span = afterStep(packing) - firstStep(packing);
	let t = w.reverse ? afterStep(packing) - 1 : firstStep(packing);
	let alive = t === beginOf(w) ? 0 : aliveAt(packing, t - ahead);
	let past = alive ? <usize>offset(packing, t - ahead) * ldh : 0;
	let ready = 0;
	for (let i = 0; i < span; i++, t += ahead) {
		if (i === ready) ready += projectAhead(w, begin, end, t, span - i, projected, blocks);
		const count = min(aliveAt(packing, t), end);
		if (joins && count === alive) {
			const more = alikeFrom(w, t, ready - i) - 1;
			i += more;
			t += ahead * more;
			const low = w.reverse ? t : t - more;
			step(w, <usize>offset(packing, low - ahead) * ldh, <usize>offset(packing, low) * ldh, count * (more + 1));
			past = <usize>offset(packing, t) * ldh;
			continue;
		}
		const now = <usize>offset(packing, t) * ldh;
		const going = min(alive, count);
		if (going > begin) step(w, past + skip, now + skip, going - begin);
		const first = max(going, begin);
		if (count > first) step(w, <usize>(first - w.room) * ldh, now + <usize>first * ldh, count - first);
		past = now;
		alive = count;
	}
}

function isWhole(w: Walk, begin: i32, end: i32): bool {
	return begin === 0 && end >= batchSize(w.packing);
}

/** The step with which the walk begins, which has none before it. */
export function beginOf(w: Walk): i32 {
	return w.reverse ? steps(w.packing) - 1 : 0;
}

/** How many steps of the walk, from t on and at most `most`, have as many sequences as step t: then their rows are neighbours. */
function alikeFrom(w: Walk, t: i32, most: i32): i32 {
	const packing = w.packing;
	const ahead = w.reverse ? -1 : 1;
	const alive = aliveAt(packing, t);
	let count = 1;
	while (count < most && aliveAt(packing, t + ahead * count) === alive) count++;
	return count;
}

/** Sets gates = x·Wx + bx for step t of the walk, the first of `left` in the span. Where the walk has the whole batch, the rows of
 * several steps are neighbours: then also for the steps after it, until AHEAD rows are reached. Returns how many steps that is. */
function projectAhead(w: ForwardWalk, begin: i32, end: i32, t: i32, left: i32, projected: i32, blocks: i32): i32 {
	const packing = w.packing;
	const ahead = w.reverse ? -1 : 1;
	let from = offset(packing, t) + begin;
	let count = min(aliveAt(packing, t), end) - begin;
	let done = 1;
	for (const joins = isWhole(w, begin, end); joins && done < left; done++) {
		t += ahead;
		if (count + aliveAt(packing, t) > AHEAD) break;
		count += aliveAt(packing, t);
		from = min(from, offset(packing, t));
	}
	const P = padded(w.H);
	const ldg = (<usize>(blocks * P)) << 2;
	const x = w.x + <usize>from * w.ldx;
	product(count, projected * P, w.I, x, w.ldx, w.Wx, w.gates + <usize>from * ldg, ldg, w.bx, 0);
	return done;
}

/** Walks back over the steps of the span and sequences [begin, end). `step` takes the gradient through `count` neighbouring rows of
 * one step, `now` and `past` as in walkForward. Their rows in buffers of one row for each sequence (dh, dc) begin `place`
 * bytes in. */
export function walkBackward<W extends BackwardWalk>(
	step: (w: W, past: bytes, now: bytes, place: bytes, count: i32) => void,
	w: W,
	begin: i32,
	end: i32,
): void {
	const packing = w.packing;
	const ahead = w.reverse ? -1 : 1;
	const ldh = (<usize>padded(w.H)) << 2;
	const skip = <usize>begin * ldh;
	const walksFirst = beginOf(w);
	let t = w.reverse ? firstStep(packing) : afterStep(packing) - 1;
	for (let left = afterStep(packing) - firstStep(packing); left > 0; left--, t -= ahead) {
		const now = <usize>offset(packing, t) * ldh;
		const count = min(aliveAt(packing, t), end);
		const going = t === walksFirst ? 0 : min(aliveAt(packing, t - ahead), count);
		if (w.hiddenNorms) hiddenNorms(w, offset(packing, t) + begin, skip, count - begin);
		if (going > begin) step(w, <usize>offset(packing, t - ahead) * ldh + skip, now + skip, skip, going - begin);
		const first = max(going, begin);
		const place = <usize>first * ldh;
		if (count > first) step(w, <usize>(first - w.room) * ldh, now + place, place, count - first);
	}
}

/** Σ (dy + dh)² of each row that a step back begins with. */
function hiddenNorms(w: BackwardWalk, first: i32, place: bytes, count: i32): void {
	const ldh = (<usize>padded(w.R)) << 2;
	const at = ofHidden(w, place);
	let dy = arriving(w, <usize>first * ldh, at);
	let dh = w.dh + at;
	let norm = w.hiddenNorms + ((<usize>first) << 3);
	const left = w.R & 3;
	const whole = ldh - (left ? 16 : 0);
	for (; count > 0; count--, norm += 8) {
		let sum = f64x2.splat(0);
		for (const end = dh + whole; dh < end; dh += 16, dy += 16)
			sum = f64x2.add(sum, squares4(f32x4.add(v128.load(dy), v128.load(dh))));
		if (left) {
			const last = f32x4.add(v128.load(dy), v128.load(dh));
			dy += 16;
			dh += 16;
			sum = f64x2.add(sum, squares4(onlyFirst(left, last, f32x4.splat(0))));
		}
		store<f64>(norm, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
	}
}
