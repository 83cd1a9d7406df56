// Updates by the engine's optimizers, compared with the textbook.

import {
	Adadelta,
	Adagrad,
	Adamax,
	ASGD,
	Lion,
	NAdam,
	type Optimizer as PackageOptimizer,
	RAdam,
} from "../../../src/index.ts";
import * as further from "../../reference/furtherOptimizers.ts";
import { at } from "../../reference/matrix.ts";
import { adam, adamw, rmsprop, sgd, type Update } from "../../reference/optimizers.ts";
import { expectClose, randomFloats } from "../compare.ts";
import type { Arguments, Engine, Region } from "../harness.ts";

export interface Clip {
	readonly scale: number;
	readonly limit: number;
}

export const NO_CLIP: Clip = { scale: 1, limit: Number.POSITIVE_INFINITY };

/** An optimizer with its settings: how many averages it keeps, its kernel at update t, and the textbook. */
interface Optimizer {
	readonly averages: number;
	run(engine: Engine, regions: Regions, limit: number, t: number): void;
	reference(): Update;
}

interface Regions {
	readonly p: Region;
	readonly g: Region;
	readonly averages: readonly Region[];
	/** One float: what gradients are scaled by. */
	readonly scale: Region;
}

function sgdOf({ learningRate = 0.1, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 }): Optimizer {
	return {
		averages: momentum > 0 ? 1 : 0,
		run(engine, { p, g, averages, scale }, limit, t) {
			engine.call("sgd", {
				p,
				g,
				m: averages[0] ?? 0,
				scale,
				limit,
				rate: learningRate,
				momentum,
				gain: t === 1 ? 1 : 1 - dampening,
				nesterov: +nesterov,
				weightDecay,
			});
		},
		reference: () => sgd({ learningRate, momentum, dampening, nesterov, weightDecay }),
	};
}

function rmspropOf({
	learningRate = 0.01,
	alpha = 0.9,
	epsilon = 1e-8,
	momentum = 0,
	centered = false,
	weightDecay = 0,
}): Optimizer {
	return {
		averages: 1 + +centered + +(momentum > 0),
		run(engine, { p, g, averages, scale }, limit) {
			engine.call("rmsprop", {
				p,
				g,
				v: at(averages, 0),
				a: centered ? at(averages, 1) : 0,
				m: momentum > 0 ? at(averages, centered ? 2 : 1) : 0,
				scale,
				limit,
				rate: learningRate,
				alpha,
				take: 1 - alpha,
				epsilon,
				momentum,
				weightDecay,
			});
		},
		reference: () =>
			rmsprop({
				learningRate,
				alpha,
				epsilon,
				momentum,
				centered,
				weightDecay,
			}),
	};
}

function adamOf({
	learningRate = 0.01,
	beta1 = 0.9,
	beta2 = 0.999,
	epsilon = 1e-8,
	weightDecay = 0,
	decoupled = false,
}): Optimizer {
	const settings = { learningRate, beta1, beta2, epsilon, weightDecay };
	return {
		averages: 2,
		run(engine, { p, g, averages, scale }, limit, t) {
			engine.call("adam", {
				p,
				g,
				m: at(averages, 0),
				v: at(averages, 1),
				scale,
				limit,
				rate: learningRate / (1 - beta1 ** t),
				beta1,
				take1: 1 - beta1,
				beta2,
				take2: 1 - beta2,
				correction: 1 / Math.sqrt(1 - beta2 ** t),
				epsilon,
				weightDecay: decoupled ? 0 : weightDecay,
				shrink: decoupled ? 1 - learningRate * weightDecay : 1,
			});
		},
		reference: () => (decoupled ? adamw(settings) : adam(settings)),
	};
}

/** An optimizer of the package, by its own settings. */
function packaged(optimizer: PackageOptimizer, reference: () => Update): Optimizer {
	const { kernel, slots } = optimizer;
	return {
		averages: slots.length,
		run(engine, { averages, ...regions }, limit, t) {
			const kept = Object.fromEntries(slots.map((name, index) => [name, at(averages, index)]));
			const operands = { ...regions, limit, ...kept, ...optimizer.settings(t) };
			engine.call(kernel, operands as unknown as Arguments<typeof kernel>);
		},
		reference,
	};
}

