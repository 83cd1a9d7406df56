// Copying memory: Arjovsky et al. 2016; with chrono's bias: Tallec & Ollivier 2018.
import { chrono, dense, lstm, type Random } from "bptt";
import { recommended } from "./solve.ts";
import type { WatchedTask } from "./watch.ts";

/** How many symbols are to be kept, of how many kinds. */
const KEPT = 10;
const KINDS = 8;
const BLANK = KINDS;
const DELIMITER = KINDS + 1;
const ALPHABET = KINDS + 2;

/** Ten symbols, `lag - 1` blanks, a delimiter and ten blanks come in; `lag + 10` blanks and the ten symbols should come out. Given up after `most`
 * updates. */
export function copying(lag: number, most: number): WatchedTask {
	const size = { inputSize: ALPHABET, hiddenSize: 64 };
	const ends = () => [dense({ outputSize: ALPHABET })];
	const baseline = (KEPT * Math.log(KINDS)) / (lag + 2 * KEPT);
	const settings = { training: recommended(0.008), most };
	return {
		title: `Copying ten symbols over ${lag} steps; solved at a hundredth of the loss without memory`,
		paper:
			"LSTM of 128 units: with chrono's bias it converges at 500 and at 2,000 steps, with a forget bias of 1 it stays at the loss without memory",
		loss: "crossEntropy",
		rows: 8,
		baseline,
		solvedBelow: baseline / 100,
		held: 128,
		draw: (random, rows) => draw(random, rows, lag),
		networks: {
			chrono: {
				layers: [lstm({ ...size, initializers: { bias: chrono({ longest: 1.5 * lag }) } }), ...ends()],
				...settings,
			},
			"forget bias 1": { layers: [lstm({ ...size, forgetBias: 1 }), ...ends()], ...settings },
		},
	};
}

function draw(random: Random, batchSize: number, lag: number) {
	const steps = lag + 2 * KEPT;
	const inputs = new Float32Array(batchSize * steps * ALPHABET);
	const targets = new Int32Array(batchSize * steps).fill(BLANK);
	for (let row = 0; row < batchSize; row++)
		for (let t = 0; t < steps; t++) {
			const isKept = t < KEPT;
			const other = t === KEPT + lag - 1 ? DELIMITER : BLANK;
			const symbol = isKept ? Math.floor(random.uniform(0, KINDS)) : other;
			inputs[(row * steps + t) * ALPHABET + symbol] = 1;
			if (isKept) targets[row * steps + KEPT + lag + t] = symbol;
		}
	return { inputs, targets, batchSize, steps };
}
