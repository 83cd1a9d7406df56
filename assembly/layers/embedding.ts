import { total } from "../packing";

/** y[k, :] = W[ids[k], :]. Ids are checked where they come in. */
export function embeddingForward(sequence: usize, ids: usize, weights: usize, size: i32, y: usize, ldy: usize): void {
	const bytes = (<usize>size) << 2;
	for (let k = total(sequence); k > 0; k--, ids += 4, y += ldy) {
		const row = weights + <usize>load<i32>(ids) * bytes;
		let j: usize = 0;
		for (; j + 16 <= bytes; j += 16) v128.store(y + j, v128.load(row + j));
		for (; j < bytes; j += 4) store<f32>(y + j, load<f32>(row + j));
	}
}

/** dW[ids[k], :] += dy[k, :]. */
export function embeddingBackward(sequence: usize, ids: usize, dy: usize, lddy: usize, size: i32, dW: usize): void {
	const bytes = (<usize>size) << 2;
	for (let k = total(sequence); k > 0; k--, ids += 4, dy += lddy) {
		const row = dW + <usize>load<i32>(ids) * bytes;
		let j: usize = 0;
		for (; j + 16 <= bytes; j += 16) v128.store(row + j, f32x4.add(v128.load(row + j), v128.load(dy + j)));
		for (; j < bytes; j += 4) store<f32>(row + j, load<f32>(row + j) + load<f32>(dy + j));
	}
}
