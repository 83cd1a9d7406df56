// Layer norms of a gru: where what they make lies in a row (assembly/cells/gruNorm.ts), and the gradients of its parameters.

import type { Builder } from "../../plan/builder.ts";
import { packVector } from "../../plan/panels.ts";
import { weightGradient } from "../../plan/products.ts";
import { at, type Buffer, padded, type Value } from "../../plan/program.ts";
import { type Hidden, readBy } from "./hidden.ts";
import { blocksOfDz, type GateRows, gainGradient, shiftGradient } from "./norm.ts";

/** Gains and shifts in the order of a row; the parameters have gates in the order r, z, n. */
export function packGains(builder: Builder, H: number, reset: "after" | "before"): Buffer {
	const gains = builder.panels("norms", 1, 10 * padded(H));
	for (const [name, to] of [["norm_ih", 0] as const, ["bias", 6] as const]) {
		packVector(builder, name, 1, H, gains, { block: 2, to });
		packVector(builder, name, 2, H, gains, { to: to + 1 });
	}
	packVector(builder, "norm_hh", 3, H, gains, { to: 3 });
	if (reset === "after") packVector(builder, "bias_hn", 1, H, gains, { to: 9 });
	return gains;
}

/** Writes the gradients of all parameters. What is normalised with the state is, of n, q = h·Unᵀ with the reset after. */
export function normGradients(rows: GateRows, x: Value, hidden: Hidden, reset: "after" | "before"): void {
	const { builder, state: h } = rows;
	const { axis, reverse } = h;
	const [H, I] = [h.size, x.size];
	const [dW, dU, db] = ["weight_ih", "weight_hh", "bias"].map((name) => builder.gradient(name));
	const [dIh, dHh] = ["norm_ih", "norm_hh"].map((name) => builder.gradient(name));
	const n = at(dW, 4 * 2 * H * I);
	weightGradient(builder, { axis, reverse, dy: blocksOfDz(rows, 1, 2), x: { value: x, gradient: dW } });
	weightGradient(builder, { axis, reverse, dy: blocksOfDz(rows, 0, 1), x: { value: x, gradient: n } });
	shiftGradient(rows, 7, 2, db);
	shiftGradient(rows, 6, 1, at(db, 4 * 2 * H));
	gainGradient(rows, { first: 7, u: 1, blocks: 2 }, dIh);
	gainGradient(rows, { first: 6, u: 0, blocks: 1 }, at(dIh, 4 * 2 * H));
	gainGradient(rows, { first: 7, u: 3, blocks: 2 }, dHh);
	gainGradient(rows, { first: reset === "after" ? 9 : 6, u: 5, blocks: 1 }, at(dHh, 4 * 2 * H));
	if (reset === "after") {
		weightGradient(builder, { axis, dy: blocksOfDz(rows, 3, 3), ...readBy(h, hidden, dU) });
		shiftGradient(rows, 9, 1, builder.gradient("bias_hn"));
		return;
	}
	const q = { ...blocksOfDz(rows, 9, 1), columns: H, gradient: at(dU, 4 * 2 * H * H) };
	weightGradient(builder, { axis, dy: blocksOfDz(rows, 3, 2), ...readBy(h, hidden, dU) });
	weightGradient(builder, { axis, reverse, dy: blocksOfDz(rows, 5, 1), rows: q });
}
