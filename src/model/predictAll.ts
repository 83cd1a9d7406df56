import { silentSteps } from "../batch/going.ts";
import { originOf } from "../batch/origin.ts";
import { fieldsOf } from "../batch/shape.ts";
import { iterable, noBatches } from "../data/iterable.ts";
import type { Loss } from "../losses/loss.ts";
import type { Packing } from "../plan/packing.ts";
import { Carry } from "../run/carry.ts";
import type { Feed, Runtime } from "../run/runtime.ts";
import type { Kind, Sequences, TargetScale } from "../sequences.ts";
import { unscaledMeaning } from "./meaning.ts";
import { copyOutputs, outputArray } from "./outputs.ts";

/** Sequences that can be drawn as batches in their order: a `Dataset`, of which `predict` looks at the sequences only. */
export interface SequenceSet<K extends Kind = Kind> {
	batches(options: { readonly batchSize: number }): Iterable<Sequences<K>>;
	/** Where targets were scaled: what puts predictions back into the user's unit. */
	readonly targetScale?: TargetScale | undefined;
}

/** The outputs for a dataset, row after row in the data's order, nothing padded. */
export interface DatasetPrediction {
	/** All outputs end to end, `shape[0]` times `shape[1]`. */
	readonly outputs: Float32Array;
	/** `[steps of all rows, outputSize]`, or `[rows, outputSize]` after lastStep. */
	readonly shape: readonly [number, number];
	/** The outputs of each row, `[steps of the row, outputSize]`: views on `outputs`. */
	readonly rows: readonly Float32Array[];
	/** `outputs` in the unit of the data, where the dataset knows how its targets were scaled. It is computed when it is asked for, and
	 * means something where outputs are what targets are; else give `predict` the loss. */
	readonly unscaled?: Float32Array;
}

/** Predicts a dataset batch by batch. The rows of a batch that goes on are continued where the one before left them. */
export function predictAll(
	where: string,
	runtime: Runtime,
	data: SequenceSet,
	{ batchSize, loss }: { readonly batchSize: number; readonly loss?: Loss | undefined },
): DatasetPrediction {
	const carry = new Carry(runtime);
	const pieces: Float32Array[][] = [];
	/** Which row of the data each row of the last batch is. */
	let numbers: readonly number[] = [];
	for (const batch of iterable(where, "data", data.batches({ batchSize }))) {
		const fields = fieldsOf(where, batch, originOf(batch));
		const feed = runtime.feed(where, { kind: "predict" }, fields, carry);
		runtime.run(feed, ["forward"]);
		carry.keep(feed);
		const { going } = feed.shape;
		const before = numbers;
		numbers = Array.from({ length: feed.packing.batchSize }, (_, row) =>
			going?.rows[row] ? (before[row] as number) : pieces.push([]) - 1,
		);
		for (const [row, outputs] of outputsOf(runtime, feed).entries()) pieces[numbers[row] as number]?.push(outputs);
	}
	if (pieces.length === 0) throw noBatches(where);
	const { size } = runtime.network.output;
	const { outputs, rows } = joined(pieces, size);
	const meaning = loss?.meaning(outputs, size) ?? {};
	const prediction = { outputs, shape: [outputs.length / size, size] as const, rows };
	if (data.targetScale === undefined) return { ...prediction, ...meaning };
	const lift = lifting(data.targetScale, prediction);
	const all = { ...prediction, ...unscaledMeaning(meaning, lift) };
	return Object.defineProperty(all, "unscaled", { enumerable: true, get: () => lift(outputs) });
}

/** A function that leads values, as many a row as outputs or an even share of that, back to the user's unit. */
function lifting(
	scale: TargetScale,
	{ outputs, rows }: Pick<DatasetPrediction, "outputs" | "rows">,
): (values: Float32Array, isSpread?: boolean) => Float32Array {
	const isEven = rows.every(({ length }) => length === rows[0]?.length);
	return (values, isSpread = false) => {
		const to = isSpread ? "unscaledSpread" : "unscaled";
		if (isEven) return scale[to](values);
		// The scale takes equal shares: rows of unequal lengths are given one by one.
		const lifted = new Float32Array(values.length);
		let end = 0;
		for (const [row, { length }] of rows.entries()) {
			const begin = end;
			end += (length * values.length) / outputs.length;
			lifted.set(scale[to](values.subarray(begin, end), { rows: [row] }), begin);
		}
		return lifted;
	};
}

/** The outputs of each row of a batch, those of steps that repeat the batch before left out. */
function outputsOf({ engine, network }: Runtime, feed: Feed): Float32Array[] {
	const { packing, shape } = feed;
	const { size, axis } = { size: network.output.size, axis: feed.job.program.output.axis };
	const skipped = (row: number) => (axis.perStep ? silentSteps(shape.going, row) : 0);
	const lengths = axis.perStep ? lengthsOf(packing) : new Array<number>(packing.batchSize).fill(1);
	const starts: number[] = [];
	let count = 0;
	for (const [row, length] of lengths.entries()) {
		starts.push(count);
		count += length - skipped(row);
	}
	const outputs = outputArray([count, size]);
	copyOutputs(engine.f32, feed, outputs, (row, t) => {
		const fresh = t - skipped(row);
		return fresh < 0 ? -1 : (starts[row] as number) + fresh;
	});
	return starts.map((start, row) => outputs.subarray(start * size, (starts[row + 1] ?? count) * size));
}

/** Live steps of each row, in the user's order. */
function lengthsOf({ steps, alive, order, batchSize }: Packing): number[] {
	const lengths = new Array<number>(batchSize).fill(0);
	for (let t = 0; t < steps; t++) for (let place = 0; place < alive[t]; place++) lengths[order[place]] = t + 1;
	return lengths;
}

/** All pieces of each row end to end, in one array, and what of it is each row's. */
function joined(
	pieces: readonly (readonly Float32Array[])[],
	size: number,
): Pick<DatasetPrediction, "outputs" | "rows"> {
	const count = pieces.flat().reduce((sum, { length }) => sum + length, 0);
	const outputs = outputArray([count / size, size]);
	let end = 0;
	const rows = pieces.map((row) => {
		const begin = end;
		for (const piece of row) {
			outputs.set(piece, end);
			end += piece.length;
		}
		return outputs.subarray(begin, end);
	});
	return { outputs, rows };
}
