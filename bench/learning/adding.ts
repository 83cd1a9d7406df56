// The adding problem: Hochreiter & Schmidhuber 1997, experiment 4.
import { chrono, dense, gru, lastStep, lstm, type Random } from "bptt";
import { recommended, type SolvedTask } from "./solve.ts";

/** Two of a sequence's values are marked, one of the first ten and one of the first half; the target is 0.5 + (their sum) / 4. Values
 * are in [-1, 1]; markers are 1, 0, and -1 at both ends. Lengths are from `steps` to a tenth more. */
export function adding(steps: number): SolvedTask {
	const bias = chrono({ longest: steps });
	const networks = {
		lstm: { layers: [lstm({ inputSize: 2, hiddenSize: 64, initializers: { bias } }), ...ends()] },
		gru: { layers: [gru({ inputSize: 2, hiddenSize: 64, initializers: { bias } }), ...ends()] },
	};
	return {
		title: `Adding problem, ${steps} to ${Math.round(1.1 * steps)} steps; right within 0.04`,
		paper:
			"LSTM of 93 weights, online: solved after 74,000 (T = 100), 209,000 (500), 853,000 sequences (1,000); 1, 0, 1 of 2,560 wrong",
		loss: "meanSquaredError",
		draw(random, rows) {
			const drawn = Array.from({ length: rows }, () => sequence(random, steps));
			return { inputs: drawn.map(({ inputs }) => inputs), targets: drawn.map(({ target }) => [target]) };
		},
		isRight: ([output], target) => Math.abs((output as number) - (target as number[])[0]) < 0.04,
		networks: Object.fromEntries(
			Object.entries(networks).map(([name, network]) => [
				name,
				{ ...network, training: recommended(0.005), most: 20_000 },
			]),
		),
	};
}

const ends = () => [lastStep(), dense({ outputSize: 1 })];

function sequence(random: Random, steps: number): { inputs: number[][]; target: number } {
	const length = steps + Math.floor(random.uniform(0, steps / 10 + 1));
	const inputs = Array.from({ length }, () => [random.uniform(-1, 1), 0]);
	// Not the ends: they have markers of their own.
	const first = 1 + Math.floor(random.uniform(0, 9));
	let second = first;
	while (second === first) second = 1 + Math.floor(random.uniform(0, steps / 2 - 1));
	for (const [t, marker] of [
		[0, -1],
		[length - 1, -1],
		[first, 1],
		[second, 1],
	] as const)
		(inputs[t] as number[])[1] = marker;
	return { inputs, target: 0.5 + ((inputs[first] as number[])[0] + (inputs[second] as number[])[0]) / 4 };
}
