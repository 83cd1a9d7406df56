// The gradient of penalties on activations by the engine, compared with float64, sequence by sequence.

import { type Packing, packingOf, writeSpan } from "../../../src/plan/packing.ts";
import { type Penalties, penaltyGradient, termsOf } from "../../reference/activationRegularization.ts";
import { matrix } from "../../reference/matrix.ts";
import { expectClose, expectSame, randomFloats, strided, unstrided } from "../compare.ts";
import type { Engine, Region } from "../harness.ts";

export interface PenaltyCase extends Penalties {
	/** Longest first. */
	readonly lengths: readonly number[];
	readonly size: number;
	/** Whether dx has the gradient of another reader. */
	readonly adds?: boolean;
	/** The first steps of the parts in which the steps are walked, the last part's first. Default: all steps at once. */
	readonly parts?: readonly number[];
}

/** x and what dx holds before, packed. */
export function drawPenaltyCase({ lengths, size }: PenaltyCase): { x: Float64Array; before: Float64Array } {
	const floats = randomFloats(size + lengths.length);
	const count = size * lengths.reduce((sum, length) => sum + length, 0);
	return { x: floats(count), before: floats(count) };
}

/** dx as the engine leaves it, in rows of whole vectors. */
export function runPenalties(
	engine: Engine,
	given: PenaltyCase,
	{ x, before }: { readonly x: ArrayLike<number>; readonly before: ArrayLike<number> },
): Region {
	const { lengths, size, activation, change, adds = false, parts = [0] } = given;
	const stride = Math.ceil(size / 4) * 4;
	const packing = engine.packing(lengths);
	const { total, batchSize, steps, alive, offset } = packing.packing;
	const rows = engine.floats("x", strided(x, size, stride));
	const dx = engine.floats("dx", adds ? strided(before, size, stride) : total * stride);
	const border = change > 0 ? engine.floats("before", batchSize * stride) : undefined;
	const carry = change > 0 ? engine.zeros("carry", batchSize * stride) : 0;
	for (const [index, from] of parts.entries()) {
		writeSpan(packing.region.i32, 0, { from, to: parts[index - 1] ?? steps }, false);
		const last = (offset[from - 1] ?? 0) * stride;
		if (from > 0) border?.f32.set(rows.f32.subarray(last, last + (alive[from - 1] as number) * stride));
		engine.call("activationRegularization", {
			...{ packing, x: rows, ldx: 4 * stride, size, activation, change },
			...{ before: border ?? 0, carry, adds: +adds, dx, lddx: 4 * stride },
		});
	}
	return dx;
}

export function checkPenalties(engine: Engine, given: PenaltyCase): void {
	const { lengths, size, adds = false } = given;
	const drawn = drawPenaltyCase(given);
	const stride = Math.ceil(size / 4) * 4;
	const dx = runPenalties(engine, given, drawn);
	const packing = packingOf(lengths.length, lengths[0] as number, lengths);
	const expected = adds ? drawn.before.slice() : new Float64Array(drawn.before.length);
	for (const [place, length] of lengths.entries()) {
		const steps = placesOf(packing, place, length).map((k) => k * size);
		const x = steps.flatMap((begin) => [...drawn.x.subarray(begin, begin + size)]);
		const share = penaltyGradient(matrix(length, size, x), given, termsOf(lengths)).values;
		for (const [t, begin] of steps.entries())
			for (let j = 0; j < size; j++) (expected[begin + j] as number) += share[t * size + j] as number;
	}
	expectClose(unstrided(dx.f32, size, stride), expected, `dx of ${JSON.stringify(given)}`);
	const padding = unstrided(dx.f32, stride - size, stride, size);
	expectSame(padding, new Float32Array(padding.length), `what pads dx of ${JSON.stringify(given)}`);
}

/** The packed rows of a sequence. */
function placesOf({ offset }: Packing, place: number, length: number): number[] {
	return Array.from({ length }, (_, t) => (offset[t] as number) + place);
}
