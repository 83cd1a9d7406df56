// The program of an lstm with peepholes, coupled gates, hard sigmoids, layer norms, a projection, or dropout or zoneout inside it
// (assembly/cells/lstmVariant.ts).

import type { Builder } from "../../plan/builder.ts";
import { valuesCost } from "../../plan/cost.ts";
import { packPlain, packTransposed, packVector } from "../../plan/panels.ts";
import { projectBack, weightGradient } from "../../plan/products.ts";
import { type Address, at, type Buffer, padded, type State, strideOf, type Value } from "../../plan/program.ts";
import { type Hidden, hiddenOf, type Regularised, readBy, zoneOf } from "./hidden.ts";
import { blocksOfDz, type GateRows, gainGradient, shiftGradient } from "./norm.ts";
import {
	backwardCost,
	backwardWalk,
	forwardCost,
	forwardWalk,
	recurrentState,
	recurrentValue,
	showWalk,
	stateGradient,
	walkOf,
} from "./recurrent.ts";

/** Gates as they lie in memory. Parameters have them in the order i, f, g, o; coupled, f, g, o. */
const PLACES = {
	f: { block: 0, tanh: false },
	g: { block: 1, tanh: true },
	o: { block: 2, tanh: false },
	i: { block: 3, tanh: false },
};

/** What is said of such an lstm. */
interface Variant extends Regularised {
	readonly hiddenSize: number;
	readonly initialState?: "learned";
	readonly peepholes?: true;
	readonly coupledGates?: true;
	readonly gateActivation?: "hardSigmoid";
	readonly layerNorm?: true;
	readonly projectionSize?: number;
}

/** Blocks of a row, and where gates begin in it; with layer norms, x·Wxᵀ and h·Whᵀ as these leave them are before them, and c after. */
const PLAIN = { width: 4, first: 0 };
const NORMED = { width: 13, first: 8 };

interface Parts {
	readonly builder: Builder;
	readonly x: Value;
	readonly h: State;
	readonly hidden: Hidden;
	readonly c: State;
	readonly coupled: boolean;
}

/** Whether an lstm needs this program, not the plain one. */
export function isVariant(layer: Variant, { trains }: Builder): boolean {
	const { peepholes, coupledGates, gateActivation, layerNorm, projectionSize, zoneout, recurrentDropout } = layer;
	const always = peepholes ?? coupledGates ?? gateActivation ?? layerNorm ?? projectionSize ?? zoneout;
	return always !== undefined || (trains && recurrentDropout !== undefined);
}

/** As the program of a plain lstm. */
export function variantProgram(layer: Variant, builder: Builder, x: Value, reverse: boolean): Value {
	const H = layer.hiddenSize;
	const { peepholes = false, coupledGates: coupled = false, gateActivation, layerNorm = false } = layer;
	const { projectionSize: R = H, zoneout } = layer;
	const { width, first } = layerNorm ? NORMED : PLAIN;
	const gates = builder.rows("gates", x.axis, width * strideOf(H));
	const h = recurrentState(builder, "h", x, { ...layer, hiddenSize: R }, reverse);
	const c = recurrentState(builder, "c", x, layer, reverse);
	const hidden = hiddenOf(builder, h, H, layer);
	const { u: uc, updates: updatesC } = zoneOf(builder, c, "c", zoneout?.c ?? 0);
	const fresh = uc === 1 ? c.steps : at(builder.rows("fresh", x.axis, c.stride));
	const parts = { builder, x, h, hidden, c, coupled };
	const recurrent = { blocks: coupled ? 3 : 4, rows: H, columns: R };
	const variant = {
		peepholes: peepholes ? packPeepholes(parts) : (0 as const),
		coupled: +coupled,
		hard: +(gateActivation === "hardSigmoid"),
		gains: layerNorm ? packGains(parts) : (0 as const),
		scales: layerNorm ? builder.rows("scales", x.axis, 16) : (0 as const),
	};
	const bx = layerNorm ? 0 : packGates(parts, "bias", builder.panels(inOrder("bias"), 1, 4 * padded(H)));

	builder.call(
		"lstmVariantForward",
		{
			...forwardWalk(x, h, gates, packForward(parts, "weight_ih", x.size), bx),
			...{ ...hidden.forward, H, c: c.steps, fresh, uc, updatesC },
			...{ Wh: packForward(parts, "weight_hh", R), ...variant },
		},
		{ equation: equationOf(layer), cost: forwardCost(x, recurrent) },
	);
	const y = recurrentValue(h);

	builder.onBackward(() => {
		const dz = builder.rows("dz", x.axis, width * strideOf(H));
		const walk = backwardWalk(builder, y, h);
		const dc = stateGradient(builder, "dc", c);
		const cellNorms = builder.norms("norms of dc", x.axis);
		const back = hidden.back(walk);
		const kept = updatesC && builder.rows("dc kept", x.axis.ends, c.stride);
		builder.call(
			"lstmVariantBackward",
			{
				...{ ...walk, ...back, H, gates, c: c.steps, dz, dc, cellNorms, updatesC, kept },
				...{ Wh: packBack(parts, "weight_hh", R), ...variant },
			},
			{ equation: "dz[t] from dh[t] = dy[t] + dz[t+1]·Wh and dc[t]", cost: backwardCost(x, recurrent) },
		);
		builder.initialGradient(h, walk.dh);
		builder.initialGradient(c, dc);
		showWalk(builder, h, walk.hiddenNorms, {
			type: "lstm",
			...(cellNorms !== 0 && { cellNorms }),
			...{ gates: at(gates, first * c.stride), size: H, blocks: width, places: PLACES },
			...(R === H && { candidate: coupled ? H : 2 * H }),
		});
		const rows = { builder, state: c, gates, dz, width };
		if (layerNorm) normGradients(parts, rows);
		else gradients(parts, rows);
		const dy = { address: dz, stride: width * c.stride, blocks: coupled ? 3 : 4, rows: H };
		projectBack(builder, x, dy, () => packBack(parts, "weight_ih", x.size));
		hidden.gradients(back);
		if (peepholes) peepholeGradients(parts, fresh, rows, first);
	});
	return y;
}

