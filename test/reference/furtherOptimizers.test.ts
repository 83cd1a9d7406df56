// Is the textbook's arithmetic of each optimizer that of its formula by hand? PyTorch's trajectories are in pytorch-reference.test.ts.

import { expect, test } from "vitest";
import { adadelta, adagrad, adamax, asgd, lion, nadam, radam } from "./furtherOptimizers.ts";
import type { Update } from "./optimizers.ts";

/** p starts at 1 and gets gradients 0.5 and then -0.25; after each step p is what the formula gives by hand. */
test.each<[string, Update, number, number]>([
	[
		"NAdam, momentum that stays beta1/2 = 0.25: m = 0.25, 0; v/(1 - beta2) = 0.25, (0.75·0.0625 + 0.25·0.0625)/0.4375 = 1/7",
		nadam({ learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0.5, momentumDecay: 0 }),
		// 0.75/0.75·0.5 + 0.25/(1 - 0.0625)·0.25
		1 - (0.1 * (0.5 + 0.0625 / 0.9375)) / 1,
		1 - 0.1 * (0.5 + 0.0625 / 0.9375) + (0.1 * ((0.75 / 0.9375) * 0.25)) / (Math.sqrt(1 / 7) + 0.5),
	],
	[
		"NAdam, decoupled: p shrinks by 1 - 0.1·0.5 before the first step",
		nadam({
			...{ learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0.5, momentumDecay: 0 },
			...{ weightDecay: 0.5, decoupledWeightDecay: true },
		}),
		0.95 - 0.1 * (0.5 + 0.0625 / 0.9375),
		0.95 * (0.95 - 0.1 * (0.5 + 0.0625 / 0.9375)) + (0.1 * ((0.75 / 0.9375) * 0.25)) / (Math.sqrt(1 / 7) + 0.5),
	],
	[
		"RAdam, too early to divide: the corrected means are 0.5 and 0",
		radam({ learningRate: 0.1, beta1: 0.5 }),
		0.95,
		0.95,
	],
	[
		"Adamax: u = 0.5 + 0.25, then 0.75·0.75 = 0.5625 beside 0.25 + 0.25; m = 0.25, then 0",
		adamax({ learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0.25 }),
		1 - 0.05 / 0.75,
		1 - 0.05 / 0.75,
	],
	[
		"Adagrad: v = 0.25, then 0.3125; the rate is halved",
		adagrad({ learningRate: 0.1, learningRateDecay: 1, epsilon: 0.5 }),
		0.95,
		0.95 + (0.05 * 0.25) / (Math.sqrt(0.3125) + 0.5),
	],
	[
		"Adagrad, from 0.75",
		adagrad({ learningRate: 0.1, initialAccumulatorValue: 0.75, epsilon: 0 }),
		0.95,
		0.95 + (0.1 * 0.25) / Math.sqrt(1.0625),
	],
	[
		"Adadelta: v = 0.125, d = √0.125/√0.25·0.5, u = d²/2 = 1/16, then v = 0.09375",
		adadelta({ learningRate: 0.1, rho: 0.5, epsilon: 0.125 }),
		1 - 0.1 * Math.sqrt(0.125),
		1 - 0.1 * Math.sqrt(0.125) + 0.1 * Math.sqrt(0.1875 / 0.21875) * 0.25,
	],
	[
		"ASGD: p·(1 - 0.5·0.1) - 0.1·0.5, then with rate 0.1/1.05",
		asgd({ learningRate: 0.1, lambd: 0.5, alpha: 1 }),
		0.9,
		0.9 * (1 - 0.05 / 1.05) + 0.025 / 1.05,
	],
	[
		"Lion: towards 1, then the sign of 0.5·0.125 - 0.5·0.25",
		lion({ learningRate: 0.1, beta1: 0.5, beta2: 0.75 }),
		0.9,
		1,
	],
	[
		"Lion, weight decay: 1 - 0.1·(1 + 0.5), 0.85 - 0.1·(-1 + 0.425)",
		lion({ learningRate: 0.1, beta1: 0.5, beta2: 0.75, weightDecay: 0.5 }),
		0.85,
		0.85 + 0.0575,
	],
])("%s", (_, update, first, second) => {
	const p = Float64Array.of(1);
	update(p, Float64Array.of(0.5));
	expect(p[0]).toBeCloseTo(first, 14);
	update(p, Float64Array.of(-0.25));
	expect(p[0]).toBeCloseTo(second, 14);
});

test("RAdam divides once ρ is above 5: for beta2 0.9 from the 6th update on (ρ is 4.58, then 5.39), and never for 0.5", () => {
	const stepsOf = (beta2: number) => {
		const update = radam({ learningRate: 0.1, beta1: 0, beta2, epsilon: 0 });
		const p = Float64Array.of(0);
		return Array.from({ length: 12 }, () => {
			const before = p[0] as number;
			update(p, Float64Array.of(4));
			return before - (p[0] as number);
		});
	};
	const steps = stepsOf(0.9);
	for (const step of steps.slice(0, 5)) expect(step).toBeCloseTo(0.4, 12);
	for (const step of steps.slice(5)) expect(step).toBeLessThan(0.1);
	for (const step of stepsOf(0.5)) expect(step).toBeCloseTo(0.4, 12);
});

test("ASGD averages from update t0 + 2 on, and evenly", () => {
	const update = asgd({ learningRate: 1, lambd: 0, t0: 2 });
	const p = Float64Array.of(0);
	const seen = Array.from({ length: 6 }, () => {
		update(p, Float64Array.of(-1));
		return [p[0], update.averages(p)[0]];
	});
	expect(seen).toEqual([
		[1, 1],
		[2, 2],
		[3, 3],
		[4, 4],
		[5, 4.5],
		[6, 5],
	]);
});
