// Do sequences of unequal lengths stay whole, with their targets, through splits and batches?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { originOf } from "../../src/batch/origin.ts";
import { RaggedData, type RaggedInputs } from "../../src/data/ragged.ts";
import { Scaler } from "../../src/data/scaler.ts";
import { DataError, OptionError, ShapeError } from "../../src/errors.ts";
import type { Dataset } from "../../src/sequences.ts";

const count = (size: number) => Array.from({ length: size }, (_, i) => i);
const sizes = fc.integer({ min: 10, max: 40 });

function rowsOf(size: number) {
	return {
		inputs: count(size).map((row) => new Array(1 + (row % 5)).fill(row)),
		targets: count(size),
		weights: count(size).map((row) => row / 2),
	};
}

describe("RaggedData.batches", () => {
	it("draws each row once, with its target and weight", () => {
		fc.assert(
			fc.property(
				sizes,
				fc.integer({ min: 1, max: 9 }),
				fc.option(fc.maxSafeNat(), { nil: undefined }),
				(size, batchSize, seed) => {
					const data = RaggedData.from(rowsOf(size));
					expect(data.size).toBe(size);
					const seen: number[] = [];
					for (const batch of data.batches({ batchSize, seed })) {
						expect(batch.inputs.map((row) => row[0])).toEqual(batch.targets);
						expect(batch.weights).toEqual(batch.targets.map((row) => row / 2));
						seen.push(...batch.targets);
					}
					expect(seen.sort((a, b) => a - b)).toEqual(count(size));
				},
			),
		);
	});

	it("takes targets of every form", () => {
		const inputs = [
			[[1, 2]],
			[
				[3, 4],
				[5, 6],
			],
		];
		const forms = [new Uint8Array([7, 8]), [new Float32Array([7, 70]), new Float32Array([8, 80])], [[[7]], [[8], [9]]]];
		for (const targets of forms) {
			const data = RaggedData.from({ inputs, targets });
			const [first, second] = [...data.batches({ batchSize: 1 })];
			expect([...(first?.targets ?? []), ...(second?.targets ?? [])]).toEqual([...targets]);
			expect(second?.inputs).toEqual([inputs[1]]);
		}
	});
});

describe("RaggedData.split", () => {
	it("shares all rows out, each to one part", () => {
		fc.assert(
			fc.property(sizes, fc.maxSafeNat(), (size, seed) => {
				const data = RaggedData.from(rowsOf(size));
				const parts = data.split([0.5, 0.3, 0.2], { seed });
				const rows = parts.map((part) => {
					const [batch] = [...part.batches({ batchSize: size })];
					expect(batch?.inputs.map((row) => row[0])).toEqual(batch?.targets);
					expect(batch?.targets.length).toBe(part.size);
					return batch?.targets ?? [];
				});
				expect(rows.flat().sort((a, b) => a - b)).toEqual(count(size));
				expect(parts[0].size).toBe(Math.round(size / 2));
			}),
		);
	});

	it("mixes rows that come sorted, by the seed alone, 0 unless told", () => {
		const data = RaggedData.from(rowsOf(100));
		const first = (seed?: number) => {
			const [part] = data.split([0.5, 0.5], seed === undefined ? {} : { seed });
			return [...part.batches({ batchSize: 50 })][0]?.targets ?? [];
		};
		expect(first()).toEqual(first(0));
		expect(first(1)).not.toEqual(first(0));
		const low = first(1).filter((row) => row < 50).length;
		expect(Math.abs(low - 25)).toBeLessThan(13);
	});
});

