// Temporal order as Pascanu, Mikolov & Bengio (2013) set it.
import type { SolvedTask } from "./solve.ts";
import type { Task } from "./train.ts";

/** A, B, c, d, e and f. */
export const SYMBOLS = 6;

/** Least and most. */
export type Lengths = readonly [number, number];

/** In which tenth of a sequence A or B stands. */
const TENTHS = { 2: [1, 5], 3: [1, 3, 6] } as const;

/** Among c, d, e and f is A or B in the second tenth of a sequence and again in the sixth (of three symbols: the second, fourth and
 * seventh): which were they, in which order? Sequences of a batch have one length. */
export function order([least, most]: Lengths, count: 2 | 3 = 2): Task & Pick<SolvedTask, "isRight"> {
	return {
		loss: "crossEntropy",
		rows: 20,
		draw(random, batchSize) {
			const whole = (from: number, end: number) => Math.floor(random.uniform(from, end));
			const steps = whole(least, most + 1);
			const tenthOf = (tenth: number) => Math.ceil((tenth * steps) / 10);
			const inputs = new Float32Array(batchSize * steps * SYMBOLS);
			const targets = new Int32Array(batchSize);
			for (let row = 0; row < batchSize; row++) {
				const symbols = Array.from({ length: steps }, () => whole(2, SYMBOLS));
				for (const tenth of TENTHS[count]) {
					const symbol = whole(0, 2);
					symbols[whole(tenthOf(tenth), tenthOf(tenth + 1))] = symbol;
					targets[row] = 2 * targets[row] + symbol;
				}
				for (const [t, symbol] of symbols.entries()) inputs[(row * steps + t) * SYMBOLS + symbol] = 1;
			}
			return { inputs, targets, batchSize, steps };
		},
		isRight: (outputs, target) => outputs.indexOf(Math.max(...outputs)) === target,
	};
}
