import { OptionError } from "../errors.ts";
import { checkChoice, checkKeys, checkSize } from "../options.ts";
import type { Subject, Target } from "./meter.ts";
import { type Metric, madeOf, misfit, type Rules } from "./metric.ts";

/** The share of the weight on rows whose largest output is the target's. Of outputs that decide one by one (`"binaryCrossEntropy"`),
 * the share of the decisions (above 0: yes) that are the target's (above ½: yes). */
export function accuracy(): Metric<"accuracy", number> {
	return madeOf("accuracy", "higher", (where, subject): Rules<Float32Array, number> => {
		if (subject.loss.hasAccuracy) return { result: (_, { accuracy = Number.NaN }) => accuracy };
		if (!decides(subject)) throw misfit(where, "accuracy", "classes", subject);
		return shareOf((outputs, target) => {
			let right = 0;
			for (let j = 0; j < outputs.length; j++) right += +(outputs[j] > 0 === target[j] > 0.5);
			return right / outputs.length;
		});
	});
}

/** The share of the weight on rows where fewer than k outputs are larger than the target's. Its result is called `top5`.
 * @throws OptionError `Trainer.evaluate: metric "top5" is of the 5 largest outputs, but the model has 3. Take a smaller one.` */
export function topK<const K extends number>(k: K): Metric<`top${K}`, number> {
	const name = `top${checkSize("topK", "k", k) as K}` as const;
	return madeOf(name, "higher", (where, subject): Rules<number, number> => {
		const { loss, outputSize } = subject;
		if (loss.targets !== "ids") throw misfit(where, name, "class ids", subject);
		if (k > outputSize)
			throw new OptionError(
				`${where}: metric "${name}" is of the ${k} largest outputs, but the model has ${outputSize}. Take a smaller one.`,
			);
		return shareOf((outputs, target) => {
			let larger = 0;
			const own = outputs[target];
			// What is not a number is above all others, so that it is never right.
			for (let j = 0; j < outputs.length; j++) if (j !== target && !(outputs[j] <= own)) larger++;
			return +(larger < k && !Number.isNaN(own));
		});
	});
}

/** How F1 of several classes becomes one number. */
export type F1Average = "binary" | "macro" | "micro" | "perClass";

export interface F1Options<A extends F1Average = F1Average> {
	/** `"binary"`: that of class 1 of two, or of a model's one decision. `"macro"`: the mean over the classes that occur, in targets or
	 * outputs. `"micro"`: that of all counts added up. `"perClass"`: no average but one number a class, NaN where a class
	 * occurs nowhere. Default: binary where there are two classes or one decision, else macro. */
	readonly average?: A | undefined;
}

/** F1 of a class, the harmonic mean of precision and recall: `2·hits / (predicted + actual)`, each the sum of the weights of such rows. A
 * row's largest output is what it predicts; outputs that decide one by one (`"binaryCrossEntropy"`) predict what is above 0. As
 * scikit-learn's `f1_score`.
 * @throws OptionError `Trainer.evaluate: f1 averages "binary" of two classes, but the model has 5. Take "macro" or "perClass".` */
export function f1<A extends F1Average = "binary" | "macro">({
	average,
	...others
}: F1Options<A> = {}): Metric<"f1", A extends "perClass" ? Float64Array : number> {
	checkKeys("f1", others, ["average"]);
	if (average !== undefined) checkChoice("f1", "average", average, ["binary", "macro", "micro", "perClass"] as const);
	const better = average === "perClass" ? undefined : "higher";
	return madeOf("f1", better, (where, subject): Rules<Target, A extends "perClass" ? Float64Array : number> => {
		const { outputSize } = subject;
		const isBinary = checkClasses(where, "f1", subject) === 2;
		if (average === "binary" && !isBinary)
			throw new OptionError(
				`${where}: f1 averages "binary" of two classes, but the model has ${outputSize}. Take "macro" or "perClass".`,
			);
		return {
			begin: () => new Float64Array(3 * outputSize),
			see: countClasses,
			result: (kept) => f1Of(kept, average ?? (isBinary ? "binary" : "macro")) as never,
		};
	});
}

