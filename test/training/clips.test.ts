// Are gradients clipped in every way that is asked for, in the order that is said, as float64 does? And does a step that is not
// asked to clip in a way do no work for it?

import { describe, expect, it } from "vitest";
import { parameterClips } from "../../src/compile/clips.ts";
import { keyOf } from "../../src/compile/program.ts";
import type { EngineName } from "../../src/engine/engine.ts";
import {
	Adam,
	type Clipping,
	crossEntropy,
	Model,
	type Optimizer,
	SGD,
	Trainer,
	type TrainerOptions,
} from "../../src/index.ts";
import { runtimeOf } from "../../src/model/model.ts";
import { engines } from "../engines.ts";
import { expectClose, expectSame } from "../kernels/compare.ts";
import { layerOf, valuesOf } from "../models.ts";
import { type Clipped, clipAll } from "../reference/clip.ts";
import type { Layer } from "../reference/layers.ts";
import { modelGradients } from "../reference/model.ts";
import { adam, sgd, type Update } from "../reference/optimizers.ts";
import { random } from "../reference/random.ts";

const layers: readonly Layer[] = [
	{ type: "embedding", vocabSize: 6, embeddingSize: 3 },
	{ type: "bidirectional", layer: { type: "lstm", hiddenSize: 2 } },
	{ type: "gru", hiddenSize: 5, reset: "after" },
	{ type: "indRnn", hiddenSize: 4, activation: "tanh" },
	{ type: "dense", outputSize: 4 },
];

const batch = {
	inputs: [[3, 1, 3, 0, 4], [2], [1, 1, 5]],
	targets: [[1, 2, 0, 3, 3], [3], [0, 1, 2]],
};

/** Each is above some of what it limits and below some. */
const LIMITS = { clipAdaptive: 0.08, clipParameterNorm: 0.05, clipNorm: 0.08, clipValue: 0.02 };

const names = Object.keys(LIMITS) as (keyof typeof LIMITS)[];

/** Every choice of some of them. */
const combinations = Array.from({ length: 2 ** names.length }, (_, bits) => {
	const chosen = names.filter((_name, index) => (bits >> index) & 1);
	const limits: Clipping = Object.fromEntries(chosen.map((name) => [name, LIMITS[name]]));
	return [chosen.join(", ") || "none", limits] as const;
});

const optimizers: Readonly<Record<string, readonly [() => Optimizer, () => Update]>> = {
	SGD: [
		() => new SGD({ learningRate: 2, momentum: 0.5, weightDecay: 0.01 }),
		() => sgd({ learningRate: 2, momentum: 0.5, weightDecay: 0.01 }),
	],
	Adam: [() => new Adam({ learningRate: 0.1, epsilon: 0.1 }), () => adam({ learningRate: 0.1, epsilon: 0.1 })],
};

/** A model with weights drawn at random, but for rows and vectors that are zero. */
async function create(engine: EngineName): Promise<Model> {
	const model = (await Model.create(
		layers.map((layer) => layerOf(layer, undefined)),
		{ engine },
	)) as Model;
	const draw = random(4);
	for (const [name, parameter] of model.parameters) {
		const width = parameter.shape.at(-1) as number;
		const zeros = name === "3.bias" ? width : name.endsWith("weight_hh") ? 2 * width : 0;
		parameter.write(Float32Array.from({ length: parameter.size }, (_, i) => (i < zeros ? 0 : draw() / 2)));
	}
	return model;
}

function trainerOf(model: Model, limits: Clipping, optimizer: Optimizer = new SGD({ learningRate: 0.5 })) {
	const options: TrainerOptions<"crossEntropy"> = { loss: "crossEntropy", optimizer, ...limits };
	return new Trainer(model, options) as Trainer;
}

/** The textbook's training of a model: a step gives the loss and the norm. */
function textbook(model: Model, limits: Clipping, makeUpdate: () => Update) {
	const values = new Map(Array.from(model.parameters, ([name, own]) => [name, Float64Array.from(own.read())]));
	const updates = new Map(Array.from(values.keys(), (name) => [name, makeUpdate()]));
	const step = () => {
		const { loss, gradients } = modelGradients([...layers], values, batch, "crossEntropy");
		const all = Array.from(values, ([name, own]): Clipped => {
			const { shape } = model.parameters.get(name) as { shape: readonly number[] };
			return { values: own, gradient: gradients.get(name) as Float64Array, shape };
		});
		const norm = clipAll(all, limits);
		for (const [name, update] of updates) update(values.get(name) as Float64Array, gradients.get(name) as Float64Array);
		return { loss, norm };
	};
	return { values, step };
}

