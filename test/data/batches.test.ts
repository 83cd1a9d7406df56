// Is every row of a batch drawn exactly once, whole, in an order that only the seed decides?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asDataset } from "../../src/data/batches.ts";
import { DataError, OptionError, ShapeError } from "../../src/errors.ts";
import type { Batch, Dataset } from "../../src/sequences.ts";

const where = "Trainer.fit";
const count = (size: number) => Array.from({ length: size }, (_, i) => i);

const draws = fc.record({
	size: fc.integer({ min: 1, max: 20 }),
	batchSize: fc.integer({ min: 1, max: 8 }),
	seed: fc.option(fc.maxSafeNat(), { nil: undefined }),
});

function draw(data: Dataset, { batchSize, seed }: { batchSize: number; seed?: number | undefined }): Batch[] {
	const seeded = seed === undefined ? {} : { seed };
	const batches = [...data.batches({ batchSize, ...seeded })];
	const rest = data.size % batchSize || batchSize;
	batches.forEach((batch, i) => {
		const rows = i === batches.length - 1 ? rest : batchSize;
		expect(batch.batchSize ?? batch.inputs.length).toBe(rows);
	});
	expect(batches.length).toBe(Math.ceil(data.size / batchSize));
	return batches;
}

/** Row r of a flat array of `size` rows holds r · 100, r · 100 + 1, … */
function flat(size: number, width: number): Float32Array {
	return Float32Array.from(count(size * width), (i) => Math.floor(i / width) * 100 + (i % width));
}

describe("asDataset of flat arrays", () => {
	it("draws each row once, with its targets, weights and length", () => {
		fc.assert(
			fc.property(draws, ({ size, batchSize, seed }) => {
				const steps = 3;
				const data = asDataset<"values", "values">(where, {
					inputs: flat(size, steps * 2),
					targets: flat(size, steps),
					weights: flat(size, 1),
					lengths: count(size).map((row) => 1 + (row % steps)),
					batchSize: size,
					steps,
				});
				const seen: number[] = [];
				for (const batch of draw(data, { batchSize, seed })) {
					const rows = Array.from(batch.weights as Float32Array, (w) => w / 100);
					seen.push(...rows);
					const rowsOf = (width: number) => rows.flatMap((row) => count(width).map((i) => row * 100 + i));
					expect([...(batch.inputs as Float32Array)]).toEqual(rowsOf(6));
					expect([...(batch.targets as Float32Array)]).toEqual(rowsOf(3));
					expect(batch.lengths).toEqual(rows.map((row) => 1 + (row % steps)));
					expect(batch.steps).toBe(steps);
				}
				if (seed === undefined) expect(seen).toEqual(count(size));
				expect(seen.sort((a, b) => a - b)).toEqual(count(size));
			}),
		);
	});

	it("keeps each row's initial state with it", () => {
		const data = asDataset<"ids", "ids">(where, {
			inputs: [[0], [1], [2], [3]],
			targets: [0, 1, 2, 3],
			initialState: new Map([["0.h", new Float32Array([0, 0, 1, 10, 2, 20, 3, 30])]]),
		});
		for (const batch of data.batches({ batchSize: 3, seed: 8 })) {
			const rows = batch.targets as number[];
			expect([...(batch.initialState?.get("0.h") ?? [])]).toEqual(rows.flatMap((row) => [row, 10 * row]));
		}
	});

	it("keeps the kind of array", () => {
		const data = asDataset<"ids", "ids">(where, {
			inputs: new Uint16Array([1, 2, 3, 4]),
			targets: [5, 6],
			batchSize: 2,
			steps: 2,
		});
		const [shuffled] = [...data.batches({ batchSize: 2, seed: 4 })];
		expect(shuffled?.inputs).toBeInstanceOf(Uint16Array);
		expect([...data.batches({ batchSize: 1 })]).toEqual([
			{ inputs: new Uint16Array([1, 2]), targets: [5], batchSize: 1, steps: 2 },
			{ inputs: new Uint16Array([3, 4]), targets: [6], batchSize: 1, steps: 2 },
		]);
	});

	it("keeps it of a subclass too, whose constructor may be another", () => {
		const data = asDataset<"ids", "ids">(where, {
			inputs: Buffer.from([1, 2, 3, 4]),
			targets: [5, 6],
			batchSize: 2,
			steps: 2,
		});
		const [{ inputs }] = data.batches({ batchSize: 2, seed: 4 });
		expect(inputs.constructor).toBe(Uint8Array);
		expect(Array.from(inputs as Uint8Array).sort()).toEqual([1, 2, 3, 4]);
	});

	it("copies nothing while rows stay in order", () => {
		const inputs = new Float32Array(12);
		const data = asDataset<"values", "ids">(where, {
			inputs,
			targets: new Uint8Array(6),
			batchSize: 6,
			steps: 2,
		});
		for (const batch of data.batches({ batchSize: 4 }))
			expect((batch.inputs as Float32Array).buffer).toBe(inputs.buffer);
	});
});

describe("asDataset of nested arrays", () => {
	it("keeps the steps that they were said to have", () => {
		const data = asDataset<"ids", "ids">(where, { inputs: [[1], [2, 3], [4]], targets: new Uint8Array(9), steps: 3 });
		for (const batch of data.batches({ batchSize: 2 })) expect(batch.steps).toBe(3);
	});

	it("draws each row once, as it is", () => {
		fc.assert(
			fc.property(draws, ({ size, batchSize, seed }) => {
				const inputs = count(size).map((row) => new Array(1 + (row % 4)).fill(row));
				const targets = count(size).map((row) => [row]);
				const data = asDataset<"ids", "ids">(where, { inputs, targets });
				const seen: number[] = [];
				for (const batch of draw(data, { batchSize, seed })) {
					const rows = (batch.targets as number[][]).map(([row]) => row as number);
					(batch.inputs as number[][]).forEach((row, i) => {
						expect(row).toBe(inputs[rows[i] as number]);
					});
					expect(Object.keys(batch).sort()).toEqual(["inputs", "targets"]);
					seen.push(...rows);
				}
				expect(seen.sort((a, b) => a - b)).toEqual(count(size));
			}),
		);
	});
});

