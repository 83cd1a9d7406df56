import { OptionError } from "../errors.ts";
import type { Metric } from "../metrics/metric.ts";
import { checkChoice, checkFlag, checkKeys, checkNumber, checkSize, show } from "../options.ts";
import type { Evaluation } from "./evaluate.ts";

/** When training ends because the validation part gets no better. */
export interface EarlyStoppingOptions<F extends string = string> {
	/** Epochs in a row without a better figure after which training ends. */
	readonly patience: number;
	/** By more than this a figure must be better than the best so far to count. Default 0. */
	readonly leastImprovement?: number | undefined;
	/** Which figure of the validation part: its `"loss"` (default), its `"accuracy"`, with class ids, or one of fit's `metrics` by its
	 * name, which knows whether more or less is better. */
	readonly figure?: F | undefined;
	/** Whether the parameters at the end are those of the best epoch, however training ends: by patience, by its last epoch, by a
	 * signal, in time. What the optimizer keeps stays as it is. Default false: those of the last update. */
	readonly restoreBest?: boolean | undefined;
}

/** All parameters of a model. */
export interface Weights {
	read(): Float32Array;
	write(values: Float32Array): void;
}

/** An early stopping between two epochs. */
export interface SavedStopping {
	readonly best: number;
	readonly worse: number;
	/** The parameters of the best epoch, where it restores them. */
	readonly weights?: Float32Array;
}

/** Watches the figure from epoch to epoch. */
export class EarlyStopping {
	readonly #patience: number;
	readonly #least: number;
	readonly #figure: string;
	readonly #better: "higher" | "lower";
	readonly #restores: boolean;
	#best = Number.NaN;
	/** Epochs in a row that were not better. */
	#worse = 0;
	#weights: Float32Array | undefined;

	/** @param hasAccuracy Whether evaluations have an accuracy.
	 * @param metrics What they have besides. */
	constructor(where: string, options: EarlyStoppingOptions, hasAccuracy: boolean, metrics: readonly Metric[]) {
		const place = `${where}: earlyStopping`;
		if (typeof options !== "object" || options === null)
			throw new OptionError(`${where}: "earlyStopping" must be an object, as { patience: 3 }, got ${show(options)}.`);
		checkKeys(place, options, ["patience", "leastImprovement", "figure", "restoreBest"]);
		this.#patience = checkSize(place, "patience", options.patience);
		this.#least = checkNumber(place, "leastImprovement", options.leastImprovement ?? 0, { least: 0 });
		const names = new Set(["loss", "accuracy", ...metrics.map(({ name }) => name)]);
		this.#figure = checkChoice(place, "figure", options.figure ?? "loss", [...names]);
		this.#restores = checkFlag(place, "restoreBest", options.restoreBest ?? false);
		const metric = metrics.find(({ name }) => name === this.#figure);
		if (this.#figure === "accuracy" && !hasAccuracy && metric === undefined)
			throw new OptionError(`${place}: "figure" is "accuracy", which is of class ids only. Leave it out.`);
		if (metric && metric.better === undefined)
			throw new OptionError(
				`${place}: "figure" is "${this.#figure}", of which neither more nor less is better. Watch another.`,
			);
		this.#better = metric?.better ?? (this.#figure === "loss" ? "lower" : "higher");
	}

	/** Takes the evaluation after an epoch. Returns whether training is to end. */
	see(evaluation: Evaluation, weights: Weights): boolean {
		const figure = (evaluation as unknown as Readonly<Record<string, number>>)[this.#figure] as number;
		const better = this.#better === "lower" ? this.#best - figure : figure - this.#best;
		if (better > this.#least || (Number.isNaN(this.#best) && !Number.isNaN(figure))) {
			this.#best = figure;
			this.#worse = 0;
			if (this.#restores) this.#weights = weights.read();
		} else this.#worse++;
		return this.#worse >= this.#patience;
	}

	/** What it has seen so far. */
	save(): SavedStopping {
		return { best: this.#best, worse: this.#worse, ...(this.#weights && { weights: this.#weights }) };
	}

	/** Takes up what `save` gave. */
	restore({ best, worse, weights }: SavedStopping): void {
		this.#best = best;
		this.#worse = worse;
		this.#weights = this.#restores ? weights : undefined;
	}

	/** Puts the parameters of the best epoch back, if that was asked for and there has been one. */
	end(weights: Weights): void {
		if (this.#weights !== undefined) weights.write(this.#weights);
	}
}