describe.each(engines)("%s", (engine) => {
	describe.each(Object.entries(optimizers))("%s", (_name, [make, makeUpdate]) => {
		it.each(combinations)("clips by %s", async (_clips, limits) => {
			const model = await create(engine);
			const trainer = trainerOf(model, limits, make());
			const reference = textbook(model, limits, makeUpdate);
			for (let step = 1; step <= 5; step++) {
				const { loss, norm } = reference.step();
				expect(trainer.step(batch as never) / loss).toBeCloseTo(1, 5);
				expect(trainer.gradientNorm / norm).toBeCloseTo(1, 4);
				for (const [name, values] of reference.values)
					expectClose(model.parameters.get(name)?.read() ?? [], values, `${name} after step ${step}`, 0.1);
			}
		});
	});

	it("each clip changes what comes of a step, beside any others", async () => {
		const results = new Map<string, string>();
		for (const [clips, limits] of combinations) {
			const model = await create(engine);
			trainerOf(model, limits).step(batch as never);
			const bits = valuesOf(model).join();
			expect(results.get(bits), `${clips} is as`).toBeUndefined();
			results.set(bits, clips);
		}
	});

	it("the norm before and the gradients are the same bits, however they are clipped", async () => {
		const seen = [];
		for (const [clips, limits] of combinations) {
			const trainer = trainerOf(await create(engine), limits);
			const { gradients } = trainer.gradients(batch as never);
			trainer.step(batch as never);
			seen.push({ clips, gradients, norm: trainer.gradientNorm });
		}
		for (const { clips, gradients, norm } of seen) {
			expect(norm, clips).toBe(seen[0]?.norm);
			for (const [name, values] of gradients)
				expectSame(values, seen[0]?.gradients.get(name) ?? [], `${name} by ${clips}`);
		}
	});

	it("limits that nothing reaches change no bit", async () => {
		const [subject, twin] = await Promise.all([create(engine), create(engine)]);
		const trainers = [trainerOf(subject, { clipAdaptive: 1e6, clipParameterNorm: 1e6 }), trainerOf(twin, {})];
		for (let step = 0; step < 3; step++) for (const trainer of trainers) trainer.step(batch as never);
		expectSame(valuesOf(subject), valuesOf(twin), "parameters");
	});

	it("two trainers of one model with the same clips share a program, each with its own limits", async () => {
		const [shared, apart] = await Promise.all([create(engine), create(engine)]);
		const limits = [LIMITS, { ...LIMITS, clipAdaptive: 0.01 }, { ...LIMITS, clipParameterNorm: 0.02 }];
		const trainers = limits.map((own) => trainerOf(shared, own));
		const { engine: memory } = runtimeOf(shared) as NonNullable<ReturnType<typeof runtimeOf>>;
		trainers[0]?.step(batch as never);
		trainerOf(apart, LIMITS).step(batch as never);
		const bytes = memory.byteLength;
		for (const [index, trainer] of trainers.entries()) {
			trainer.step(batch as never);
			trainerOf(apart, limits[index] as Clipping).step(batch as never);
			expectSame(valuesOf(shared), valuesOf(apart), `parameters after trainer ${index}`);
		}
		expect(memory.byteLength).toBe(bytes);
	});
});

describe("programs", () => {
	const purpose = { kind: "train", loss: crossEntropy(), rule: new Adam() } as const;
	const kernelsOf = async (clips: readonly (typeof parameterClips)[number][]) => {
		const runtime = runtimeOf(await create("portable")) as NonNullable<ReturnType<typeof runtimeOf>>;
		return runtime.program({ ...purpose, clips }).phases.norm.map(({ kernel }) => kernel);
	};

	it("with other clips have other keys, those with none the one that they had", () => {
		const [adaptive, byNorm] = parameterClips;
		const keys = [[], [adaptive], [byNorm], [adaptive, byNorm]].map((clips) => keyOf({ ...purpose, clips }));
		expect(new Set(keys).size).toBe(4);
		expect(keys[0]).toBe(keyOf(purpose));
	});

	it("clip each parameter between a norm of all and another, those with none do nothing more than they did", async () => {
		const { size } = (await create("portable")).parameters;
		const each = <T>(name: T) => new Array<T>(size).fill(name);
		const norm = ["squareSums", "clipNorm"];
		expect(await kernelsOf([])).toEqual(norm);
		for (const name of parameterClips)
			expect(await kernelsOf([name])).toEqual([...norm, "copy", ...each(name), ...norm]);
		const both = each(parameterClips).flat();
		expect(await kernelsOf([...parameterClips])).toEqual([...norm, "copy", ...both, ...norm]);
	});
});
