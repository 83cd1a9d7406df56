import { checkMemory, got, isList } from "../batch/arrays.ts";
import { DataError, ShapeError } from "../errors.ts";
import { checkNumber, checkSize, show } from "../options.ts";
import { exp } from "../random/elementary.ts";

/** The probabilities that logits mean: of each row `pⱼ = exp(yⱼ / temperature) / Σₖ exp(yₖ / temperature)`, computed in float64 from
 * the row's largest logit down, so that nothing overflows. The same numbers give the same bits on every machine.
 * @param outputs Rows of logits end to end, as `predict` gives them; -Infinity has probability 0.
 * @param size Logits of a row. Default: all of them are one row.
 * @param temperature Above 0: below 1 the likely gets likelier, above 1 all get more alike. Default 1.
 * @returns As many probabilities, those of each row adding up to 1.
 * @throws DataError `softmax: outputs[3] must be a number below Infinity, got NaN.`
 * @throws ShapeError `softmax: outputs must hold rows of 5 numbers, got 12 in all.`
 * @example const probabilities = softmax(model.predict(batch).outputs, 65); */
export function softmax(outputs: ArrayLike<number>, size = outputs?.length, temperature = 1): Float32Array {
	checkNumber("softmax", "temperature", temperature, { least: 0, open: true });
	checkRows("softmax", outputs, size);
	const probabilities = new Float32Array(outputs.length);
	const row = new Float64Array(size);
	for (let begin = 0; begin < outputs.length; begin += size) {
		const largest = outputs[begin + largestAt("softmax", outputs, begin, size)] as number;
		if (largest === -Infinity)
			throw new DataError(`softmax: outputs[${begin}] and all others of its row are -Infinity. One must be finite.`);
		let sum = 0;
		for (let j = 0; j < size; j++) sum += row[j] = exp(((outputs[begin + j] as number) - largest) / temperature);
		for (let j = 0; j < size; j++) probabilities[begin + j] = (row[j] as number) / sum;
	}
	return probabilities;
}

/** The place of the largest output of each row, from 0: of logits, the class id. Of equal ones it is the first.
 * @param outputs Rows end to end, as `predict` gives them.
 * @param size Outputs of a row. Default: all of them are one row.
 * @throws DataError `argmax: outputs[3] must be a number below Infinity, got NaN.`
 * @throws ShapeError `argmax: outputs must hold rows of 5 numbers, got 12 in all.`
 * @example const [id] = argmax(model.predict({ inputs: [[3, 1, 4]] }).outputs, 65); */
export function argmax(outputs: ArrayLike<number>, size = outputs?.length): Int32Array {
	checkRows("argmax", outputs, size);
	return Int32Array.from({ length: outputs.length / size }, (_, row) => largestAt("argmax", outputs, row * size, size));
}

function checkRows(where: string, outputs: ArrayLike<number>, size: number): void {
	checkMemory(where, "outputs", outputs);
	if (!isList(outputs)) throw new DataError(`${where}: outputs must be an array of numbers, ${got(outputs)}`);
	if (outputs.length === 0) throw new DataError(`${where}: outputs must hold a row, got none.`);
	if (outputs.length % checkSize(where, "size", size) === 0) return;
	throw new ShapeError(`${where}: outputs must hold rows of ${size} numbers, got ${outputs.length} in all.`);
}

function largestAt(where: string, outputs: ArrayLike<number>, begin: number, size: number): number {
	let best = 0;
	for (let j = 0; j < size; j++) {
		const output: unknown = outputs[begin + j];
		if (!(typeof output === "number" && output < Infinity))
			throw new DataError(`${where}: outputs[${begin + j}] must be a number below Infinity, got ${show(output)}.`);
		if (output > (outputs[begin + best] as number)) best = j;
	}
	return best;
}