function equationOf({ peepholes, coupledGates, layerNorm }: Variant): string {
	const [past, now] = peepholes ? [" + p⊙c", " + p⊙c[t]"] : ["", ""];
	const input = coupledGates ? "i = 1 - f" : `i = σ(z${past})`;
	const [z, h] = layerNorm ? ["LN(x·Wxᵀ)⊙γ + b + LN(h·Whᵀ)⊙γ", "tanh(LN(c)⊙γ + β)"] : ["x·Wxᵀ + b + h·Whᵀ", "tanh(c)"];
	return `z = ${z}; f = σ(z${past}), ${input}, g = tanh(z); c = f⊙c + i⊙g; o = σ(z${now}); h = o⊙${h}`;
}

/** A name for weights in this order of gates: an lstm that is a variant in training only has them in its own order, too. */
const inOrder = (name: string) => `${name} fgoi`;

/** Weights for x·Wᵀ, in the order of the gates in memory. */
function packForward({ builder, c, coupled }: Parts, name: string, columns: number): Buffer {
	const P = padded(c.size);
	const shape = { rows: c.size, columns };
	const panels = builder.panels(`${inOrder(name)}ᵀ`, columns, (coupled ? 3 : 4) * P);
	packTransposed(builder, name, { ...shape, blocks: 3 }, panels, { block: coupled ? 0 : 1 });
	if (!coupled) packTransposed(builder, name, { ...shape, blocks: 1 }, panels, { column: 3 * P });
	return panels;
}

/** Weights for dz·W. */
function packBack({ builder, c, coupled }: Parts, name: string, columns: number): Buffer {
	const P = padded(c.size);
	const depth = (coupled ? 3 : 4) * P;
	const shape = { rows: c.size, columns };
	const panels = builder.panels(inOrder(name), depth, columns);
	packPlain(builder, name, { ...shape, blocks: 3 }, depth, panels, { block: coupled ? 0 : 1 });
	if (!coupled) packPlain(builder, name, { ...shape, blocks: 1 }, depth, panels, { row: 3 * P });
	return panels;
}

/** Peepholes in the order f, o, i; the parameter has them in the order i, f, o, coupled f, o. */
function packPeepholes({ builder, c, coupled }: Parts): Buffer {
	const panels = builder.panels("peephole", 1, 3 * padded(c.size));
	packVector(builder, "peephole", 2, c.size, panels, { block: coupled ? 0 : 1 });
	if (!coupled) packVector(builder, "peephole", 1, c.size, panels, { to: 2 });
	return panels;
}

