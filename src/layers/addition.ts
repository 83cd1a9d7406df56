// Sums of values: of two directions, of a layer and its input.

import type { Builder } from "../plan/builder.ts";
import { valuesCost } from "../plan/cost.ts";
import { type Axis, padded, type Value } from "../plan/program.ts";
import type { Rows } from "../plan/rows.ts";

/** y = scale·(a + b) of two values of one size. Where they end at different steps, the end of y is the sum of their ends. */
export function addValues(builder: Builder, a: Value, b: Value, scale: number, equation: string): Value {
	const { axis, size } = a;
	const made = builder.value("y", axis, size, endsAlike(a, b) ? a.parts : undefined);
	const y: Value = endsAlike(a, b) ? made : { ...made, sum: { terms: [a, b], scale } };
	sumRows(builder, axis, [a, b], y, { size, scale, equation });
	builder.onBackward(() => {
		const { every, end } = builder.gradients.of(y);
		const everyShare = every && scaled(builder, axis, { address: every, stride: y.stride }, size, scale);
		const endShare = end && scaled(builder, axis.ends, end, size, scale);
		for (const x of [a, b]) {
			if (everyShare) builder.gradients.give(x, everyShare.address, everyShare.stride, "dx = dy");
			if (endShare) builder.gradients.giveEnd(x, endShare);
		}
	});
	return y;
}

/** Whether every column of two values ends at the same step. */
function endsAlike(a: Value, b: Value): boolean {
	const stepsOf = ({ parts }: Value) => parts.flatMap(({ size, reverse }) => new Array<boolean>(size).fill(reverse));
	return a.sum === undefined && b.sum === undefined && stepsOf(a).join() === stepsOf(b).join();
}

/** Rows with a place that is no whole buffer. */
type Place = Rows & Pick<Value, "address">;

function scaled(builder: Builder, axis: Axis, rows: Place, size: number, scale: number): Place {
	if (scale === 1) return rows;
	const { address, stride } = builder.value("scaled dy", axis, size);
	sumRows(builder, axis, [rows], { address, stride }, { size, scale, equation: `${scale}·dy` });
	return { address, stride };
}

/** Writes target = scale·(a + b), or scale·a, for `size` values of every row of an axis, with zeros in what pads them. */
export function sumRows(
	builder: Builder,
	axis: Axis,
	[a, b]: readonly [Rows, Rows?],
	target: Rows,
	{ size, scale, equation }: { readonly size: number; readonly scale: number; readonly equation: string },
): void {
	builder.call(
		"sumRows",
		{
			...{ packing: axis.packing, a: a.address, lda: a.stride, b: b?.address ?? 0, ldb: b?.stride ?? 0 },
			...{ columns: size, scale, target: target.address, ldt: target.stride, zeros: padded(size) - size },
		},
		{ equation, cost: valuesCost(axis, size, 2) },
	);
}
