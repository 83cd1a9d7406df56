import { checkMemory, isNumbers } from "../batch/arrays.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { checkInteger, show } from "../options.ts";
import { exp, log } from "../random/elementary.ts";

/** Outputs at every step: what `model.predict` gives. */
export interface StepOutputs {
	/** Logits, row-major. */
	readonly outputs: Float32Array;
	/** `[batchSize, steps, symbols]`. */
	readonly shape: readonly number[];
	/** Live steps of each row. Default: all of them. */
	readonly lengths?: ArrayLike<number> | undefined;
}

/** The log-probabilities of a row: those of step t from `symbols · t` on. */
export interface RowProbabilities {
	readonly steps: number;
	readonly symbols: number;
	readonly values: Float64Array;
}

/** The log-probability of each symbol at each live step of each row, log softmax of the outputs; the same bits on every machine. */
export function logProbabilities(where: string, prediction: StepOutputs): RowProbabilities[] {
	const { outputs, shape, lengths } = prediction ?? {};
	if (!isNumbers(outputs) || !Array.isArray(shape) || shape.length !== 3)
		throw new ShapeError(
			`${where}: it takes outputs at every step, of [batchSize, steps, symbols], as model.predict gives them; got ${show(shape ?? prediction)}.`,
		);
	checkMemory(where, "outputs", outputs);
	const [batchSize, steps, symbols] = shape as [number, number, number];
	if (outputs.length !== batchSize * steps * symbols)
		throw new ShapeError(`${where}: outputs of [${shape.join(", ")}] are ${outputs.length} numbers.`);
	return Array.from({ length: batchSize }, (_, row) => {
		const length = lengths?.[row] ?? steps;
		if (!(Number.isInteger(length) && length >= 1 && length <= steps))
			throw new ShapeError(`${where}: lengths[${row}] must be an integer from 1 to ${steps}, got ${show(length)}.`);
		const values = Float64Array.from(outputs.subarray(row * steps * symbols, (row * steps + length) * symbols));
		for (let t = 0; t < length; t++) normalize(where, values.subarray(t * symbols, (t + 1) * symbols), row, t);
		return { steps: length, symbols, values };
	});
}

/** x -= log Σ exp x */
function normalize(where: string, x: Float64Array, row: number, t: number): void {
	const wrong = x.findIndex((value) => !Number.isFinite(value));
	if (wrong >= 0) throw new DataError(`${where}: outputs[${row}, ${t}, ${wrong}] must be finite, got ${x[wrong]}.`);
	const most = x.reduce((a, b) => Math.max(a, b));
	const sum = most + log(x.reduce((total, value) => total + exp(value - most), 0));
	for (let k = 0; k < x.length; k++) x[k] = (x[k] as number) - sum;
}

/** log(exp a + exp b) */
export function logAdd(a: number, b: number): number {
	const most = Math.max(a, b);
	return most === -Infinity ? most : most + log(1 + exp(Math.min(a, b) - most));
}

/** Checks that the blank is one of the symbols. */
export function checkBlank(where: string, blank: number, { symbols }: RowProbabilities): number {
	return checkInteger(where, "blank", blank, { least: 0, most: symbols - 1 });
}

/** Checks labels, each a symbol that is not the blank. `name` says whose they are: `targets[3]`. */
export function checkLabels(
	where: string,
	name: string,
	labels: unknown,
	{ blank, symbols }: { readonly blank: number; readonly symbols: number },
): ArrayLike<number> {
	if (!Array.isArray(labels) && !isNumbers(labels))
		throw new DataError(`${where}: ${name} must be a list of ids, got ${show(labels)}.`);
	for (let j = 0; j < labels.length; j++) {
		const label: unknown = labels[j];
		if (label === blank)
			throw new DataError(`${where}: ${name}[${j}] is ${blank}, the blank, which stands for no label. Leave it out.`);
		if (!(Number.isInteger(label) && (label as number) >= 0 && (label as number) < symbols))
			throw new DataError(
				`${where}: ${name}[${j}] is ${show(label)}, but the model has ${symbols} outputs (ids run from 0 to ${symbols - 1}).`,
			);
	}
	return labels as ArrayLike<number>;
}

/** Labels that equal the one before them: between two equal ones a blank must stand. */
export function repeatsOf(labels: ArrayLike<number>): number {
	let repeats = 0;
	for (let j = 1; j < labels.length; j++) if (labels[j] === labels[j - 1]) repeats++;
	return repeats;
}

/** Why labels do not fit into so many steps, as the beginning of a sentence; undefined where they do. */
export function misfit(name: string, labels: ArrayLike<number>, lengthName: string, steps: number): string | undefined {
	const repeats = repeatsOf(labels);
	const needed = labels.length + repeats;
	if (needed <= steps) return undefined;
	const repeated = repeats === 0 ? "" : `, ${repeats} of them repeats`;
	return `${name} has ${labels.length} labels${repeated}, so it needs at least ${needed} steps, but ${lengthName} is ${steps}.`;
}

/** A user's function that threw, or gave what it must not. */
export function misbehaved(where: string, name: string, what: string, cause?: unknown): OptionError {
	const error = new OptionError(`${where}: ${name} ${what}`);
	if (cause !== undefined) Object.defineProperty(error, "cause", { value: cause, enumerable: false });
	return error;
}