/** A vector of all gates in the order of the gates in memory, from the `to`-th block on. */
function packGates({ builder, c, coupled }: Parts, name: string, into: Buffer, to = 0): Buffer {
	packVector(builder, name, 3, c.size, into, { block: coupled ? 0 : 1, to });
	if (!coupled) packVector(builder, name, 1, c.size, into, { to: to + 3 });
	return into;
}

/** Gains and shifts of layer norms: γx, γh, b, γc, βc. */
function packGains(parts: Parts): Buffer {
	const { builder, c } = parts;
	const gains = builder.panels("norms", 1, 14 * padded(c.size));
	for (const [index, name] of ["norm_ih", "norm_hh", "bias"].entries()) packGates(parts, name, gains, 4 * index);
	packVector(builder, "norm_c", 1, c.size, gains, { to: 12 });
	return packVector(builder, "norm_c_bias", 1, c.size, gains, { to: 13 });
}

/** Neighbouring gates in memory: the first of them, how many, and which block of the parameters they begin with. */
function groupsOf({ coupled }: Parts) {
	const most = { first: 0, blocks: 3, block: coupled ? 0 : 1 };
	return coupled ? [most] : [most, { first: PLACES.i.block, blocks: 1, block: 0 }];
}

/** Writes the gradients of weights and bias. */
function gradients(parts: Parts, rows: GateRows): void {
	const { builder, x, h, hidden, c } = parts;
	const [H, R] = [c.size, h.size];
	const [dW, dU, db] = ["weight_ih", "weight_hh", "bias"].map((name) => builder.gradient(name));
	for (const { first, blocks, block } of groupsOf(parts))
		weightGradient(builder, {
			axis: x.axis,
			dy: blocksOfDz(rows, first, blocks),
			x: { value: x, gradient: at(dW, 4 * block * H * x.size) },
			...readBy(h, hidden, at(dU, 4 * block * H * R)),
			db: at(db, 4 * block * H),
		});
}

/** The same with layer norms, whose gradients these are too. */
function normGradients(parts: Parts, rows: GateRows): void {
	const { builder, x, h, hidden, c } = parts;
	const { size: H, axis, reverse } = c;
	const of = (name: string, row: number) => at(builder.gradient(name), 4 * row);
	for (const { first, blocks, block } of groupsOf(parts)) {
		const row = block * H;
		const [ofX, ofH, ofZ] = [first, first + 4, first + 8] as const;
		const dW = of("weight_ih", row * x.size);
		const dU = of("weight_hh", row * h.size);
		weightGradient(builder, { axis, reverse, dy: blocksOfDz(rows, ofX, blocks), x: { value: x, gradient: dW } });
		weightGradient(builder, { axis, dy: blocksOfDz(rows, ofH, blocks), ...readBy(h, hidden, dU) });
		shiftGradient(rows, ofZ, blocks, of("bias", row));
		gainGradient(rows, { first: ofZ, u: ofX, blocks }, of("norm_ih", row));
		gainGradient(rows, { first: ofZ, u: ofH, blocks }, of("norm_hh", row));
	}
	gainGradient(rows, { first: 12, u: 12, blocks: 1 }, of("norm_c", 0));
	shiftGradient(rows, 12, 1, of("norm_c_bias", 0));
}

/** Writes the gradients of peepholes: those of f and i see c before a step, that of o sees it after, before zoneout. */
function peepholeGradients(
	{ builder, x, c, coupled }: Parts,
	fresh: Address,
	{ dz, width }: GateRows,
	first: number,
): void {
	const dp = builder.gradient("peephole");
	const add = (block: number, row: number, after: boolean) => {
		const rows = { dz: at(dz, (first + block) * c.stride), lddz: width * c.stride, ldh: c.stride, blocks: 1 };
		const from = { ...rows, h: after ? fresh : c.steps, after: +after };
		builder.call(
			"elementwiseGradient",
			{ ...walkOf(x.axis, c), ...from, du: at(dp, 4 * row * c.size) },
			{ equation: `dp += Σ dz[t]⊙c[${after ? "t" : "t-1"}]`, cost: valuesCost(x.axis, c.size, 2) },
		);
	};
	add(PLACES.f.block, coupled ? 0 : 1, false);
	add(PLACES.o.block, coupled ? 1 : 2, true);
	if (!coupled) add(PLACES.i.block, 0, false);
}
