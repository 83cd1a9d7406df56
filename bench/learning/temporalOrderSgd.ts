// Temporal order with a tanh RNN and plain gradient descent, each length by itself: Pascanu, Mikolov & Bengio 2013.
import { SGD } from "bptt";
import type { Experiment, Network, Outcome } from "./experiment.ts";
import { type Lengths, order } from "./order.ts";
import { HELP, percent, SHARE, smartTanh, wrongShare } from "./smartTanh.ts";
import { wrongOf } from "./solve.ts";
import { streamOf, type Trained, train } from "./train.ts";

interface Ordered extends Outcome {
	readonly variant: string;
	readonly lengths: Lengths;
	/** The share that is wrong of 10,000 test sequences at the longest length trained, and of 1,000 at those beyond that were tried. */
	readonly wrongAt: readonly (readonly [length: number, share: number])[];
}

const VARIANTS: Readonly<Record<string, Partial<Network["training"]>>> = {
	SGD: HELP.none,
	"SGD, clipped": HELP.clipped,
	"SGD, clipped, Omega": HELP.omega,
};

const LENGTHS: readonly Lengths[] = [20, 30, 50, 70, 100].map((length) => [length, length]);
/** The best variant is also trained on all of these together, and then tried far beyond them. */
const TOGETHER: Lengths = [20, 50];
const BEYOND = [100, 200, 1000, 5000];

export function temporalOrderSgd(): Experiment<Ordered> {
	const variants = Object.keys(VARIANTS);
	const best = variants.at(-1) as string;
	const all = [
		...variants.flatMap((variant) => LENGTHS.map((lengths) => ({ variant, lengths }))),
		{ variant: best, lengths: TOGETHER },
	];
	const byName = Object.fromEntries(
		all.map((one) => [`${one.variant}, ${[...new Set(one.lengths)].join(" to ")} steps`, one]),
	);
	const networks = Object.fromEntries(Object.entries(byName).map(([name, { variant }]) => [name, networkOf(variant)]));
	return {
		title: "Temporal order, tanh RNN, plain gradient descent, each length by itself",
		paper:
			"50 units, SGD at 0.01, at most 5,000,000 updates: with clipping and the regulariser lengths of 50 to 200 steps are solved by 5 of 5 seeds, with no error up to 5,000 steps; the others fail from some length on, as a figure shows",
		networks,
		async run(name, seed, limit) {
			const { variant, lengths } = byName[name] as (typeof all)[number];
			const task = order(lengths);
			const [, longest] = lengths;
			const held = order([longest, longest]).draw(streamOf(seed, "held"), 1000);
			const seemsSolved = ({ model }: Trained) => wrongOf(task, model, held) < 1000 * SHARE;
			const network = networks[name] as Network;
			const { model, outcome } = await train({ task, network, name, seed, limit, every: 500, isSolved: seemsSolved });
			const random = streamOf(seed, "test");
			const tried = lengths === TOGETHER ? [...TOGETHER, ...BEYOND] : [longest];
			const wrongAt = tried.map(
				(length) => [length, wrongShare(model, length, random, length > longest ? 1000 : 10_000)] as const,
			);
			const isSolved = wrongAt.every(([length, share]) => length > longest || share < SHARE);
			return { ...outcome, isSolved, variant, lengths, wrongAt };
		},
		figure: (outcomes) =>
			outcomes
				.map(({ wrongAt }) =>
					wrongAt.map(([length, share]) => `${percent(share)} % wrong at ${length} steps`).join(", "),
				)
				.join("; "),
		chart(outcomes) {
			const lines = variants.map((name) => {
				const rate = ([length]: Lengths): [number, number] => {
					const mine = outcomes.filter(
						(one) => one.variant === name && one.lengths[1] === length && one.lengths[0] === length,
					);
					return [length, mine.filter((one) => one.isSolved).length / mine.length];
				};
				return { name, points: LENGTHS.map(rate) };
			});
			return {
				title: "Temporal order, plain gradient descent: how many of the seeds solve a length",
				x: { name: "steps", least: 0 },
				y: { name: "share of seeds", least: 0, most: 1 },
				lines,
			};
		},
	};
}

function networkOf(variant: string): Network {
	// Without clipping a gradient may overflow; that update is then left out.
	const training = { optimizer: new SGD({ learningRate: 0.03 }), onNonFinite: "skip", ...VARIANTS[variant] } as const;
	return { layers: smartTanh(4), training, most: 10_000 };
}
