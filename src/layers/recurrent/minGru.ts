import type { LayerType } from "../layer.ts";
import { describeMinimal, type MinimalCell, type MinimalLayer, type MinimalOptions, minimalType } from "./minimal.ts";

export type MinGruLayer = MinimalLayer<"minGru">;

export type MinGruOptions = MinimalOptions;

const cell: MinimalCell<"minGru"> = {
	type: "minGru",
	gates: [-1, 0],
	places: { z: { block: 0, tanh: false } },
	forward: { kernel: "minGruForward", equation: "z, n = x·Wᵀ + b; z = σ(z); h = (1-z)⊙h + z⊙n" },
	back: { kernel: "minGruBackward", equation: "dz, dn[t] from dh[t] = dy[t] + (dh⊙(1-z))[t+1]", operations: 8 },
};

/** A minimal gated recurrent unit layer: reads a sequence, gives its hidden state at every step. Its gates know only the input,
 * so that a step costs no product with the state before.
 *
 * ```
 * z = σ(x·Wzᵀ + bz)   n = x·Wnᵀ + bn      h = (1-z)⊙h + z⊙n
 * ```
 *
 * This is the paper's sequential form, with a linear candidate. Its other form, in logarithms and with a positive
 * candidate, is for scans in parallel; step by step h stays between its candidates, since 0 < z < 1, and nothing overflows.
 * (z is the share that is taken anew, as in the paper; a `gru`'s z is the share that is kept.)
 *
 * Input `[batchSize, steps, inputSize]`, output `[batchSize, steps, hiddenSize]`. Parameters: `weight_ih [2H, I]`, `bias [2H]`, in the
 * order z, n. They start as a linear layer's, uniform in ±1/√inputSize, or as `initializers` says.
 *
 * @throws OptionError `minGru: "hiddenSize" must be a positive integer, got 0.`
 * @see Feng et al. 2024, "Were RNNs all we needed?" */
export function minGru(options: MinGruOptions): MinGruLayer {
	return describeMinimal(cell, options);
}

export const minGruType: LayerType<MinGruLayer> = /* @__PURE__ */ minimalType(cell);
