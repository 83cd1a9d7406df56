import { bytes, onlyFirst } from "../lanes";
import { afterStep, aliveAt, firstStep, offset, rowOfSpan } from "../packing";
import { threefry4 } from "../random";

/** What is dropped of values, and by which numbers. */
@unmanaged
export class Drop {
	/** 0: ones, so that y is the mask. */
	x: usize;
	/** Of a row. */
	columns: i32;
	/** Whether what is in y is added to. */
	adds: i32;
	y: usize;
	/** rate · 2²⁴ */
	threshold: i32;
	/** 1 / (1 - rate) */
	scale: f32;
	/** Which of the network's dropouts it is. */
	site: i32;
	/** The words of the seed. */
	seed0: i32;
	seed1: i32;
	update: i32;
	words: usize;
}

/** The operands of dropout. */
@unmanaged
export class RowDrop extends Drop {
	packing: usize;
	/** The row of the user's batch that each sequence is. */
	order: usize;
	ldx: bytes;
	ldy: bytes;
	/** Whether all steps of a row drop the same. */
	shared: i32;
}

/** The operands of dropWeights. */
@unmanaged
export class WeightDrop extends Drop {
	/** Of eight weights each. */
	blocks: i32;
}

/** Inverted dropout (Srivastava et al. 2014), as torch.nn.Dropout; and its gradient, with dy as x and dx as y.
 *
 *   y[k,j] = w[k,j] < rate ? 0 : x[k,j] / (1 - rate)      or added to it
 *
 * where w[k,j] is uniform, one of 2²⁴ numbers: a function of the seed, the update, the site, the row's number in the user's batch,
 * its step (unless shared: Gal & Ghahramani 2016) and j alone; not of how rows are packed or cut.
 *
 * reads    x [total, ldx], rows of whole vectors   order [B] i32
 * updates  y [total, ldy], zero past the columns, unless `adds` is 0: then what is there is not read
 * scratch  words: 8 words
 * cut      steps
 * spans    steps */
export function dropout(d: RowDrop, begin: i32, end: i32): void {
	const packing = d.packing;
	const first = rowOfSpan(packing, begin);
	const last = rowOfSpan(packing, end);
	threefry4(d.seed0, d.seed1, d.update, d.site, d.words);
	const key0 = load<i32>(d.words);
	const key1 = load<i32>(d.words, 16);
	const after = afterStep(packing);
	for (let t = firstStep(packing); t < after; t++) {
		const from = offset(packing, t);
		const until = min(from + aliveAt(packing, t), last);
		for (let k = max(from, first); k < until; k++) {
			const row = load<i32>(d.order + ((<usize>(k - from)) << 2));
			threefry4(key0, key1, row, d.shared ? -1 : t, d.words);
			dropRow(
				d,
				load<i32>(d.words),
				load<i32>(d.words, 16),
				d.x + <usize>k * d.ldx,
				d.y + <usize>k * d.ldy,
				d.columns,
				0,
			);
		}
	}
}

/** Drops weights (Wan et al. 2013), each by itself, as dropout does values; and their gradient, with that of the weights left as x.
 *
 *   y[j] = w[j] < rate ? 0 : x[j] / (1 - rate)      or added to it
 *
 * where w[j] is uniform, one of 2²⁴ numbers: a function of the seed, the update, the site and j alone.
 *
 * reads    x [columns], in whole vectors
 * updates  y [columns], zero in what pads its last vector, unless `adds` is 0: then what is there is not read
 * scratch  words: 8 words
 * cut      blocks */
export function dropWeights(d: WeightDrop, begin: i32, end: i32): void {
	threefry4(d.seed0, d.seed1, d.update, d.site, d.words);
	const from = (<usize>begin) << 5;
	const columns = min(end << 3, d.columns) - (begin << 3);
	dropRow(d, load<i32>(d.words), load<i32>(d.words, 16), d.x + from, d.y + from, columns, begin);
}

/** Drops `columns` values of a row, from a multiple of eight on, the `block`-th: of eight columns four go by first words, four by
 * second ones. */
function dropRow(d: Drop, key0: i32, key1: i32, x: usize, y: usize, columns: i32, block: i32): void {
	const threshold = i32x4.splat(d.threshold);
	const scale = f32x4.splat(d.scale);
	const isMask = d.x === 0;
	let left = columns;
	for (let counter = block << 2; left > 0; counter += 4) {
		threefry4(key0, key1, counter, 0, d.words);
		for (let half: usize = 0; half < 32 && left > 0; half += 16, x += 16, y += 16, left -= 4) {
			const isKept = i32x4.ge_s(i32x4.shr_u(v128.load(d.words + half), 8), threshold);
			const kept = v128.and(isMask ? scale : f32x4.mul(v128.load(x), scale), isKept);
			const value = d.adds ? f32x4.add(v128.load(y), kept) : kept;
			v128.store(y, left >= 4 ? value : onlyFirst(left, value, f32x4.splat(0)));
		}
	}
}
