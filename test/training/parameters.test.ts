// Is a frozen parameter as if it were not there, and does every optimizer take each parameter's own rates?

import { describe, expect, it } from "vitest";
import {
	Adadelta,
	Adagrad,
	Adam,
	Adamax,
	AdamW,
	ASGD,
	dense,
	gru,
	Lion,
	Model,
	NAdam,
	type ParametersOptions,
	RAdam,
	RMSprop,
	rnn,
	SGD,
	Trainer,
	type TrainerOptions,
} from "../../src/index.ts";
import { engines } from "../engines.ts";
import { expectSame } from "../kernels/compare.ts";
import { valuesOf } from "../models.ts";

const rows = Array.from({ length: 4 }, (_, row) => Array.from({ length: 5 }, (_, t) => [Math.sin(7 * row + t)]));
const data = { inputs: rows, targets: rows.map((row) => row.map(([x], t) => [(x as number) * Math.cos(t)])) };

async function create(options: Partial<TrainerOptions<"meanSquaredError">>, engine = engines[0]) {
	const layers = [gru({ inputSize: 1, hiddenSize: 5 }), rnn({ hiddenSize: 3 }), dense({ outputSize: 1 })] as const;
	const model = await Model.create(layers, { seed: 4, engine });
	const optimizer = new SGD({ learningRate: 0.05 });
	return { model, trainer: new Trainer(model, { loss: "meanSquaredError", optimizer, ...options }) };
}

type Made = Awaited<ReturnType<typeof create>>;
const read = ({ model }: Made, name: string) => model.parameters.get(name)?.read() as Float32Array;
const names = [
	"0.weight_ih",
	"0.weight_hh",
	"0.bias",
	"0.bias_hn",
	"1.weight_ih",
	"1.weight_hh",
	"1.bias",
	"2.weight",
	"2.bias",
];

const optimizers = {
	...{ SGD, RMSprop, Adam, AdamW, NAdam, RAdam, Adamax, Adagrad, Adadelta, ASGD, Lion },
};

