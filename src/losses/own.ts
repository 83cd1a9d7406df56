import { OptionError } from "../errors.ts";
import { checkChoice, checkKeys, checkSize, show } from "../options.ts";
import { valuesCost } from "../plan/cost.ts";
import type { Kind } from "../sequences.ts";
import type { Loss, Meaning } from "./loss.ts";

interface Own<T extends Kind> {
	/** What errors and `explain` call it. */
	readonly name: string;
	/** The model's outputs for each value of a target. Default 1. */
	readonly outputs?: number | undefined;
	/** The loss of one row of outputs, of one step or after lastStep of one sequence. Writes its gradient with respect to each output
	 * into `gradient`, which comes filled with zeros, and returns a finite number.
	 *
	 * It is called for each live row whose weight is not 0, in no order to rely on and, with a `memoryLimit`, part by part. The arrays
	 * hold copies and are used again for the next row. Weights, and the mean over rows, are applied to what it returns: a mean
	 * over outputs is its own affair. It may not use the model.
	 * @param targets The row's values, or its class id as the only entry. */
	loss(outputs: Float32Array, targets: T extends "ids" ? Int32Array : Float32Array, gradient: Float32Array): number;
	/** What `outputs`, rows of `size`, mean. */
	meaning?(outputs: Float32Array, size: number): Meaning;
}

/** A loss of your own, in JavaScript, of values. */
export interface OwnLoss extends Own<"values"> {
	readonly targets?: "values" | undefined;
}

/** A loss of your own, in JavaScript, of class ids. */
export interface OwnIdLoss extends Own<"ids"> {
	readonly targets: "ids";
}

/** Checks a user's loss. The trainer calls it where a program has the call `ownLoss`, which the host lends to the engine. */
export function ownLoss(where: string, given: OwnLoss | OwnIdLoss): Loss {
	const place = `${where}: loss`;
	checkKeys(place, given, ["name", "targets", "outputs", "loss", "meaning"]);
	const { name, targets = "values", outputs = 1, meaning } = given;
	if (typeof name !== "string" || name === "")
		throw new OptionError(`${place}: "name" must be a string, got ${show(name)}.`);
	for (const [key, value] of [["loss", given.loss] as const, ["meaning", meaning ?? isMissing] as const])
		if (typeof value !== "function")
			throw new OptionError(`${place}: "${key}" must be a function, got ${show(value)}.`);
	checkChoice(place, "targets", targets, ["ids", "values"]);
	checkSize(place, "outputs", outputs);
	return Object.freeze<Loss>({
		...{ name, options: Object.freeze({ targets, outputs }), targets, outputs, hasAccuracy: false },
		terms: () => 1,
		program(builder, { axis, address: y, stride: ldy, size: O }, data) {
			const { targets, targetStride: ldt, weights, dy, losses } = data;
			builder.call(
				"ownLoss",
				{ packing: axis.packing, y, ldy, O, targets, ldt, weights, dy, losses },
				{ equation: `loss = w·${name}; dy`, cost: valuesCost(axis, O) },
			);
		},
		row: (...row) => (given.loss as (...row: unknown[]) => unknown)(...row),
		meaning: (values, size) => given.meaning?.(values, size) ?? {},
	});
}

function isMissing(): void {}
