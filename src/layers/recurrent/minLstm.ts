import type { LayerType } from "../layer.ts";
import { describeMinimal, type MinimalCell, type MinimalLayer, type MinimalOptions, minimalType } from "./minimal.ts";

export type MinLstmLayer = MinimalLayer<"minLstm">;

export type MinLstmOptions = MinimalOptions;

const cell: MinimalCell<"minLstm"> = {
	type: "minLstm",
	gates: [1, -1, 0],
	places: { f: { block: 0, tanh: false }, i: { block: 1, tanh: false } },
	forward: { kernel: "minLstmForward", equation: "f, i, n = x·Wᵀ + b; f, i = σ(f, i); k = f/(f+i); h = k⊙h + (1-k)⊙n" },
	back: { kernel: "minLstmBackward", equation: "df, di, dn[t] from dh[t] = dy[t] + (dh⊙k)[t+1]", operations: 18 },
};

/** A minimal long short-term memory layer: reads a sequence, gives its hidden state at every step. Its gates know only the
 * input, so that a step costs no product with the state before; it has one state, h.
 *
 * ```
 * f = σ(x·Wfᵀ + bf)   i = σ(x·Wiᵀ + bi)   n = x·Wnᵀ + bn      h = f/(f+i)⊙h + i/(f+i)⊙n
 * ```
 *
 * This is the paper's sequential form, with a linear candidate. Its other form, in logarithms and with a positive
 * candidate, is for scans in parallel; step by step h stays between its candidates, since the two shares are positive and
 * add up to 1, and nothing overflows. Where f and i are both below 1.2e-38, the smallest float there is without loss of digits,
 * the shares are 1/2 each.
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, hiddenSize]`. Parameters: `weight_ih [3H, I]`, `bias [3H]`, in the
 * order f, i, n. They start as a linear layer's, uniform in ±1/√inputSize, or as `initializers` says.
 *
 * @throws OptionError `minLstm: "hiddenSize" must be a positive integer, got 0.`
 * @see Feng et al. 2024, "Were RNNs all we needed?" */
export function minLstm(options: MinLstmOptions): MinLstmLayer {
	return describeMinimal(cell, options);
}

export const minLstmType: LayerType<MinLstmLayer> = /* @__PURE__ */ minimalType(cell);
