import { bytes } from "../lanes";
import { batchSize } from "../packing";
import { addRow, copyRow } from "../rows";

/** The initial row of each sequence that begins anew = the learned one; those of the others stay.
 *
 * reads    begins [B] i32   learned [columns]
 * updates  state [B, ldt]
 * cut      sequences */
export function initialForward(
	packing: usize,
	begins: usize,
	learned: usize,
	columns: i32,
	state: usize,
	ldt: bytes,
	begin: i32,
	end: i32,
): void {
	for (let r: usize = begin; r < <usize>min(end, batchSize(packing)); r++)
		if (load<i32>(begins + (r << 2))) copyRow(learned, state + r * ldt, columns, 0);
}

/** The initial row of each sequence that begins anew = value, in all columns; those of the others stay.
 *
 * reads    begins [B] i32
 * updates  state [B, ldt]
 * cut      sequences */
export function initialFill(
	packing: usize,
	begins: usize,
	value: f32,
	columns: i32,
	state: usize,
	ldt: bytes,
	begin: i32,
	end: i32,
): void {
	for (let r: usize = begin; r < <usize>min(end, batchSize(packing)); r++) {
		if (!load<i32>(begins + (r << 2))) continue;
		const row = state + r * ldt;
		for (let j: usize = 0; j < (<usize>columns) << 2; j += 4) store<f32>(row + j, value);
	}
}

/** dLearned += the gradients of the initial rows of the sequences that began anew, in their packed order.
 *
 * reads    begins [B] i32   dState [B, lds]
 * updates  dLearned [columns]
 * cut      columns */
export function initialBackward(
	packing: usize,
	begins: usize,
	dState: usize,
	lds: bytes,
	columns: i32,
	dLearned: usize,
	begin: i32,
	end: i32,
): void {
	const first = (<usize>begin) << 2;
	for (let r: usize = 0; r < <usize>batchSize(packing); r++)
		if (load<i32>(begins + (r << 2))) addRow(dState + r * lds + first, dLearned + first, min(end, columns) - begin);
}
