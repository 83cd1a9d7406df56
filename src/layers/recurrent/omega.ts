import type { Builder } from "../../plan/builder.ts";
import { parametersCost, valuesCost } from "../../plan/cost.ts";
import { weightGradient } from "../../plan/products.ts";
import type { Buffer, State } from "../../plan/program.ts";

/** The terms of Omega (assembly/cells/omega.ts) that a walk back leaves behind, as operands of its kernel; 0 for none. */
interface Terms {
	readonly hiddenNorms: Buffer | 0;
	readonly dBack: Buffer | 0;
	readonly terms: Buffer | 0;
}

/** Where a walk back leaves its terms, if they are wanted: they need the norms of dh too. */
export function omegaTerms(builder: Builder, { axis, stride }: State, hiddenNorms: Buffer | 0): Terms {
	if (!builder.omega) return { hiddenNorms, dBack: 0, terms: 0 };
	return {
		hiddenNorms: hiddenNorms || builder.rows("norms of dh", axis, 8),
		dBack: builder.rows("dBack", axis, stride),
		terms: builder.rows("terms", axis, 4),
	};
}

/** Adds the gradient of Omega, if it is wanted, to that of the recurrent weights. The sum over the terms, and how many they are,
 * are known once the last of them is: so the sum is kept apart until then. */
export function addOmega(builder: Builder, h: State, dz: Buffer, { dBack, terms }: Terms): void {
	if (dBack === 0 || terms === 0) return;
	const { axis, size: H, stride, reverse } = h;
	const vectors = Math.ceil((H * H) / 4);
	const sum = builder.work("sum of omega", () => 16 * vectors);
	const count = builder.work("count of terms", () => 16);
	const clear = (target: Buffer, length: number) =>
		builder.call("zero", { target }, { equation: "= 0", cost: parametersCost(4 * length), count: length });
	clear(sum, vectors);
	clear(count, 1);
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
