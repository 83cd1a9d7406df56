import { checkChoice, checkFlag } from "../../options.ts";
import type { Builder } from "../../plan/builder.ts";
import { packPlain, packTransposed, packVector } from "../../plan/panels.ts";
import { projectBack, weightGradient } from "../../plan/products.ts";
import { at, type Buffer, padded, type State, strideOf, type Value } from "../../plan/program.ts";
import type { GateBiasInitializer, VectorInitializer } from "../initializers/index.ts";
import type { LayerType, ParameterSpec } from "../layer.ts";
import { withInitializers } from "../parameters.ts";
import { normGradients, packGains } from "./gruNorm.ts";
import {
	cellInput,
	checkRegularising,
	type Hidden,
	hiddenOf,
	type Regularised,
	type RegularisingOptions,
	readBy,
	regularising,
} from "./hidden.ts";
import { type NormInitializers, normParameters } from "./norm.ts";
import {
	backwardCost,
	backwardWalk,
	type CellInitializers,
	checkRecurrent,
	connectRecurrent,
	forwardCost,
	forwardWalk,
	gateActivationOf,
	initialParameters,
	recurrentParameters,
	recurrentState,
	recurrentValue,
	showWalk,
} from "./recurrent.ts";
import { droppingWeights } from "./weightDropout.ts";

export interface GruLayer extends Regularised {
	readonly type: "gru";
	readonly hiddenSize: number;
	readonly inputSize?: number;
	readonly reset: "after" | "before";
	readonly gateActivation?: "hardSigmoid";
	readonly layerNorm?: true;
	readonly initialState?: "learned";
	readonly initializers?: GruInitializers;
}

/** How the parameters of a gru start. */
export interface GruInitializers extends CellInitializers<GateBiasInitializer>, NormInitializers {
	/** Reset after only: reset before, there is no such parameter. */
	readonly bias_hn?: VectorInitializer | undefined;
}

export interface GruOptions<R extends "after" | "before" = "after" | "before"> extends RegularisingOptions {
	/** Width of h. Multiples of 4 are fastest. */
	readonly hiddenSize: number;
	/** Features of a step; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** Whether the reset gate acts after h is multiplied by its weights (default, as PyTorch and cuDNN) or before (as the
	 * paper and Keras' `reset_after=False`). */
	readonly reset?: R | undefined;
	/** Of r and z. `"sigmoid"` (default), or `"hardSigmoid"`: 0.2a + 0.5 within 0 and 1, which Keras had before its version 3 and
	 * TensorFlow.js has. */
	readonly gateActivation?: "sigmoid" | "hardSigmoid" | undefined;
	/** Whether the products are normalised before they are added, r and z together and n by itself, at each step of each row (Ba, Kiros
	 * & Hinton 2016, supplement): parameters `norm_ih [3H]` and `norm_hh [3H]`, gains, ones at first. Default false.
	 *
	 * ```
	 * [r, z] = σ(LN(x·[Wr, Wz]ᵀ)⊙norm_ih + [br, bz] + LN(h·[Ur, Uz]ᵀ)⊙norm_hh)      LN(v) = (v - mean) / √(variance + 1e-5)
	 * n = tanh(LN(x·Wnᵀ)⊙norm_ih + bn + r⊙(LN(h·Unᵀ)⊙norm_hh + bq))                 reset after
	 * n = tanh(LN(x·Wnᵀ)⊙norm_ih + bn + LN((r⊙h)·Unᵀ)⊙norm_hh)                      reset before
	 * ``` */
	readonly layerNorm?: boolean | undefined;
	/** What sequences begin with that are given no state: zeros (the default), or a state that is learned, the same for all:
	 * parameter `initial_h [H]`, zeros at first. */
	readonly initialState?: "zero" | "learned" | undefined;
	/** How parameters start, by name: `{ weight_hh: orthogonal(), bias: chrono({ longest: 400 }) }`. */
	readonly initializers?: ("after" extends R ? GruInitializers : Omit<GruInitializers, "bias_hn">) | undefined;
}

/** A gated recurrent unit layer: reads a sequence, gives its hidden state at every step.
 *
 * ```
 * r = σ(x·Wrᵀ + br + h·Urᵀ)   z = σ(x·Wzᵀ + bz + h·Uzᵀ)
 * n = tanh(x·Wnᵀ + bn + r⊙(h·Unᵀ + bq))       h = (1-z)⊙n + z⊙h          reset after
 * n = tanh(x·Wnᵀ + bn + (r⊙h)·Unᵀ)                                        reset before
 * ```
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, hiddenSize]`. Parameters as in torch.nn.GRU, but one
 * bias where two would only add: `weight_ih [3H, I]`, `weight_hh [3H, H]`, `bias [3H]`, in the order r, z, n, and, reset
 * after, `bias_hn [H]` = bq. They start uniform in ±1/√hiddenSize, as PyTorch's, or as `initializers` says.
 *
 * @throws OptionError `gru: "reset" must be "after" or "before", got "never".`
 * @see Cho et al. 2014. */
