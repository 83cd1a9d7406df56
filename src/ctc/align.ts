import { DataError, ShapeError } from "../errors.ts";
import { checkKeys, show } from "../options.ts";
import {
	checkBlank,
	checkLabels,
	logProbabilities,
	misfit,
	type RowProbabilities,
	type StepOutputs,
} from "./logProbabilities.ts";

/** Where a label stands. */
export interface AlignedLabel {
	readonly id: number;
	/** The first step that says it. */
	readonly from: number;
	/** The last. */
	readonly to: number;
	/** The mean of its log-probability at these steps. */
	readonly logProbability: number;
}

export interface Alignment {
	/** In their order. */
	readonly labels: readonly AlignedLabel[];
	/** The log-probability of the path. */
	readonly score: number;
}

/** Forced alignment: of each row's labels the first and the last step, on the likeliest of all paths that say them.
 *
 * ```
 * path = argmax Σ log softmax(outputs[t])[path[t]] over the paths that become the labels once repeats are merged and blanks dropped
 * ```
 *
 * @param prediction Logits at every step, as `model.predict` gives them, of a model that was trained with
 * connectionist temporal classification, as in PyTorch.
 * @param targets Ids of labels, a list for each row.
 * @throws DataError `align: targets[3] has 12 labels, 2 of them repeats, so it needs at least 14 steps, but lengths[3] is 11.`
 * @see Graves et al. 2006; torchaudio's forced_align and merge_tokens
 * @example const [{ labels }] = align(model.predict({ inputs: [utterance] }), [letters.encode("two five")]); */
export function align(
	prediction: StepOutputs,
	targets: readonly ArrayLike<number>[],
	options: { readonly blank?: number | undefined } = {},
): Alignment[] {
	const where = "align";
	checkKeys(where, options, ["blank"]);
	const rows = logProbabilities(where, prediction);
	if (!Array.isArray(targets) || targets.length !== rows.length)
		throw new ShapeError(
			`${where}: targets must have one list for each of the ${rows.length} rows, got ${show(targets?.length ?? targets)}.`,
		);
	return rows.map((row, index) => {
		const blank = checkBlank(where, options.blank ?? 0, row);
		const name = `targets[${index}]`;
		const labels = checkLabels(where, name, targets[index], { blank, symbols: row.symbols });
		const why = misfit(name, labels, `lengths[${index}]`, row.steps);
		if (why !== undefined) throw new DataError(`${where}: ${why}`);
		return alignRow(row, labels, blank);
	});
}

/** The likeliest path of labels that fit. State 2j + 1 is label j, the even ones are the blanks around them. */
export function alignRow(
	{ steps, symbols, values }: RowProbabilities,
	labels: ArrayLike<number>,
	blank: number,
): Alignment {
	const states = 2 * labels.length + 1;
	const symbolOf = (state: number) => (state % 2 === 0 ? blank : (labels[(state - 1) / 2] as number));
	const skips = Array.from({ length: states }, (_, s) => s > 2 && s % 2 === 1 && symbolOf(s) !== symbolOf(s - 2));
	// How many states the best path to each state has come on at each step.
	const moves = new Uint8Array(steps * states);
	let best = new Float64Array(states).fill(-Infinity);
	for (let t = 0; t < steps; t++) {
		const next = new Float64Array(states);
		for (let s = 0; s < states; s++) {
			const ways = t === 0 ? [s < 2 ? 0 : -Infinity] : [best[s], best[s - 1] ?? -Infinity];
			if (t > 0 && skips[s]) ways.push(best[s - 2]);
			const move = ways.reduce((most, way, index) => ((way as number) > (ways[most] as number) ? index : most), 0);
			moves[t * states + s] = move;
			next[s] = (ways[move] as number) + (values[t * symbols + symbolOf(s)] as number);
		}
		best = next;
	}
	let state = states > 1 && (best[states - 2] as number) > (best[states - 1] as number) ? states - 2 : states - 1;
	const score = best[state] as number;
	const path = new Int32Array(steps);
	for (let t = steps - 1; t >= 0; t--) {
		path[t] = state;
		state -= moves[t * states + state] as number;
	}
	return { labels: Array.from(labels, (id, j) => placed(id, 2 * j + 1, path, { symbols, values })), score };
}

function placed(
	id: number,
	state: number,
	path: Int32Array,
	{ symbols, values }: Pick<RowProbabilities, "symbols" | "values">,
): AlignedLabel {
	const [from, to] = [path.indexOf(state), path.lastIndexOf(state)];
	let sum = 0;
	for (let t = from; t <= to; t++) sum += values[t * symbols + id] as number;
	return { id, from, to, logProbability: sum / (to - from + 1) };
}
