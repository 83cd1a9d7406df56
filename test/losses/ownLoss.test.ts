// Is a loss of the user's own treated as a built-in one, and are the ways in which it can be wrong sentences that change nothing?

import { describe, expect, it } from "vitest";
import {
	type AnyLoss,
	type Batch,
	dense,
	type LossName,
	lastStep,
	lstm,
	Model,
	mae,
	OptionError,
	type OwnIdLoss,
	type OwnLoss,
	SGD,
	softmax,
	Trainer,
	TrainingError,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { expectClose, expectSame } from "../kernels/compare.ts";
import { random } from "../reference/random.ts";

const squares: OwnLoss = {
	name: "squares",
	loss(outputs, targets, gradient) {
		let sum = 0;
		for (const [j, output] of outputs.entries()) {
			const d = output - (targets[j] as number);
			gradient[j] = (2 * d) / outputs.length;
			sum += d * d;
		}
		return sum / outputs.length;
	},
	meaning: (mean) => ({ mean }),
};

const logLikelihood: OwnIdLoss = {
	name: "log-likelihood",
	targets: "ids",
	loss(outputs, [target], gradient) {
		const p = softmax(outputs);
		gradient.set(p);
		gradient[target as number] -= 1;
		return -Math.log(p[target as number] as number);
	},
};

const O = 5;
const steps = 60;

function layersOf(last: boolean) {
	return [lstm({ inputSize: 3, hiddenSize: 8 }), ...(last ? [lastStep()] : []), dense({ outputSize: O })] as never;
}

function batchOf(kind: "ids" | "values", last: boolean): Batch {
	const draw = random(7);
	const lengths = [steps, 11, 1, 40];
	const inputs = lengths.map((length) => Array.from({ length }, () => [draw(), draw(), draw()]));
	let k = 0;
	const target = () => (kind === "ids" ? k++ % O : Array.from({ length: O }, draw));
	const targets = inputs.map((row) => (last ? target() : row.map(target)));
	const weights = inputs.map((row) => (last ? [1, 0, 2, 0.5][k++ % 4] : row.map(() => [1, 0, 2, 0.5][k++ % 4])));
	return { inputs, targets, weights } as unknown as Batch;
}

async function trainerOf(loss: AnyLoss, { last = false, engine = "portable" as const, ...options } = {}) {
	const model = (await Model.create(layersOf(last), { seed: 5, engine })) as unknown as Model;
	const trainer = new Trainer(model, { loss, optimizer: new SGD({ learningRate: 0.1 }), ...options }) as Trainer;
	return { model, trainer };
}

const twins = [
	{ own: squares, built: "meanSquaredError" as LossName, kind: "values" },
	{ own: logLikelihood, built: "crossEntropy" as LossName, kind: "ids" },
] as const;

describe.each(engines)("on engine %s", (engine) => {
	it.each(twins)("$own.name is $built to rounding, a step or a row at a time", async ({ own, built, kind }) => {
		for (const last of [false, true]) {
			const batch = batchOf(kind, last);
			const mine = await trainerOf(own, { last, engine } as never);
			const theirs = await trainerOf(built, { last, engine } as never);
			const [a, b] = [mine.trainer.gradients(batch), theirs.trainer.gradients(batch)];
			expect(a.loss).toBeCloseTo(b.loss, 5);
			for (const [name, gradient] of b.gradients) expectClose(a.gradients.get(name) as Float32Array, gradient, name);
			expect(mine.trainer.inspect(batch).loss).toBe(a.loss);
			for (let update = 0; update < 5; update++)
				expect(mine.trainer.step(batch)).toBeCloseTo(theirs.trainer.step(batch), 4);
		}
	});
});

it("gives the same bits with a memory limit", async () => {
	for (const { own, kind } of twins) {
		const batch = batchOf(kind, false);
		const { model, trainer } = await trainerOf(own);
		const { workspaceBytes } = model.explain({ batchSize: 4, steps, loss: own });
		const limited = (await trainerOf(own, { memoryLimit: Math.floor(workspaceBytes * 0.9) } as never)).trainer;
		const [a, b] = [trainer.gradients(batch), limited.gradients(batch)];
		expect(b.loss).toBe(a.loss);
		for (const [name, gradient] of a.gradients) expectSame(b.gradients.get(name) as Float32Array, gradient, name);
	}
});

it("trains in fit, with metrics and a meaning", async () => {
	const { model, trainer } = await trainerOf(squares);
	const batch = batchOf("values", false);
	const data = { batches: () => [batch] };
	const { loss } = trainer.evaluate(data as never);
	await trainer.fit(data as never, { epochs: 20 });
	const after = trainer.evaluate(data as never, { metrics: [mae()] });
	expect(after.loss).toBeLessThan(loss);
	expect(after.mae).toBeGreaterThan(0);
	const { outputs, mean } = model.predict(batch, { loss: squares });
	expect(mean).toEqual(outputs);
	expect(model.predict(batch, { loss: logLikelihood })).not.toHaveProperty("mean");
});

it("sees copies, once for each live row whose weight is not 0, and a gradient of zeros", async () => {
	const seen: number[] = [];
	const loss: OwnLoss = {
		name: "counting",
		loss(outputs, targets, gradient) {
			expect([outputs.length, targets.length, gradient.length]).toEqual([O, O, O]);
			expect([...gradient]).toEqual(new Array(O).fill(0));
			seen.push(targets[0] as number);
			outputs.fill(Number.NaN);
			targets.fill(Number.NaN);
			return 1;
		},
	};
	const { trainer } = await trainerOf(loss);
	const batch = batchOf("values", false);
	const { loss: value, gradients } = trainer.gradients(batch);
	expect(value).toBe(1);
	for (const gradient of gradients.values()) expect([...gradient].every((g) => g === 0)).toBe(true);
	const live = (batch.weights as unknown as number[][]).flat().filter((weight) => weight > 0).length;
	expect(seen.length).toBe(live);
});

it("takes several outputs for each value of a target", async () => {
	const loss: OwnLoss = {
		name: "all",
		outputs: O,
		loss(outputs, targets, gradient) {
			expect(targets.length).toBe(1);
			gradient.fill(1);
			return outputs.reduce((sum, output) => sum + output, 0) - (targets[0] as number);
		},
	};
	const { trainer } = await trainerOf(loss);
	expect(Number.isFinite(trainer.step({ inputs: [[[1, 2, 3]]], targets: [[[4]]] } as never))).toBe(true);
	expect(() => trainer.step({ inputs: [[[1, 2, 3]]], targets: [[[4, 5, 6, 7, 8]]] } as never)).toThrow(
		/"all" takes a value/,
	);
});

describe("what goes wrong ends in a sentence, and nothing changes", () => {
	const failing = (row: OwnLoss["loss"], name = "mine"): OwnLoss => {
		let calls = 0;
		return { name, loss: (...given) => (++calls === 3 ? row(...given) : 0) };
	};
	const one = {
		inputs: [
			[
				[1, 2, 3],
				[1, 2, 3],
			],
			[
				[1, 2, 3],
				[1, 2, 3],
			],
		],
		targets: [0, 0].map(() => [0, 0].map(() => [0, 0, 0, 0, 0])),
	};

	it.each([
		[
			"throws",
			() => {
				throw new RangeError("no");
			},
			TrainingError,
			/^Trainer\.step: loss "mine" threw "no" for step \d of row \d\. Nothing was updated\.$/,
		],
		["NaN", () => Number.NaN, TrainingError, /returned NaN for step \d of row \d/],
		["text", () => "1" as never, OptionError, /loss "mine" must return a number, got "1" for step/],
		[
			"gradient",
			(_o: Float32Array, _t: Float32Array, gradient: Float32Array) => {
				gradient[2] = Number.POSITIVE_INFINITY;
				return 0;
			},
			TrainingError,
			/set gradient\[2\] to Infinity for step/,
		],
	] as const)("%s", async (_, row, type, sentence) => {
		const { model, trainer } = await trainerOf(failing(row as OwnLoss["loss"]));
		const before = [...model.parameters.values()].map((parameter) => parameter.read());
		const call = () => trainer.step(one as unknown as Batch);
		let error: unknown;
		try {
			call();
		} catch (caught) {
			error = caught;
		}
		expect(error).toBeInstanceOf(type);
		expect((error as Error).message).toMatch(sentence);
		expect(trainer.updateCount).toBe(0);
		for (const [index, parameter] of [...model.parameters.values()].entries())
			expectSame(parameter.read(), before[index] as Float32Array, parameter.name);
		// From the fourth call on it is well.
		expect(trainer.step(one as unknown as Batch)).toBe(0);
	});

	it("a step that is not finite is skipped where the trainer says so", async () => {
		const { trainer } = await trainerOf(
			failing(() => Number.NaN),
			{ onNonFinite: "skip" } as never,
		);
		expect(trainer.step(one as unknown as Batch)).toBeNaN();
		expect(trainer.skippedCount).toBe(1);
		expect(trainer.step(one as unknown as Batch)).toBe(0);
	});

	it("using the model inside", async () => {
		const own: { model?: Model } = {};
		const peek = (): number => own.model?.predict(one as never).outputs[0] ?? 0;
		const { model, trainer } = await trainerOf({ name: "greedy", loss: peek });
		own.model = model;
		expect(() => trainer.step(one as unknown as Batch)).toThrow(/can't use the model that it is computed for/);
	});

	it.each([
		[{ loss: () => 0 }, 'Trainer: loss: "name" must be a string, got undefined.'],
		[{ name: "mine" }, 'Trainer: loss: "loss" must be a function, got undefined.'],
		[{ name: "mine", loss: () => 0, outputs: 0 }, 'Trainer: loss: "outputs" must be a positive integer, got 0.'],
		[
			{ name: "mine", loss: () => 0, outputs: 2 },
			'Trainer: loss "mine" takes 2 outputs for each value of a target, but the model has 5 outputs.',
		],
		[{ name: "mine", loss: () => 0, output: 1 }, 'Trainer: loss: unknown option "output". Did you mean "outputs"?'],
		[{ name: "mine", loss: () => 0, targets: "id" }, 'Trainer: loss: "targets" must be "ids" or "values", got "id".'],
	] as [object, string][])("%#", async (loss, message) => {
		await expect(trainerOf(loss as never)).rejects.toThrow(message);
	});
});
