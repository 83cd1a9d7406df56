// Does training do what it says: epochs, seeds, validation, evaluation by hand, and does every cell learn?
import { describe, expect, it } from "vitest";
import {
	Adadelta,
	Adagrad,
	Adam,
	Adamax,
	AdamW,
	ASGD,
	bidirectional,
	dense,
	type Epoch,
	embedding,
	gru,
	indRnn,
	Lion,
	lastStep,
	lstm,
	Model,
	minGru,
	minLstm,
	NAdam,
	type Optimizer,
	RAdam,
	RaggedData,
	Random,
	type RecurrentLayer,
	RMSprop,
	rnn,
	SGD,
	sLstm,
	Trainer,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { valuesOf } from "../models.ts";

/** Rows of unequal lengths, a class for each step, weights that are no whole numbers. */
function sentences(rows: number, seed = 1) {
	const random = new Random(seed);
	const below = (limit: number) => Math.floor(random.uniform(0, limit));
	const inputs = Array.from({ length: rows }, () => Array.from({ length: 1 + below(5) }, () => below(6)));
	const targets = inputs.map((row) => row.map((id) => (id + row[0]) % 4));
	const weights = inputs.map((row) => row.map(() => random.uniform(0.5, 2)));
	return { inputs, targets, weights };
}

async function classifier(learningRate = 0.02) {
	const model = await Model.create(
		[embedding({ vocabSize: 6, embeddingSize: 3 }), gru({ hiddenSize: 5 }), dense({ outputSize: 4 })],
		{ seed: 1, engine: "portable" },
	);
	const trainer = new Trainer(model, {
		loss: "crossEntropy",
		optimizer: new Adam({ learningRate }),
		clipNorm: 1,
	});
	return { model, trainer };
}

it("Adam with decoupled weight decay is AdamW, to the bit, and not Adam", async () => {
	const data = sentences(7);
	const trained = await Promise.all(
		[
			new AdamW({ weightDecay: 0.5 }),
			new Adam({ weightDecay: 0.5, decoupledWeightDecay: true }),
			new Adam({ weightDecay: 0.5 }),
		].map(async (optimizer) => {
			const { model } = await classifier();
			const trainer = new Trainer(model, { loss: "crossEntropy", optimizer });
			for (let step = 0; step < 3; step++) trainer.step(data);
			return valuesOf(model);
		}),
	);
	expect(trained[1]).toEqual(trained[0]);
	expect(trained[2]).not.toEqual(trained[0]);
});

describe("fit", () => {
	const data = sentences(23);
	const weightOf = ({ weights }: { weights: readonly number[][] }) =>
		weights.flat().reduce((sum, weight) => sum + Math.fround(weight), 0);

	it("is a step for each batch, in an order that each epoch's seed decides", async () => {
		const [fitted, stepped] = [await classifier(), await classifier()];
		const history = await fitted.trainer.fit(data, {
			epochs: 3,
			batchSize: 5,
			seed: 7,
		});
		for (const [index, { epoch, loss }] of history.entries()) {
			expect(epoch).toBe(index + 1);
			let [sum, weight] = [0, 0];
			const seed = new Random(7, epoch).uint32();
			const options = { batchSize: 5, seed };
			for (const batch of RaggedData.from(data).batches(options)) {
				const share = weightOf(batch as typeof data);
				sum += stepped.trainer.step(batch) * share;
				weight += share;
			}
			expect(loss).toBeCloseTo(sum / weight, 12);
		}
		expect(history.length).toBe(3);
		expect(fitted.trainer.updateCount).toBe(15);
		expect(valuesOf(fitted.model)).toEqual(valuesOf(stepped.model));
	});

	it("gives the same for the same seed, another for another, from arrays or a dataset", async () => {
		const valuesAfter = async (from: typeof data | RaggedData<never, never>, seed: number) => {
			const { model, trainer } = await classifier();
			await trainer.fit(from, { epochs: 2, batchSize: 4, seed });
			return valuesOf(model);
		};
		const first = await valuesAfter(data, 1);
		expect(await valuesAfter(data, 1)).toEqual(first);
		const dataset = RaggedData.from(data) as RaggedData<never, never>;
		expect(await valuesAfter(dataset, 1)).toEqual(first);
		expect(await valuesAfter(data, 2)).not.toEqual(first);
	});

	it("by default is one epoch of batches of 32, without validation", async () => {
		const many = sentences(70);
		const { trainer } = await classifier();
		const history = await trainer.fit(many);
		expect(trainer.updateCount).toBe(3);
		expect(history.map(Object.keys)).toEqual([["epoch", "loss"]]);
	});

	it("evaluates validation data after each epoch, and tells onEpoch", async () => {
		const { model, trainer } = await classifier();
		const validation = sentences(9, 2);
		const seen: Epoch[] = [];
		const history = await trainer.fit(data, {
			epochs: 2,
			validation,
			onEpoch(epoch) {
				expect(trainer.evaluate(validation)).toEqual(epoch.validation);
				seen.push(epoch);
			},
		});
		expect(seen).toEqual(history);
		expect(history.length).toBe(2);
		expect(history[1].validation).toEqual(trainer.evaluate(validation));
		expect(history[0].validation).not.toEqual(history[1].validation);
		expect(model.engine).toBe("portable");
	});

	it("ends when onEpoch gives false, now or later", async () => {
		const { trainer } = await classifier();
		const ending = (at: number) => (epoch: Epoch) => epoch.epoch !== at;
		const now = await trainer.fit(data, { epochs: 9, onEpoch: ending(2) });
		expect(now.length).toBe(2);
		const later = await trainer.fit(data, {
			epochs: 9,
			onEpoch: async (epoch) => {
				await new Promise((resume) => setTimeout(resume, 1));
				return ending(3)(epoch);
			},
		});
		expect(later.length).toBe(3);
		expect(trainer.updateCount).toBe(5);
	});

	it("lets the event loop run", async () => {
		const { trainer } = await classifier();
		let turns = 0;
		const timer = setInterval(() => turns++, 1);
		await trainer.fit(data, {
			epochs: 20_000,
			onEpoch: () => turns === 0,
		});
		clearInterval(timer);
		expect(turns).toBeGreaterThan(0);
	});
});

describe.each(engines)("evaluate, %s", (engine) => {
	it("class ids: loss and accuracy as by hand, whatever the batches", async () => {
		const model = await Model.create(
			[embedding({ vocabSize: 6, embeddingSize: 3 }), bidirectional(lstm({ hiddenSize: 3 })), dense({ outputSize: 4 })],
			{ seed: 1, engine },
		);
		const trainer = new Trainer(model, {
			loss: "crossEntropy",
			optimizer: new SGD(),
		});
		const data = sentences(40);
		const { outputs, shape } = model.predict(data);
		let [loss, right, sum] = [0, 0, 0];
		for (const [row, classes] of data.targets.entries()) {
			for (const [t, target] of classes.entries()) {
				const begin = (row * shape[1] + t) * 4;
				const logits = [...outputs.subarray(begin, begin + 4)];
				const weight = data.weights[row][t];
				const all = Math.log(logits.reduce((a, y) => a + Math.exp(y), 0));
				loss += weight * (all - logits[target]);
				if (logits[target] === Math.max(...logits)) right += weight;
				sum += weight;
			}
		}
		expect(right).toBeGreaterThan(0);
		expect(right).toBeLessThan(sum);
		for (const options of [{}, { batchSize: 7 }, { batchSize: 1 }]) {
			const { loss: actual, accuracy } = trainer.evaluate(data, options);
			expect(actual).toBeCloseTo(loss / sum, 6);
			expect(accuracy).toBeCloseTo(right / sum, 6);
		}
	});

	it("values: the weighted mean of squares over rows and outputs, and no accuracy", async () => {
		const model = await Model.create([rnn({ inputSize: 1, hiddenSize: 3 }), lastStep(), dense({ outputSize: 2 })], {
			seed: 1,
			engine,
		});
		const trainer = new Trainer(model, {
			loss: "meanSquaredError",
			optimizer: new SGD(),
		});
		const inputs = [[[1], [2]], [[-1]], [[0.5], [3], [1]]];
		const targets = [
			[1, 2],
			[0, -1],
			[0.5, 0],
		];
		const weights = [1, 0.25, 3];
		const { outputs } = model.predict({ inputs });
		const squares = targets.map((row, r) => row.reduce((sum, y, j) => sum + (y - outputs[2 * r + j]) ** 2, 0));
		const sum = squares.reduce((all, square, r) => all + weights[r] * square, 0);
		const evaluation = trainer.evaluate({ inputs, targets, weights });
		expect(Object.keys(evaluation)).toEqual(["loss"]);
		expect(evaluation.loss).toBeCloseTo(sum / (4.25 * 2), 6);
	});
});

const cells: [string, (hiddenSize: number, first: object) => RecurrentLayer][] = [
	["rnn", (hiddenSize, first) => rnn({ hiddenSize, ...first })],
	["rnn relu", (hiddenSize, first) => rnn({ hiddenSize, activation: "relu", ...first })],
	["lstm", (hiddenSize, first) => lstm({ hiddenSize, ...first })],
	["gru", (hiddenSize, first) => gru({ hiddenSize, ...first })],
	["gru reset-before", (hiddenSize, first) => gru({ hiddenSize, reset: "before", ...first })],
];

/** Their units do not see each other, so that one layer of them adds up but hardly tells apart what it has seen. */
const independent: typeof cells = [
	["indRnn", (hiddenSize, first) => indRnn({ hiddenSize, ...first })],
	["minGru", (hiddenSize, first) => minGru({ hiddenSize, ...first })],
	["minLstm", (hiddenSize, first) => minLstm({ hiddenSize, ...first })],
	["sLstm", (hiddenSize, first) => sLstm({ hiddenSize, ...first })],
	["sLstm heads", (hiddenSize, first) => sLstm({ hiddenSize, heads: 4, ...first })],
];

describe.each(engines)("%s learns", (engine) => {
	it.each(cells)("to echo what came two steps before: %s", async (_, cell) => {
		const model = await Model.create(
			[embedding({ vocabSize: 4, embeddingSize: 8 }), cell(24, {}), dense({ outputSize: 4 })],
			{ seed: 1, engine },
		);
		const trainer = new Trainer(model, {
			loss: "crossEntropy",
			optimizer: new Adam({ learningRate: 0.01 }),
			clipNorm: 1,
		});
		const random = new Random(5);
		const draw = (rows: number) => {
			const inputs = Array.from({ length: rows }, () =>
				Array.from({ length: 10 }, () => Math.floor(random.uniform(0, 4))),
			);
			const targets = inputs.map((row) => row.map((_, t) => row[t - 2] ?? 0));
			const weights = inputs.map((row) => row.map((_, t) => +(t > 1)));
			return { inputs, targets, weights };
		};
		const unseen = draw(64);
		expect(trainer.evaluate(unseen).accuracy).toBeLessThan(0.5);
		for (let step = 0; step < 300; step++) trainer.step(draw(16));
		expect(trainer.evaluate(unseen).accuracy).toBeGreaterThan(0.97);
	});

	it.each([...cells, ...independent])("to add the two marked numbers of a row: %s", async (_, cell) => {
		const model = await Model.create([cell(24, { inputSize: 2 }), lastStep(), dense({ outputSize: 1 })], {
			seed: 1,
			engine,
		});
		const trainer = new Trainer(model, {
			loss: "meanSquaredError",
			optimizer: new Adam({ learningRate: 0.01 }),
			clipNorm: 1,
		});
		const random = new Random(6);
		const draw = (rows: number) => {
			const inputs: number[][][] = [];
			const targets: number[][] = [];
			for (let row = 0; row < rows; row++) {
				const length = 4 + Math.floor(random.uniform(0, 4));
				const first = Math.floor(random.uniform(0, length - 1));
				const second = first + 1 + Math.floor(random.uniform(0, length - 1 - first));
				const steps = Array.from({ length }, (_, t) => [random.uniform(), +(t === first || t === second)]);
				inputs.push(steps);
				targets.push([steps[first][0] + steps[second][0]]);
			}
			return { inputs, targets };
		};
		const unseen = draw(100);
		for (let step = 0; step < 600; step++) trainer.step(draw(16));
		// Always saying 1, the mean, is wrong by 1/6.
		expect(trainer.evaluate(unseen).loss).toBeLessThan(0.04);
	});

	it.each<[string, Optimizer]>([
		["SGD", new SGD({ learningRate: 0.5, momentum: 0.9, nesterov: true })],
		["RMSprop", new RMSprop({ learningRate: 0.005, centered: true, momentum: 0.5 })],
		["Adam", new Adam({ learningRate: 0.02 })],
		["AdamW", new AdamW({ learningRate: 0.02, weightDecay: 0.01 })],
		["NAdam", new NAdam({ learningRate: 0.02 })],
		["RAdam", new RAdam({ learningRate: 0.02 })],
		["Adamax", new Adamax({ learningRate: 0.03 })],
		["Adagrad", new Adagrad({ learningRate: 0.1 })],
		["Adadelta", new Adadelta({ epsilon: 1e-4 })],
		["ASGD", new ASGD({ learningRate: 2, lambd: 0 })],
		["Lion", new Lion({ learningRate: 3e-3, weightDecay: 0.01 })],
	])("parity, by fit with %s", async (_, optimizer) => {
		const model = await Model.create([lstm({ inputSize: 1, hiddenSize: 12 }), dense({ outputSize: 2 })], {
			seed: 2,
			engine,
		});
		const trainer = new Trainer(model, {
			loss: "crossEntropy",
			optimizer,
			clipNorm: 1,
		});
		const inputs: number[][][] = [];
		for (let word = 0; word < 64; word++) inputs.push(Array.from({ length: 6 }, (_, t) => [(word >> t) & 1]));
		const targets = inputs.map((row) => {
			let parity = 0;
			return row.map(([bit]) => (parity ^= bit));
		});
		const history = await trainer.fit(
			{ inputs, targets },
			{ epochs: 300, batchSize: 16, onEpoch: ({ loss }) => loss > 0.02 },
		);
		expect(history[0].loss).toBeGreaterThan(0.6);
		expect(trainer.evaluate({ inputs, targets }).accuracy).toBe(1);
	});
});
