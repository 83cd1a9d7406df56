import { addTo, type Matrix, row, stack } from "./matrix.ts";

/** y[t] = W[ids[t]], with W [V, E] → y [T, E]. */
export function embeddingForward(W: Matrix, ids: readonly number[]): Matrix {
	return stack(ids.map((id) => row(W, id)));
}

/** dW[ids[t]] += dy[t] */
export function embeddingBackward(ids: readonly number[], dy: Matrix, dW: Matrix): void {
	ids.forEach((id, t) => {
		addTo(row(dW, id), row(dy, t));
	});
}
