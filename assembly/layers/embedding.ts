import { bytes } from "../lanes";
import { afterRow, firstRow, rowOfSpan } from "../packing";
import { addRow, copyRow } from "../rows";

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
