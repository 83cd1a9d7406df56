// Embedded Reber grammar: Hochreiter & Schmidhuber 1997, experiment 1.
import { dense, lstm, type Random, rnn } from "bptt";
import { recommended, type SolvedTask } from "./solve.ts";

export const SYMBOLS = ["B", "T", "P", "S", "X", "V", "E"] as const;

type Symbol = (typeof SYMBOLS)[number];

/** Which symbol leads to which state. */
type State = Readonly<Partial<Record<Symbol, number>>>;

/** Reber's grammar from its B, in state 0, to its E, which leads to state 7. */
const REBER: readonly State[] = [
	{ B: 1 },
	{ T: 2, P: 3 },
	{ S: 2, X: 4 },
	{ T: 3, V: 5 },
	{ X: 3, S: 6 },
	{ P: 4, V: 6 },
	{ E: 7 },
];

/** States of the embedded grammar: B, then T or P, a word of Reber's, the same T or P again, E. The word's states are there twice, once
 * for each of T and P: that is what has to be remembered. */
const GRAMMAR: readonly State[] = [{ B: 1 }, { T: 2, P: 11 }, ...embedded("T", 2), ...embedded("P", 11)];

function embedded(around: Symbol, begin: number): State[] {
	const shifted = REBER.map((state) => Object.fromEntries(Object.entries(state).map(([s, to]) => [s, to + begin])));
	return [...shifted, { [around]: begin + 8 }, { E: -1 }];
}

/** Predicts every next symbol of strings drawn at random. One is right if at each of its steps the outputs of the symbols that may come
 * next are all above all others. */
export function reber(): SolvedTask {
	const ends = () => [dense({ outputSize: SYMBOLS.length })];
	const size = { inputSize: SYMBOLS.length, hiddenSize: 16 };
	const settings = { training: recommended(0.005), most: 20_000 };
	return {
		title: "Embedded Reber grammar; right if the legal next symbols are those most active, at every step",
		paper:
			"LSTM of 264 or 276 weights, online: 100 % of trials solved, after 8,440 sequences at best; Elman 0 % after 200,000; 256 strings of test",
		loss: "crossEntropy",
		rows: 4,
		every: 10,
		tested: 256,
		draw(random, rows) {
			const drawn = Array.from({ length: rows }, () => string(random));
			const inputs = drawn.map((symbols) =>
				symbols.slice(0, -1).map((symbol) => SYMBOLS.map((_, s) => +(s === symbol))),
			);
			return { inputs, targets: drawn.map((symbols) => symbols.slice(1)) };
		},
		isRight: (outputs, target) =>
			legalNext(target as number[]).every((legal, t) => {
				const step = outputs.subarray(t * SYMBOLS.length, (t + 1) * SYMBOLS.length);
				const [least, most] = [Math.min, Math.max].map((end, isMost) =>
					end(...step.filter((_, symbol) => legal.has(symbol) !== Boolean(isMost))),
				) as [number, number];
				return least > most;
			}),
		networks: {
			lstm: { layers: [lstm(size), ...ends()], ...settings },
			rnn: { layers: [rnn(size), ...ends()], ...settings },
		},
	};
}

function string(random: Random): number[] {
	const symbols: number[] = [];
	for (let state = 0; state >= 0; ) {
		const choices = Object.entries(GRAMMAR[state] as State) as [Symbol, number][];
		const [symbol, next] = choices[Math.floor(random.uniform(0, choices.length))] as [Symbol, number];
		symbols.push(SYMBOLS.indexOf(symbol));
		state = next;
	}
	return symbols;
}

/** What may come at each step of a string without its B. */
export function legalNext(symbols: readonly number[]): ReadonlySet<number>[] {
	let state = 1;
	return symbols.map((symbol) => {
		const choices = GRAMMAR[state] as State;
		state = choices[SYMBOLS[symbol] as Symbol] as number;
		return new Set(Object.keys(choices).map((name) => SYMBOLS.indexOf(name as Symbol)));
	});
}
