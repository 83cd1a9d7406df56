// Can what an optimizer keeps be looked at, and predicted with where it is an average? And are the numbers that kernels take at an
// update those of its formula, however late?

import { expect, it } from "vitest";
import { Adam, ASGD, dense, lstm, Model, NAdam, OptionError, RAdam, Random, SGD, Trainer } from "../../src/index.ts";
import { valuesOf } from "../models.ts";

const random = new Random(3);
const list = (length: number) => Array.from({ length }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
const batch = { inputs: [list(4), list(2)], targets: [list(4), list(2)] };
const create = async () =>
	(await Model.create([lstm({ inputSize: 2, hiddenSize: 3 }), dense({ outputSize: 2 })], {
		seed: 1,
	})) as Model<"values">;
const flat = (slot: ReadonlyMap<string, Float32Array>) =>
	Float32Array.from([...slot.values()].flatMap((values) => [...values]));

it("a slot is zeros at first, then a copy for each parameter, also beside another trainer's", async () => {
	const model = await create();
	const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new Adam({ beta1: 0.5 }) });
	const other = new Trainer(model, { loss: "meanSquaredError", optimizer: new Adam() });
	expect([...trainer.slot("m").keys()]).toEqual([...model.parameters.keys()]);
	expect(flat(trainer.slot("m")).every((value) => value === 0)).toBe(true);
	const { gradients } = trainer.gradients(batch);
	trainer.step(batch);
	const kept = trainer.slot("m");
	for (const [name, gradient] of gradients) expect(kept.get(name)).toEqual(gradient.map((g) => g / 2));
	kept.get("1.bias")?.fill(7);
	other.step(batch);
	expect(trainer.slot("m").get("1.bias")).toEqual(gradients.get("1.bias")?.map((g) => g / 2));
	expect(flat(other.slot("m"))).not.toEqual(flat(trainer.slot("m")));
});

it("averages of ASGD are the means of the parameters after t0 updates, and can be predicted with", async () => {
	const model = await create();
	const optimizer = new ASGD({ learningRate: 0.5, lambd: 0, t0: 2 });
	const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer });
	const seen: Float32Array[] = [];
	for (let step = 0; step < 6; step++) {
		trainer.step(batch);
		seen.push(valuesOf(model));
		const counted = seen.slice(Math.max(0, Math.min(step, 3)));
		const mean = seen[0].map((_, j) => counted.reduce((sum, values) => sum + values[j], 0) / counted.length);
		const average = flat(trainer.slot("average"));
		for (const [j, value] of mean.entries()) expect(average[j]).toBeCloseTo(value, 6);
	}
	const before = model.predict(batch);
	for (const [name, values] of trainer.slot("average")) model.parameters.get(name)?.write(values);
	expect(model.predict(batch)).not.toEqual(before);
	expect(trainer.slot("average").get("1.weight")).toEqual(model.parameters.get("1.weight")?.read());
});

it("says which slots there are", async () => {
	const model = await create();
	const of = (optimizer: Adam | SGD) => new Trainer(model, { loss: "meanSquaredError", optimizer });
	expect(() => of(new Adam()).slot("average")).toThrow(
		new OptionError('Trainer.slot: "name" must be "m" or "v", got "average".'),
	);
	expect(() => of(new SGD()).slot("m")).toThrow(new OptionError('Trainer.slot: the optimizer keeps nothing, got "m".'));
});

it("NAdam's momenta are those of the whole product, of which it takes no more than changes anything", () => {
	for (const settings of [{}, { beta1: 0.999, momentumDecay: 1 }, { beta1: 0 }, { momentumDecay: 1e300 }]) {
		const { beta1, momentumDecay, ...optimizer } = new NAdam(settings);
		const mu = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
		const nadam = Object.assign(new NAdam(settings), { learningRate: 1 });
		expect(optimizer.epsilon).toBe(1e-8);
		let product = 1;
		for (let t = 1; t <= 3000; t++) {
			product *= mu(t);
			const { rate, ahead } = nadam.settings(t);
			expect(Math.abs(rate / ((1 - mu(t)) / (1 - product)) - 1)).toBeLessThan(1e-11);
			const expected = mu(t + 1) / (1 - product * mu(t + 1));
			expect(Math.abs(ahead - expected)).toBeLessThanOrEqual(1e-11 * expected);
		}
	}
});

it("settings are finite for any options and at any update", () => {
	const large = 1e300;
	for (const count of [1, 2, 1e3, 1e9]) {
		const optimizers = [
			...[new NAdam({ beta2: 0, momentumDecay: large }), new RAdam({ beta1: 0, beta2: 0 }), new RAdam({ beta2: 0.6 })],
			...[
				new ASGD({ learningRate: 1e10, lambd: 1e290 }),
				new ASGD({ alpha: large, lambd: 1 }),
				new ASGD({ t0: large }),
			],
			...[new ASGD({ lambd: 0 }), new ASGD({ learningRate: 0 })],
		];
		for (const optimizer of optimizers)
			for (const [name, value] of Object.entries(optimizer.settings(count)))
				expect(Number.isFinite(value), `${name} ${value} at ${count}`).toBe(true);
	}
	expect(new ASGD({ learningRate: 0.5, lambd: 0 }).settings(1e6)).toMatchObject({ rate: 0.5, shrink: 1 });
});
