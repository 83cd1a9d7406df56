import { type ParameterClip, parameterClips } from "../compile/clips.ts";
import { leavesOf, type Network } from "../compile/network.ts";
import { OptionError } from "../errors.ts";
import type { Layer } from "../layers/layer.ts";
import type { AnyLoss } from "../losses/index.ts";
import { type Model, runtimeOf } from "../model/model.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { checkNumber, checkRate, checkSeed, show } from "../options.ts";
import type { Runtime } from "../run/runtime.ts";
import type { Kind } from "../sequences.ts";
import type { ParametersOptions } from "./parameterOptions.ts";

export interface TrainerOptions<L extends AnyLoss> extends Clipping {
	/** By name, by its function where it has options (`crossEntropy({ labelSmoothing: 0.1 })`), or a loss of your own
	 * (`{ name, loss(outputs, targets, gradient) }`, {@link OwnLoss}).
	 *
	 * `"crossEntropy"`: targets are class ids, outputs logits. Of all others targets are values: `"meanSquaredError"`,
	 * `"meanAbsoluteError"`, `huber({ delta })`; `"binaryCrossEntropy"`: outputs are logits of labels; `"poisson"`: logarithms of mean counts;
	 * `"gaussian"`: all means, then all logarithms of variances; `quantile({ levels })`: an output for each level, those of a value
	 * side by side. */
	readonly loss: L;
	readonly optimizer: Optimizer;
	/** Weight of Omega, which asks of each step back through an rnn layer that it keeps the norm of the gradient, so that this
	 * neither vanishes nor explodes. Of each such layer (and direction) there is added to the gradient
	 *
	 * ```
	 * omega · ∂Ω/∂U     Ω = mean of (‖dz[t]·U‖ / ‖δ[t]‖ - 1)²     δ[t] = ∂L/∂h[t], dz[t] = δ[t]⊙σ'(z[t]), U = weight_hh
	 * ```
	 *
	 * where only U varies: δ, h and σ' are constants. The mean is that of the authors' code, which gives a weight its meaning
	 * (2 there, 4 in the paper): over all rows and steps, each norm that of one row, so that neither more rows nor longer
	 * sequences weigh more. (Its norms are squared; so near Ω = 0 a weight does there what four times as much does here.)
	 * Left out are steps without a state before them, and those with ‖δ‖ below 1e-20. Losses are reported without Omega,
	 * gradients with it. Default: no Omega.
	 * @throws OptionError `Trainer: "omega" acts on rnn layers, and the model has none.`; also where an rnn drops or is zoned out
	 * @see Pascanu, Mikolov & Bengio 2013, section 3.3; github.com/pascanur/trainingRNNs */
	readonly omega?: number | undefined;
	/** What becomes of a step whose loss or gradient norm is not finite. `"throw"`: a TrainingError. `"skip"`: it updates
	 * nothing and is counted. Default `"throw"`. */
	readonly onNonFinite?: OnNonFinite | undefined;
	/** Bytes that a step may take for its batch and all that it computes, besides parameters, gradients and what the optimizer keeps.
	 * Where not everything fits, parts are computed again on the way back, with the same bits, and as little as possible: all of
	 * the steps, from states that are kept at some borders in time (Gruslys et al. 2016), or, where a layer walks
	 * backwards, the gates, from states that are kept at each step. `model.explain({ purpose: "train", memoryLimit })` says
	 * what is kept and what it costs. Predictions and evaluations are not bound by it: they keep the states of all steps.
	 * Default: no limit. */
	readonly memoryLimit?: number | undefined;
	/** Of what layers drop: the same seed, the same bits. Integer from 0. Default 0. */
	readonly seed?: number | undefined;
	/** Keeps a moving average of the parameters, which often predicts better than they do: after update t
	 *
	 * ```
	 * average = average + (1 - d)/(1 - dᵗ)·(p - average)     d = this: the share of the past that it keeps
	 * ```
	 *
	 * which is the mean of the parameters after each update so far, weighted by how long ago that was: Σ d^(t-i)·pᵢ / Σ d^(t-i), i from 1
	 * to t. So it forgets about 1 / (1 - d) updates ago, and from the first update on it is an average of what was trained, not of the
	 * initial parameters (averages without this correction keep d^t of those, as torch's get_ema_multi_avg_fn does). Training goes
	 * on from the parameters, which are untouched. `evaluate(data, { weights: "average" })` looks at the averages,
	 * `fit(data, { weights: "average" })` validates with them, `averaged()` makes a model of them, and they are the slot
	 * `average`. At least 0 and below 1; 0.99 to 0.9999 are common. Default: no average.
	 * @throws OptionError `Trainer: ASGD keeps an average of its own. Leave "average" out.` */
	readonly average?: number | undefined;
	/** How single parameters are trained, by their names:
	 *
	 * ```ts
	 * parameters: {
	 *   "0.*": { frozen: true },                     // layer 0 stays as it is
	 *   "*bias*": { weightDecay: 0 },                // biases do not decay
	 *   "2.weight": { learningRateFactor: 0.1 },     // learns at a tenth of the rate
	 * }
	 * ```
	 *
	 * as PyTorch's parameter groups. A name that fits no parameter is refused. Default: all alike. */
	readonly parameters?: ParametersOptions | undefined;
	/** Whether each step leaves the norms of gradients through time in {@link Trainer.health}. Default false. */
	readonly health?: boolean | undefined;
}

