// Are losses' options checked, targets of another width and out of range told about, descriptions plain, and meanings right?

import { describe, expect, it } from "vitest";
import { keyOf } from "../../src/compile/program.ts";
import {
	type AnyLoss,
	binaryCrossEntropy,
	crossEntropy,
	DataError,
	dense,
	gaussian,
	huber,
	type Loss,
	lstm,
	Model,
	mae,
	meanAbsoluteError,
	metric,
	OptionError,
	poisson,
	quantile,
	SGD,
	ShapeError,
	Trainer,
} from "../../src/index.ts";
import { lossOf } from "../../src/losses/index.ts";

const optimizer = new SGD({ learningRate: 0.1 });

async function trainerOf(loss: AnyLoss, outputSize: number) {
	const layers = [lstm({ inputSize: 1, hiddenSize: 3 }), dense({ outputSize })] as const;
	const model = await Model.create(layers, { seed: 2 });
	return { model, trainer: new Trainer(model, { loss, optimizer }) as unknown as Trainer };
}

const inputs = [[[1], [2]], [[3]]];

describe("options", () => {
	it.each([
		[() => huber({ delta: 0 }), 'huber: "delta" must be a finite number above 0, got 0.'],
		[() => huber({ slope: 1 } as never), 'huber: unknown option "slope".'],
		[
			() => quantile({ levels: [] }),
			'quantile: "levels" must be a list of rising numbers above 0 and below 1, as [0.1, 0.5, 0.9], got',
		],
		[() => quantile({} as never), 'quantile: "levels" must be a list of rising numbers'],
		[
			() => quantile({ levels: [0.5, 0.1] }),
			'quantile: "levels[1]" must be a finite number above 0.5 and below 1, got 0.1.',
		],
		[() => quantile({ levels: [1] }), 'quantile: "levels[0]" must be a finite number above 0 and below 1, got 1.'],
		[
			() => crossEntropy({ labelSmoothing: 2 }),
			'crossEntropy: "labelSmoothing" must be a finite number at least 0 and at most 1, got 2.',
		],
		[
			() => crossEntropy({ classWeights: 3 as never }),
			'crossEntropy: "classWeights" must be a list of numbers, one for each class, got 3.',
		],
		[
			() => crossEntropy({ classWeights: [1, -1] }),
			'crossEntropy: "classWeights[1]" must be a finite number at least 0',
		],
		[() => crossEntropy({ labelsmoothing: 0 } as never), 'Did you mean "labelSmoothing"?'],
	])("%#", (call, message) => {
		expect(call).toThrow(OptionError);
		expect(call).toThrow(message);
	});

	it.each([
		[
			"gaussian" as const,
			3,
			'Trainer: loss "gaussian" takes 2 outputs for each value of a target, but the model has 3 outputs. Give its last layer a multiple of 2 as outputSize.',
		],
		[
			quantile({ levels: [0.1, 0.5, 0.9] }),
			1,
			'loss "quantile" takes 3 outputs for each value of a target, but the model has 1 output.',
		],
		[
			crossEntropy({ classWeights: [1, 2] }),
			3,
			'Trainer: "classWeights" of loss "crossEntropy" has 2 entries, but the model has 3 outputs. Give a weight for each class.',
		],
	])("that don't fit the model: %#", async (loss, size, message) => {
		await expect(trainerOf(loss, size)).rejects.toThrow(OptionError);
		await expect(trainerOf(loss, size)).rejects.toThrow(message);
		const model = await Model.create([lstm({ inputSize: 1, hiddenSize: size })]);
		expect(() => model.predict({ inputs }, { loss })).toThrow(message.replace("Trainer", "Model.predict"));
	});
});

describe("descriptions", () => {
	const all: readonly (readonly [Loss, object])[] = [
		[crossEntropy(), {}],
		[crossEntropy({ labelSmoothing: 0, classWeights: [1, 2] }), { classWeights: [1, 2] }],
		[crossEntropy({ labelSmoothing: 0.1 }), { labelSmoothing: 0.1 }],
		[huber(), { delta: 1 }],
		[huber({ delta: 2 }), { delta: 2 }],
		[quantile({ levels: [0.1] }), { levels: [0.1] }],
		[quantile({ levels: [0.2] }), { levels: [0.2] }],
		[meanAbsoluteError(), {}],
		[binaryCrossEntropy(), {}],
		[poisson(), {}],
		[gaussian(), {}],
	];

	it("are frozen, and plain data says all of them", () => {
		for (const [loss, options] of all) {
			expect(Object.isFrozen(loss)).toBe(true);
			expect(Object.isFrozen(loss.options)).toBe(true);
			expect(JSON.parse(JSON.stringify(loss.options))).toEqual(options);
		}
	});

	it("have keys of their own, one for the same options", () => {
		const keys = all.map(([loss]) => keyOf({ kind: "evaluate", loss }));
		expect(new Set(keys).size).toBe(all.length);
		expect(keyOf({ kind: "evaluate", loss: huber() })).toBe(keyOf({ kind: "evaluate", loss: huber({ delta: 1 }) }));
		expect(keyOf({ kind: "evaluate", loss: lossOf("", "poisson") })).toBe(keyOf({ kind: "evaluate", loss: poisson() }));
	});
});