export function gru<R extends "after" | "before" = "after">(options: GruOptions<R>): GruLayer {
	const sizes = checkRecurrent("gru", options, ["reset", "gateActivation", "layerNorm", ...regularising]);
	const reset = checkChoice("gru", "reset", options.reset ?? "after", ["after", "before"] as const);
	const variant = {
		...gateActivationOf("gru", options.gateActivation),
		...(checkFlag("gru", "layerNorm", options.layerNorm ?? false) && { layerNorm: true as const }),
		...checkRegularising("gru", options),
	};
	const layer: GruLayer = { type: "gru", ...sizes, reset, ...variant };
	return withInitializers(layer, parameters(layer, 1), options.initializers);
}

export const gruType: LayerType<GruLayer> = {
	from: (options) => gru(options as GruOptions),

	connect: connectRecurrent,

	parameters,

	program: /* @__PURE__ */ droppingWeights({ parameters, program }),
};

function parameters(layer: GruLayer, I: number): readonly ParameterSpec[] {
	const { hiddenSize: H, reset, layerNorm } = layer;
	const all = recurrentParameters([0, 1, 0], H, I);
	const [{ initializer }] = all;
	const own = reset === "after" ? [{ name: "bias_hn", shape: [H], initializer }] : [];
	return [...all, ...own, ...(layerNorm ? normParameters(3 * H) : []), ...initialParameters(layer, ["h"])];
}

/** Where each gate's block lies among the gates. */
const PLACES = {
	r: { block: 1, tanh: false },
	z: { block: 2, tanh: false },
	n: { block: 0, tanh: true },
};

/** Blocks of a row, and where gates begin in it; with layer norms, what these make of the products is before them. */
const PLAIN = { width: 4, first: 0 };
const NORMED = { width: 10, first: 6 };

/** Gates lie in the order n, r, z, q (assembly/cells/gru.ts), the parameters' rows in the order r, z, n. */
function program(layer: GruLayer, builder: Builder, inputs: readonly [Value], reverse = false): Value {
	const x = cellInput(builder, inputs[0], layer);
	const { hiddenSize: H, reset, gateActivation, layerNorm } = layer;
	const P = padded(H);
	const candidate = { blocks: 1, rows: H, columns: x.size };
	const switches = { blocks: 2, rows: H, columns: x.size };
	const { width, first } = layerNorm ? NORMED : PLAIN;
	const stride = width * strideOf(H);
	const gates = builder.rows("gates", x.axis, stride);
	const h = recurrentState(builder, "h", x, layer, reverse);

	const Wx = builder.panels("weight_ihᵀ", x.size, 3 * P);
	packTransposed(builder, "weight_ih", candidate, Wx, { block: 2 });
	packTransposed(builder, "weight_ih", switches, Wx, { column: P });
	const bx = layerNorm ? (0 as const) : packBias(builder, H);

	const y = recurrentValue(h);
	const hidden = hiddenOf(builder, h, H, layer);
	const variant = {
		hard: +(gateActivation === "hardSigmoid"),
		gains: layerNorm ? packGains(builder, H, reset) : (0 as const),
		scales: layerNorm ? builder.rows("scales", x.axis, 16) : (0 as const),
	};
	const seen = { type: "gru", gates: at(gates, first * h.stride), blocks: width, places: PLACES, candidate: 2 * H };
	const walk = { builder, x, gates, Wx, bx, h, hidden, y, variant, seen };
	const walkBack = reset === "after" ? resetAfter(walk) : resetBefore(walk);
	builder.onBackward(() => {
		const dz = builder.rows("dz", x.axis, stride);
		walkBack(dz);
		if (layerNorm) normGradients({ builder, state: h, gates, dz, width }, x, hidden, reset);
		else weightGradients(walk, reset, dz);
		projectBack(builder, x, { address: dz, stride, blocks: 3, rows: H }, () => {
			const W = builder.panels("weight_ih", 3 * P, x.size);
			packPlain(builder, "weight_ih", candidate, 3 * P, W, { block: 2 });
			return packPlain(builder, "weight_ih", switches, 3 * P, W, { row: P });
		});
	});
	return y;
}

function packBias(builder: Builder, H: number): Buffer {
	const bx = builder.panels("bias", 1, 3 * padded(H));
	packVector(builder, "bias", 1, H, bx, { block: 2 });
	return packVector(builder, "bias", 2, H, bx, { to: 1 });
}

interface Walk {
	readonly builder: Builder;
	readonly x: Value;
	readonly gates: Buffer;
	readonly Wx: Buffer;
	readonly bx: Buffer | 0;
	readonly h: State;
	readonly hidden: Hidden;
	readonly y: Value;
	/** The operands that make it another gru. */
	readonly variant: { readonly hard: number; readonly gains: Buffer | 0; readonly scales: Buffer | 0 };
	readonly seen: Parameters<typeof showWalk>[3];
}

