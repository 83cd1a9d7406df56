import { offset, rows, steps, total } from "./sequence";

export function zero(target: usize, bytes: usize): void {
	memory.fill(target, 0, bytes);
}

/** All packed rows of `target`. */
export function zeroRows(sequence: usize, target: usize, ldt: usize): void {
	memory.fill(target, 0, <usize>total(sequence) * ldt);
}

/** Copies `count` rows of `columns` values and puts `zeros` zeros after each. Strides in bytes. */
export function copyRows(
	source: usize,
	lds: usize,
	count: i32,
	columns: i32,
	target: usize,
	ldt: usize,
	zeros: i32,
): void {
	for (; count > 0; count--, source += lds, target += ldt)
		copyRow(source, target, columns, zeros);
}

/** copyRows over all packed rows. */
export function copyColumns(
	sequence: usize,
	source: usize,
	lds: usize,
	columns: i32,
	target: usize,
	ldt: usize,
	zeros: i32,
): void {
	copyRows(source, lds, total(sequence), columns, target, ldt, zeros);
}

/** Row r of y = x at the step where row r ends (its last, or in reverse its first). */
export function lastStepForward(
	sequence: usize,
	reverse: i32,
	x: usize,
	ldx: usize,
	columns: i32,
	y: usize,
	ldy: usize,
): void {
	const T = steps(sequence);
	for (let t = 0; t < T; t++) {
		const alive = rows(sequence, t);
		const going = t + 1 < T ? rows(sequence, t + 1) : 0;
		for (let r = going; r < alive; r++) {
			const from = reverse ? r : offset(sequence, t) + r;
			copyRow(x + <usize>from * ldx, y + <usize>r * ldy, columns, 0);
		}
	}
}

/** dx, zero elsewhere, = dy at those steps. */
export function lastStepBackward(
	sequence: usize,
	reverse: i32,
	dy: usize,
	lddy: usize,
	columns: i32,
	dx: usize,
	lddx: usize,
): void {
	const T = steps(sequence);
	for (let t = 0; t < T; t++) {
		const alive = rows(sequence, t);
		const going = t + 1 < T ? rows(sequence, t + 1) : 0;
		for (let r = going; r < alive; r++) {
			const to = reverse ? r : offset(sequence, t) + r;
			copyRow(dy + <usize>r * lddy, dx + <usize>to * lddx, columns, 0);
		}
	}
}

function copyRow(source: usize, target: usize, columns: i32, zeros: i32): void {
	for (; columns >= 4; columns -= 4, source += 16, target += 16)
		v128.store(target, v128.load(source));
	for (; columns > 0; columns--, source += 4, target += 4)
		store<f32>(target, load<f32>(source));
	for (; zeros > 0; zeros--, target += 4) store<f32>(target, 0);
}
