// Temporal order: Hochreiter & Schmidhuber 1997, experiments 6a and 6b.
import { chrono, dense, gru, lastStep, lstm, type Random } from "bptt";
import { recommended, type SolvedTask } from "./solve.ts";

/** Where the symbols that count may stand, the ends included. */
const PLACES = {
	2: [
		[10, 20],
		[50, 60],
	],
	3: [
		[10, 20],
		[33, 43],
		[66, 76],
	],
} as const;

const SYMBOLS = ["E", "B", "a", "b", "c", "d", "X", "Y"];

/** Of 100 to 110 symbols 2 (6a) or 3 (6b) are X or Y, the others but the first (E) and last (B) are a, b, c or d: which X and Y were
 * there, in which order? */
export function temporalOrder(count: 2 | 3): SolvedTask {
	const options = { inputSize: SYMBOLS.length, hiddenSize: 64, initializers: { bias: chrono({ longest: 110 }) } };
	const ends = () => [lastStep(), dense({ outputSize: 2 ** count })];
	const settings = { training: recommended(0.005), most: 20_000 };
	return {
		title: `Temporal order, ${count} symbols (6${count === 2 ? "a" : "b"}), 100 to 110 steps`,
		paper:
			count === 2
				? "LSTM of 156 weights, online: solved after 31,390 sequences (20 trials); 1 of 2,560 wrong"
				: "LSTM of 308 weights, online: solved after 571,100 sequences (10 trials); 2 of 2,560 wrong",
		loss: "crossEntropy",
		draw(random, rows) {
			const drawn = Array.from({ length: rows }, () => sequence(random, count));
			return { inputs: drawn.map(({ inputs }) => inputs), targets: drawn.map(({ target }) => target) };
		},
		isRight: (outputs, target) => outputs.indexOf(Math.max(...outputs)) === target,
		networks: {
			lstm: { layers: [lstm(options), ...ends()], ...settings },
			gru: { layers: [gru(options), ...ends()], ...settings },
		},
	};
}

function sequence(random: Random, count: 2 | 3): { inputs: number[][]; target: number } {
	const whole = (least: number, most: number) => least + Math.floor(random.uniform(0, most - least + 1));
	const symbols = Array.from({ length: whole(100, 110) }, () => whole(2, 5));
	symbols[0] = 0;
	symbols[symbols.length - 1] = 1;
	let target = 0;
	for (const [least, most] of PLACES[count]) {
		const symbol = whole(0, 1);
		symbols[whole(least, most)] = 6 + symbol;
		target = 2 * target + symbol;
	}
	return { inputs: symbols.map((symbol) => SYMBOLS.map((_, index) => +(index === symbol))), target };
}