/** Writes the walk forward, with the reset after the product; returns a function that writes the walk back. */
function resetAfter({ builder, x, gates, Wx, bx, h, hidden, y, variant, seen }: Walk): (dz: Buffer) => void {
	const recurrent = { blocks: 3, rows: h.size, columns: h.size };
	builder.call(
		"gruForward",
		{
			...forwardWalk(x, h, gates, Wx, bx),
			...hidden.forward,
			U: packTransposed(builder, "weight_hh", recurrent),
			bq: variant.gains ? 0 : packVector(builder, "bias_hn", 1, h.size),
			...variant,
		},
		{
			equation: variant.gains
				? "n, r, z = LN(x·Wᵀ)⊙γ + b; r, z = σ(r, z + LN(h·Uᵀ)⊙γ); q = LN(h·Unᵀ)⊙γ + bq; n = tanh(n + r⊙q); h = (1-z)⊙n + z⊙h"
				: "n, r, z = x·Wᵀ + b; r, z = σ(r, z + h·Uᵀ); q = h·Unᵀ + bq; n = tanh(n + r⊙q); h = (1-z)⊙n + z⊙h",
			cost: forwardCost(x, recurrent),
		},
	);
	return (dz) => {
		const walk = backwardWalk(builder, y, h);
		builder.call(
			"gruBackward",
			{ ...walk, ...hidden.back(walk), gates, dz, U: packPlain(builder, "weight_hh", recurrent), ...variant },
			{
				equation: "dn, dr, dz, dq[t] from dh[t] = dy[t] + dh⊙z[t+1] + [dr | dz | dq][t+1]·U",
				cost: backwardCost(x, recurrent),
			},
		);
		builder.initialGradient(h, walk.dh);
		showWalk(builder, h, walk.hiddenNorms, seen);
	};
}

/** The same with the reset before the product. */
function resetBefore({ builder, x, gates, Wx, bx, h, hidden, y, variant, seen }: Walk): (dz: Buffer) => void {
	const H = h.size;
	const recurrent = { blocks: 3, rows: H, columns: H };
	builder.call(
		"gruBeforeForward",
		{
			...forwardWalk(x, h, gates, Wx, bx),
			...hidden.forward,
			U: packTransposed(builder, "weight_hh", recurrent),
			...variant,
		},
		{
			equation: variant.gains
				? "n, r, z = LN(x·Wᵀ)⊙γ + b; r, z = σ(r, z + LN(h·Uᵀ)⊙γ); q = r⊙h; n = tanh(n + LN(q·Unᵀ)⊙γ); h = (1-z)⊙n + z⊙h"
				: "n, r, z = x·Wᵀ + b; r, z = σ(r, z + h·Uᵀ); q = r⊙h; n = tanh(n + q·Unᵀ); h = (1-z)⊙n + z⊙h",
			cost: forwardCost(x, recurrent),
		},
	);
	return (dz) => {
		const Urz = packPlain(builder, "weight_hh", { ...recurrent, blocks: 2 });
		const Un = builder.panels("weight_hh n", padded(H), H);
		packPlain(builder, "weight_hh", { ...recurrent, blocks: 1 }, padded(H), Un, { block: 2 });
		const dq = builder.rows("dq", x.axis.ends, h.stride);
		const walk = backwardWalk(builder, y, h);
		builder.call(
			"gruBeforeBackward",
			{ ...walk, ...hidden.back(walk), read: hidden.read ?? 0, gates, dz, dq, Urz, Un, ...variant },
			{
				equation: "dn, dr, dz[t] from dh[t] = dy[t] + (dh⊙z + dn·Un⊙r + [dr | dz]·U)[t+1]",
				cost: backwardCost(x, recurrent),
			},
		);
		builder.initialGradient(h, walk.dh);
		showWalk(builder, h, walk.hiddenNorms, seen);
	};
}

/** Writes the gradients of the weights, one call for each group of gates that are multiplied by the same past: r and z by h; with
 * the reset after, q by h too; with the reset before, n by q = r⊙h. */
function weightGradients({ builder, x, h, hidden }: Walk, reset: GruLayer["reset"], dz: Buffer): void {
	const [H, I] = [h.size, x.size];
	const [dW, dU, db] = ["weight_ih", "weight_hh", "bias"].map((name) => builder.gradient(name));
	const dUn = at(dU, 2 * H * H * 4);
	const gates = (first: number, blocks: number) => {
		return { address: at(dz, first * h.stride), stride: 4 * h.stride, blocks, rows: H };
	};
	const q = gates(3, 1);
	weightGradient(builder, {
		axis: x.axis,
		dy: gates(1, 2),
		x: { value: x, gradient: dW },
		...readBy(h, hidden, dU),
		db,
	});
	weightGradient(builder, {
		axis: x.axis,
		reverse: h.reverse,
		dy: gates(0, 1),
		x: { value: x, gradient: at(dW, 2 * H * I * 4) },
		...(reset === "before" && { rows: { ...q, columns: H, gradient: dUn } }),
		db: at(db, 2 * H * 4),
	});
	if (reset === "after")
		weightGradient(builder, {
			axis: x.axis,
			dy: q,
			...readBy(h, hidden, dUn),
			db: builder.gradient("bias_hn"),
		});
}