describe.each(engines)("%s", (engine) => {
	it.each(Object.keys(optimizers) as (keyof typeof optimizers)[])(
		"%s takes each parameter's own rates",
		async (name) => {
			const make = (learningRate: number, weightDecay: number) => new optimizers[name]({ learningRate, weightDecay });
			const subject = await create(
				{
					optimizer: make(0.02, 0.1),
					parameters: {
						"*bias*": { weightDecay: 0 },
						"1.*": { learningRateFactor: 0.5 },
						"0.weight_hh": { frozen: true },
					},
				},
				engine,
			);
			const whole = await create({ optimizer: make(0.02, 0.1) }, engine);
			const flat = await create({ optimizer: make(0.02, 0) }, engine);
			const slow = await create({ optimizer: make(0.01, 0.1) }, engine);
			const both = await create({ optimizer: make(0.01, 0) }, engine);
			const before = read(subject, "0.weight_hh");
			// Of the first update only, since later gradients differ.
			for (const { trainer } of [subject, whole, flat, slow, both]) trainer.step(data);
			for (const parameter of names) {
				const [isBias, isSlow] = [parameter.includes("bias"), parameter[0] === "1"];
				const twin = isBias ? (isSlow ? both : flat) : isSlow ? slow : whole;
				const expected = parameter === "0.weight_hh" ? before : read(twin, parameter);
				expectSame(read(subject, parameter), expected, parameter);
			}
		},
	);

	it("the same rates for all, in groups, are the plain update to the bit", async () => {
		const parameters: ParametersOptions = { "0.*": { learningRateFactor: 1 }, "*.weight*": { weightDecay: 0.01 } };
		const clips = { clipAdaptive: 0.5, clipNorm: 0.4, clipValue: 0.1 };
		const optimizer = () => new Adam({ learningRate: 0.01, weightDecay: 0.01 });
		const [subject, twin] = [
			await create({ ...clips, parameters, optimizer: optimizer() }, engine),
			await create({ ...clips, optimizer: optimizer() }, engine),
		];
		for (let k = 0; k < 10; k++) expect(subject.trainer.step(data)).toBe(twin.trainer.step(data));
		expectSame(valuesOf(subject.model as never), valuesOf(twin.model as never), "parameters");
		expect(subject.trainer.gradientNorm).toBe(twin.trainer.gradientNorm);
	});

	it.each([{}, { clipParameterNorm: 0.05, clipAdaptive: 0.1 }])(
		"a frozen one has no share in the norm and keeps nothing, %o",
		async (clips) => {
			const optimizer = new AdamW({ learningRate: 0.01 });
			const { model, trainer } = await create(
				{ ...clips, optimizer, average: 0.9, parameters: { "0.*": { frozen: true } } },
				engine,
			);
			const { gradients } = trainer.gradients(data);
			trainer.step(data);
			let sum = 0;
			for (const [name, values] of gradients) if (name[0] !== "0") for (const value of values) sum += value * value;
			expect(trainer.gradientNorm).toBeCloseTo(Math.sqrt(sum), 6);
			expect(Math.max(...(gradients.get("0.weight_hh") ?? []))).toBeGreaterThan(0);
			const first = valuesOf(model as never);
			const report = trainer.inspect(data);
			for (const [name, { updateNorm }] of report.parameters) expect(updateNorm > 0, name).toBe(name[0] !== "0");
			await trainer.fit(data, { epochs: 4, batchSize: 2, accumulate: 2 });
			for (const [name, values] of trainer.slot("m"))
				expect(
					values.some((value) => value !== 0),
					name,
				).toBe(name[0] !== "0");
			const count = names
				.slice(0, 4)
				.reduce((size, name) => size + (model.parameters.get(name)?.read().length ?? 0), 0);
			expectSame(valuesOf(model as never).slice(0, count), first.slice(0, count), "frozen");
			expectSame(valuesOf((await trainer.averaged()) as never).slice(0, count), first.slice(0, count), "averaged");
		},
	);

	it("ASGD's averages have the frozen ones as they are", async () => {
		const { model, trainer } = await create(
			{ optimizer: new ASGD({ t0: 0 }), parameters: { "2.weight": { frozen: true } } },
			engine,
		);
		for (let k = 0; k < 5; k++) trainer.step(data);
		const averaged = await trainer.averaged();
		expectSame(
			averaged.parameters.get("2.weight")?.read() ?? [],
			model.parameters.get("2.weight")?.read() ?? [],
			"frozen",
		);
		expect(averaged.parameters.get("2.bias")?.read()).not.toEqual(model.parameters.get("2.bias")?.read());
	});
});

describe("bad input", () => {
	const all = names.join(", ");
	it.each([
		[
			{ "3.*": { frozen: true } },
			`Trainer: parameters["3.*"] fits no parameter. The model has ${all}; * stands for any characters.`,
		],
		[
			{ "0.weight": { frozen: true } },
			`Trainer: parameters["0.weight"] fits no parameter. The model has ${all}; * stands for any characters.`,
		],
		[{ "*": { frozen: true } }, 'Trainer: "parameters" freezes every parameter. Leave some to be trained.'],
		[
			{ "*": { learningRateFactor: -1 } },
			'Trainer: parameters["*"]: "learningRateFactor" must be a finite number at least 0, got -1.',
		],
		[
			{ "*": { weightDecay: Number.NaN } },
			'Trainer: parameters["*"]: "weightDecay" must be a finite number at least 0, got NaN.',
		],
		[{ "*": { frozen: 1 } }, 'Trainer: parameters["*"]: "frozen" must be true or false, got 1.'],
		[{ "*": { frozn: true } }, 'Trainer: parameters["*"]: unknown option "frozn". Did you mean "frozen"?'],
		[{ "*": true }, 'Trainer: parameters["*"]: options must be an object, got true.'],
		[[], 'Trainer: "parameters" must be an object, as { "*.bias": { weightDecay: 0 } }, got an array of 0.'],
	])("%o", async (parameters, sentence) => {
		await expect(create({ parameters: parameters as never })).rejects.toThrow(sentence);
	});
});
