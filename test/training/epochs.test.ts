// Does one call of `fit` after the other do what a single one of all their epochs does?
import { describe, expect, it } from "vitest";
import { Adam, type Dataset, dense, embedding, gru, Model, RaggedData, Random, Trainer } from "../../src/index.ts";
import { valuesOf } from "../models.ts";

const random = new Random(4);
const inputs = Array.from({ length: 23 }, () => Array.from({ length: 1 + random.integer(5) }, () => random.integer(6)));
const targets = inputs.map((row) => row.map((id) => id % 4));

async function create() {
	const model = await Model.create(
		[embedding({ vocabSize: 6, embeddingSize: 3 }), gru({ hiddenSize: 5 }), dense({ outputSize: 4 })],
		{ seed: 1, engine: "portable" },
	);
	return { model, trainer: new Trainer(model, { loss: "crossEntropy", optimizer: new Adam({ learningRate: 0.02 }) }) };
}

/** The rows, and the order in which they were drawn, an entry for each epoch. */
function recorded(): { dataset: Dataset<"ids", "ids">; orders: number[][] } {
	const data = RaggedData.from({ inputs, targets }) as Dataset<"ids", "ids">;
	const orders: number[][] = [];
	const batches: typeof data.batches = (options) => {
		const drawn = [...data.batches(options)];
		orders.push(drawn.flatMap((batch) => (batch.inputs as number[][]).map((row) => inputs.indexOf(row))));
		return drawn;
	};
	return { dataset: { size: data.size, batches }, orders };
}

const options = { batchSize: 5, seed: 7 };

describe("fit after fit", () => {
	it("is one fit, to the bit", async () => {
		const [parts, whole] = [await create(), await create()];
		const first = await parts.trainer.fit({ inputs, targets }, { ...options, epochs: 1 });
		const second = await parts.trainer.fit({ inputs, targets }, { ...options, epochs: 2 });
		const all = await whole.trainer.fit({ inputs, targets }, { ...options, epochs: 3 });
		expect([...first, ...second].map(({ loss }) => loss)).toEqual(all.map(({ loss }) => loss));
		expect(valuesOf(parts.model)).toEqual(valuesOf(whole.model));
		expect([...first, ...second].map(({ epoch }) => epoch)).toEqual([1, 1, 2]);
	});

	it("draws another order, whatever data it is and however the one before ended", async () => {
		const { trainer } = await create();
		const { dataset, orders } = recorded();
		await trainer.fit(dataset, options);
		await trainer.fit(dataset, { ...options, epochs: 5, onEpoch: ({ epoch }) => epoch < 2 });
		const validation = { inputs, targets: [] } as never;
		await expect(trainer.fit(dataset, { ...options, validation })).rejects.toThrow();
		await trainer.fit(dataset, options);
		const single = recorded();
		await (await create()).trainer.fit(single.dataset, { ...options, epochs: 4 });
		expect(orders).toEqual(single.orders);
		expect(new Set(orders.map(String)).size).toBe(4);
	});

	it("repeats the order of an epoch that did not end", async () => {
		const { trainer } = await create();
		const { dataset, orders } = recorded();
		const wrong = { inputs, targets: targets.map((row) => row.map(() => 9)) };
		await expect(trainer.fit(wrong, options)).rejects.toThrow(/^Trainer\.fit, batch 1 of epoch 1: /);
		await trainer.fit(dataset, options);
		const single = recorded();
		await (await create()).trainer.fit(single.dataset, options);
		expect(orders).toEqual(single.orders);
	});

	it("is of each trainer by itself", async () => {
		const { model, trainer } = await create();
		const { dataset, orders } = recorded();
		await trainer.fit(dataset, options);
		await new Trainer(model, { loss: "crossEntropy", optimizer: new Adam() }).fit(dataset, options);
		expect(orders[1]).toEqual(orders[0]);
	});
});
