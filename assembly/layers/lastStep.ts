import { bytes } from "../lanes";
import { afterStep, aliveAt, firstStep, offset, steps } from "../packing";
import { addRow, copyRow } from "../rows";

/** Row r of y = x at the step where sequence r ends (its last, or in reverse its first).
 *
 * reads   x [total, ldx]
 * writes  y [B, ldy]
 * cut     sequences
 * spans   steps */
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
	const after = afterStep(packing);
	for (let t = firstStep(packing); t < after; t++) {
		const alive = min(aliveAt(packing, t), end);
		for (let r = max(goingOn(packing, reverse, t), begin); r < alive; r++) {
			const from = offset(packing, t) + r;
			copyRow(x + <usize>from * ldx, y + <usize>r * ldy, columns, 0);
		}
	}
}

/** The gradient of lastStepForward: dx at those steps += dy.
 *
 * reads    dy [B, lddy]
 * updates  dx [total, lddx]
 * cut      sequences
 * spans    steps */
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
	const after = afterStep(packing);
	for (let t = firstStep(packing); t < after; t++) {
		const alive = min(aliveAt(packing, t), end);
		for (let r = max(goingOn(packing, reverse, t), begin); r < alive; r++) {
			const to = offset(packing, t) + r;
			addRow(dy + <usize>r * lddy, dx + <usize>to * lddx, columns);
		}
	}
}

/** How many sequences go on after step t. */
function goingOn(packing: usize, reverse: i32, t: i32): i32 {
	if (reverse) return t === 0 ? 0 : aliveAt(packing, t);
	return t + 1 < steps(packing) ? aliveAt(packing, t + 1) : 0;
}
