// What the experiments on temporal order have of Pascanu, Mikolov & Bengio 2013: the network, what helps it, and when it is right.
import { constant, dense, type Layer, lastStep, type Model, normal, type Random, rnn } from "bptt";
import { order, SYMBOLS } from "./order.ts";
import { wrongOf } from "./solve.ts";

/** A length is solved where less than this is wrong, of 10,000. */
export const SHARE = 0.01;

/** How gradient descent is helped. */
export const HELP = { none: {}, clipped: { clipNorm: 1 }, omega: { clipNorm: 1, omega: 8 } } as const;

/** 50 tanh units, whose last state is classified. */
export function smartTanh(classes: number): Layer[] {
	const initializers = { weight_ih: normal(0.1), weight_hh: sparse, bias: constant(0) };
	return [
		rnn({ inputSize: SYMBOLS, hiddenSize: 50, initializers }),
		lastStep(),
		dense({ outputSize: classes, initializers: { weight: normal(0.1), bias: constant(0) } }),
	];
}

/** The paper's "smart tanh" initialization: 15 weights of each unit are not zero, and the spectral radius is near 0.95. */
function sparse(values: Float32Array, [rows = 0, columns = 0]: readonly number[], random: Random): void {
	const ENTRIES = 15;
	values.fill(0);
	for (let row = 0; row < rows; row++)
		for (let left = ENTRIES; left > 0; ) {
			const place = row * columns + Math.floor(random.uniform(0, columns));
			if (values[place] !== 0) continue;
			values[place] = (0.95 / Math.sqrt(ENTRIES)) * random.normal();
			left--;
		}
}

/** The share that is wrong of so many sequences. Draws and tests a part at a time: all at once would need too much memory. */
export function wrongShare(model: Model, length: number, random: Random, tested: number, count: 2 | 3 = 2): number {
	const task = order([length, length], count);
	const part = 200;
	let wrong = 0;
	for (let done = 0; done < tested; done += part) wrong += wrongOf(task, model, task.draw(random, part));
	return wrong / tested;
}

export const percent = (share: number) => Number((100 * share).toPrecision(2));