describe("RaggedData.map", () => {
	const [train, test] = RaggedData.from({
		inputs: count(10).map((row) => [[row], [row + 1]]),
		targets: count(10),
		groups: count(10).map((row) => row % 2),
	}).split([0.6, 0.4], { seed: 3 });

	it("scales a part by what another looks like; rows keep their numbers and groups", () => {
		const scaler = Scaler.fitRows(train.rows().inputs);
		expect(scaler).toEqual(Scaler.fit(train.rows().targets.flatMap((row) => [row, row + 1])));
		const scaled = test.map(({ inputs, targets }) => ({ inputs: scaler.transformRows(inputs), targets }));
		const typed: Dataset<"values", "ids"> = scaled;
		expect(typed.size).toBe(4);
		for (const data of [scaled, scaled.split([0.5, 0.5])[1], scaled.only([1]), scaled.bucketed()]) {
			for (const batch of data.batches({ batchSize: 2, seed: 5 })) {
				expect(Array.from(originOf(batch)?.rows ?? [])).toEqual(batch.targets);
				expect(batch.inputs).toEqual(scaler.transformRows(batch.targets.map((row) => [[row], [row + 1]])));
			}
		}
		for (const row of scaled.only([1]).rows().targets) expect(row % 2).toBe(1);
	});

	it.each<[string, new (message: string) => Error, () => unknown]>([
		[
			"RaggedData.map: there must be 4 rows as before, got 1.",
			ShapeError,
			() => test.map(() => ({ inputs: [[1]], targets: [1] })),
		],
		[
			"RaggedData.map: targets must have one entry for each of the 4 rows, got 1.",
			ShapeError,
			() => test.map((rows) => ({ ...rows, targets: [1] })),
		],
		["RaggedData.map: options must be an object, got undefined.", OptionError, () => test.map((() => {}) as never)],
		[
			'RaggedData.map: unknown option "groups". Known options: inputs, targets, weights.',
			OptionError,
			() => test.map((rows) => ({ ...rows, groups: [1, 2, 3, 4] })),
		],
	])("refuses: %s", (message, Class, call) => {
		expect(call).toThrow(new Class(message));
	});
});

describe("the type of RaggedData", () => {
	it("tells ids from values, and leaves number[][] targets to the loss", () => {
		const classified = RaggedData.from({
			inputs: [[1], [2, 3]],
			targets: [0, 1],
		});
		const ids: Dataset<"ids", "ids"> = classified;
		// @ts-expect-error inputs are ids
		const values: Dataset<"values", "ids"> = classified;
		expect(ids).toBe(values);

		const inputs = [[[0.5]], [[0.5], [1]]];
		const open = RaggedData.from({ inputs, targets: [[1], [2]] });
		const asIds: Dataset<"values", "ids"> = open;
		const asValues: Dataset<"values", "values"> = open;
		expect(asIds).toBe(asValues);
	});
});

describe("RaggedData refuses", () => {
	const inputs = [[1], [2, 3], [4]];
	const targets = [0, 1, 0];
	const data = RaggedData.from({ inputs, targets });
	it.each<[string, new (message: string) => Error, () => unknown]>([
		[
			"RaggedData.from: targets must have one entry for each of the 3 rows, got 2.",
			ShapeError,
			() => RaggedData.from({ inputs, targets: [0, 1] }),
		],
		[
			"RaggedData.from: targets must have one entry for each of the 3 rows, got 6.",
			ShapeError,
			() => RaggedData.from({ inputs, targets: new Uint8Array(6) }),
		],
		[
			"RaggedData.from: weights must have one entry for each of the 3 rows, got 1.",
			ShapeError,
			() => RaggedData.from({ inputs, targets, weights: [1] }),
		],
		[
			"RaggedData.from: inputs[1] must have at least one step, got none. Leave the row out.",
			DataError,
			() => RaggedData.from({ inputs: [[1], [], [2]], targets }),
		],
		[
			"RaggedData.from: inputs[0] must be an array of steps, got 1.",
			DataError,
			() => RaggedData.from({ inputs: [1, 2] as never, targets }),
		],
		[
			"RaggedData.from: inputs must be an array of rows, got a Uint8Array.",
			DataError,
			() =>
				RaggedData.from({
					inputs: new Uint8Array(3) as unknown as RaggedInputs,
					targets,
				}),
		],
		[
			"RaggedData.from: inputs must hold a row, got none.",
			DataError,
			() => RaggedData.from({ inputs: [], targets: [] }),
		],
		[
			"RaggedData.from: targets must be an array, got undefined.",
			DataError,
			() => RaggedData.from({ inputs } as never),
		],
		[
			'RaggedData.from: unknown option "target". Did you mean "targets"?',
			OptionError,
			// @ts-expect-error a misspelt option does not compile
			() => RaggedData.from({ inputs, target: targets }),
		],
		[
			"RaggedData.split: fractions[1] is 0.1, which leaves that part none of 3 rows.",
			DataError,
			() => data.split([0.9, 0.1]),
		],
		[
			'RaggedData.split: "seed" must be an integer from 0 to 9007199254740991, got 0.1.',
			OptionError,
			() => data.split([0.5, 0.5], { seed: 0.1 }),
		],
		[
			'RaggedData.split: unknown option "sed". Did you mean "seed"?',
			OptionError,
			// @ts-expect-error a misspelt option does not compile
			() => data.split([0.5, 0.5], { sed: 1 }),
		],
		['batches: "batchSize" must be a positive integer, got -1.', OptionError, () => data.batches({ batchSize: -1 })],
	])("%s", (message, Class, call) => {
		expect(call).toThrow(new Class(message));
	});
});
