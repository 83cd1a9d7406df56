// Is a step one program whose phases can be run apart, and does its plan share memory without changing a bit?

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readStates } from "../../src/batch/states.ts";
import { connect, type Network, sizeOf } from "../../src/compile/network.ts";
import { type LossPurpose, type Purpose, writeProgram } from "../../src/compile/program.ts";
import { createEngine, type Engine, type EngineName } from "../../src/engine/engine.ts";
import { type KernelName, kernels } from "../../src/engine/kernels.ts";
import { OptionError } from "../../src/errors.ts";
import {
	Adadelta,
	Adam,
	AdamW,
	ASGD,
	type Batch,
	dense,
	type Layer,
	lstm,
	type Optimizer,
	RMSprop,
	SGD,
} from "../../src/index.ts";
import { lossOf } from "../../src/losses/index.ts";
import { type ExplainOptions, explain } from "../../src/model/explain.ts";
import { Capacity } from "../../src/plan/capacity.ts";
import { aligned } from "../../src/plan/memory.ts";
import { type Packing, packingOf } from "../../src/plan/packing.ts";
import { type Plan, planProgram } from "../../src/plan/plan.ts";
import {
	at,
	type Buffer,
	bufferOf,
	type Call,
	callsOf,
	type Operand,
	PHASES,
	type Phase,
} from "../../src/plan/program.ts";
import { Carry } from "../../src/run/carry.ts";
import type { Job } from "../../src/run/job.ts";
import { Runtime } from "../../src/run/runtime.ts";
import type { Sequences } from "../../src/sequences.ts";
import { runBatch } from "../../src/training/batch.ts";
import { engines } from "../engines.ts";
import { expectClose, expectSame } from "../kernels/compare.ts";
import { layerOf } from "../models.ts";
import type { NamedValues } from "../reference/cells.ts";
import { clipByNorm, clipByValue } from "../reference/clip.ts";
import { adadelta, asgd } from "../reference/furtherOptimizers.ts";
import type { Layer as ReferenceLayer } from "../reference/layers.ts";
import type { LossName } from "../reference/losses.ts";
import { add, type Vector } from "../reference/matrix.ts";
import { modelGradients, type RaggedBatch } from "../reference/model.ts";
import { adam, adamw, rmsprop, sgd, type Update } from "../reference/optimizers.ts";
import { random } from "../reference/random.ts";
import { Bench, benchFor, placeOf } from "./hand.ts";
import { purposes, stacks, WIDTH } from "./stacks.ts";

const FEATURES = 3;
const CLASSES = 6;

interface Model {
	readonly layers: readonly ReferenceLayer[];
	readonly loss: LossName;
	/** Whether its targets are one for each row, not for each step. */
	readonly last: boolean;
}

const lstmLayer = { type: "lstm", hiddenSize: 5 } as const;
const models: Readonly<Record<string, Model>> = {
	"ids, both directions": {
		layers: [
			{ type: "embedding", vocabSize: WIDTH, embeddingSize: 5 },
			{ type: "bidirectional", layer: lstmLayer },
			{ type: "gru", hiddenSize: 6, reset: "before" },
			{ type: "dense", outputSize: CLASSES },
		],
		loss: "crossEntropy",
		last: false,
	},
	"values to a last step": {
		layers: [
			{ type: "gru", hiddenSize: 5, reset: "after" },
			{ type: "lastStep" },
			{ type: "dense", outputSize: CLASSES },
		],
		loss: "meanSquaredError",
		last: true,
	},
	"a bare cell": { layers: [lstmLayer], loss: "meanSquaredError", last: false },
	"many parameters": {
		layers: [
			{ type: "rnn", hiddenSize: 70, activation: "tanh" },
			{ type: "dense", outputSize: CLASSES },
		],
		loss: "crossEntropy",
		last: false,
	},
};

const networkOf = ({ layers }: Model) =>
	connect(
		layers.map((layer, index) => layerOf(layer, index === 0 ? FEATURES : undefined)),
		"test",
	);