describe("targets", () => {
	it("of gaussian and quantile are one value for several outputs", async () => {
		const { trainer } = await trainerOf("gaussian", 4);
		expect(() =>
			trainer.step({
				inputs,
				targets: [
					[
						[1, 2],
						[3, 4],
					],
					[[5, 6]],
				],
			} as never),
		).not.toThrow();
		const wide = {
			inputs,
			targets: [
				[
					[1, 2, 3, 4],
					[1, 2, 3, 4],
				],
				[[1, 2, 3, 4]],
			],
		} as never;
		expect(() => trainer.step(wide)).toThrow(ShapeError);
		expect(() => trainer.step(wide)).toThrow('Loss "gaussian" takes a value for each 2 of 4 outputs.');
		const flat = { inputs: Float32Array.of(1, 2), batchSize: 1, steps: 2, targets: new Float32Array(8) } as never;
		expect(() => trainer.step(flat)).toThrow('Loss "gaussian" takes a value for each 2 of 4 outputs.');
	});

	it.each([
		["binaryCrossEntropy", 1.5, 'is 1.5; targets of loss "binaryCrossEntropy" must lie from 0 to 1.'],
		["poisson", -1, 'is -1; targets of loss "poisson" must be at least 0.'],
		["poisson", Number.NaN, "is NaN"],
	] as const)("of %s out of range: %d", async (loss, value, message) => {
		const { model, trainer } = await trainerOf(loss, 2);
		const before = model.parameters.get("1.weight")?.read();
		const batch = {
			inputs,
			targets: [
				[
					[0, 1],
					[0, value],
				],
				[[0, 1]],
			],
		} as never;
		expect(() => trainer.step(batch)).toThrow(DataError);
		expect(() => trainer.step(batch)).toThrow(`Trainer.step: targets[0, 1, 1] ${message}`);
		expect(model.parameters.get("1.weight")?.read()).toEqual(before);
	});

	it("whose classes all weigh 0 have no mean", async () => {
		const { trainer } = await trainerOf(crossEntropy({ classWeights: [0, 1] }), 2);
		const batch = (id: number) => ({ inputs, targets: [[id, id], [id]] }) as never;
		expect(() => trainer.step(batch(0))).toThrow(DataError);
		expect(Number.isFinite(trainer.step(batch(1)))).toBe(true);
	});
});

describe("meanings", () => {
	it("of every loss", async () => {
		const { model } = await trainerOf("meanSquaredError", 6);
		const batch = { inputs: [[[1], [2]]] };
		const y = [...model.predict(batch).outputs];
		const at = (places: readonly number[]) => [0, 6].flatMap((begin) => places.map((j) => y[begin + j] as number));
		const close = (actual: Float32Array, expected: readonly number[]) => {
			expect(actual.length).toBe(expected.length);
			for (const [j, value] of expected.entries()) expect(actual[j]).toBeCloseTo(value, 6);
		};
		const normal = model.predict(batch, { loss: "gaussian" });
		close(normal.mean, at([0, 1, 2]));
		close(
			normal.deviation,
			at([3, 4, 5]).map((s) => Math.exp(s / 2)),
		);
		const { quantiles } = model.predict(batch, { loss: quantile({ levels: [0.1, 0.9] }) });
		close(quantiles[0] as Float32Array, at([0, 2, 4]));
		close(quantiles[1] as Float32Array, at([1, 3, 5]));
		close(
			model.predict(batch, { loss: "binaryCrossEntropy" }).probabilities,
			y.map((v) => 1 / (1 + Math.exp(-v))),
		);
		close(
			model.predict(batch, { loss: "poisson" }).mean,
			y.map((v) => Math.exp(v)),
		);
		for (const loss of ["meanAbsoluteError", huber()] as const) close(model.predict(batch, { loss }).mean, y);
		const smooth = model.predict(batch, { loss: crossEntropy({ labelSmoothing: 0.5 }) }).probabilities;
		close(smooth, [...model.predict(batch, { loss: "crossEntropy" }).probabilities]);
	});

	it("are what metrics see, beside targets that are fewer than outputs", async () => {
		const targets = [
			[
				[5, 7],
				[6, 8],
			],
			[[7, 9]],
		];
		const first = metric({
			...{ name: "first", targets: "values", better: "lower" },
			begin: () => new Float64Array(2),
			see: (kept, _, target: Float32Array) => {
				kept[0] += target[0] as number;
				kept[1] += target[1] as number;
			},
			result: ([a, b]) => [a, b],
		});
		for (const loss of ["gaussian", quantile({ levels: [0.3, 0.6] })] as const) {
			const { trainer } = await trainerOf(loss, 4);
			const data = { batches: () => [{ inputs, targets }] } as never;
			expect(trainer.evaluate(data, { metrics: [first] as never })).toMatchObject({ first: [18, 24] });
		}
		const { trainer } = await trainerOf("gaussian", 4);
		const data = { batches: () => [{ inputs, targets }] } as never;
		expect((trainer.evaluate(data, { metrics: [mae()] as never }) as never as { mae: number }).mae).toBeGreaterThan(3);
	});
});

it("accuracy leaves class weights out, the mean has them in", async () => {
	const classWeights = [1, 3];
	const { trainer } = await trainerOf(crossEntropy({ classWeights }), 2);
	const plain = await trainerOf("crossEntropy", 2);
	const batches = [
		{ inputs, targets: [[0, 1], [1]] },
		{ inputs, targets: [[1, 1], [0]] },
	];
	const data = { batches: () => batches } as never;
	const [a, b] = [trainer.evaluate(data), plain.trainer.evaluate(data)];
	expect(a.accuracy).toBeCloseTo(b.accuracy as number, 12);
	const whole = { inputs: [...inputs, ...inputs], targets: [[0, 1], [1], [1, 1], [0]] } as never;
	expect(a.loss).toBeCloseTo(trainer.gradients(whole).loss, 6);
	expect(a.loss).not.toBeCloseTo(b.loss, 3);
});
