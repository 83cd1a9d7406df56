import { total } from "../packing";
import { product } from "./product";

/** y[k, :] = init + x[k, :]·B for every packed row k: the projection of all steps as one product.
 *
 * With B = Wᵀ and init = b it is a dense layer or the input part of a cell; with B = W it is the gradient of the input.
 * `init` 0 for none (then `ldi` is 0 too), `ldi` 0 for one row that serves all. Strides in bytes. */
export function project(
	sequence: usize,
	x: usize,
	ldx: usize,
	depth: i32,
	panels: usize,
	init: usize,
	ldi: usize,
	y: usize,
	ldy: usize,
	columns: i32,
): void {
	product(total(sequence), columns, depth, x, ldx, panels, y, ldy, init, ldi);
}
