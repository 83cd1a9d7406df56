// Does an error name the row of the user's data, however it was split, shuffled, changed and drawn?
import { describe, expect, it } from "vitest";
import { RaggedData } from "../../src/data/ragged.ts";
import { Scaler } from "../../src/data/scaler.ts";
import { SeriesSet } from "../../src/data/seriesSet.ts";
import { DataError, ShapeError } from "../../src/errors.ts";
import { Adam, dense, gru, lastStep, Model, Trainer } from "../../src/index.ts";

const SIZE = 5000;
const WRONG = 4017;

const groups = Array.from({ length: SIZE }, (_, row) => `engine ${row % 7}`);

type Rows = { inputs: number[][][]; targets: number[] };

/** Rows as a CSV has them, row 4,017 of which is wrong. */
function rowsWith(change: (rows: Rows) => void): RaggedData<number[][][], number[]> {
	const inputs = Array.from({ length: SIZE }, (_, row) => Array.from({ length: 1 + (row % 3) }, (_, t) => [row, t]));
	const rows = { inputs, targets: inputs.map((_, row) => row % 3) };
	change(rows);
	return RaggedData.from({ ...rows, groups });
}

type Data = ReturnType<typeof rowsWith>;

/** The part that has the wrong row. */
const partOf = (parts: readonly Data[]) => parts.find((part) => part.rows().inputs.some((row) => row[0][0] === WRONG));

const ways: [string, (data: Data) => Data | undefined][] = [
	["as they are", (data) => data],
	["split by seed", (data) => partOf(data.split([0.5, 0.5], { seed: 3 }))],
	["split by group", (data) => partOf(data.split([0.5, 0.5], { by: "group" }))],
	["split in order", (data) => partOf(data.split([0.5, 0.5], { by: "order" }))],
	["of one group", (data) => data.only([groups[WRONG]])],
	["split, then split again", (data) => partOf((partOf(data.split([0.5, 0.5])) as Data).split([0.5, 0.5]))],
	[
		"balanced and bucketed",
		(data) =>
			partOf(data.split([0.5, 0.5]))
				?.balanced()
				.bucketed(),
	],
	[
		"changed, split and changed again",
		(data) => {
			const same = (part: Data) => part.map(({ inputs, targets }) => ({ inputs, targets }));
			return partOf(
				same(partOf(data.split([0.5, 0.5])) as Data)
					.split([0.5, 0.5])
					.map(same),
			);
		},
	],
	["changed", (data) => partOf(data.split([0.5, 0.5]))?.map(({ inputs, targets }) => ({ inputs, targets }))],
];

const wrongs: [string, (rows: Rows) => void, string, new (message: string) => Error][] = [
	[
		"a target out of range",
		({ targets }) => {
			targets[WRONG] = 7;
		},
		"targets[4017] is 7, but the model has 3 outputs (ids run from 0 to 2).",
		DataError,
	],
	[
		"a gap",
		({ inputs }) => {
			inputs[WRONG][0][1] = Number.NaN;
		},
		"inputs[4017, 0, 1] is NaN; values must be finite in float32.",
		DataError,
	],
	[
		"a column too few",
		({ inputs }) => {
			inputs[WRONG][0].pop();
		},
		"inputs[4017, 0] must be an array of 2 values, got 1.",
		ShapeError,
	],
];

describe("training on row 4,017 with", async () => {
	const model = await Model.create([gru({ inputSize: 2, hiddenSize: 2 }), lastStep(), dense({ outputSize: 3 })]);
	const before = model.save();

	describe.each(wrongs)("%s", (_, change, message, Class) => {
		it.each(ways)("names it: rows %s", async (_, way) => {
			const trainer = new Trainer(model, { loss: "crossEntropy", optimizer: new Adam({ learningRate: 1e-9 }) });
			const data = way(rowsWith(change)) as Data;
			const failed: unknown = await trainer.fit(data, { epochs: 1, batchSize: 500, seed: 1 }).catch((error) => error);
			expect(failed).toBeInstanceOf(Class);
			expect((failed as Error).message).toMatch(/^Trainer\.fit, batch \d+ of epoch 1: /);
			expect((failed as Error).message.endsWith(`: ${message}`)).toBe(true);
			expect(() => trainer.evaluate(data)).toThrow(message);
			model.copyFrom(await Model.load(before));
		});
	});
});

describe("scalers and sets", () => {
	it("name the row that is handed over", () => {
		const data = rowsWith(({ inputs }) => {
			inputs[WRONG][0][1] = Number.NaN;
		});
		expect(() => Scaler.fitRows(data.rows().inputs)).toThrow(
			"Scaler.fitRows, rows[4017]: values[0, 1] must be a finite number, got NaN.",
		);
		const series = data.rows().inputs.map((values) => ({ values }));
		expect(() => SeriesSet.from(series)).toThrow("SeriesSet.from, series[4017]: values[0, 1] must be a finite number");
	});

	it("refuse columns that come and go", () => {
		const data = rowsWith(({ inputs }) => {
			inputs[WRONG] = [[1, 2], [3]];
		});
		expect(() => Scaler.fitRows(data.rows().inputs)).toThrow(
			"Scaler.fitRows, rows[4017]: values[1] must have 2 features, got 1.",
		);
	});
});

describe("windows for a model of another size", () => {
	it("say what the targets have", async () => {
		const model = await Model.create([gru({ inputSize: 1, hiddenSize: 2 }), lastStep(), dense({ outputSize: 1 })]);
		const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new Adam() });
		const windows = SeriesSet.from([{ values: [1, 2, 3, 4, 5, 6] }]).windows({ steps: 2, horizon: [1, 3] });
		await expect(trainer.fit(windows)).rejects.toThrow("targets have 6 values; batchSize 2 needs 2.");
	});
});
