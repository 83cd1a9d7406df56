import { bytes } from "../lanes";
import { aliveAt, offset, steps } from "../packing";
import { addRow, copyRow } from "../rows";

/** Row r of y = x at the step where sequence r ends (its last, or in reverse its first).
 *
 * reads   x [total, ldx]
 * writes  y [B, ldy]
 * cut     sequences */
export function lastStepForward(
	packing: usize,
	reverse: i32,
	x: usize,
	ldx: bytes,
	columns: i32,
	y: usize,
	ldy: bytes,
	begin: i32,
	end: i32,
): void {
	const T = steps(packing);
	for (let t = 0; t < T; t++) {
		const alive = min(aliveAt(packing, t), end);
		const going = t + 1 < T ? aliveAt(packing, t + 1) : 0;
		for (let r = max(going, begin); r < alive; r++) {
			const from = reverse ? r : offset(packing, t) + r;
			copyRow(x + <usize>from * ldx, y + <usize>r * ldy, columns, 0);
		}
	}
}

/** The gradient of lastStepForward: dx at those steps += dy.
 *
 * reads    dy [B, lddy]
 * updates  dx [total, lddx]
 * cut      sequences */
export function lastStepBackward(
	packing: usize,
	reverse: i32,
	dy: usize,
	lddy: bytes,
	columns: i32,
	dx: usize,
	lddx: bytes,
	begin: i32,
	end: i32,
): void {
	const T = steps(packing);
	for (let t = 0; t < T; t++) {
		const alive = min(aliveAt(packing, t), end);
		const going = t + 1 < T ? aliveAt(packing, t + 1) : 0;
		for (let r = max(going, begin); r < alive; r++) {
			const to = reverse ? r : offset(packing, t) + r;
			addRow(dy + <usize>r * lddy, dx + <usize>to * lddx, columns);
		}
	}
}
