// Do data that come bit by bit train as those that are there, asked for one batch at a time, and does what is wrong with them end in
// a sentence, the trainer as it was before?
import { describe, expect, it } from "vitest";
import { Adam, dense, embedding, gru, lastStep, Model, type SourceRow, StreamData, Trainer } from "../../src/index.ts";
import { valuesOf } from "../models.ts";

type Row = SourceRow<"ids", "ids">;
const all: Row[] = Array.from({ length: 23 }, (_, row) => ({
	input: Array.from({ length: 1 + (row % 4) }, (_, t) => (row * 3 + t) % 5),
	target: row % 3,
	weight: 1 + (row % 2),
}));
const whole = {
	inputs: all.map(({ input }) => input),
	targets: all.map(({ target }) => target as number),
	weights: all.map(({ weight }) => weight as number),
};

async function* rows(): AsyncGenerator<Row, void, undefined> {
	yield* all;
}

async function* batches(size = 5) {
	for (let i = 0; i < all.length; i += size) {
		const part = <A>(array: readonly A[]) => array.slice(i, i + size);
		yield { inputs: part(whole.inputs), targets: part(whole.targets), weights: part(whole.weights) };
	}
}

async function create() {
	const model = await Model.create(
		[
			embedding({ vocabSize: 5, embeddingSize: 3 }),
			gru({ hiddenSize: 4 }),
			lastStep(),
			dense({ outputSize: 3 }),
		] as const,
		{ seed: 1, engine: "portable" },
	);
	return { model, trainer: new Trainer(model, { loss: "crossEntropy", optimizer: new Adam({ learningRate: 0.02 }) }) };
}

describe("a source", () => {
	it("of batches or of rows trains as its batches do, step by step", async () => {
		const [one, two, three, four] = await Promise.all([1, 2, 3, 4].map(create));
		for (let epoch = 0; epoch < 2; epoch++) for await (const batch of batches()) one?.trainer.step(batch);
		await two?.trainer.fit(() => batches(), { epochs: 2 });
		await three?.trainer.fit(rows, { epochs: 2, batchSize: 5 });
		await four?.trainer.fit({ [Symbol.asyncIterator]: rows }, { epochs: 2, batchSize: 5 });
		for (const other of [two, three, four])
			expect(valuesOf(other?.model as never)).toEqual(valuesOf(one?.model as never));
	});

	it("may be a function that gives what is there, and is told the seed of each epoch", async () => {
		const { trainer } = await create();
		const seeds: unknown[] = [];
		const source = ({ seed }: { seed?: number }) => {
			seeds.push(seed);
			return all;
		};
		await trainer.fit(source, { epochs: 2, batchSize: 23, seed: 3 });
		expect(new Set(seeds).size).toBe(2);
		expect(trainer.updateCount).toBe(2);
	});

	it("is evaluated to what its rows are", async () => {
		const { trainer } = await create();
		const there = trainer.evaluate(whole, { batchSize: 5 });
		expect(await trainer.evaluate(rows, { batchSize: 5 })).toEqual(there);
		expect(await trainer.evaluate(() => batches())).toEqual(there);
		const [epoch] = await trainer.fit(whole, { validation: rows, batchSize: 5 });
		expect(epoch?.validation).toEqual(trainer.evaluate(whole, { batchSize: 5 }));
	});

	it("is asked for no batch before the one before is done", async () => {
		const { trainer } = await create();
		let asked = 0;
		async function* source() {
			for await (const batch of batches()) {
				expect(trainer.updateCount).toBe(asked++);
				yield batch;
			}
		}
		await trainer.fit(source, { batchSize: 1 });
		expect(asked).toBe(5);
		let read = 0;
		async function* counted() {
			for (const row of all) {
				read++;
				yield row;
			}
		}
		await trainer.fit(counted, {
			batchSize: 4,
			onStep: ({ batch }) => expect(read).toBe(Math.min(23, batch * 4)) as never,
		});
	});

	it("with a buffer is shuffled by the seed, each row once", async () => {
		const order = async (seed?: number) => {
			const numbers: number[] = [];
			const data = StreamData.from<"ids", "ids">(rows, { buffer: 8 });
			for await (const { inputs } of data.batches({ batchSize: 4, ...(seed === undefined ? {} : { seed }) }))
				numbers.push(...(inputs as readonly number[][]).map((row) => whole.inputs.indexOf(row)));
			return numbers;
		};
		const inOrder = all.map((_, i) => i);
		expect(await order()).toEqual(inOrder);
		const [one, again, other] = [await order(1), await order(1), await order(2)];
		expect(one).toEqual(again);
		expect(one).not.toEqual(other);
		expect([...one].sort((a, b) => a - b)).toEqual(inOrder);
		// a row waits for the buffer to fill: none comes before the 11 that may be there
		for (const [place, row] of one.entries()) expect(row).toBeLessThanOrEqual(place + 8 + 3);
	});

	it("that never ends is passed through a stretch at a time, going on where it was", async () => {
		for (const buffer of [undefined, 3]) {
			let read = 0;
			let isClosed = false;
			async function* endless() {
				try {
					for (;;) yield { input: [1], target: 0, weight: read++ };
				} finally {
					isClosed = true;
				}
			}
			const data = StreamData.from<"ids", "ids">(endless(), { limit: 3, ...(buffer && { buffer }) });
			const seen: number[] = [];
			for (const seed of [1, 2, 3])
				for await (const { weights } of data.batches({ batchSize: 2, seed })) seen.push(...(weights as number[]));
			expect(seen).toHaveLength(18);
			expect(new Set(seen).size).toBe(18);
			if (buffer === undefined) expect(seen).toEqual(Array.from({ length: 18 }, (_, i) => i));
			expect(isClosed).toBe(false);
			for await (const _ of data.batches({ batchSize: 2 })) break;
			expect(isClosed).toBe(true);
		}
	});

	it("is closed where training ends before it", async () => {
		const { trainer } = await create();
		let closed = 0;
		async function* source() {
			try {
				yield* batches();
			} finally {
				closed++;
			}
		}
		expect(await trainer.fit(source, { onStep: () => false })).toEqual([]);
		expect(closed).toBe(1);
		async function* wrong() {
			try {
				yield { input: [9], target: 0 };
				yield null as never;
			} finally {
				closed++;
			}
		}
		await expect(trainer.fit(wrong, { batchSize: 2 })).rejects.toThrow("row 1 of the source");
		expect(closed).toBe(2);
	});

	it("that gives nothing any more ends with a signal, or in time", async () => {
		const { trainer } = await create();
		async function* hangs() {
			yield* all.slice(0, 5);
			await new Promise(() => {});
		}
		const signal = { aborted: false };
		const fitting = trainer.fit(hangs, { batchSize: 5, signal });
		setTimeout(() => {
			signal.aborted = true;
		}, 20);
		expect(await fitting).toEqual([]);
		expect(trainer.updateCount).toBe(1);
		expect(await trainer.fit(hangs, { batchSize: 5, minutes: 0.001 })).toEqual([]);
		expect(trainer.updateCount).toBe(2);
	});
});