/** Rows of these lengths, with weights. */
function batchOf({ layers, loss, last }: Model, lengths: readonly number[], seed: number): RaggedBatch {
	const draw = random(seed);
	const list = <T>(count: number, entry: () => T): T[] => Array.from({ length: count }, entry);
	const value = () => Math.fround(draw());
	const below = (limit: number) => Math.floor(((value() + 1) / 2) * limit);
	const entries = <T>(entry: () => T) => (last ? lengths.map(entry) : lengths.map((length) => list(length, entry)));
	const width = layers.at(-1)?.type === "dense" ? CLASSES : lstmLayer.hiddenSize;
	const isIds = layers[0]?.type === "embedding";
	const batch = {
		inputs: lengths.map((length) => list(length, () => (isIds ? below(WIDTH) : list(FEATURES, value)))),
		targets: entries(() => (loss === "crossEntropy" ? below(CLASSES) : list(width, value))),
		weights: entries(() => 1 + value() / 2),
	};
	return batch as unknown as RaggedBatch;
}

const optimizers: Readonly<Record<string, readonly [Optimizer, () => Update]>> = {
	SGD: [
		new SGD({ learningRate: 0.1, momentum: 0.9, dampening: 0.5, weightDecay: 0.01 }),
		() => sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.5, weightDecay: 0.01 }),
	],
	RMSprop: [
		new RMSprop({ learningRate: 0.01, momentum: 0.5, centered: true, epsilon: 0.1 }),
		() => rmsprop({ learningRate: 0.01, momentum: 0.5, centered: true, epsilon: 0.1 }),
	],
	Adam: [new Adam({ learningRate: 0.1, epsilon: 0.1 }), () => adam({ learningRate: 0.1, epsilon: 0.1 })],
	AdamW: [
		new AdamW({ learningRate: 0.1, epsilon: 0.1, weightDecay: 0.1 }),
		() => adamw({ learningRate: 0.1, epsilon: 0.1, weightDecay: 0.1 }),
	],
	Adadelta: [
		new Adadelta({ learningRate: 0.5, epsilon: 0.01, weightDecay: 0.1 }),
		() => adadelta({ learningRate: 0.5, epsilon: 0.01, weightDecay: 0.1 }),
	],
	ASGD: [new ASGD({ learningRate: 0.1, lambd: 0.1, t0: 1 }), () => asgd({ learningRate: 0.1, lambd: 0.1, t0: 1 })],
};

/** A model that is trained phase by phase, on an engine and by the textbook. */
class Pair {
	readonly model: Model;
	readonly runtime: Runtime;
	readonly purpose: LossPurpose;
	readonly parameters: NamedValues;

	constructor(engine: EngineName, model: Model, rule: Optimizer) {
		const draw = random(1);
		this.model = model;
		this.runtime = new Runtime(networkOf(model), createEngine(engine), "test");
		this.purpose = { kind: "train", loss: lossOf("test", model.loss), rule };
		this.parameters = new Map(
			this.runtime.network.parameters.map(({ name, shape }) => [
				name,
				Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(draw() / 2)),
			]),
		);
		for (const [name, values] of this.parameters) this.runtime.parameter(name, values.length).set(values);
		this.runtime.touch();
	}

	run(phases: readonly Phase[], batch: RaggedBatch): Job {
		const carry = new Carry(this.runtime);
		return runBatch("test", this.runtime, this.purpose, phases, batch as unknown as Batch, carry).feed.job;
	}

	/** The gradients that stand there now. */
	gradients(): Map<string, Float64Array> {
		return new Map(
			Array.from(this.parameters, ([name, { length }]) => [
				name,
				Float64Array.from(this.runtime.gradient(name, length)),
			]),
		);
	}

	/** The textbook's, the sum of these batches'. */
	textbook(...batches: readonly RaggedBatch[]): Map<string, Float64Array> {
		const { layers, loss } = this.model;
		return sumOf(batches.map((batch) => modelGradients(layers, this.parameters, batch, loss).gradients));
	}
}

function sumOf(all: readonly NamedValues[]): Map<string, Float64Array> {
	const [first, ...others] = all as [NamedValues, ...NamedValues[]];
	return new Map(
		Array.from(first, ([name, values]) => [name, add(values, ...others.map((other) => other.get(name) as Vector))]),
	);
}

function expectAllClose(actual: NamedValues, expected: NamedValues, what: string): void {
	for (const [name, values] of expected) expectClose(actual.get(name) as Float64Array, values, `${what} of ${name}`);
}

const GRADIENTS = ["zero", "forward", "backward"] as const;

