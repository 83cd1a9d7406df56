import { bytes } from "../lanes";
import { afterRow, firstRow, rowOfSpan } from "../packing";
import { threefry4 } from "../random";
import { addRow, copyRow, scaleRow } from "../rows";

/** y[k, :] = W[ids[k], :]. Ids are checked where they come in.
 *
 * reads   ids [total] i32   W [vocabSize, size]
 * writes  y [total, ldy]
 * cut     steps
 * spans   steps */
export function embeddingForward(
	packing: usize,
	ids: usize,
	W: usize,
	size: i32,
	y: usize,
	ldy: bytes,
	begin: i32,
	end: i32,
): void {
	const first = rowOfSpan(packing, begin);
	ids += (<usize>first) << 2;
	y += <usize>first * ldy;
	for (let k = rowOfSpan(packing, end) - first; k > 0; k--, ids += 4, y += ldy)
		copyRow(W + <usize>(load<i32>(ids) * size) * 4, y, size, 0);
}

/** dW[ids[k], :] += dy[k, :], from the last packed row to the first, the order in which the gradient comes back.
 *
 * reads    ids [total] i32   dy [total, lddy]
 * updates  dW [vocabSize, size]
 * cut      size
 * spans    steps */
export function embeddingBackward(
	packing: usize,
	ids: usize,
	dy: usize,
	lddy: bytes,
	size: i32,
	dW: usize,
	begin: i32,
	end: i32,
): void {
	dy += (<usize>begin) << 2;
	dW += (<usize>begin) << 2;
	const first = firstRow(packing);
	for (let k = afterRow(packing) - 1; k >= first; k--) {
		const id = load<i32>(ids + ((<usize>k) << 2));
		addRow(dy + <usize>k * lddy, dW + <usize>(id * size) * 4, end - begin);
	}
}

/** The operands of embeddingDropout. */
@unmanaged
export class EmbeddingDropout {
	packing: usize;
	ids: usize;
	size: i32;
	y: usize;
	ldy: bytes;
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

/** Embedding dropout (Gal & Ghahramani 2016; Merity et al. 2018): ids are dropped, in every row the same. Acts in place on the
 * vectors of ids, and in the same way on their gradients.
 *
 *   y[k, :] = w[ids[k]] < rate ? 0 : y[k, :] / (1 - rate)
 *
 * where w[id] is uniform, one of 2²⁴ numbers: a function of the seed, the update, the site and id alone.
 *
 * reads    ids [total] i32
 * updates  y [total, ldy]
 * scratch  words: 8 words
 * cut      steps
 * spans    steps */
export function embeddingDropout(d: EmbeddingDropout, begin: i32, end: i32): void {
	threefry4(d.seed0, d.seed1, d.update, d.site, d.words);
	const key0 = load<i32>(d.words);
	const key1 = load<i32>(d.words, 16);
	const first = rowOfSpan(d.packing, begin);
	let ids = d.ids + ((<usize>first) << 2);
	let y = d.y + <usize>first * d.ldy;
	for (let k = rowOfSpan(d.packing, end) - first; k > 0; k--, ids += 4, y += d.ldy) {
		threefry4(key0, key1, load<i32>(ids), 0, d.words);
		if (<i32>(load<u32>(d.words) >> 8) < d.threshold) memory.fill(y, 0, (<usize>d.size) << 2);
		else scaleRow(y, d.size, d.scale);
	}
}