describe("a source that is wrong ends in a sentence", () => {
	async function* failing(): AsyncGenerator<Row, void, undefined> {
		yield* all.slice(0, 12);
		throw new RangeError("disk full");
	}
	async function* one(row: unknown): AsyncGenerator<Row, void, undefined> {
		yield* all.slice(0, 7);
		yield row as Row;
	}
	async function* mixed(): AsyncGenerator<Row, void, undefined> {
		yield* all.slice(0, 2);
		yield { inputs: [[1]], targets: [1] } as never;
	}
	async function* hangs(): AsyncGenerator<Row, void, undefined> {
		await new Promise(() => {});
	}
	const used = rows();
	it.each<[string, (trainer: Trainer<"ids", "crossEntropy">) => unknown, number]>([
		[
			"Trainer.fit, batch 3 of epoch 1: the data could not be read: disk full",
			(trainer) => trainer.fit(failing, { batchSize: 5 }),
			2,
		],
		[
			"Trainer.evaluate, batch 2: the data could not be read: disk full",
			(trainer) => trainer.evaluate(failing, { batchSize: 7 }),
			0,
		],
		[
			"Trainer.fit, batch 2 of epoch 1: targets[7] is 3, but the model has 3 outputs (ids run from 0 to 2).",
			(trainer) => trainer.fit(() => one({ input: [1], target: 3 }), { batchSize: 5 }),
			1,
		],
		[
			"Trainer.evaluate: inputs[7, 1] is 5, but vocabSize is 5 (ids run from 0 to 4).",
			(trainer) => trainer.evaluate(() => one({ input: [1, 5], target: 1 })),
			0,
		],
		[
			"batches: row 7 of the source must be { input, target } or a batch { inputs, targets }, got null.",
			(trainer) => trainer.fit(() => one(null), { batchSize: 5 }),
			1,
		],
		[
			'batches: row 7 of the source: unknown option "targets". Did you mean "target"?',
			(trainer) => trainer.fit(() => one({ input: [1], targets: 1 }), { batchSize: 5 }),
			1,
		],
		[
			"batches: after 2 rows the source gave a batch. Give rows { input, target } only, or batches { inputs, targets } only.",
			(trainer) => trainer.fit(mixed),
			0,
		],
		["batches: the source gave nothing.", (trainer) => trainer.fit(() => []), 0],
		[
			"batches: the source gave nothing. It can be gone through only once: give a function that makes a new one for each pass.",
			(trainer) => trainer.fit(used, { epochs: 2, batchSize: 23 }),
			1,
		],
		[
			"batches: the source's function must return an iterable of rows or of batches, got 7.",
			(trainer) => trainer.fit((() => 7) as never),
			0,
		],
		[
			"batches: the source gave nothing for 0.01 seconds.",
			(trainer) => trainer.fit(StreamData.from<"ids", "ids">(hangs, { timeout: 0.01 })),
			0,
		],
		[
			"StreamData.from: the source must be an async iterable or a function that gives one, got an array of 1.",
			async () => StreamData.from([1] as never),
			0,
		],
		[
			'StreamData.from: unknown option "bufer". Did you mean "buffer"?',
			// @ts-expect-error a misspelt option does not compile
			async () => StreamData.from(rows, { bufer: 1 }),
			0,
		],
		['StreamData.from: "limit" must be a positive integer, got 0.', async () => StreamData.from(rows, { limit: 0 }), 0],
	])("%s", async (sentence, call, updates) => {
		const { trainer } = await create();
		await expect((async () => call(trainer))()).rejects.toThrow(sentence);
		expect(trainer.updateCount).toBe(updates);
		expect(await trainer.fit(whole, { batchSize: 23 })).toHaveLength(1);
	});

	it("and has what was thrown as its cause", async () => {
		const { trainer } = await create();
		const error = await trainer.fit(failing).catch((error) => error);
		expect(error.cause).toBeInstanceOf(RangeError);
	});
});