describe.each(engines)("%s engine", (engine) => {
	describe.each(Object.entries(models))("%s", (_name, model) => {
		// The second is larger than any before it, and is planned anew; the third fits.
		const batches = [[3, 1], [2, 5, 5, 1, 4], [4]].map((lengths, seed) => batchOf(model, lengths, seed));
		const [first, second, third] = batches as [RaggedBatch, RaggedBatch, RaggedBatch];

		it("gradients of several batches add up", () => {
			const pair = new Pair(engine, model, new SGD());
			const own = batches.map((batch) => {
				pair.run(GRADIENTS, batch);
				return pair.gradients();
			});
			for (const [index, batch] of batches.entries())
				expectAllClose(own[index] as NamedValues, pair.textbook(batch), "own gradient");
			pair.run(GRADIENTS, first);
			pair.run(["forward", "backward"], second);
			const other = batchOf(model, [6, 6, 6], 9);
			const feed = pair.runtime.feed("test", { kind: "predict" }, other as unknown as Sequences);
			pair.runtime.run(feed, ["forward"]);
			pair.run(["forward", "backward"], third);
			expectAllClose(pair.gradients(), sumOf(own), "sum");
			expectAllClose(pair.gradients(), pair.textbook(...batches), "sum by the textbook");
			pair.run(GRADIENTS, first);
			expectAllClose(pair.gradients(), own[0] as NamedValues, "gradient after zeroing");
		});

		it.each(Object.entries(optimizers))("%s updates by the sum, clipped", (_optimizer, [rule, textbook]) => {
			const pair = new Pair(engine, model, rule);
			const updates = new Map(Array.from(pair.parameters.keys(), (name) => [name, textbook()]));
			for (const [count, pairOfBatches] of [
				[first, second],
				[third, first],
			].entries()) {
				const [one, other] = pairOfBatches as [RaggedBatch, RaggedBatch];
				pair.run(GRADIENTS, one);
				const job = pair.run(["forward", "backward"], other);
				const expected = pair.textbook(one, other);
				const clipNorm = 0.7 * clipByNorm(expected.values(), Infinity);
				const limit = 0.5 * Math.max(...[...expected.values()].flatMap((g) => [...g.map(Math.abs)]));
				job.set({ clipNorm, limit, ...rule.settings(count + 1) });
				pair.runtime.runPhases(job, ["norm", "update"]);
				pair.runtime.touch();
				clipByNorm(expected.values(), clipNorm);
				clipByValue(expected.values(), limit);
				for (const [name, update] of updates)
					update(pair.parameters.get(name) as Float64Array, expected.get(name) as Float64Array);
				const actual = new Map(
					Array.from(pair.parameters, ([name, { length }]) => [
						name,
						Float64Array.from(pair.runtime.parameter(name, length)),
					]),
				);
				expectAllClose(actual, pair.parameters, `parameters after update ${count + 1}`);
			}
		});

		it("the norm and the scale of clipping are those of float64", () => {
			const pair = new Pair(engine, model, new Adam());
			const job = pair.run(GRADIENTS, second);
			const gradients = pair.gradients();
			const norm = Math.hypot(...[...gradients.values()].map((g) => Math.hypot(...g)));
			const { f32, f64 } = pair.runtime.engine;
			const scale = callsOf(job.program).find(({ kernel }) => kernel === "clipNorm")?.operands.scale as Buffer;
			for (const most of [norm / 3, norm, 3 * norm, 1e-7, Infinity]) {
				job.set({ clipNorm: most });
				pair.runtime.runPhases(job, ["norm"]);
				const actual = f64[job.address(job.program.norm as Buffer) / 8] as number;
				expect(Math.abs(actual - norm)).toBeLessThan(1e-12 * norm);
				expect(f32[job.address(scale) / 4]).toBe(Math.fround(Math.min(1, most / (actual + 1e-6))));
			}
			expect(pair.gradients(), "unclipped").toEqual(gradients);
		});
	});
});

