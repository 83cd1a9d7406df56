// Temporal order of 2 or 3 symbols over up to 200 steps with one tanh RNN, whose sequences get longer as it learns: Pascanu, Mikolov &
// Bengio 2013.
import { type Random, RMSprop } from "bptt";
import type { Experiment, Network, Outcome } from "./experiment.ts";
import { order } from "./order.ts";
import { HELP, percent, SHARE, smartTanh, wrongShare } from "./smartTanh.ts";
import { wrongOf } from "./solve.ts";
import { streamOf, type Trained, train } from "./train.ts";

interface Lengthened extends Outcome {
	/** Each length solved, from the shortest on, and the updates after which it first was. */
	readonly solved: readonly (readonly [length: number, updates: number])[];
	/** Of the net that has solved all: the share that is wrong of 10,000 test sequences of each length, and of 1,000 of those beyond. */
	readonly wrongAt: readonly (readonly [length: number, share: number])[];
}

const LENGTHS = [50, 75, 100, 125, 150, 175, 200];
const BEYOND = [300, 500, 1000, 5000];

const VARIANTS: Readonly<Record<string, (typeof HELP)[keyof typeof HELP]>> = {
	"clipped, Omega": HELP.omega,
	clipped: HELP.clipped,
	neither: HELP.none,
};

/** The learning rate is divided by 1 + updates / `slower`; sequences get longer once less than `passed` of the longest are wrong. */
const SETTINGS = {
	2: { slower: 8000, passed: 0.01, most: 30_000 },
	3: { slower: 20_000, passed: 0.02, most: 60_000 },
} as const;
const RATE = 1e-4;
const SHORTEST = 20;
const LONGEST = 200;

export function temporalOrderRnn(count: 2 | 3): Experiment<Lengthened> {
	const variants = Object.keys(VARIANTS);
	return {
		title: `Temporal order of ${count} symbols, one tanh RNN for 50 to 200 steps`,
		paper:
			"one net of 50 units for 50 to 200 steps, SGD at 0.01, with clipping and Omega, at most 5,000,000 updates: solved by 5 of 5 seeds, with 2 symbols without an error up to 5,000 steps",
		networks: Object.fromEntries(variants.map((name) => [name, networkOf(name, count)])),
		async run(name, seed, limit) {
			// Its own, since the learning rate falls.
			const network = networkOf(name, count);
			const random = streamOf(seed, "test");
			const { task, solved, isSolved } = lengthening(count, streamOf(seed, "held"), random);
			const { model, outcome } = await train({ task, network, name, seed, limit, every: 200, isSolved });
			const share = (length: number, tested: number) =>
				[length, wrongShare(model, length, random, tested, count)] as const;
			const wrongAt = outcome.isSolved
				? [...LENGTHS.map((length) => share(length, 10_000)), ...BEYOND.map((length) => share(length, 1000))]
				: [];
			const holds = wrongAt.every(([length, wrong]) => length > LONGEST || wrong < SHARE);
			return { ...outcome, isSolved: outcome.isSolved && holds, solved, wrongAt };
		},
		figure: (outcomes) => outcomes.map(told).join("; "),
		chart(outcomes) {
			const lines = variants.map((name) => {
				const mine = outcomes.filter(({ network }) => network === name);
				const rate = (length: number): [number, number] => [
					length,
					mine.filter(({ solved }) => solved.some(([one]) => one === length)).length / mine.length,
				];
				return { name, points: LENGTHS.map(rate) };
			});
			return {
				title: `Temporal order of ${count} symbols: how many of the seeds solve a length`,
				x: { name: "steps", least: 0 },
				y: { name: "share of seeds", least: 0, most: 1 },
				lines: lines.filter(({ points }) => points.every(([, rate]) => !Number.isNaN(rate))),
			};
		},
	};
}

/** The task whose sequences have from 20 steps to a longest that grows by a tenth whenever it is learned, and the lengths solved so far:
 * where less than 1 % is wrong of the sequences that are looked at, and then of 10,000 others. */
function lengthening(count: 2 | 3, held: Random, others: Random) {
	const HELD = 500;
	const { slower, passed } = SETTINGS[count];
	const looked = LENGTHS.map((length) => order([length, length], count).draw(held, HELD));
	const solved: [length: number, updates: number][] = [];
	let longest = SHORTEST;
	const task = {
		...order([SHORTEST, LONGEST], count),
		draw: (random: Random, rows: number) => order([SHORTEST, longest], count).draw(random, rows),
	};

	function isSolved({ model, trainer }: Trained): boolean {
		const updates = trainer.updateCount;
		trainer.optimizer.learningRate = RATE / (1 + updates / slower);
		if (longest < LONGEST && wrongShare(model, longest, held, 200, count) < passed)
			longest = Math.min(LONGEST, Math.ceil(1.1 * longest));
		if (updates % 1000 !== 0) return false;
		const failed = looked.findIndex((batch) => wrongOf(task, model, batch) >= SHARE * HELD);
		for (const length of LENGTHS.slice(solved.length, failed < 0 ? LENGTHS.length : failed)) {
			if (wrongShare(model, length, others, 10_000, count) >= SHARE) break;
			solved.push([length, updates]);
		}
		return solved.length === LENGTHS.length && failed < 0;
	}
	return { task, solved, isSolved };
}

function networkOf(name: string, count: 2 | 3): Network {
	const optimizer = new RMSprop({ learningRate: RATE, alpha: 0.95 });
	// Without clipping a gradient may overflow; that update is then left out.
	const training = { optimizer, onNonFinite: "skip", ...VARIANTS[name] } as const;
	return { layers: smartTanh(2 ** count), training, most: SETTINGS[count].most };
}

function told({ solved, wrongAt }: Lengthened): string {
	if (wrongAt.length > 0)
		return wrongAt.map(([length, share]) => `${percent(share)} % wrong at ${length} steps`).join(", ");
	return solved.length > 0 ? `solved up to ${solved.at(-1)?.[0]} steps` : "none solved";
}
