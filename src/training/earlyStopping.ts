import { OptionError } from "../errors.ts";
import { checkChoice, checkFlag, checkKeys, checkNumber, checkSize, show } from "../options.ts";
import type { Evaluation } from "./evaluate.ts";

/** When training ends because the validation part gets no better. */
export interface EarlyStoppingOptions {
	/** Epochs in a row without a better figure after which training ends. */
	readonly patience: number;
	/** By more than this a figure must be better than the best so far to count. Default 0. */
	readonly leastImprovement?: number | undefined;
	/** Which figure of the validation part: its `"loss"` (default), or its `"accuracy"`, with class ids. */
	readonly figure?: "loss" | "accuracy" | undefined;
	/** Whether the parameters at the end are those of the best epoch, however training ends: by patience, by its last epoch, by a
	 * signal, in time. What the optimizer keeps stays as it is. Default false: those of the last update. */
	readonly restoreBest?: boolean | undefined;
}

/** All parameters of a model. */
export interface Weights {
	read(): Float32Array;
	write(values: Float32Array): void;
}

/** Watches the figure from epoch to epoch. */
export class EarlyStopping {
	readonly #patience: number;
	readonly #least: number;
	readonly #figure: "loss" | "accuracy";
	readonly #restores: boolean;
	#best = Number.NaN;
	/** Epochs in a row that were not better. */
	#worse = 0;
	#weights: Float32Array | undefined;

	/** @param hasAccuracy Whether evaluations have an accuracy. */
	constructor(where: string, options: EarlyStoppingOptions, hasAccuracy: boolean) {
		const place = `${where}: earlyStopping`;
		if (typeof options !== "object" || options === null)
			throw new OptionError(`${where}: "earlyStopping" must be an object, as { patience: 3 }, got ${show(options)}.`);
		checkKeys(place, options, ["patience", "leastImprovement", "figure", "restoreBest"]);
		this.#patience = checkSize(place, "patience", options.patience);
		this.#least = checkNumber(place, "leastImprovement", options.leastImprovement ?? 0, { least: 0 });
		this.#figure = checkChoice(place, "figure", options.figure ?? "loss", ["loss", "accuracy"] as const);
		this.#restores = checkFlag(place, "restoreBest", options.restoreBest ?? false);
		if (this.#figure === "accuracy" && !hasAccuracy)
			throw new OptionError(`${place}: "figure" is "accuracy", which is of class ids only. Leave it out.`);
	}

	/** Takes the evaluation after an epoch. Returns whether training is to end. */
	see(evaluation: Evaluation, weights: Weights): boolean {
		const figure = evaluation[this.#figure] as number;
		const better = this.#figure === "loss" ? this.#best - figure : figure - this.#best;
		if (better > this.#least || (Number.isNaN(this.#best) && !Number.isNaN(figure))) {
			this.#best = figure;
			this.#worse = 0;
			if (this.#restores) this.#weights = weights.read();
		} else this.#worse++;
		return this.#worse >= this.#patience;
	}

	/** Puts the parameters of the best epoch back, if that was asked for and there has been one. */
	end(weights: Weights): void {
		if (this.#weights !== undefined) weights.write(this.#weights);
	}
}