/** How much weight was on each pair of a target's class and the predicted one: `matrix[target][predicted]`. Of one decision, class 0 is
 * no and 1 yes.
 * @throws OptionError `Trainer.evaluate: metric "confusionMatrix" of 10000 classes would take 800 MB; 4096 are the most.` */
export function confusionMatrix(): Metric<"confusionMatrix", readonly Float64Array[]> {
	const name = "confusionMatrix";
	return madeOf(name, undefined, (where, subject): Rules<Target, readonly Float64Array[]> => {
		const classes = checkClasses(where, name, subject);
		if (classes > MOST_CLASSES)
			throw new OptionError(
				`${where}: metric "${name}" of ${classes} classes would take ${Math.round((8 * classes ** 2) / 1e6)} MB; ${MOST_CLASSES} are the most.`,
			);
		if (subject.loss.targets === "values" && subject.outputSize > 1)
			throw new OptionError(
				`${where}: metric "${name}" is of one decision, but the model has ${subject.outputSize}. Take f1({ average: "perClass" }).`,
			);
		return {
			begin: () => new Float64Array(classes * classes),
			see(kept, outputs, target, weight) {
				const [actual, predicted] =
					typeof target === "number" ? [target, largest(outputs)] : [+(target[0] > 0.5), +(outputs[0] > 0)];
				kept[actual * classes + predicted] += weight;
			},
			result: (kept) => Array.from({ length: classes }, (_, row) => kept.slice(row * classes, (row + 1) * classes)),
		};
	});
}

const MOST_CLASSES = 4096;

/** Whether the loss means a probability by each output by itself. */
function decides({ loss, outputSize }: Subject): boolean {
	return (
		loss.targets === "values" && loss.meaning(new Float32Array(outputSize), outputSize).probabilities !== undefined
	);
}

/** How many classes there are to tell apart; of one decision two. */
function checkClasses(where: string, name: string, subject: Subject): number {
	if (subject.loss.targets !== "ids" && !decides(subject)) throw misfit(where, name, "classes", subject);
	return subject.loss.targets === "values" && subject.outputSize === 1 ? 2 : subject.outputSize;
}

/** The weighted mean of what is right in each row. */
function shareOf<T extends Target>(right: (outputs: Float32Array, target: T) => number): Rules<T, number> {
	return {
		begin: () => new Float64Array(2),
		see(kept, outputs, target, weight) {
			kept[0] += weight * right(outputs, target);
			kept[1] += weight;
		},
		result: ([sum, weights]) => sum / weights,
	};
}

/** Adds a row to what is kept of each class: the weight of hits, of rows predicted to be of it, and of those that are. */
function countClasses(kept: Float64Array, outputs: Float32Array, target: Target, weight: number): void {
	const add = (place: number, predicted: boolean, actual: boolean) => {
		kept[3 * place] += predicted && actual ? weight : 0;
		kept[3 * place + 1] += predicted ? weight : 0;
		kept[3 * place + 2] += actual ? weight : 0;
	};
	if (typeof target !== "number") {
		for (let j = 0; j < outputs.length; j++) add(j, outputs[j] > 0, target[j] > 0.5);
		return;
	}
	const predicted = largest(outputs);
	add(predicted, true, predicted === target);
	if (predicted !== target) add(target, false, true);
}

function f1Of(kept: Float64Array, average: F1Average): number | Float64Array {
	const classes = kept.length / 3;
	const ratio = (hits: number, all: number) => (2 * hits) / all;
	const each = Float64Array.from({ length: classes }, (_, j) => ratio(kept[3 * j], kept[3 * j + 1] + kept[3 * j + 2]));
	if (average === "perClass") return each;
	if (average === "binary") return each[classes - 1] || 0;
	if (average === "macro") {
		const occurring = each.filter((value) => !Number.isNaN(value));
		return occurring.reduce((sum, value) => sum + value, 0) / occurring.length;
	}
	let [hits, all] = [0, 0];
	for (let j = 0; j < classes; j++) {
		hits += kept[3 * j];
		all += kept[3 * j + 1] + kept[3 * j + 2];
	}
	return ratio(hits, all);
}

/** The place of the largest output, the first of equal ones. */
function largest(outputs: Float32Array): number {
	let best = 0;
	for (let j = 1; j < outputs.length; j++) if (outputs[j] > outputs[best]) best = j;
	return best;
}
