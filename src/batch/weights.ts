import { DataError } from "../errors.ts";
import { show } from "../options.ts";
import type { Span } from "../plan/packing.ts";
import { wholeOf } from "../plan/recompute/parts.ts";
import { isFlat } from "./arrays.ts";
import { countOf, type Field, firstOf, lastOf, nameOf, rowOf, type Target } from "./field.ts";
import { sourcesOf } from "./forms.ts";
import { silentSteps } from "./going.ts";
import type { BatchShape } from "./shape.ts";

/** The largest loss scale (1 / sum of the weights), so that it is finite in float32. */
const LARGEST_SCALE = 3.4e38;
/** The largest sum of the weights: that of the smallest loss scale that is no denormal. */
const LARGEST_SUM = 2 ** 126;

/** Writes weights, a part at a time. */
export interface WeightsWriter {
	/** Of the weights of all parts. */
	readonly sum: number;
	write(f32: Float32Array, target: Target): void;
}

/** Checks weights, which are at least 0, and adds them up. A weight given for a row serves each of its steps. Steps that repeat the
 * batch before count nothing. */
export function weightsWriter(field: Field, data: unknown): WeightsWriter {
	const { shape, axis, packing } = field;
	if (data === undefined && shape.going === undefined) {
		const sum = axis === "steps" ? packing.total : packing.batchSize;
		return { sum, write: (f32, target) => f32.fill(1, target.address, target.address + countOf(field, target)) };
	}
	const perRow = axis === "rows" || data === undefined || isPerRow(data, shape);
	const given = { ...field, axis: perRow ? "rows" : "steps" } as const;
	const ones = { array: [1], begin: 0 };
	const sourceOf = data === undefined ? () => ones : sourcesOf(given, data, { width: 1 });
	const each = (part: Span, use: (weight: number, t: number, place: number) => void) => {
		for (let place = 0; place < packing.batchSize; place++) {
			const row = packing.order[place];
			const { array, begin } = sourceOf(row);
			const last = lastOf(field, row, part);
			const silent = axis === "steps" ? silentSteps(shape.going, row) : 0;
			for (let t = firstOf(field, part); t < last; t++) {
				const weight = checkWeight(given, array[perRow ? begin : begin + t], row, t);
				use(t < silent ? 0 : weight, t, place);
			}
		}
	};
	let sum = 0;
	each(wholeOf(packing), (weight) => {
		sum += weight;
	});
	checkSum(field.where, sum);
	return {
		sum,
		write(f32, target) {
			each(target, (weight, t, place) => {
				f32[target.address + rowOf(field, target, t) + place] = weight;
			});
		},
	};
}

function checkWeight(field: Field, value: unknown, row: number, t: number): number {
	const weight = typeof value === "number" ? Math.fround(value) : -1;
	if (weight >= 0 && weight < Infinity) return weight;
	throw new DataError(
		`${field.where}: ${nameOf(field, row, t)} is ${show(value)}; weights must be finite in float32 and at least 0.`,
	);
}

/** Checks the sum of the weights, which the mean divides by. */
export function checkSum(where: string, sum: number): void {
	if (sum > LARGEST_SUM)
		throw new DataError(
			`${where}: the weights add up to ${sum}; they may add up to ${LARGEST_SUM.toPrecision(3)} at most, since the mean divides by it in float32. Scale them down.`,
		);
	if (1 / sum <= LARGEST_SCALE) return;
	const what = sum === 0 ? "every weight is 0" : `the weights add up to ${sum}`;
	throw new DataError(`${where}: ${what}, so there is nothing to take the mean of.`);
}

function isPerRow(data: unknown, { batchSize, steps }: BatchShape): boolean {
	return steps > 1 && isFlat(data) && (data as ArrayLike<unknown>).length === batchSize;
}
