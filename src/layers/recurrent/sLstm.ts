import { OptionError } from "../../errors.ts";
import { checkSize } from "../../options.ts";
import type { Builder } from "../../plan/builder.ts";
import { packHeads, packHeadsTransposed, packPlain, packTransposed, packVector } from "../../plan/panels.ts";
import { projectBack, weightGradient } from "../../plan/products.ts";
import { at, type Buffer, type State, strideOf, type Value } from "../../plan/program.ts";
import { uniform } from "../initializers/elementwise.ts";
import type { GateBiasInitializer, InitializerFunction, VectorInitializer } from "../initializers/index.ts";
import type { LayerType, ParameterSpec } from "../layer.ts";
import { withInitializers } from "../parameters.ts";
import {
	backwardCost,
	backwardWalk,
	type CellInitializers,
	checkRecurrent,
	connectRecurrent,
	forwardCost,
	forwardWalk,
	initialParameters,
	recurrentState,
	recurrentValue,
	showWalk,
	stateGradient,
} from "./recurrent.ts";

export interface SLstmLayer {
	readonly type: "sLstm";
	readonly hiddenSize: number;
	readonly inputSize?: number;
	readonly heads: number;
	readonly initialState?: "learned";
	readonly initializers?: SLstmInitializers;
}

/** How the parameters of an sLstm start. Matrix initializers fill `weight_hh` one gate of one head at a time. */
export interface SLstmInitializers extends CellInitializers<GateBiasInitializer> {
	readonly initial_c?: VectorInitializer | undefined;
}

export interface SLstmOptions {
	/** Width of h. Multiples of 4 are fastest. */
	readonly hiddenSize: number;
	/** Features of a step; needed for the first layer, otherwise taken from the layer before. */
	readonly inputSize?: number | undefined;
	/** Into how many heads of `hiddenSize / heads` neighbouring units the layer is cut: a unit's gates see of the step before the
	 * units of its own head only, which takes 1/heads of the weights and of the time of that product. Default 1: they see all. */
	readonly heads?: number | undefined;
	/** What sequences begin with that are given no state: nothing seen (the default), or a state that is learned, the same for
	 * all: parameters `initial_h [H]` and `initial_c [H]`, zeros at first. See {@link sLstm}. */
	readonly initialState?: "zero" | "learned" | undefined;
	/** How parameters start, by name: `{ weight_hh: orthogonal(), bias: chrono({ longest: 400 }) }`. */
	readonly initializers?: SLstmInitializers | undefined;
}

/** A scalar long short-term memory layer, of xLSTM: reads a sequence, gives its hidden state at every step. Its input gate is an
 * exponential, so that one step may outweigh all before it: the cell can revise what it holds.
 *
 * ```
 * i = exp(x·Wiᵀ + bi + h·Uiᵀ)   f = σ(x·Wfᵀ + bf + h·Ufᵀ)   z = tanh(x·Wzᵀ + bz + h·Uzᵀ)   o = σ(x·Woᵀ + bo + h·Uoᵀ)
 * C = f⊙C + i⊙z                 N = f⊙N + i                 h = o⊙C/N
 * ```
 *
 * The forget gate is a sigmoid, as in the authors' code (the paper also allows an exponential). C and N, which may overflow, are kept
 * as c⊙eᵐ and n⊙eᵐ, where eᵐ is the largest of the terms that N is the sum of; so the layer has four states, h, c, n and m. Nothing
 * but rounding depends on m, and the gradient takes it as it is.
 *
 * Sequences that are given no state have seen nothing: n = 0, and the first step decides all there is. An `initialState` of yours
 * has c, n and m, or none of them; n is at least 0, and a unit whose n is 0 has seen nothing, whatever its c and m. With
 * `initialState: "learned"` h and c are learned, and n = 1, m = 0: an old memory c that weighs as much as a step with i = 1. To
 * learn its weight too would be one parameter too many, since bi is that: what is added to bi changes how all that comes in
 * weighs against what was there at first, and nothing else.
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, hiddenSize]`. Parameters: `weight_ih [4H, I]`,
 * `weight_hh [4H, H/heads]`, `bias [4H]`: gate by gate, in the order i, f, z, o, and unit by unit; a row of `weight_hh` holds the
 * weights of the units of its own unit's head. Weights start uniform in ±1/√hiddenSize, the bias of f evenly from 3 to 6 over the
 * units of each head, so that they remember for some 20 to 400 steps, all other biases at 0; or as `initializers` says. (The
 * authors' code has this start, and by default another, from 5 down to -7 by a power that depends on how deep in a stack of
 * blocks the layer stands, which a layer here does not know; and recurrent weights of 0: `weight_hh: constant(0)`.)
 *
 * @throws OptionError `sLstm: "heads" must divide hiddenSize (10), got 4.`
 * @see Beck et al. 2024, "xLSTM: Extended long short-term memory". */
export function sLstm(options: SLstmOptions): SLstmLayer {
	const { hiddenSize, ...others } = checkRecurrent("sLstm", options, ["heads"]);
	const heads = checkSize("sLstm", "heads", options.heads ?? 1);
	if (hiddenSize % heads !== 0)
		throw new OptionError(`sLstm: "heads" must divide hiddenSize (${hiddenSize}), got ${heads}.`);
	const layer: SLstmLayer = { type: "sLstm", hiddenSize, ...others, heads };
	return withInitializers(layer, parameters(layer, 1), options.initializers);
}

export const sLstmType: LayerType<SLstmLayer> = {
	from: (options) => sLstm(options as SLstmOptions),

	connect: connectRecurrent,

	parameters,

	program,
};

