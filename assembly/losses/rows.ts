import { bytes } from "../lanes";
import { lossScale, rowOfSpan } from "../packing";

/** Runs `row` for the packed rows [begin, end) of the span. It writes dy, `factor` times the gradient of the row's loss, zero past its
 * outputs, and returns that loss, a sum over them; `factor` is the row's share of the mean, where that sum is divided by
 * `terms`. dy may be y. */
export function lossRows<S>(
	row: (y: usize, target: usize, dy: usize, count: i32, factor: f32, setting: S) => f32,
	setting: S,
	packing: usize,
	y: usize,
	ldy: bytes,
	count: i32,
	terms: i32,
	targets: usize,
	ldt: bytes,
	weights: usize,
	dy: usize,
	losses: usize,
	begin: i32,
	end: i32,
): void {
	const scale = lossScale(packing) / <f32>terms;
	const after = rowOfSpan(packing, end);
	for (let k: usize = rowOfSpan(packing, begin); k < <usize>after; k++) {
		const weight: f32 = weights ? load<f32>(weights + (k << 2)) : 1;
		const loss = row(y + k * ldy, targets + k * ldt, dy + k * ldy, count, scale * weight, setting);
		store<f64>(losses + (k << 3), <f64>weight * <f64>loss);
	}
}

/** The sum of four lanes. */
export function sumLanes(x: v128): f32 {
	const a = f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1);
	return a + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}
