import { OptionError } from "../errors.ts";
import { checkKeys, checkNumber, show } from "../options.ts";
import { valuesCost } from "../plan/cost.ts";
import type { Loss } from "./loss.ts";
import { softmax } from "./softmax.ts";

export interface CrossEntropyOptions {
	/** The share of a target that is spread over all classes evenly, from 0 to 1. Default 0. */
	readonly labelSmoothing?: number | undefined;
	/** What each class weighs, at least 0. A row's weight is multiplied by that of its target, also where the mean divides by the weights.
	 * Default: all the same. */
	readonly classWeights?: readonly number[] | undefined;
}

/** Cross-entropy of logits against class ids, as torch.nn.CrossEntropyLoss with its `label_smoothing` and `weight`; mean over live,
 * weighted steps: `Σ w·(log Σⱼ exp yⱼ - y[target]) / Σ w`. Accuracies leave `classWeights` out.
 * @throws OptionError `crossEntropy: "labelSmoothing" must be a finite number at least 0 and at most 1, got 2.` */
export function crossEntropy(options: CrossEntropyOptions = {}): Loss<"ids", { readonly probabilities: Float32Array }> {
	checkKeys("crossEntropy", options, ["labelSmoothing", "classWeights"]);
	const { labelSmoothing = 0, classWeights } = options;
	const smoothing = checkNumber("crossEntropy", "labelSmoothing", labelSmoothing, { least: 0, most: 1 });
	const weights = classWeights === undefined ? undefined : checkWeights(classWeights);
	const isPlain = smoothing === 0 && weights === undefined;
	const given = { ...(smoothing > 0 && { labelSmoothing: smoothing }), ...(weights && { classWeights: weights }) };
	return Object.freeze({
		...{ name: "crossEntropy", options: Object.freeze(given), targets: "ids", outputs: 1, hasAccuracy: true },
		...{ terms: () => 1, program: isPlain ? plain : variant(smoothing), meaning },
		...(!isPlain && { constants: (size: number) => weights ?? new Array<number>(size).fill(1) }),
		...(weights && { classWeights: weights }),
	} as const);
}

const plain: Loss["program"] = (builder, { axis, address: y, stride: ldy, size: V }, data) => {
	const { targets, weights, dy, losses, hits } = data;
	builder.call(
		"crossEntropy",
		{ packing: axis.packing, y, ldy, V, targets, weights, dy, losses, hits },
		{ equation: "loss = w·(log Σ exp y - y[target]); dy", cost: valuesCost(axis, V, 5) },
	);
};

function variant(smoothing: number): Loss["program"] {
	return (builder, { axis, address: y, stride: ldy, size: V }, data) => {
		const { targets, weights, constants: classWeights, dy, losses, hits } = data;
		builder.call(
			"crossEntropyVariant",
			{ packing: axis.packing, y, ldy, V, targets, weights, classWeights, smoothing, dy, losses, hits },
			{
				equation: "loss = w·((1 - ε)·c[target]·l[target] + ε/V·Σ c·l), l = log Σ exp y - y; dy",
				cost: valuesCost(axis, V, 10),
			},
		);
	};
}

function meaning(outputs: Float32Array, size: number) {
	return { probabilities: softmax(outputs, size) };
}

function checkWeights(weights: unknown): readonly number[] {
	if (!Array.isArray(weights))
		throw new OptionError(
			`crossEntropy: "classWeights" must be a list of numbers, one for each class, got ${show(weights)}.`,
		);
	for (const [index, weight] of weights.entries())
		checkNumber("crossEntropy", `classWeights[${index}]`, weight, { least: 0, most: 3.4e38 });
	return Object.freeze([...weights]);
}