const nadam = { learningRate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 0.01, momentumDecay: 0.1, weightDecay: 0.1 };
const radam = { learningRate: 0.02, beta1: 0.7, beta2: 0.9, epsilon: 0.01, weightDecay: 0.1 };
const adamax = { learningRate: 0.01, beta1: 0.8, beta2: 0.9, epsilon: 0.01, weightDecay: 0.1 };
const adagrad = {
	...{ learningRate: 0.1, learningRateDecay: 0.1, weightDecay: 0.1, initialAccumulatorValue: 0.5, epsilon: 0.01 },
};
const adadelta = { learningRate: 0.5, rho: 0.8, epsilon: 0.01, weightDecay: 0.1 };
const asgd = { learningRate: 0.1, lambd: 0.2, alpha: 0.6, t0: 4, weightDecay: 0.1 };
const lion = { learningRate: 0.01, beta1: 0.8, beta2: 0.9, weightDecay: 0.5 };
const decoupled = { decoupledWeightDecay: true };

const furtherOptimizers = {
	NAdam: packaged(new NAdam(), () => further.nadam()),
	"NAdam, other settings": packaged(new NAdam(nadam), () => further.nadam(nadam)),
	"NAdam, decoupled": packaged(new NAdam({ ...nadam, ...decoupled }), () => further.nadam({ ...nadam, ...decoupled })),
	RAdam: packaged(new RAdam(), () => further.radam()),
	"RAdam, other settings": packaged(new RAdam(radam), () => further.radam(radam)),
	"RAdam, decoupled": packaged(new RAdam({ ...radam, ...decoupled }), () => further.radam({ ...radam, ...decoupled })),
	Adamax: packaged(new Adamax(), () => further.adamax()),
	"Adamax, other settings": packaged(new Adamax(adamax), () => further.adamax(adamax)),
	Adagrad: packaged(new Adagrad(), () => further.adagrad()),
	"Adagrad, other settings": packaged(new Adagrad(adagrad), () => further.adagrad(adagrad)),
	Adadelta: packaged(new Adadelta(), () => further.adadelta()),
	"Adadelta, other settings": packaged(new Adadelta(adadelta), () => further.adadelta(adadelta)),
	ASGD: packaged(new ASGD(), () => further.asgd()),
	"ASGD, averaging": packaged(new ASGD(asgd), () => further.asgd(asgd)),
	Lion: packaged(new Lion(), () => further.lion()),
	"Lion, other settings": packaged(new Lion(lion), () => further.lion(lion)),
};

export const optimizers = {
	SGD: sgdOf({}),
	"SGD, weight decay": sgdOf({ weightDecay: 0.1 }),
	"SGD, momentum": sgdOf({ momentum: 0.9 }),
	"SGD, dampened momentum, weight decay": sgdOf({
		momentum: 0.8,
		dampening: 0.3,
		weightDecay: 0.1,
	}),
	"SGD, Nesterov, weight decay": sgdOf({
		momentum: 0.9,
		nesterov: true,
		weightDecay: 0.1,
	}),
	RMSprop: rmspropOf({}),
	"RMSprop, weight decay": rmspropOf({ weightDecay: 0.1 }),
	"RMSprop, centered": rmspropOf({ centered: true }),
	"RMSprop, momentum": rmspropOf({ momentum: 0.7 }),
	"RMSprop, centered, momentum, weight decay": rmspropOf({
		centered: true,
		momentum: 0.7,
		weightDecay: 0.1,
	}),
	Adam: adamOf({}),
	"Adam, weight decay": adamOf({ weightDecay: 0.1 }),
	"Adam, other settings": adamOf({ beta1: 0.5, beta2: 0.9, epsilon: 0.01 }),
	AdamW: adamOf({ weightDecay: 0.1, decoupled: true }),
	...furtherOptimizers,
} satisfies Record<string, Optimizer>;

export function placeOptimizer(engine: Engine, optimizer: Optimizer, p: Float64Array, scale = 1): Regions {
	return {
		p: engine.floats("p", p),
		g: engine.zeros("g", p.length),
		averages: Array.from({ length: optimizer.averages }, (_, index) => engine.zeros(`average ${index}`, p.length)),
		scale: engine.floats("scale", [scale]),
	};
}

/** How large gradients are; with them clipping by value is met by some and not by others. */
const SCALES = [0.3, 1, 2, 0.01];

export function checkOptimizer(
	engine: Engine,
	optimizer: Optimizer,
	{ scale, limit }: Clip,
	length: number,
	updates: number,
): void {
	const floats = randomFloats(length);
	const p = floats(length);
	const regions = placeOptimizer(engine, optimizer, p, scale);
	const update = optimizer.reference();
	for (let t = 1; t <= updates; t++) {
		const g = floats(length).map((value) => Math.fround(value * at(SCALES, t % SCALES.length)));
		regions.g.f32.set(g);
		optimizer.run(engine, regions, limit, t);
		const clipped = g.map((value) => Math.min(Math.max(value * scale, -limit), limit));
		update(p, clipped);
		expectClose(regions.p.f32, p, `p after update ${t}`);
	}
}
