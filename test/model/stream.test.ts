// Does a stream carry its own state, whatever else its model does in between?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	Adam,
	dense,
	embedding,
	gru,
	indRnn,
	lastStep,
	lstm,
	Model,
	minGru,
	minLstm,
	Random,
	rnn,
	type States,
	sLstm,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";

describe.each(engines)("%s", (engine) => {
	const create = () =>
		Model.create(
			[
				embedding({ vocabSize: 7, embeddingSize: 3 }),
				lstm({ hiddenSize: 5 }),
				gru({ hiddenSize: 6 }),
				gru({ hiddenSize: 2, reset: "before" }),
				rnn({ hiddenSize: 3 }),
				indRnn({ hiddenSize: 5 }),
				minGru({ hiddenSize: 4 }),
				minLstm({ hiddenSize: 6 }),
				sLstm({ hiddenSize: 6, heads: 2 }),
				sLstm({ hiddenSize: 5 }),
				dense({ outputSize: 7 }),
			],
			{ seed: 1, engine },
		);

	/** What a model may be asked to do between two steps of a stream. */
	const events = fc.array(
		fc.oneof(
			fc.record({
				push: fc.integer({ min: 0, max: 2 }),
				id: fc.integer({ min: 0, max: 6 }),
			}),
			fc.record({ reset: fc.integer({ min: 0, max: 2 }) }),
			fc.record({
				rows: fc.integer({ min: 1, max: 9 }),
				steps: fc.integer({ min: 1, max: 9 }),
				call: fc.constantFrom("predict", "evaluate", "gradients", "step", "fail"),
			}),
		),
		{ minLength: 5, maxLength: 25 },
	);

	it("three streams, predictions and training in any order: each as if alone", () =>
		fc.assert(
			fc.asyncProperty(events, async (list) => {
				const [model, other] = [await create(), await create()];
				const streams = [0, 1, 2].map(() => model.stream());
				const states: (States | undefined)[] = [];
				const [trainer, twin] = [model, other].map(
					(of) =>
						new Trainer(of, {
							loss: "crossEntropy",
							optimizer: new Adam({ learningRate: 0.1 }),
						}),
				);
				for (const event of list) {
					if ("push" in event) {
						const { push, id } = event;
						const { outputs, finalState } = other.predict({
							inputs: [[id]],
							initialState: states[push],
						});
						states[push] = finalState;
						expect(streams[push].push(id)).toEqual(outputs);
					} else if ("reset" in event) {
						streams[event.reset].reset();
						states[event.reset] = undefined;
					} else {
						const { rows, steps, call } = event;
						const inputs = new Uint8Array(rows * steps).fill(steps % 7);
						const batch = { inputs, targets: inputs, batchSize: rows, steps };
						if (call === "predict") model.predict(batch);
						else if (call === "fail") expect(() => trainer.step({ ...batch, targets: [] })).toThrow();
						else trainer[call](batch);
						if (call === "step") twin.step(batch);
					}
				}
			}),
			{ numRuns: 40 },
		));

	it("goes on for long, and a new one begins at the beginning", async () => {
		const model = await create();
		const random = new Random(1);
		const ids = Int32Array.from({ length: 300 }, () => random.uniform(0, 7));
		const whole = model.predict({ inputs: ids, batchSize: 1, steps: 300 });
		for (let time = 0; time < 2; time++) {
			const stream = model.stream();
			const outputs = Array.from(ids, (id) => [...stream.push(id)]);
			expect(outputs.flat()).toEqual([...whole.outputs]);
		}
	});

	it("writes where it is told to, and only the outputs", async () => {
		const model = await create();
		const expected = model.stream().push(3);
		const all = new Float32Array(11).fill(9);
		const out = all.subarray(2, 9);
		expect(model.stream().push(3, out)).toBe(out);
		expect([...all]).toEqual([9, 9, ...expected, 9, 9]);
	});

	it("takes features, in any array, and gives the last step at each step", async () => {
		const model = await Model.create([lstm({ inputSize: 2, hiddenSize: 3 }), lastStep(), dense({ outputSize: 1 })], {
			seed: 2,
			engine,
		});
		const steps = [
			[0.5, -1],
			[2, 0.25],
			[-0.5, 0],
		];
		const [a, b] = [model.stream(), model.stream()];
		for (const [t, x] of steps.entries()) {
			const { outputs } = model.predict({ inputs: [steps.slice(0, t + 1)] });
			expect(a.push(x)).toEqual(outputs);
			expect(b.push(Float64Array.from(x))).toEqual(outputs);
		}
	});
});
