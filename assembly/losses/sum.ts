import { total } from "../packing";

/** The sums of a batch's losses and hits, always from the first packed row to the last, so that they do not depend on how the
 * rows were shared out.
 *
 *   result[0] = Σₖ losses[k]     result[1] = Σₖ hits[k]
 *
 * reads   losses [total] f64   hits [total] f32, or 0 for none
 * writes  result (f64, f64) */
export function sumLosses(packing: usize, losses: usize, hits: usize, result: usize): void {
	let loss: f64 = 0;
	let right: f64 = 0;
	for (let k = total(packing); k > 0; k--, losses += 8) {
		loss += load<f64>(losses);
		if (!hits) continue;
		right += <f64>load<f32>(hits);
		hits += 4;
	}
	store<f64>(result, loss);
	store<f64>(result, right, 8);
}
