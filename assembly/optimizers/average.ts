import { flushed, fma } from "../lanes";

/** The operands of averageParameters. */
@unmanaged
export class AverageParameters {
	average: usize;
	p: usize;
	/** What share of p the average takes; 1: it becomes p. */
	share: f32;
}

/** The moving average of parameters, after an update.
 *
 *   average += share·(p - average)
 *
 * after update t: share = (1 - decay)/(1 - decayᵗ), so that the average is Σ decay^(t-i)·pᵢ / Σ decay^(t-i) over updates i = 1…t.
 *
 * reads    p
 * updates  average
 * cut      vectors */
export function averageParameters(a: AverageParameters, begin: i32, end: i32): void {
	const share = f32x4.splat(a.share);
	const becomes = a.share === 1;
	const first = (<usize>begin) << 4;
	const after = a.p + ((<usize>end) << 4);
	let average = a.average + first;
	for (let p = a.p + first; p < after; p += 16, average += 16) {
		const now = v128.load(p);
		const before = v128.load(average);
		v128.store(average, becomes ? now : flushed(fma(share, f32x4.sub(now, before), before)));
	}
}
