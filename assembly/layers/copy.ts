import { padded } from "../lanes";
import { offset, rows, steps, total } from "../packing";

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
	for (; count > 0; count--, source += lds, target += ldt) copyRow(source, target, columns, zeros);
}

/** Rows of equal lengths, [batchSize, steps, columns] as the user has them, to [steps, batchSize] rows of whole vectors.
 * Tells whether every value is finite. */
export function packSteps(source: usize, batchSize: i32, steps: i32, columns: i32, target: usize, ldt: usize): i32 {
	const lds = (<usize>columns) << 2;
	const ldStep = <usize>batchSize * ldt;
	let differences = f32x4.splat(0);
	for (let row = 0; row < batchSize; row++, target += ldt) {
		let to = target;
		for (let t = 0; t < steps; t++, source += lds, to += ldStep) {
			copyRow(source, to, columns, padded(columns) - columns);
			for (let j: usize = 0; j < ldt; j += 16) {
				const x = v128.load(to + j);
				differences = f32x4.add(differences, f32x4.sub(x, x));
			}
		}
	}
	return i32(!v128.any_true(f32x4.ne(differences, differences)));
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
	for (; columns >= 4; columns -= 4, source += 16, target += 16) v128.store(target, v128.load(source));
	for (; columns > 0; columns--, source += 4, target += 4) store<f32>(target, load<f32>(source));
	for (; zeros > 0; zeros--, target += 4) store<f32>(target, 0);
}
