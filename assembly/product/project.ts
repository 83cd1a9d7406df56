import { bytes } from "../lanes";
import { rowOfSpan } from "../packing";
import { product } from "./product";

/** y[k, :] = x[k, :]·Wᵀ + bias for every packed row k: a dense layer, all steps as one product.
 *
 * reads   x [total, ldx]   W panels, transposed, [depth, columns]   bias [columns], or 0 for none
 * writes  y [total, ldy]
 * cut     steps
 * spans   steps
 * cost    2 · total · columns · depth operations */
export function project(
	packing: usize,
	x: usize,
	ldx: bytes,
	depth: i32,
	W: usize,
	bias: usize,
	y: usize,
	ldy: bytes,
	columns: i32,
	begin: i32,
	end: i32,
): void {
	const first = rowOfSpan(packing, begin);
	const from = x + <usize>first * ldx;
	product(rowOfSpan(packing, end) - first, columns, depth, from, ldx, W, y + <usize>first * ldy, ldy, bias, 0);
}

/** dx[k, :] = dy[k, :]·W for every packed row k, or, where the gradient of another reader is there, added to it.
 *
 * reads    dy [total, lddy]   W panels, [depth, columns]
 * updates  dx [total, lddx], unless `adds` is 0: then what is there is not read
 * cut      steps
 * spans    steps
 * cost     2 · total · columns · depth operations */
export function projectBack(
	packing: usize,
	dy: usize,
	lddy: bytes,
	depth: i32,
	W: usize,
	adds: i32,
	dx: usize,
	lddx: bytes,
	columns: i32,
	begin: i32,
	end: i32,
): void {
	const first = rowOfSpan(packing, begin);
	const from = dy + <usize>first * lddy;
	const to = dx + <usize>first * lddx;
	product(rowOfSpan(packing, end) - first, columns, depth, from, lddy, W, to, lddx, adds ? to : 0, adds ? lddx : 0);
}
