import { checkChoice } from "../../options.ts";
import type { Builder } from "../../plan/builder.ts";
import type { Cost } from "../../plan/cost.ts";
import { packPlain, packTransposed, packVector } from "../../plan/panels.ts";
import { projectBack, weightGradient } from "../../plan/products.ts";
import { at, type Buffer, type Operand, padded, type State, strideOf, type Value } from "../../plan/program.ts";
import type { LayerType } from "../layer.ts";
import {
	backwardCost,
	checkRecurrent,
	connectRecurrent,
	forwardCost,
	inputFactor,
	inputOperands,
	outputGradient,
	pastFactor,
	recurrentParameters,
	recurrentValue,
} from "./recurrent.ts";

export interface GruLayer {
	readonly type: "gru";
	readonly hiddenSize: number;
	readonly inputSize?: number;
	readonly reset: "after" | "before";
}

export interface GruOptions {
	/** Width of h. Multiples of 4 are fastest. */
	readonly hiddenSize: number;
	/** Features of a step; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** Whether the reset gate acts after h is multiplied by its weights (default, as PyTorch and cuDNN) or before (as the
	 * paper and Keras' `reset_after=False`). */
	readonly reset?: "after" | "before" | undefined;
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
 * after, `bias_hn [H]` = bq. They start uniform in ±1/√hiddenSize, as PyTorch's.
 *
 * @throws OptionError `gru: "reset" must be "after" or "before", got "never".`
 * @see Cho et al. 2014. */
export function gru(options: GruOptions): GruLayer {
	const sizes = checkRecurrent("gru", options, ["reset"]);
	const reset = checkChoice("gru", "reset", options.reset ?? "after", ["after", "before"] as const);
	return Object.freeze({ type: "gru", ...sizes, reset });
}

export const gruType: LayerType<GruLayer> = {
	from: (options) => gru(options as GruOptions),

	connect: connectRecurrent,

	parameters({ hiddenSize: H, reset }, I) {
		const { weights, bias } = recurrentParameters(3, H, I);
		return [...weights, bias, ...(reset === "after" ? [{ ...bias, name: "bias_hn", shape: [H] }] : [])];
	},

	program,
};

/** Gates lie in the order n, r, z, q (assembly/gru.ts), the parameters' rows in the order r, z, n. */
function program(layer: GruLayer, builder: Builder, x: Value, reverse = false): Value {
	const { hiddenSize: H, reset } = layer;
	const P = padded(H);
	const stride = strideOf(H);
	const gates = builder.rows("gates", "steps", 4 * stride);
	const h = builder.state("h", H, reverse);

	const candidate = { blocks: 1, rows: H, columns: x.size };
	const switches = { blocks: 2, rows: H, columns: x.size };
	const Wx = builder.packed("weight_ihᵀ", x.size, 3 * P);
	packTransposed(builder, "weight_ih", candidate, Wx, { block: 2 });
	packTransposed(builder, "weight_ih", switches, Wx, { column: P });
	const bias = builder.packed("bias", 1, 3 * P);
	packVector(builder, "bias", 1, H, bias, { block: 2 });
	packVector(builder, "bias", 2, H, bias, { to: 1 });

	const y = recurrentValue(h);
	const input = inputOperands(x, Wx, bias);
	const cost = forwardCost(x, { blocks: 3, rows: H, columns: H });
	const walk = { H, builder, input, cost, gates, h, y, reverse };
	const walkBack = reset === "after" ? resetAfter(walk) : resetBefore(walk);

	builder.onBackward(() => {
		walkBack();
		const [dW, dU, db] = ["weight_ih", "weight_hh", "bias"].map((name) => builder.gradient(name));
		const dUn = at(dU, 2 * H * H * 4);
		const gate = { dyStride: 4 * stride, blocks: 1, rows: H };
		const q = at(gates, 3 * stride);
		weightGradient(builder, {
			...gate,
			blocks: 2,
			dy: at(gates, stride),
			x: inputFactor(x, dW),
			past: pastFactor(h, dU),
			db,
		});
		weightGradient(builder, {
			...gate,
			dy: gates,
			x: inputFactor(x, at(dW, 2 * H * x.size * 4)),
			...(reset === "before" && {
				past: { address: q, stride: 4 * stride, columns: H, gradient: dUn },
			}),
			db: at(db, 2 * H * 4),
		});
		if (reset === "after") {
			weightGradient(builder, {
				...gate,
				dy: q,
				past: pastFactor(h, dUn),
				db: builder.gradient("bias_hn"),
			});
		}
		projectBack(builder, x, gates, 4 * stride, 3 * H, 3 * P, () => {
			const into = builder.packed("weight_ih", 3 * P, x.size);
			packPlain(builder, "weight_ih", candidate, 3 * P, into, { block: 2 });
			return packPlain(builder, "weight_ih", switches, 3 * P, into, { row: P });
		});
	});
	return y;
}

interface Walk {
	readonly H: number;
	readonly builder: Builder;
	/** Its operands, and what it costs forward. */
	readonly input: readonly Operand[];
	readonly cost: Cost;
	readonly gates: Buffer;
	readonly h: State;
	readonly y: Value;
	readonly reverse: boolean;
}

/** Writes the walk over the steps; gives what writes the walk back. */
function resetAfter(walk: Walk): () => void {
	const { H, builder, input, cost, gates, h, y, reverse } = walk;
	const sequence = builder.sequence("steps");
	const recurrent = { blocks: 3, rows: H, columns: H };
	const U = packTransposed(builder, "weight_hh", recurrent);
	builder.call(
		"gruForward",
		[sequence, +reverse, ...input, H, gates, h.initial, h.steps, U, packVector(builder, "bias_hn", 1, H)],
		"n, r, z = x·Wᵀ + b; r, z = σ(r, z + h·Uᵀ); q = h·Unᵀ + bq; n = tanh(n + r⊙q); h = (1-z)⊙n + z⊙h",
		cost,
	);
	return () => {
		const { dy, dh } = outputGradient(builder, y, h);
		builder.call(
			"gruBackward",
			[sequence, +reverse, H, gates, h.initial, h.steps, ...dy, dh, packPlain(builder, "weight_hh", recurrent)],
			"dn, dr, dz, dq[t] from dh[t] = dy[t] + dh⊙z[t+1] + [dr | dz | dq][t+1]·U",
			backwardCost(recurrent),
		);
	};
}

function resetBefore(walk: Walk): () => void {
	const { H, builder, input, cost, gates, h, y, reverse } = walk;
	const sequence = builder.sequence("steps");
	const recurrent = { blocks: 3, rows: H, columns: H };
	const switches = { ...recurrent, blocks: 2 };
	const candidate = { ...recurrent, blocks: 1 };
	builder.call(
		"gruBeforeForward",
		[sequence, +reverse, ...input, H, gates, h.initial, h.steps, packTransposed(builder, "weight_hh", recurrent)],
		"n, r, z = x·Wᵀ + b; r, z = σ(r, z + h·Uᵀ); q = r⊙h; n = tanh(n + q·Unᵀ); h = (1-z)⊙n + z⊙h",
		cost,
	);
	return () => {
		const { dy, dh } = outputGradient(builder, y, h);
		const dq = builder.rows("dq", "rows", h.stride);
		const Urz = packPlain(builder, "weight_hh", switches);
		const Un = builder.packed("weight_hh n", padded(H), H);
		packPlain(builder, "weight_hh", candidate, padded(H), Un, { block: 2 });
		builder.call(
			"gruBeforeBackward",
			[sequence, +reverse, H, gates, h.initial, h.steps, ...dy, dh, Urz, Un, dq],
			"dn, dr, dz[t] from dh[t] = dy[t] + (dh⊙z + dn·Un⊙r + [dr | dz]·U)[t+1]",
			backwardCost(recurrent),
		);
	};
}