it.each(engines)("a setting goes to every call that takes it, %s", (name) => {
	const network = connect([dense({ inputSize: 1, outputSize: 1 })], "test");
	const rule = new SGD({ learningRate: 1 });
	const once = writeProgram(network, { kind: "train", loss: lossOf("test", "meanSquaredError"), rule });
	const { update } = once.phases;
	const program = { ...once, phases: { ...once.phases, update: [...update, ...update] } };
	const bench = benchFor(createEngine(name), { network, program }, { batchSize: 1, steps: 1, total: 1 });
	const weight = bench.parameter("0.weight", 1);
	weight[0] = 5;
	bench.run("zero");
	bench.gradient("0.weight", 1)[0] = 1;
	bench.job.set({ clipNorm: Infinity, limit: Infinity, ...rule.settings(1) });
	bench.run("norm", "update");
	expect(weight[0]).toBe(3);
});

/** The same plan, but no two buffers share a byte. */
function apart({ program, capacity, offsets }: Plan): Plan {
	let bytes = 0;
	const own = new Map<Buffer, number>();
	for (const buffer of offsets.keys()) {
		own.set(buffer, bytes);
		bytes += aligned(buffer.bytes(capacity));
	}
	return { program, capacity, bytes, offsets: own };
}

/** What a stack's program is run on. */
interface Task {
	readonly layers: readonly Layer[];
	readonly purpose: Purpose;
	readonly lengths: readonly number[];
	readonly stateful: boolean;
	readonly seed: number;
}

const tasks: fc.Arbitrary<Task> = fc.record({
	layers: stacks,
	purpose: purposes,
	lengths: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
	stateful: fc.boolean(),
	seed: fc.nat(1000),
});

/** Puts drawn numbers into a bench: parameters, a batch, states, targets, settings; gives how the rows are packed. */
function fill(bench: Bench, network: Network, { purpose, lengths, stateful, seed }: Task): Packing {
	const draw = random(seed);
	const floats = (count: number) => Array.from({ length: count }, () => Math.fround(draw()));
	const ids = (count: number, limit: number) => floats(count).map((value) => Math.floor(((value + 1) / 2) * limit));
	const { job, engine } = bench;
	const { states, output, loss } = job.program;
	for (const { name, shape } of network.parameters) bench.parameter(name, sizeOf(shape)).set(floats(sizeOf(shape)));
	const inputs = lengths.map((length) =>
		network.input.kind === "ids" ? ids(length, WIDTH) : Array.from({ length }, () => floats(WIDTH)),
	);
	const initialState = new Map(
		states.map(({ name, size, least }) => {
			const values = floats(lengths.length * size);
			return [name, Float32Array.from(least === 0 ? values.map(Math.abs) : values)];
		}),
	);
	const sequences = (stateful ? { inputs, initialState } : { inputs }) as unknown as Sequences;
	const packing = bench.feed(sequences, { lossScale: 0.25, stateful });
	if (loss && "loss" in purpose) {
		const { axis, size } = output;
		const rows = lengths.map((length) => (axis.perStep ? length : 1));
		const single = { axis, size: 1, stride: 4 };
		const { weights, targets } = loss;
		bench.write(
			{ ...single, address: at(weights) },
			packing,
			rows.map((count) => floats(count).map(Math.abs)),
		);
		const [given, values, view] =
			purpose.loss.targets === "ids"
				? [single, rows.map((count) => ids(count, size)), engine.i32]
				: [output, rows.map((count) => floats(count * size)), engine.f32];
		bench.write({ ...given, address: at(targets) }, packing, values, view);
	}
	if ("rule" in purpose) {
		const limits = { clipAdaptive: 0.1, clipParameterNorm: 0.2, clipNorm: 0.5, limit: 0.25 };
		job.set({ ...limits, ...(purpose.rule as Optimizer).settings(1) });
	}
	return packing;
}

/** Everything that comes of a program's phases in memory where the rest is NaN, and how much of it the plan takes. */
function outcome(engine: EngineName, task: Task, planned: (plan: Plan) => Plan) {
	const network = connect(task.layers, "test");
	const program = writeProgram(network, task.purpose);
	const { lengths } = task;
	const size = packingOf(lengths.length, Math.max(...lengths), lengths);
	const plan = planned(planProgram(program, new Capacity(size)));
	const bench = new Bench(createEngine(engine), { network, program }, plan);
	const packing = fill(bench, network, task);
	bench.run(...PHASES);
	return { bytes: plan.bytes, results: resultsOf(bench, packing) };
}

