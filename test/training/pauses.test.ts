// Does the event loop get its turn while `fit` trains and validates, however long batches take?

import { describe, expect, it } from "vitest";
import { Adam, type Batch, dense, Model, rnn, Trainer } from "../../src/index.ts";
import { valuesOf } from "../models.ts";

const rows = Array.from({ length: 4 }, (_, row) => [[Math.sin(row)], [Math.cos(row)]]);
const batch: Batch<"values", "values"> = { inputs: rows, targets: rows };

/** Batches that take so long to come. */
function slow(count: number, milliseconds: number) {
	return {
		size: count,
		*batches() {
			for (let k = 0; k < count; k++) {
				for (const end = Date.now() + milliseconds; Date.now() < end; );
				yield batch;
			}
		},
	};
}

async function create() {
	const model = await Model.create([rnn({ inputSize: 1, hiddenSize: 3 }), dense({ outputSize: 1 })], { seed: 1 });
	const options = { loss: "meanSquaredError", optimizer: new Adam(), average: 0.5 } as const;
	return { model, trainer: new Trainer(model, options) };
}

/** How many turns the event loop gets while `run` runs. */
async function turnsDuring(run: () => Promise<unknown>, take = () => {}): Promise<number> {
	let turns = 0;
	const timer = setInterval(() => {
		turns++;
		take();
	}, 1);
	await run();
	clearInterval(timer);
	return turns;
}

describe("fit", () => {
	it("gives a turn after every long batch, also of those that make an update together", async () => {
		for (const accumulate of [1, 4]) {
			const { trainer } = await create();
			const turns = await turnsDuring(() => trainer.fit(slow(4, 60), { accumulate }));
			expect(turns).toBeGreaterThanOrEqual(4);
		}
	});

	it("gives turns while it validates, in which the parameters are those that are trained", async () => {
		for (const weights of ["trained", "average"] as const) {
			const { model, trainer } = await create();
			trainer.step(batch);
			trainer.step(batch);
			const data = { size: 1, batches: () => [batch] };
			let trained: Float32Array | undefined;
			const seen: Float32Array[] = [];
			const turns = await turnsDuring(
				() =>
					trainer.fit(data, {
						validation: slow(4, 60),
						weights,
						onStep: () => {
							trained = valuesOf(model as never);
						},
					}),
				() => void seen.push(valuesOf(model as never)),
			);
			expect(turns).toBeGreaterThanOrEqual(3);
			expect(seen.length).toBe(turns);
			for (const values of seen) expect(values).toEqual(trained);
		}
	});
});
