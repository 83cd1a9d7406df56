// The program of an lstm with peepholes, coupled gates, hard sigmoids, a projection, or dropout or zoneout inside it
// (assembly/cells/lstmVariant.ts).

import type { Builder } from "../../plan/builder.ts";
import { valuesCost } from "../../plan/cost.ts";
import { packPlain, packTransposed, packVector } from "../../plan/panels.ts";
import { projectBack, weightGradient } from "../../plan/products.ts";
import { type Address, at, type Buffer, padded, type State, strideOf, type Value } from "../../plan/program.ts";
import { type Hidden, hiddenOf, type Regularised, readBy, zoneOf } from "./hidden.ts";
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
	readonly projectionSize?: number;
}

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
	const { peepholes, coupledGates, gateActivation, projectionSize, zoneout, recurrentDropout } = layer;
	const always = peepholes ?? coupledGates ?? gateActivation ?? projectionSize ?? zoneout;
	return always !== undefined || (trains && recurrentDropout !== undefined);
}

/** As the program of a plain lstm. */
export function variantProgram(layer: Variant, builder: Builder, x: Value, reverse: boolean): Value {
	const H = layer.hiddenSize;
	const { peepholes = false, coupledGates: coupled = false, gateActivation, projectionSize: R = H, zoneout } = layer;
	const gates = builder.rows("gates", x.axis, 4 * strideOf(H));
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
	};
	const bx = builder.panels("bias", 1, 4 * padded(H));
	packVector(builder, "bias", 3, H, bx, { block: coupled ? 0 : 1 });
	if (!coupled) packVector(builder, "bias", 1, H, bx, { to: 3 });

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
		const dz = builder.rows("dz", x.axis, 4 * strideOf(H));
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
			...{ gates: at(gates), size: H, blocks: 4, places: PLACES },
			...(R === H && { candidate: coupled ? H : 2 * H }),
		});
		gradients(parts, dz);
		hidden.gradients(back);
		if (peepholes) peepholeGradients(parts, fresh, dz);
	});
	return y;
}

function equationOf({ peepholes, coupledGates }: Variant): string {
	const [past, now] = peepholes ? [" + p⊙c", " + p⊙c[t]"] : ["", ""];
	const input = coupledGates ? "i = 1 - f" : `i = σ(z${past})`;
	return `z = x·Wxᵀ + b + h·Whᵀ; f = σ(z${past}), ${input}, g = tanh(z); c = f⊙c + i⊙g; o = σ(z${now}); h = o⊙tanh(c)`;
}

/** Weights for x·Wᵀ, in the order of the gates in memory. */
function packForward({ builder, c, coupled }: Parts, name: string, columns: number): Buffer {
	const P = padded(c.size);
	const shape = { rows: c.size, columns };
	const panels = builder.panels(`${name}ᵀ`, columns, (coupled ? 3 : 4) * P);
	packTransposed(builder, name, { ...shape, blocks: 3 }, panels, { block: coupled ? 0 : 1 });
	if (!coupled) packTransposed(builder, name, { ...shape, blocks: 1 }, panels, { column: 3 * P });
	return panels;
}

/** Weights for dz·W. */
function packBack({ builder, c, coupled }: Parts, name: string, columns: number): Buffer {
	const P = padded(c.size);
	const depth = (coupled ? 3 : 4) * P;
	const shape = { rows: c.size, columns };
	const panels = builder.panels(name, depth, columns);
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

/** Writes the gradients of weights, bias and x. */
function gradients(parts: Parts, dz: Buffer): void {
	const { builder, x, h, hidden, c, coupled } = parts;
	const [H, R] = [c.size, h.size];
	const [dW, dU, db] = ["weight_ih", "weight_hh", "bias"].map((name) => builder.gradient(name));
	const group = (first: number, blocks: number, row: number) =>
		weightGradient(builder, {
			axis: x.axis,
			dy: { address: at(dz, first * c.stride), stride: 4 * c.stride, blocks, rows: H },
			x: { value: x, gradient: at(dW, 4 * row * H * x.size) },
			...readBy(h, hidden, at(dU, 4 * row * H * R)),
			db: at(db, 4 * row * H),
		});
	group(0, 3, coupled ? 0 : 1);
	if (!coupled) group(3, 1, 0);
	const dy = { address: dz, stride: 4 * c.stride, blocks: coupled ? 3 : 4, rows: H };
	projectBack(builder, x, dy, () => packBack(parts, "weight_ih", x.size));
}

/** Writes the gradients of peepholes: those of f and i see c before a step, that of o sees it after, before zoneout. */
function peepholeGradients({ builder, x, c, coupled }: Parts, fresh: Address, dz: Buffer): void {
	const dp = builder.gradient("peephole");
	const add = (block: number, row: number, after: boolean) => {
		const from = { dz: at(dz, block * c.stride), lddz: 4 * c.stride, h: after ? fresh : c.steps, after: +after };
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
