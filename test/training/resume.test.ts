// Does a trainer that was saved and loaded go on to the same bits, wherever it stood?

import { describe, expect, it } from "vitest";
import {
	Adadelta,
	Adagrad,
	Adam,
	Adamax,
	AdamW,
	ASGD,
	type Batch,
	confusionMatrix,
	cosine,
	type Dataset,
	dense,
	dropout,
	embedding,
	exponential,
	type FitOptions,
	f1,
	gru,
	type Layer,
	Lion,
	lstm,
	type Metric,
	Model,
	NAdam,
	type Optimizer,
	oneCycle,
	perplexity,
	plateau,
	RAdam,
	Random,
	RMSprop,
	rnn,
	type Schedule,
	SGD,
	step,
	TextData,
	Trainer,
	type TrainerOptions,
	topK,
	warmup,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { valuesOf } from "../models.ts";

const random = new Random(3);
const sequence = (length: number) => Array.from({ length }, () => Math.floor(random.uniform(0, 5)));
const rows = Array.from({ length: 14 }, (_, row) => sequence(1 + (row % 5)));
const data: Batch<"ids", "ids"> = { inputs: rows, targets: rows.map((row) => row.map((id) => (id + 1) % 5)) };
const held: Batch<"ids", "ids"> = { inputs: [sequence(4)], targets: [sequence(4)] };

const layers = (): readonly Layer[] => [
	embedding({ vocabSize: 5, embeddingSize: 4, dropout: 0.1 }),
	lstm({ hiddenSize: 6, zoneout: { h: 0.1 }, initialState: "learned" }),
	dropout({ rate: 0.3, shared: "steps" }),
	gru({ hiddenSize: 5, weightDropout: 0.2 }),
	dense({ outputSize: 5 }),
];

type Options = Omit<TrainerOptions<"crossEntropy">, "loss">;
type Ids = Trainer<"ids", "crossEntropy">;

describe.each(engines)("%s", (engine) => {
	const make = async (options: Options, list = layers()): Promise<Ids> => {
		const model = (await Model.create(list, { seed: 2, engine })) as Model<"ids">;
		return new Trainer(model, { loss: "crossEntropy", ...options });
	};
	const again = (trainer: Ids) => Trainer.load<"ids", "crossEntropy">(trainer.save());
	const stateOf = (trainer: Ids) => ({
		...{ values: valuesOf(trainer.model), updates: trainer.updateCount, norm: trainer.gradientNorm },
		rate: trainer.optimizer.learningRate,
	});

	const optimizers: readonly (() => Optimizer)[] = [
		...[() => new SGD(), () => new SGD({ momentum: 0.9, nesterov: true, weightDecay: 0.1 })],
		...[() => new RMSprop(), () => new RMSprop({ centered: true, momentum: 0.5 }), () => new Adam({ beta1: 0.8 })],
		...[
			() => new AdamW({ weightDecay: 0.2 }),
			() => new NAdam(),
			() => new RAdam(),
			() => new Adamax(),
			() => new Adagrad(),
		],
		...[() => new Adadelta(), () => new ASGD({ t0: 2 }), () => new ASGD({ nonMonotone: 1 }), () => new Lion()],
	];
	it.each(optimizers.map((optimizer) => [optimizer().constructor.name, optimizer] as const))(
		"%s",
		async (_, optimizer) => {
			const trainer = await make({ optimizer: optimizer(), seed: 5, clipNorm: 1, clipAdaptive: 0.5 });
			for (let count = 0; count < 3; count++) trainer.step(data);
			const copy = await again(trainer);
			expect(copy.model).not.toBe(trainer.model);
			expect(copy.optimizer).toEqual(trainer.optimizer);
			expect(stateOf(copy)).toEqual(stateOf(trainer));
			for (let count = 0; count < 3; count++) expect(copy.step(data)).toBe(trainer.step(data));
			expect(stateOf(copy)).toEqual(stateOf(trainer));
			for (const name of trainer.optimizer.slots) expect(copy.slot(name)).toEqual(trainer.slot(name));
		},
	);

	const schedules: readonly (() => Schedule)[] = [
		...[() => step({ from: 0.1, every: 2 }), () => exponential({ from: 0.1, to: 0.01, updates: 5 })],
		...[() => cosine({ from: 0.1, updates: 9 }), () => oneCycle({ most: 0.1, updates: 9 }), () => warmup(4, 0.1)],
		...[() => warmup(3, cosine({ from: 0.1, to: 0.05, updates: 7 })), () => plateau({ from: 0.1, patience: 0 })],
		() => warmup(2, plateau({ from: 0.1, patience: 0, factor: 0.5 })),
	];
	it.each(schedules.map((schedule, index) => [index, schedule] as const))("schedule %i", async (_, schedule) => {
		const trainer = await make({ optimizer: new SGD({ learningRate: schedule() }) });
		const see = ({ optimizer }: Ids, loss: number) => optimizer.schedule?.see?.(loss);
		for (const loss of [3, 2, 4]) {
			trainer.step(data);
			see(trainer, loss);
		}
		const copy = await again(trainer);
		for (const loss of [5, 1, 2]) {
			expect(copy.step(data)).toBe(trainer.step(data));
			for (const each of [copy, trainer]) see(each, loss);
		}
		expect(stateOf(copy)).toEqual(stateOf(trainer));
	});

	it("every option of the trainer", async () => {
		const options = {
			clipParameterNorm: 0.5,
			clipValue: 0.1,
			omega: 2,
			memoryLimit: 90_000,
			average: 0.9,
			parameters: { "*bias*": { weightDecay: 0 }, "0.*": { frozen: true } },
		} as const;
		const list = [embedding({ vocabSize: 5, embeddingSize: 3 }), rnn({ hiddenSize: 6 }), dense({ outputSize: 5 })];
		const trainer = await make({ ...options, optimizer: new Adam(), onNonFinite: "skip", seed: 2 ** 40 }, list);
		trainer.step(data);
		const copy = await again(trainer);
		expect(copy).toMatchObject({ omega: 2, average: 0.9, clipValue: 0.1, clipParameterNorm: 0.5, onNonFinite: "skip" });
		expect(copy.step(data)).toBe(trainer.step(data));
		expect(copy.slot("average")).toEqual(trainer.slot("average"));
		expect(copy.evaluate(held, { weights: "average" })).toEqual(trainer.evaluate(held, { weights: "average" }));
		expect(copy.skippedCount).toBe(0);
	});

	it("before the first step", async () => {
		const trainer = await make({ optimizer: new Adam() });
		const copy = await again(trainer);
		expect(copy.step(data)).toBe(trainer.step(data));
	});

	it("rows go on from the states that a batch left, with an overlap too", async () => {
		for (const overlap of [0, 2]) {
			const trainer = await make({ optimizer: new Adam() });
			const long = { inputs: [sequence(5), sequence(6)], targets: [sequence(5), sequence(6)] };
			trainer.step({ ...long, overlap });
			const before = trainer.finalState;
			const copy = await again(trainer);
			expect(copy.finalState).toEqual(before);
			expect(copy.step({ ...long, continues: [true, false], overlap })).toBe(
				trainer.step({ ...long, continues: [true, false], overlap }),
			);
			expect(stateOf(copy)).toEqual(stateOf(trainer));
		}
	});

	it("saving changes nothing", async () => {
		const [one, other] = [await make({ optimizer: new Adam() }), await make({ optimizer: new Adam() })];
		const text = TextData.from("abcde".repeat(20));
		const onStep = () => void other.save();
		await one.fit(text.streams({ rows: 2, steps: 6, overlap: 2 }), { epochs: 2 });
		await other.fit(text.streams({ rows: 2, steps: 6, overlap: 2 }), { epochs: 2, onStep });
		expect(stateOf(other)).toEqual(stateOf(one));
	});

	type Fit = FitOptions<"ids", "ids", readonly Metric[]>;
	const fits: readonly (readonly [string, () => Options, () => Dataset<"ids", "ids"> | Batch<"ids", "ids">, Fit])[] = [
		[
			"shuffled rows",
			() => ({ optimizer: new Adam({ learningRate: 0.05 }), seed: 3 }),
			() => data,
			{ batchSize: 4, seed: 9 },
		],
		[
			"early stopping, the best restored, a plateau, an average",
			() => ({ optimizer: new SGD({ learningRate: plateau({ from: 2, patience: 0 }) }), average: 0.8 }),
			() => data,
			{
				...{ batchSize: 5, validation: held, earlyStopping: { patience: 2, restoreBest: true }, weights: "average" },
				metrics: [topK(2), f1(), perplexity()],
			},
		],
		["several batches an update", () => ({ optimizer: new RMSprop() }), () => data, { batchSize: 3, accumulate: 2 }],
		[
			"streams",
			() => ({ optimizer: new Adam({ learningRate: warmup(3, cosine({ from: 0.1, updates: 20 })) }) }),
			() => TextData.from("abcdeedcba".repeat(6)).streams({ rows: 2, steps: 7, overlap: 3 }),
			{ validation: held },
		],
	];
	it.each(fits)("in the middle of a fit, at any update: %s", async (_, options, of, fit) => {
		const files: Uint8Array[] = [];
		const whole = await make(options());
		const history = await whole.fit(of(), {
			...{ epochs: 3, ...fit },
			onStep: () => void files.push(whole.save()),
			onEpoch: () => void files.push(whole.save()),
		});
		expect(files.length).toBeGreaterThan(6);
		for (const file of files) {
			const trainer = await Trainer.load<"ids", "crossEntropy">(file);
			expect(await trainer.fit(of(), { epochs: 3, ...fit })).toEqual(history);
			expect(stateOf(trainer)).toEqual(stateOf(whole));
			expect(trainer.finalState).toEqual(whole.finalState);
		}
	});

	it("a file of a file goes on as the first", async () => {
		const whole = await make({ optimizer: new Adam() });
		let file = new Uint8Array();
		await whole.fit(data, {
			epochs: 2,
			batchSize: 4,
			onStep({ batch }) {
				if (batch === 2) file = whole.save();
			},
		});
		const copy = await again(await Trainer.load(file));
		await copy.fit(data, { epochs: 2, batchSize: 4 });
		expect(stateOf(copy)).toEqual(stateOf(whole));
	});

	it("once a fit is over, the next one begins anew; and with resume: false", async () => {
		const trainer = await make({ optimizer: new Adam() });
		let file = new Uint8Array();
		await trainer.fit(data, {
			batchSize: 4,
			onStep() {
				file = trainer.save();
			},
		});
		expect(await (await again(trainer)).fit(data, { epochs: 2, batchSize: 4 })).toHaveLength(2);
		const copy = await Trainer.load<"ids", "crossEntropy">(file);
		const history = await copy.fit(data, { epochs: 2, batchSize: 7, resume: false });
		expect(history.map(({ epoch }) => epoch)).toEqual([1, 2]);
		expect(copy.updateCount).toBe(4 + 4);
	});

	it("minutes count on", async () => {
		const trainer = await make({ optimizer: new Adam() });
		let file = new Uint8Array();
		await trainer.fit(data, {
			minutes: 0.01,
			onStep() {
				file = trainer.save();
			},
		});
		const copy = await Trainer.load<"ids", "crossEntropy">(file);
		const begin = Date.now();
		await copy.fit(data, { minutes: 0.01 });
		expect(Date.now() - begin).toBeLessThan(500);
	});
});

describe("bad files and uses", () => {
	const trained = async () => {
		const model = (await Model.create(layers(), { seed: 2, engine: "portable" })) as Model<"ids">;
		return new Trainer(model, { loss: "crossEntropy", optimizer: new Adam() });
	};

	it("the model can be read from it", async () => {
		const trainer = await trained();
		trainer.step(data);
		const model = await Model.load(trainer.save());
		expect(valuesOf(model)).toEqual(valuesOf(trainer.model));
	});

	it("a model's file holds no trainer", async () => {
		const { model } = await trained();
		await expect(Trainer.load(model.save())).rejects.toThrow(
			"Trainer.load: the file holds no trainer, but a model: read it with Model.load. Save one with trainer.save().",
		);
	});

	it("what no file can hold is asked for", async () => {
		const { model } = await trained();
		const rate = (update: number) => 0.1 / update;
		const trainer = new Trainer(model, { loss: "crossEntropy", optimizer: new SGD({ learningRate: rate }) });
		trainer.step(data);
		const file = trainer.save();
		await expect(Trainer.load(file)).rejects.toThrow(
			"Trainer.load: the learning rate follows a function of yours, which no file can hold. Give it again: { schedule }.",
		);
		const copy = await Trainer.load<"ids", "crossEntropy">(file, { schedule: rate });
		expect(copy.step(data)).toBe(trainer.step(data));
		class Own extends SGD {}
		const own = new Trainer(model, { loss: "crossEntropy", optimizer: new Own() });
		await expect(Trainer.load(own.save())).rejects.toThrow("the optimizer is one of yours, which no file can hold.");
		await Trainer.load(own.save(), { optimizer: new Own() });
	});

	it("other data or options than those of the fit that goes on are sentences, and change nothing", async () => {
		const trainer = await trained();
		let file = new Uint8Array();
		await trainer.fit(data, {
			batchSize: 4,
			seed: 1,
			onStep({ batch }) {
				if (batch === 2) file = trainer.save();
			},
		});
		const copy = await Trainer.load<"ids", "crossEntropy">(file);
		const before = valuesOf(copy.model);
		for (const [options, sentence] of [
			[{ batchSize: 5, seed: 1 }, 'when "batchSize" was 4; now it is 5. Give the same to go on, or set resume: false'],
			[{ batchSize: 4 }, 'when "seed" was 1; now it is 0.'],
			[{ batchSize: 4, seed: 1, accumulate: 2 }, 'when "accumulate" was 1; now it is 2.'],
		] as const)
			await expect(copy.fit(data, options)).rejects.toThrow(
				`Trainer.fit: this trainer was saved while it was fitting, ${sentence}`,
			);
		await expect(copy.fit(held, { batchSize: 4, seed: 1 })).rejects.toThrow(
			"when the number of rows was 14; now it is 1.",
		);
		expect(valuesOf(copy.model)).toEqual(before);
		await copy.fit(data, { batchSize: 4, seed: 1 });
		expect(valuesOf(copy.model)).toEqual(valuesOf(trainer.model));
	});

	it("metrics that keep a lot go on too", async () => {
		const layers = [embedding({ vocabSize: 5, embeddingSize: 2 }), dense({ outputSize: 400 })] as const;
		const model = await Model.create(layers, { seed: 1 });
		const trainer = new Trainer(model, { loss: "crossEntropy", optimizer: new SGD() });
		const options = { batchSize: 4, metrics: [confusionMatrix()] } as const;
		let file = new Uint8Array();
		const history = await trainer.fit(data, {
			...options,
			onStep({ batch }) {
				if (batch === 2) file = trainer.save();
			},
		});
		const copy = await Trainer.load<"ids", "crossEntropy">(file);
		expect(await copy.fit(data, options)).toEqual(history);
	});

	it("other metrics than those of the fit that goes on are a sentence", async () => {
		const trainer = await trained();
		let file = new Uint8Array();
		const metrics = [topK(2)] as const;
		await trainer.fit(data, {
			batchSize: 4,
			metrics,
			onStep({ batch }) {
				if (batch === 2) file = trainer.save();
			},
		});
		const copy = await Trainer.load<"ids", "crossEntropy">(file);
		const before = valuesOf(copy.model);
		await expect(copy.fit(data, { batchSize: 4, metrics: [f1()] })).rejects.toThrow(
			'with other "metrics". Give the same',
		);
		const short = { size: 14, batches: () => [data] };
		await expect(copy.fit(short, { batchSize: 4, metrics })).rejects.toThrow("have only 1 now");
		expect(valuesOf(copy.model)).toEqual(before);
		await copy.fit(data, { batchSize: 4, metrics });
		expect(valuesOf(copy.model)).toEqual(valuesOf(trainer.model));
	});

	it("saving between the batches of an update is a sentence", async () => {
		const trainer = await trained();
		const batches = [data, data].map((batch) => batch);
		let error: unknown;
		const dataset: Dataset<"ids", "ids"> = {
			size: 28,
			*batches() {
				yield* batches.slice(0, 1);
				try {
					trainer.save();
				} catch (thrown) {
					error = thrown;
				}
				yield* batches.slice(1);
			},
		};
		await trainer.fit(dataset, { accumulate: 2 });
		expect(String(error)).toContain("Trainer.save: batches wait for their update, since fit accumulates.");
	});

	it("a broken file is a FormatError, whatever is broken", async () => {
		const trainer = await trained();
		let file = new Uint8Array();
		await trainer.fit(data, {
			batchSize: 4,
			onStep() {
				file = trainer.save();
			},
		});
		const header = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
		const text = new TextDecoder().decode(file.subarray(8, 8 + header));
		const changed = (from: string, to: string) => {
			expect(text).toContain(from);
			const bytes = new TextEncoder().encode(text.replace(from, to).trimEnd().padEnd(header));
			const copy = new Uint8Array(8 + bytes.length + file.length - 8 - header);
			copy.set(file.subarray(0, 8));
			new DataView(copy.buffer).setUint32(0, bytes.length, true);
			copy.set(bytes, 8);
			copy.set(file.subarray(8 + header), 8 + bytes.length);
			return copy;
		};
		for (const [from, to, sentence] of [
			['\\"version\\":1', '\\"version\\":9', "is of version 9"],
			['\\"updateCount\\":4', '\\"updateCount\\":-4', 'broken at "steps.updateCount"'],
			['\\"epoch\\":1,\\"batch', '\\"epoch\\":{},\\"batch', 'broken at "fit.place.epoch"'],
			['\\"name\\":\\"Adam\\"', '\\"name\\":\\"Eve\\"', 'optimizer is wrong. "Eve" is no optimizer.'],
			['\\"beta1\\":0.9', '\\"beta1\\":9', "optimizer is wrong. Adam:"],
			['\\"loss\\":\\"crossEntropy\\"', '\\"loss\\":\\"x\\"', "the file's options are wrong. Trainer:"],
			['"trainer.steps.slots.m.1.bias"', '"trainer.steps.slots.m.1.bia_"', 'broken at "steps.slots.m.1.bias"'],
			['\\"engine\\":\\"portable\\"', '\\"engine\\":\\"slow\\"', '"engine" must be'],
		] as const)
			await expect(Trainer.load(changed(from, to))).rejects.toThrow(sentence);
		for (let size = 0; size < file.length; size += 997)
			await expect(Trainer.load(file.subarray(0, size))).rejects.toThrow("Trainer.load: ");
		const draws = new Random(1);
		for (let count = 0; count < 300; count++) {
			const copy = file.slice();
			copy[8 + Math.floor(draws.uniform(0, header))] = Math.floor(draws.uniform(0, 256));
			try {
				await Trainer.load(copy);
			} catch (error) {
				expect((error as Error).name).toMatch(/^(FormatError|OptionError)$/);
			}
		}
	});
});