/** What a host may read once a program has run, and what it need not write again. */
function resultsOf(bench: Bench, packing: Packing): Map<string, ArrayLike<number>> {
	const { engine, job, plan, storage, layout } = bench;
	const { program } = job;
	const { f32, f64, i32 } = engine;
	const region = (address: number) => f32.slice(address / 4, (address + layout.bytes) / 4);
	const doubles = (buffer: Buffer, count: number) =>
		f64.slice(job.address(buffer) / 8, job.address(buffer) / 8 + count);
	const results = new Map<string, ArrayLike<number>>(readStates(job, packing, f32));
	for (const { name, packing: descriptor } of [program.axis, program.axis.ends]) {
		const { begin, end } = placeOf(plan, descriptor);
		results.set(`descriptor of ${name}`, i32.slice((storage.end + begin) / 4, (storage.end + end) / 4));
	}
	results.set("parameters", region(storage.parameters));
	for (const [name, address] of storage.slots) results.set(`slot ${name}`, region(address));
	if (storage.gradients > 0) results.set("gradients", region(storage.gradients));
	if (program.norm) results.set("norm", doubles(program.norm, 1));
	if (program.loss) results.set("loss", doubles(program.loss.result, 2));
	else for (const [row, values] of bench.read(program.output, packing).entries()) results.set(`output ${row}`, values);
	return results;
}

describe.each(engines)("a plan for the %s engine", (engine) => {
	it("shares memory and changes no bit", () => {
		fc.assert(
			fc.property(tasks, (task) => {
				const together = outcome(engine, task, (plan) => plan);
				const alone = outcome(engine, task, apart);
				expect(together.bytes).toBeLessThanOrEqual(alone.bytes);
				if (task.purpose.kind === "train") expect(together.bytes).toBeLessThan(alone.bytes);
				expect([...together.results.keys()]).toEqual([...alone.results.keys()]);
				for (const [name, values] of alone.results) {
					expect(Array.from(values).every(Number.isFinite), `${name} is finite`).toBe(true);
					expectSame(together.results.get(name) as ArrayLike<number>, values, name);
				}
			}),
			{ seed: 1, numRuns: 200 },
		);
	});
});

it.each(["crossEntropy", "meanSquaredError"] as const)("the gradient of %s lies over the outputs", (loss) => {
	const layers = [lstm({ inputSize: FEATURES, hiddenSize: 4 }), dense({ outputSize: 5 })];
	const program = writeProgram(connect(layers, "test"), {
		kind: "train",
		loss: lossOf("test", loss),
		rule: new Adam(),
	});
	const { operands } = callsOf(program).find(({ kernel }) => kernel === loss) as Call;
	const plan = planProgram(program, new Capacity({ batchSize: 3, steps: 5, total: 11 }));
	const [y, dy] = [operands.y, operands.dy].map((operand) => placeOf(plan, bufferOf(operand as Operand) as Buffer));
	expect(dy).toEqual(y);
});

/** An engine that notes which kernels run. */
function noting(engine: Engine, ran: KernelName[]): Engine {
	const names = Object.keys(kernels) as KernelName[];
	const value = Object.fromEntries(
		names.map((name) => [
			name,
			(...args: number[]) => {
				ran.push(name);
				return engine.kernels[name](...args);
			},
		]),
	);
	return Object.create(engine, { kernels: { value } });
}

