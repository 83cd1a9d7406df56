import { OptionError } from "../errors.ts";
import { checkChoice, checkKeys, show } from "../options.ts";
import type { LossFigures, Meter, Subject, Target } from "./meter.ts";
import { Meters } from "./meters.ts";

/** How a metric is computed, from one row of output after another: a step, or with lastStep a sequence. */
export interface MetricRules<N extends string = string, T extends Target = Target, R = unknown> {
	/** What its result is called in an evaluation or an epoch. */
	readonly name: N;
	/** What it compares outputs with. Default: either. */
	readonly targets?: (T extends number ? "ids" : "values") | undefined;
	/** Which way it gets better, so that early stopping can watch it. Default: it can't. */
	readonly better?: "higher" | "lower" | undefined;
	/** What it keeps until the result is asked for, all that it has seen, in plain numbers; of a model of so many outputs. */
	begin?(outputSize: number): Float64Array;
	/** Sees a row whose weight is above 0. `outputs` and values of `target` are overwritten by the next one: do not keep them. Without
	 * it, the result comes from the loss alone, and costs nothing. */
	see?(kept: Float64Array, outputs: Float32Array, target: T, weight: number): void;
	/** What comes of it. */
	result(kept: Float64Array, figures: LossFigures): R;
}

/** A figure to be computed on the way, as `fit` and `evaluate` take them. */
export interface Metric<N extends string = string, R = unknown> {
	readonly name: N;
	readonly better?: "higher" | "lower" | undefined;
	/** @internal Begins to compute it. */
	meter(where: string, subject: Subject): Meter<R>;
	/** @internal Begins to compute several: the first brings what they need together, so that a page without metrics has none of it. */
	meters(where: string, metrics: readonly Metric[], subject: Subject): Meters;
}

/** The results of metrics by their names. */
export type MetricValues<M extends readonly Metric[]> = {
	readonly [One in M[number] as One["name"]]: One extends Metric<string, infer R> ? R : never;
};

/** A metric of your own: what it keeps is a Float64Array, what it sees is one row after another.
 * @example
 * const bias = metric({
 *   name: "bias",
 *   targets: "values",
 *   begin: () => new Float64Array(2),
 *   see(kept, [y], [target], weight) {
 *     kept[0] += weight * (y - target);
 *     kept[1] += weight;
 *   },
 *   result: ([sum, weights]) => sum / weights,
 * });
 * const { loss, bias } = trainer.evaluate(test, { metrics: [bias] });
 * @throws OptionError `metric: "name" must be another than "loss", which every evaluation has.` */
export function metric<const N extends string, T extends Target, R>(rules: MetricRules<N, T, R>): Metric<N, R> {
	const where = "metric";
	checkKeys(where, rules, ["name", "targets", "better", "begin", "see", "result"]);
	const { name, targets, better } = rules;
	if (typeof name !== "string" || name === "")
		throw new OptionError(`${where}: "name" must be a word, got ${show(name)}.`);
	if (["loss", "epoch", "validation"].includes(name))
		throw new OptionError(`${where}: "name" must be another than ${show(name)}, which every evaluation or epoch has.`);
	if (targets !== undefined) checkChoice(where, "targets", targets, ["ids", "values"] as const);
	if (better !== undefined) checkChoice(where, "better", better, ["higher", "lower"] as const);
	for (const part of ["begin", "see", "result"] as const) {
		const given: unknown = rules[part];
		if (typeof given === "function" || (given === undefined && part !== "result" && rules.see === undefined)) continue;
		throw new OptionError(`${where}: "${part}" of ${show(name)} must be a function, got ${show(given)}.`);
	}
	return madeOf(name, better, (place, subject) => {
		if (targets !== undefined && subject.loss.targets !== targets)
			throw misfit(place, name, targets === "ids" ? "class ids" : "values", subject);
		return rules;
	});
}

/** How a metric is computed of one subject. */
export type Rules<T extends Target, R> = Pick<MetricRules<string, T, R>, "begin" | "see" | "result">;

/** @internal A metric whose rules depend on what it is computed of. */
export function madeOf<N extends string, T extends Target, R>(
	name: N,
	better: "higher" | "lower" | undefined,
	rulesFor: (where: string, subject: Subject) => Rules<T, R>,
): Metric<N, R> {
	return Object.freeze({
		...{ name, better },
		meter: (where: string, subject: Subject) => meterOf(name, rulesFor(where, subject), subject),
		meters: (where: string, metrics: readonly Metric[], subject: Subject) => new Meters(where, metrics, subject),
	});
}

/** @internal The error of a metric that is of other targets than those of the loss. */
export function misfit(where: string, name: string, what: string, { lossName, loss }: Subject): OptionError {
	const own = loss.targets === "ids" ? "class ids" : "values";
	return new OptionError(
		`${where}: metric "${name}" is of ${what}, but the targets of "${lossName}" are ${own}. Leave it out, or take another loss.`,
	);
}

function meterOf<T extends Target, R>(
	name: string,
	rules: Rules<T, R>,
	{ loss, outputSize, targetSize }: Subject,
): Meter<R> {
	const kept = rules.begin?.(outputSize) ?? new Float64Array(0);
	const row = new Float32Array(outputSize);
	const values = new Float32Array(targetSize);
	const apart = loss.repeats ? loss.outputs : 1;
	return {
		name,
		seesRows: rules.see !== undefined,
		kept,
		see({ f32, i32, count, outputs, targets, weights }) {
			for (let k = count - 1; k >= 0; k--) {
				const weight = f32[weights.at + k * weights.stride] as number;
				if (weight === 0) continue;
				const [y, t] = [outputs.at + k * outputs.stride, targets.at + k * targets.stride];
				for (let j = 0; j < outputSize; j++) row[j] = f32[y + j] as number;
				if (loss.targets !== "ids") for (let j = 0; j < targetSize; j++) values[j] = f32[t + j * apart] as number;
				const target = loss.targets === "ids" ? (i32[t] as number) : values;
				rules.see?.(kept, row, target as T, weight);
			}
		},
		result: (figures) => rules.result(kept, figures),
	};
}
