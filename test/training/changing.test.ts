// Data that change while `fit` waits: what is shorter is noticed, what is changed in place is used as it is.
import { describe, expect, it } from "vitest";
import { DataError, RaggedData, SeriesData, TextData } from "../../src/index.ts";
import { classifier, errorOf, type Loose, regressor, type Subject, tagger } from "../errors/sentences.ts";
import { valuesOf } from "../models.ts";

const detach = (array: ArrayBufferView) => structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });

/** A Float32Array as long as its memory, which can shrink and grow. */
function elastic(size: number): { array: Float32Array; resize(size: number): void } {
	const Resizable = ArrayBuffer as Loose;
	const buffer = new Resizable(4 * size, { maxByteLength: 8 * size });
	return { array: new Float32Array(buffer).fill(1), resize: (entries) => buffer.resize(4 * entries) };
}

/** Fits two epochs; `harm` comes after the first. */
function train({ trainer }: Subject, data: unknown, harm: () => void): Promise<unknown> {
	const onEpoch = ({ epoch }: { epoch: number }) => {
		if (epoch === 1) harm();
	};
	return trainer.fit(data, { epochs: 2, batchSize: 3, onEpoch });
}

/** Four rows of two steps. */
const values = () => ({ inputs: new Float32Array(16).fill(1), targets: new Float32Array(8), batchSize: 4, steps: 2 });
const ids = () => ({ inputs: [[1], [2], [3], [4]], targets: [[0], [1], [2], [0]] });

describe("what has become shorter since the dataset was made", () => {
	const rest = "Shrink or transfer a copy, not the array that is read.";
	type Case = [what: string, sentence: string, () => Promise<Subject>, () => { data: unknown; harm: () => void }];
	const transferred = (name: string, entries: number, more: () => Loose = () => ({})): Case => [
		`${name} transferred`,
		`Trainer.fit: ${name} had ${entries} entries when the dataset was made, and has 0 now. ${rest}`,
		regressor,
		() => {
			const data: Loose = { ...values(), ...more() };
			return { data, harm: () => detach(data[name]) };
		},
	];
	it.each<Case>([
		transferred("inputs", 16),
		transferred("targets", 8),
		transferred("weights", 4, () => ({ weights: new Float64Array(4).fill(1) })),
		transferred("lengths", 4, () => ({ lengths: new Uint8Array(4).fill(2) })),
		[
			"initial states transferred",
			`Trainer.fit: initialState "0.h" had 16 entries when the dataset was made, and has 0 now. ${rest}`,
			regressor,
			() => {
				const h = new Float32Array(16);
				return { data: { ...values(), initialState: new Map([["0.h", h]]) }, harm: () => detach(h) };
			},
		],
		[
			"a buffer shrunk",
			`Trainer.fit: inputs had 16 entries when the dataset was made, and has 8 now. ${rest}`,
			regressor,
			() => {
				const { array, resize } = elastic(16);
				return { data: { ...values(), inputs: array }, harm: () => resize(8) };
			},
		],
		[
			"rows taken away",
			`Trainer.fit: targets had 4 entries when the dataset was made, and has 3 now. ${rest}`,
			tagger,
			() => {
				const data = ids();
				return { data, harm: () => data.targets.pop() };
			},
		],
		[
			"targets of RaggedData",
			`RaggedData.from: targets had 4 entries when the dataset was made, and has 0 now. ${rest}`,
			classifier,
			() => {
				const targets = new Uint8Array(4);
				return { data: RaggedData.from({ ...ids(), targets }), harm: () => detach(targets) };
			},
		],
		[
			"a row of RaggedData",
			"Trainer.fit, batch 1 of epoch 2: the memory of inputs[2] is gone: its ArrayBuffer was transferred or has shrunk. Transfer a copy of it: array.slice().",
			classifier,
			() => {
				const inputs = [[1], [2], new Uint8Array([3])];
				return { data: RaggedData.from({ inputs, targets: [0, 1, 2] }), harm: () => detach(inputs[2] as Uint8Array) };
			},
		],
		[
			"ids of TextData",
			`batches: the windows' sequence had 9 entries when the dataset was made, and has 0 now. ${rest}`,
			tagger,
			() => {
				const text = TextData.from("abcabcabc");
				return { data: text.windows({ steps: 2 }), harm: () => detach(text.ids) };
			},
		],
		[
			"a batch of SeriesData, a view of all windows",
			`batches: the windows' sequence had 16 entries when the dataset was made, and has 0 now. ${rest}`,
			regressor,
			() => {
				const data = SeriesData.from(values().inputs, { features: 2 }).windows({ steps: 2, stride: 2 });
				const [batch] = data.batches({ batchSize: 2 });
				return { data, harm: () => detach(batch.inputs) };
			},
		],
	])("%s", async (_, sentence, create, make) => {
		const subject = await create();
		const { data, harm } = make();
		let after: unknown;
		const error = await errorOf(() =>
			train(subject, data, () => {
				after = valuesOf(subject.model);
				harm();
			}),
		);
		expect(error.message).toBe(sentence);
		expect(error).toBeInstanceOf(DataError);
		expect(valuesOf(subject.model)).toEqual(after);
	});
});

describe("what is not shorter", () => {
	it("values changed in place count from then on", async () => {
		const [subject, twin] = [await regressor(), await regressor()];
		const [data, before, after] = [values(), values(), values()];
		after.inputs.fill(3);
		await train(subject, data, () => data.inputs.fill(3));
		await twin.trainer.fit(before, { batchSize: 3 });
		await twin.trainer.fit(after, { batchSize: 3 });
		expect(valuesOf(subject.model)).toEqual(valuesOf(twin.model));
	});

	it("rows that are added come too late", async () => {
		const [subject, twin] = [await regressor(), await regressor()];
		const { array, resize } = elastic(16);
		await train(subject, { ...values(), inputs: array }, () => resize(32));
		await train(twin, values(), () => {});
		expect(valuesOf(subject.model)).toEqual(valuesOf(twin.model));
	});
});
