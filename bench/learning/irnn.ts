// The adding problem for rectified linear units that begin as the identity: Le, Jaitly & Hinton 2015.
import { constant, dense, identity, lastStep, lstm, normal, type Random, rnn } from "bptt";
import { recommended } from "./solve.ts";
import type { WatchedTask } from "./watch.ts";

/** Of values in [0, 1] one of each half is marked; the target is their sum. */
export function irnn(steps: number): WatchedTask {
	const size = { inputSize: 2, hiddenSize: 64 };
	const ends = () => [lastStep(), dense({ outputSize: 1 })];
	const initializers = { weight_ih: normal(0.001), weight_hh: identity(), bias: constant(0) };
	const settings = { training: recommended(0.001), most: 8000 };
	return {
		title: `Adding ${steps} steps: rectified linear units that begin as the identity; solved at a mean squared error of 0.001`,
		paper: "IRNN and LSTM of 100 units learn it over 150 steps, where other RNNs struggle, as figures show",
		loss: "meanSquaredError",
		baseline: 1 / 6,
		solvedBelow: 0.001,
		held: 1024,
		draw: (random, rows) => draw(random, rows, steps),
		networks: {
			irnn: { layers: [rnn({ ...size, activation: "relu", initializers }), ...ends()], ...settings },
			"tanh rnn": { layers: [rnn(size), ...ends()], ...settings },
			lstm: { layers: [lstm(size), ...ends()], ...settings },
		},
	};
}

function draw(random: Random, batchSize: number, steps: number) {
	const inputs = new Float32Array(batchSize * steps * 2);
	const targets = new Float32Array(batchSize);
	for (let row = 0; row < batchSize; row++) {
		for (let t = 0; t < steps; t++) inputs[2 * (row * steps + t)] = random.uniform(0, 1);
		for (const half of [0, 1]) {
			const t = row * steps + Math.floor((random.uniform(half, half + 1) * steps) / 2);
			inputs[2 * t + 1] = 1;
			targets[row] += inputs[2 * t];
		}
	}
	return { inputs, targets, batchSize, steps };
}