/** The choices of {@link TrainerOptions.onNonFinite}. */
export const nonFinite = ["throw", "skip"] as const;

export type OnNonFinite = (typeof nonFinite)[number];

/** How gradients are clipped, in this order. */
export interface Clipping {
	/** Adaptive gradient clipping: scales the gradient of each output unit (a row of a matrix; a vector is one unit) so that
	 * its norm is at most `clipAdaptive · max(norm of the unit's weights, 1e-3)`. Default: no clipping.
	 * @see Brock et al. 2021, who use 0.01 and leave out the last layer; here every parameter is clipped. */
	readonly clipAdaptive?: number | undefined;
	/** Then scales the gradient of each parameter so that its norm is at most this, as torch's clip_grad_norm_ of that parameter
	 * alone: by `min(1, clipParameterNorm / (norm + 1e-6))`. Default: no clipping. */
	readonly clipParameterNorm?: number | undefined;
	/** Then scales all gradients so that their norm is at most this, as torch's clip_grad_norm_: by
	 * `min(1, clipNorm / (norm + 1e-6))`. Default: no clipping. */
	readonly clipNorm?: number | undefined;
	/** Then keeps each gradient within ±clipValue. Default: no clipping. */
	readonly clipValue?: number | undefined;
}

/** Names of the clips, in the order in which they follow each other. */
export const clippings = [...parameterClips, "clipNorm", "clipValue"] as const satisfies readonly (keyof Clipping)[];

/** Names of a trainer's options. */
export const trainerOptions = [
	...["loss", "optimizer", ...clippings],
	...["omega", "onNonFinite", "memoryLimit", "average", "parameters", "health", "seed"],
];

/** Which parameters are looked at: those that are trained, or their average, where the trainer or its optimizer keeps one. */
export type WeightsName = (typeof weightsNames)[number];

export const weightsNames = ["trained", "average"] as const;

/** Checks how much of the past an average of parameters keeps. */
export function checkAverage(where: string, average: number | undefined, { slots }: Optimizer): number | undefined {
	if (average === undefined) return undefined;
	if (slots.includes("average"))
		throw new OptionError(`${where}: ASGD keeps an average of its own. Leave "average" out.`);
	return checkRate(where, "average", average);
}

/** The settings of a seed, two words. */
export function drawingOf(where: string, seed = 0): { readonly seed0: number; readonly seed1: number } {
	checkSeed(where, seed);
	return { seed0: seed >>> 0, seed1: Math.floor(seed / 2 ** 32) };
}

/** Checks the limits that are given, each a number above 0, and returns them. */
export function checkClipping(where: string, options: Clipping): Clipping {
	const given = clippings.filter((name) => options[name] !== undefined);
	return Object.fromEntries(
		given.map((name) => [name, checkNumber(where, name, options[name], { least: 0, open: true })]),
	);
}

/** The clips that a program is written with: those of each parameter by itself. */
export function clipsOf(clipping: Clipping): readonly ParameterClip[] {
	return parameterClips.filter((name) => clipping[name] !== undefined);
}

/** The settings of a program with these clips. */
export function limitsOf(clipping: Clipping): Readonly<Record<string, number>> {
	const own = clipsOf(clipping).map((name) => [name, clipping[name]] as const);
	const { clipNorm = Infinity, clipValue = Infinity } = clipping;
	return { ...Object.fromEntries(own), clipNorm, limit: clipValue };
}

/** Checks the weight of Omega, a number above 0, and that the model has a layer that it is of. */
export function checkOmega(where: string, omega: number | undefined, { layers }: Network): number | undefined {
	if (omega === undefined) return undefined;
	checkNumber(where, "omega", omega, { least: 0, open: true });
	const cells = leavesOf(layers).map(({ layer }) => ("layer" in layer ? (layer.layer as Layer) : layer));
	const isLoose = (cell: Layer) => cell.type === "rnn" && ("recurrentDropout" in cell || "zoneout" in cell);
	if (cells.some(isLoose)) {
		throw new OptionError(
			`${where}: "omega" is of what goes back through weight_hh, which an rnn with "recurrentDropout" or "zoneout" drops. Leave it or them out.`,
		);
	}
	if (cells.some(({ type }) => type === "rnn")) return omega;
	throw new OptionError(
		`${where}: "omega" acts on rnn layers, and the model has none. Leave it out, or add an rnn layer.`,
	);
}

/** The runtime of a model. */
export function checkModel<I extends Kind>(where: string, model: Model<I>): Runtime {
	const runtime = runtimeOf(model as unknown as Model);
	if (runtime !== undefined) return runtime;
	const hint = isPromise(model) ? " Await Model.create first." : "";
	throw new OptionError(`${where}: "model" must be a Model, got ${show(model)}.${hint}`);
}

function isPromise(value: unknown): boolean {
	return typeof (value as Promise<unknown> | null)?.then === "function";
}
