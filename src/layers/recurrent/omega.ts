import type { Builder } from "../../plan/builder.ts";
import { parametersCost, valuesCost } from "../../plan/cost.ts";
import { weightGradient } from "../../plan/products.ts";
import type { Buffer, State } from "../../plan/program.ts";
import { sumOf } from "../../plan/sums.ts";

/** The gradient of Omega (assembly/cells/omega.ts) on its way. */
interface Omega {
	/** Where a walk back leaves the terms, as operands of its kernel; 0: nowhere. */
	readonly terms: { readonly hiddenNorms: Buffer | 0; readonly dBack: Buffer | 0; readonly terms: Buffer | 0 };
	/** Where they are summed up, and their number: apart from other gradients, since it is their mean that is wanted. */
	readonly sums?: { readonly dBack: Buffer; readonly terms: Buffer; readonly sum: Buffer; readonly count: Buffer };
}

/** What a walk back needs to leave the terms, if they are wanted; also the norms of dh, which are `hiddenNorms` if others want them
 * too. Sums are zero before any part of the walk. */
export function beginOmega(builder: Builder, { axis, size: H, stride }: State, hiddenNorms: Buffer | 0): Omega {
	if (!builder.omega) return { terms: { hiddenNorms, dBack: 0, terms: 0 } };
	const dBack = builder.rows("dBack", axis, stride);
	const terms = builder.rows("terms", axis, 4);
	return {
		terms: { hiddenNorms: hiddenNorms || builder.rows("norms of dh", axis, 8), dBack, terms },
		sums: { dBack, terms, sum: sumOf(builder, "dΩ", H * H), count: sumOf(builder, "terms", 4) },
	};
}

/** Adds the gradient of Omega, if it is wanted, to that of the recurrent weights. */
export function addOmega(builder: Builder, h: State, dz: Buffer, { sums }: Omega): void {
	if (sums === undefined) return;
	const { dBack, terms, sum, count } = sums;
	const { axis, size: H, stride, reverse } = h;
	weightGradient(builder, {
		axis,
		reverse,
		dy: { address: dz, stride, blocks: 1, rows: H },
		rows: { address: dBack, stride, columns: H, gradient: sum },
	});
	builder.call(
		"countTerms",
		{ packing: axis.packing, terms, count },
		{ equation: "count of the terms of Ω", cost: valuesCost(axis, 1, 1) },
	);
	builder.call(
		"addOmega",
		{ omega: { setting: "omega" }, sum, count, rows: H, columns: H, dU: builder.gradient("weight_hh") },
		{ equation: "dU += omega/count · Σ dzᵀ·dBack", cost: parametersCost(H * H, 2) },
	);
}