describe("asDataset", () => {
	const ids = { inputs: [[1], [2], [3]], targets: [1, 2, 3] };

	it("leaves a dataset as it is", () => {
		const data = asDataset<"ids", "ids">(where, ids);
		expect(asDataset(where, data)).toBe(data);
	});

	it("gives the same order for the same seed, on every machine", () => {
		const inputs = count(8).map((i) => [i]);
		const data = asDataset<"ids", "ids">(where, { inputs, targets: count(8) });
		const order = (seed: number) => draw(data, { batchSize: 3, seed }).flatMap((batch) => batch.targets as number[]);
		expect(order(1)).toEqual(ORDER_OF_SEED_1);
		expect(order(1)).toEqual(order(1));
		expect(order(2)).not.toEqual(order(1));
	});

	const values = { inputs: new Float32Array(10), targets: new Float32Array(3) };
	it.each<[string, new (message: string) => Error, () => unknown]>([
		[
			"Trainer.fit: targets must have one entry for each of the 3 rows, got 2.",
			ShapeError,
			() => asDataset<"ids", "ids">(where, { ...ids, targets: [[1], [2]] }),
		],
		[
			"Trainer.fit: targets must hold the same number of numbers for each of the 3 rows, got 4 in all.",
			ShapeError,
			() => asDataset<"ids", "ids">(where, { ...ids, targets: [1, 2, 3, 4] }),
		],
		[
			"Trainer.fit: weights must hold the same number of numbers for each of the 3 rows, got 2 in all.",
			ShapeError,
			() => asDataset<"ids", "ids">(where, { ...ids, weights: [1, 2] }),
		],
		[
			"Trainer.fit: lengths must have one entry for each of the 3 rows, got 2.",
			ShapeError,
			() => asDataset<"ids", "ids">(where, { ...ids, lengths: [1, 1] }),
		],
		[
			'Trainer.fit: initialState "0.h" must hold the same number of numbers for each of the 3 rows, got 4 in all.',
			ShapeError,
			() => {
				const initialState = new Map([["0.h", new Float32Array(4)]]);
				asDataset<"ids", "ids">(where, { ...ids, initialState });
			},
		],
		...[
			["an object", {}],
			['""', ""],
			["an array of 0", []],
			["a Float32Array", new Float32Array(0)],
			["null", null],
		].map(([got, initialState]): [string, typeof DataError, () => unknown] => [
			`Trainer.fit: initialState must be a Map as predict gives it, got ${got}.`,
			DataError,
			() => asDataset(where, { ...ids, initialState } as unknown as Batch),
		]),
		[
			"Trainer.fit: names of initialState must be strings, got a Symbol.",
			DataError,
			() => {
				const initialState = new Map([[Symbol(), new Float32Array(3)]]);
				asDataset(where, { ...ids, initialState } as unknown as Batch);
			},
		],
		[
			'Trainer.fit: initialState "0.h" must be an array, got a DataView.',
			DataError,
			() => {
				const view = new DataView(new ArrayBuffer(12));
				const initialState = new Map([["0.h", view]]);
				asDataset(where, { ...ids, initialState } as unknown as Batch);
			},
		],
		[
			"Trainer.fit: lengths must be an array with a number for each row, got null.",
			DataError,
			() => asDataset(where, { ...ids, lengths: null } as unknown as Batch),
		],
		[
			'Trainer.fit: "batchSize" must be a positive integer, got an object.',
			OptionError,
			() => asDataset(where, { ...ids, batchSize: {} } as unknown as Batch),
		],
		[
			"Trainer.fit: inputs must have batchSize 2 rows, got 3.",
			ShapeError,
			() => asDataset<"ids", "ids">(where, { ...ids, batchSize: 2 }),
		],
		[
			"Trainer.fit: inputs must hold a row, got none.",
			DataError,
			() => asDataset<"ids", "ids">(where, { inputs: [], targets: [] }),
		],
		["Trainer.fit: inputs must be an array, got undefined.", DataError, () => asDataset(where, {} as Batch)],
		[
			"Trainer.fit: targets must be an array, got null.",
			DataError,
			() => asDataset(where, { ...ids, targets: null } as unknown as Batch),
		],
		[
			'Trainer.fit: "batchSize" must be a positive integer, got undefined.',
			OptionError,
			() => asDataset<"values", "values">(where, values),
		],
		[
			'Trainer.fit: "steps" must be a positive integer, got 0.',
			OptionError,
			() =>
				asDataset<"values", "values">(where, {
					...values,
					batchSize: 3,
					steps: 0,
				}),
		],
		[
			"Trainer.fit: inputs must hold a multiple of batchSize 3 × steps 4 = 12 numbers, got 10.",
			ShapeError,
			() =>
				asDataset<"values", "values">(where, {
					...values,
					batchSize: 3,
					steps: 4,
				}),
		],
		[
			'batches: "batchSize" must be a positive integer, got 2.5.',
			OptionError,
			() => asDataset<"ids", "ids">(where, ids).batches({ batchSize: 2.5 }),
		],
	])("%s", (message, Class, call) => {
		expect(call).toThrow(new Class(message));
	});
});

const ORDER_OF_SEED_1 = [0, 3, 1, 2, 4, 5, 7, 6];