describe("explain", () => {
	const model = models["ids, both directions"] as Model;
	const batch = batchOf(model, [2, 3], 1) as unknown as Batch;
	const sequences = { inputs: batch.inputs } as Sequences;
	const rules = { sgd: new SGD({ momentum: 0.9 }), rmsprop: new RMSprop(), adam: new Adam() };

	/** The kernels of a purpose by explanation, and those that run. */
	function both(options: ExplainOptions, run: (runtime: Runtime) => void, of = model) {
		const ran: KernelName[] = [];
		const runtime = new Runtime(networkOf(of), noting(createEngine("portable"), ran), "test");
		const { calls } = explain(runtime, { batchSize: 2, steps: 3, ...options });
		run(runtime);
		return { calls, ran };
	}

	it.each(["predict", "stream"] as const)("tells what runs to %s: panels and outputs", (kind) => {
		const run = (runtime: Runtime) => runtime.run(runtime.feed("test", { kind }, sequences), ["forward"]);
		const causal = { ...model, layers: model.layers.map((layer) => ("layer" in layer ? layer.layer : layer)) };
		const { calls, ran } = both({ purpose: kind }, run, causal);
		expect(calls.map(({ kernel }) => kernel)).toEqual(ran);
		expect(new Set(calls.map(({ phase }) => phase))).toEqual(new Set(["pack", "forward"]));
		const carried = calls.map(({ equation }) => equation).filter((equation) => equation.endsWith("carried"));
		const states = ["1.h", "1.c", "2.h"];
		expect(carried).toEqual(kind === "stream" ? states.map((state) => `${state} carried`) : []);
	});

	it("tells what runs to evaluate: panels, outputs and loss", () => {
		const { calls, ran } = both({ purpose: "evaluate" }, (runtime) =>
			runBatch(
				"test",
				runtime,
				{ kind: "evaluate", loss: lossOf("test", "crossEntropy") },
				["forward"],
				batch,
				new Carry(runtime),
			),
		);
		expect(calls.map(({ kernel }) => kernel)).toEqual(ran);
		expect(new Set(calls.map(({ phase }) => phase))).toEqual(new Set(["pack", "forward"]));
		expect(ran.slice(-2)).toEqual(["crossEntropy", "sumLosses"]);
	});

	it.each(Object.entries(rules))("tells what runs in a step of %s, phase by phase", (kernel, rule) => {
		const { calls, ran } = both({ purpose: "train", optimizer: rule }, (runtime) => {
			const purpose = { kind: "train", loss: lossOf("test", "crossEntropy"), rule } as const;
			const { job } = runBatch("test", runtime, purpose, GRADIENTS, batch, new Carry(runtime)).feed;
			runtime.runPhases(job, ["norm", "update"]);
		});
		expect(calls.map((call) => call.kernel)).toEqual(ran);
		const order = calls.map(({ phase }) => PHASES.indexOf(phase));
		expect(order).toEqual(order.toSorted((a, b) => a - b));
		const others = calls.filter(({ phase }) => !["pack", "forward", "backward"].includes(phase));
		expect(others.map(({ phase, layer, kernel: name }) => [phase, layer, name])).toEqual([
			["zero", "gradients", "zero"],
			["norm", "clipping", "squareSums"],
			["norm", "clipping", "clipNorm"],
			["update", "optimizer", kernel],
		]);
	});

	it("is of predict; with a loss, of train; that by Adam", () => {
		const kernelsOf = (options: ExplainOptions) => both(options, () => {}).calls.map(({ kernel }) => kernel);
		expect(kernelsOf({})).toEqual(kernelsOf({ purpose: "predict" }));
		expect(kernelsOf({ loss: "crossEntropy" })).toEqual(kernelsOf({ purpose: "train" }));
		expect(kernelsOf({ purpose: "train" })).toContain("adam");
		expect(kernelsOf({ loss: "meanSquaredError" })).toContain("meanSquaredError");
	});

	const loss = "crossEntropy";
	it.each<[ExplainOptions, string]>([
		[{ purpose: "predict", loss }, '"loss" has no part in "predict". Leave it out, or ask for "train".'],
		[{ purpose: "stream", loss }, '"loss" has no part in "stream". Leave it out, or ask for "train".'],
		[{ optimizer: rules.sgd }, '"optimizer" has no part in "predict". Leave it out, or ask for "train".'],
		[
			{ purpose: "evaluate", loss, optimizer: rules.sgd },
			'"optimizer" has no part in "evaluate". Leave it out, or ask for "train".',
		],
		[{ purpose: "learn" as never }, '"purpose" must be "predict" or "stream" or "evaluate" or "train", got "learn".'],
		[
			{ loss: "hinge" as never },
			'"loss" must be "crossEntropy", "meanSquaredError", "meanAbsoluteError", "binaryCrossEntropy", "poisson", "gaussian", a description as quantile({ levels: [0.1, 0.9] }), or a loss of your own, got "hinge".',
		],
		[
			{ purpose: "train", optimizer: "adam" as never },
			'"optimizer" must be an optimizer such as new Adam({ learningRate: 1e-3 }), got "adam".',
		],
		[{ purposes: "train" } as never, 'unknown option "purposes". Did you mean "purpose"?'],
	])("%j has its sentence", (options, sentence) => {
		const runtime = new Runtime(networkOf(model), createEngine("portable"), "test");
		const call = () => explain(runtime, options);
		expect(call).toThrow(OptionError);
		expect(call).toThrow(`Model.explain: ${sentence}`);
	});
});
