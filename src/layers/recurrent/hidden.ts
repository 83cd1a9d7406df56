// What may stand between a cell and its hidden state (assembly/cells/hiddenRecord.ts), as a layer's options and in a program.

import { OptionError } from "../../errors.ts";
import { checkKeys, checkRate, show } from "../../options.ts";
import type { Builder } from "../../plan/builder.ts";
import { packPlain, packTransposed } from "../../plan/panels.ts";
import { type Factors, weightGradient } from "../../plan/products.ts";
import { type Address, at, type Buffer, type State, strideOf, type Value } from "../../plan/program.ts";
import { zeroRows } from "../../plan/rows.ts";
import { drawMask, drop } from "../dropout.ts";

/** The share of units that zoneout lets keep their value, of each state. */
export interface Zoneout {
	readonly h?: number | undefined;
	readonly c?: number | undefined;
}

/** What a layer's description says of it; what is 0 is left out. */
export interface Regularised {
	readonly inputDropout?: number;
	readonly recurrentDropout?: number;
	readonly zoneout?: Readonly<Zoneout>;
	readonly weightDropout?: number;
}

/** In training only: what a cell is kept from relying on. */
export interface RegularisingOptions<Z extends Zoneout = Pick<Zoneout, "h">> {
	/** The share of the input's features that are dropped, the same at all steps of a row (Gal & Ghahramani 2016), as
	 * `dropout({ rate, shared: "steps" })` before the layer. Default 0. */
	readonly inputDropout?: number | undefined;
	/** The share of units of h that its weights don't see, the same at all steps of a row (Gal & Ghahramani 2016): where an equation
	 * has h·U, (h⊙mask)·U, the mask 0 or 1 / (1 - rate). Default 0. */
	readonly recurrentDropout?: number | undefined;
	/** The share of units that keep the value of the step before, drawn anew at each step (Krueger et al. 2017); in predictions every
	 * unit takes so much of its old value, and the rest of its new one. Default `{}`: none. */
	readonly zoneout?: Z | undefined;
	/** The share of `weight_hh` that is dropped, in one update the same weights at all steps of all rows, the others divided by
	 * 1 - weightDropout (Wan et al. 2013; Merity et al. 2018). Default 0. */
	readonly weightDropout?: number | undefined;
}

export const regularising = ["inputDropout", "recurrentDropout", "zoneout", "weightDropout"] as const;

/** Checks these options of a cell with the given states; what is 0 is left out. */
export function checkRegularising(
	type: string,
	options: RegularisingOptions<Zoneout>,
	states: readonly ("h" | "c")[] = ["h"],
): Regularised {
	const rates = (["inputDropout", "recurrentDropout", "weightDropout"] as const).flatMap((name) => {
		const rate = checkRate(type, name, options[name] ?? 0);
		return rate === 0 ? [] : [[name, rate] as const];
	});
	const { zoneout = {} } = options;
	if (typeof zoneout !== "object" || zoneout === null) {
		const example = `{ ${states.map((state) => `${state}: 0.1`).join(", ")} }`;
		throw new OptionError(`${type}: "zoneout" must be an object, as ${example}, got ${show(zoneout)}.`);
	}
	checkKeys(`${type}: zoneout`, zoneout, states);
	const zones = states.flatMap((state) => {
		const rate = checkRate(type, `zoneout.${state}`, zoneout[state] ?? 0);
		return rate === 0 ? [] : [[state, rate] as const];
	});
	return {
		...Object.fromEntries(rates),
		...(zones.length > 0 && { zoneout: Object.freeze(Object.fromEntries(zones)) }),
	};
}

/** A layer's input as its cell gets it. */
export function cellInput(builder: Builder, x: Value, { inputDropout = 0 }: Regularised): Value {
	return drop(builder, x, { rate: inputDropout, shared: "steps" });
}

/** Zoneout of a state, as operands: the share of units that have their new value, and in training which. */
export function zoneOf(builder: Builder, state: State, name: "h" | "c", rate: number) {
	if (rate === 0) return { u: 1, updates: 0 as const };
	if (!builder.trains) return { u: 1 - rate, updates: 0 as const };
	const how = { rate, scale: 1 };
	return { u: 1 - rate, updates: drawMask(builder, `updates of ${name}`, state.axis, state.size, how) };
}