/** What a bias of each gate does to the time that the cell remembers, as ParameterSpec has it. One of i at every step does nothing:
 * C and N grow alike. */
const GATES = [0, 1, 0, 0];

/** Where each gate's block lies in a row of gates; behind them is a block of f', the share of the old that is kept. */
const PLACES = {
	f: { block: 1, tanh: false },
	z: { block: 2, tanh: true },
	o: { block: 3, tanh: false },
};
const BLOCKS = 5;

/** States of which a user gives all or none. */
const MEMORY = ["c", "n", "m"];

function parameters(layer: SLstmLayer, I: number): readonly ParameterSpec[] {
	const { hiddenSize: H, heads } = layer;
	const size = H / heads;
	const initializer = uniform(1 / Math.sqrt(H));
	const bias: InitializerFunction = (values) => {
		values.fill(0);
		for (let unit = 0; unit < H; unit++) values[H + unit] = size > 1 ? 3 + (3 * (unit % size)) / (size - 1) : 3;
	};
	return [
		{ name: "weight_ih", shape: [4 * H, I], initializer, gates: GATES },
		{
			...{ name: "weight_hh", shape: [4 * H, size], initializer },
			gates: GATES.flatMap((gate) => new Array<number>(heads).fill(gate)),
		},
		{ name: "bias", shape: [4 * H], initializer: bias, gates: GATES },
		...initialParameters(layer, ["h", "c"]),
	];
}

function program(layer: SLstmLayer, builder: Builder, [x]: readonly [Value], reverse = false): Value {
	const { hiddenSize: H, heads, initialState } = layer;
	const recurrent = { blocks: 4, rows: H, columns: H / heads };
	const gates = builder.rows("gates", x.axis, BLOCKS * strideOf(H));
	const h = recurrentState(builder, "h", x, layer, reverse);
	const c = recurrentState(builder, "c", x, layer, reverse, { together: MEMORY });
	const n = builder.state("n", x.axis, H, reverse, initialState && 1, { together: MEMORY, least: 0 });
	const m = builder.state("m", x.axis, H, reverse, undefined, { together: MEMORY });
	const Wx = packTransposed(builder, "weight_ih", { ...recurrent, columns: x.size });
	const bx = packVector(builder, "bias", 4, H);

	builder.call(
		"sLstmForward",
		{
			...forwardWalk(x, h, gates, Wx, bx),
			...{ c: c.steps, n: n.steps, m: m.steps, heads },
			Wh:
				heads === 1
					? packTransposed(builder, "weight_hh", recurrent)
					: packHeadsTransposed(builder, "weight_hh", 4 * heads, H / heads),
		},
		{
			equation:
				"a = x·Wxᵀ + b + h·Whᵀ; f, o = σ(a), z = tanh(a); C = f⊙C + eⁱ⊙z; N = f⊙N + eⁱ; h = o⊙C/N, where C = c⊙eᵐ, N = n⊙eᵐ",
			cost: forwardCost(x, recurrent),
		},
	);
	const y = recurrentValue(h);

	builder.onBackward(() => {
		const dz = builder.rows("dz", x.axis, BLOCKS * strideOf(H));
		const walk = backwardWalk(builder, y, h);
		const dc = stateGradient(builder, "dc", c);
		const dn = stateGradient(builder, "dn", n);
		const dm = stateGradient(builder, "dm", m);
		const cellNorms = builder.norms("norms of dc", x.axis);
		builder.call(
			"sLstmBackward",
			{
				...walk,
				...{ gates, c: c.steps, n: n.steps, dz, dc, dn, dm, cellNorms, heads },
				Wh:
					heads === 1
						? packPlain(builder, "weight_hh", recurrent)
						: packHeads(builder, "weight_hh", 4 * heads, H / heads),
			},
			{ equation: "dz[t] from dh[t] = dy[t] + dz[t+1]·Wh, dc[t] and dn[t]", cost: backwardCost(x, recurrent) },
		);
		builder.initialGradient(h, walk.dh);
		builder.initialGradient(c, dc);
		builder.initialGradient(n, dn);
		builder.initialGradient(m, dm);
		showWalk(builder, h, walk.hiddenNorms, {
			type: "sLstm",
			...(cellNorms !== 0 && { cellNorms }),
			...{ gates: at(gates), blocks: BLOCKS, places: PLACES, endless: { i: { block: 0, tanh: false } } },
			candidate: 2 * H,
		});
		gradients(layer, builder, x, h, dz);
	});
	return y;
}

/** Writes the gradients of weights, bias and x. With more heads than one the recurrent weights have a product for each gate and
 * head. */
function gradients({ heads }: SLstmLayer, builder: Builder, x: Value, h: State, dz: Buffer): void {
	const { size: H, stride, axis, reverse } = h;
	const rows = { address: dz, stride: BLOCKS * stride, blocks: 4, rows: H };
	const dU = builder.gradient("weight_hh");
	weightGradient(builder, {
		...{ axis, dy: rows, x: { value: x, gradient: builder.gradient("weight_ih") }, db: builder.gradient("bias") },
		...(heads === 1 ? { state: { of: h, gradient: dU } } : { reverse }),
	});
	const size = H / heads;
	for (let block = 0; block < 4 * heads && heads > 1; block++) {
		const unit = 4 * size * (block % heads);
		const address = at(dz, Math.floor(block / heads) * stride + unit);
		weightGradient(builder, {
			...{ axis, dy: { ...rows, address, blocks: 1, rows: size } },
			state: { of: { ...h, size, steps: at(h.steps, unit) }, gradient: at(dU, 4 * size * size * block) },
		});
	}
	projectBack(builder, x, rows, () => packPlain(builder, "weight_ih", { blocks: 4, rows: H, columns: x.size }));
}
