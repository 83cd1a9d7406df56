// Every loss of values and the smoothed cross-entropy: as the package describes it, and as float64 computes it.

import { readFileSync } from "node:fs";
import { crossEntropy, huber, type Loss, type LossName, quantile } from "../../src/index.ts";
import type { LossResult } from "../reference/losses.ts";
import type { Matrix } from "../reference/matrix.ts";
import {
	absolute,
	binary,
	counts,
	huber as huberRow,
	meanOf,
	normal,
	pinball,
	type RowLoss,
	smoothedCrossEntropy,
} from "../reference/valueLosses.ts";

/** What PyTorch says of a loss: test/fixtures/losses.py. */
export interface LossFixture {
	readonly loss: string;
	readonly options: Options;
	readonly outputs: readonly (readonly number[])[];
	/** Ids, or values of each row. */
	readonly targets: readonly number[] | readonly (readonly number[])[];
	readonly weights: readonly number[];
	readonly value: number;
	readonly gradient: readonly (readonly number[])[];
}

interface Options {
	readonly delta?: number;
	readonly levels?: readonly number[];
	readonly labelSmoothing?: number;
	readonly classWeights?: number[];
}

const file = new URL("../fixtures/losses.json", import.meta.url);
export const fixtures: readonly LossFixture[] = JSON.parse(readFileSync(file, "utf8"));

/** A loss as a trainer takes it. */
export function described({ loss, options }: Pick<LossFixture, "loss" | "options">): LossName | Loss {
	if (loss === "crossEntropy") return crossEntropy(options);
	if (loss === "huber") return huber(options);
	if (loss === "quantile") return quantile(options as { levels: number[] });
	return loss as LossName;
}

/** The same in float64. */
export function inFloat64(
	{ loss, options, targets }: Pick<LossFixture, "loss" | "options" | "targets">,
	y: Matrix,
	weights: readonly number[],
): LossResult {
	if (loss === "crossEntropy") {
		const { labelSmoothing: smoothing, classWeights } = options;
		const given = { ...(smoothing && { smoothing }), ...(classWeights && { classWeights }) };
		return smoothedCrossEntropy(y, targets as readonly number[], weights, given);
	}
	const rows: Record<string, RowLoss> = {
		meanAbsoluteError: absolute,
		binaryCrossEntropy: binary,
		poisson: counts,
		gaussian: normal,
		huber: huberRow(options.delta ?? 1),
		quantile: pinball(options.levels ?? []),
	};
	const terms = loss === "gaussian" ? y.columns / 2 : y.columns;
	return meanOf(rows[loss] as RowLoss, y, targets as readonly (readonly number[])[], weights, terms);
}