/** What stands between a cell of H units and its state h, in a program. */
export interface Hidden {
	/** What the cell gives. */
	readonly m: Address;
	/** What its products read, where that isn't h[t-1]. */
	readonly read?: Buffer;
	/** Operands of the walk forward. */
	readonly forward: Readonly<Record<"m", Address>> & {
		readonly read: Buffer | 0;
		readonly mask: Buffer | 0;
		readonly Wr: Buffer | 0;
		readonly projected: Buffer | Address | 0;
		readonly u: number;
		readonly updates: Buffer | 0;
	};
	/** Operands of the walk back, which this makes.
	 * @param walk Those that every walk back has. */
	back(walk: { readonly dh: Buffer; readonly dy: Buffer | Address; readonly everyStep: number }): HiddenBack;
	/** Adds the gradient of the projection's weights. */
	gradients(back: HiddenBack): void;
}

interface HiddenBack {
	readonly m: Address;
	readonly mask: Buffer | 0;
	readonly Wr: Buffer | 0;
	readonly dProjected: Buffer | 0;
	readonly updates: Buffer | 0;
	readonly dm: Buffer;
	readonly above: Buffer | Address;
	readonly everyAbove: number;
	readonly dRead: Buffer;
}

/** Writes what comes before the walk forward.
 * @param H Units of the cell; h has another number where it is projected. */
export function hiddenOf(
	builder: Builder,
	h: State,
	H: number,
	{ recurrentDropout = 0, zoneout }: Regularised,
): Hidden {
	const { axis, size: R, stride } = h;
	const drops = builder.trains && recurrentDropout > 0;
	const projects = R !== H;
	const zone = zoneOf(builder, h, "h", zoneout?.h ?? 0);
	const zones = zone.u !== 1;
	const m = projects || zones ? at(builder.rows("m", axis, strideOf(H))) : h.steps;
	const how = { rate: recurrentDropout, shared: "steps", scale: 1 / (1 - recurrentDropout) } as const;
	const mask: Buffer | 0 = drops ? drawMask(builder, "mask of h", axis, R, how) : 0;
	const read = drops ? builder.rows("read", axis, stride) : 0;
	const shape = { blocks: 1, rows: R, columns: H };
	const Wr = projects ? packTransposed(builder, "weight_hr", shape) : 0;
	const projected = projects ? (zones ? builder.rows("projected", axis, stride) : h.steps) : 0;
	const isApart = drops || projects || zones;
	return {
		m,
		...(read !== 0 && { read }),
		forward: { m, read, mask, Wr, projected, ...zone },
		back({ dh, dy, everyStep }) {
			const common = { m, mask, updates: zone.updates } as const;
			if (!isApart) return { ...common, Wr: 0, dProjected: 0, dm: dh, above: dy, everyAbove: everyStep, dRead: dh };
			const above = builder.rows("zeros", axis.ends, strideOf(H));
			zeroRows(builder, axis.ends, above, strideOf(H));
			return {
				...{ ...common, above, everyAbove: 0 },
				Wr: projects ? packPlain(builder, "weight_hr", shape) : 0,
				dProjected: projects ? builder.rows("dProjected", axis, stride) : 0,
				dm: builder.rows("dm", axis.ends, strideOf(H)),
				dRead: builder.rows("dRead", axis.ends, stride),
			};
		},
		gradients({ dProjected }) {
			if (dProjected === 0) return;
			const value: Value = { axis, size: H, stride: strideOf(H), address: m, parts: [] };
			weightGradient(builder, {
				...{ axis, reverse: h.reverse, dy: { address: dProjected, stride, blocks: 1, rows: R } },
				x: { value, gradient: builder.gradient("weight_hr") },
			});
		},
	};
}

/** What dz[t] is multiplied by for the gradient of a cell's recurrent weights: what its products have read. */
export function readBy(
	h: State,
	{ read }: Hidden,
	gradient: Address | Buffer,
): Pick<Factors, "reverse" | "state" | "rows"> {
	if (read === undefined) return { state: { of: h, gradient } };
	return { reverse: h.reverse, rows: { address: read, stride: h.stride, columns: h.size, gradient } };
}
