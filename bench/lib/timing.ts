// Times of things that take a step or so, measured in turn with what they are compared with.
import { watch } from "./clock.ts";
import { type Estimate, estimate } from "./statistics.ts";

/** Runs until the optimizing compiler has had its turn. */
export async function warmUp(run: () => unknown, milliseconds = 300) {
	const end = performance.now() + milliseconds;
	do run();
	while (performance.now() < end);
	await new Promise((resume) => setTimeout(resume, 10));
	run();
}

/** A sampler of `run`: each call repeats it for about `milliseconds` and gives the milliseconds of one. */
export async function sampler(run: () => unknown, milliseconds = 2, warm = 300): Promise<() => number> {
	await warmUp(run, warm);
	const begin = performance.now();
	let count = 0;
	do {
		run();
		count++;
	} while (performance.now() - begin < milliseconds);
	return () => {
		const stop = watch();
		for (let i = 0; i < count; i++) run();
		return stop() / count;
	};
}

/** Samples of several things, taken in turn for `milliseconds` (at least `least` rounds): one list for each. */
export function inTurn(samplers: readonly (() => number)[], milliseconds: number, least = 10): number[][] {
	const samples: number[][] = samplers.map(() => []);
	const end = performance.now() + milliseconds;
	for (let round = 0; round < least || performance.now() < end; round++) {
		const first = round % samplers.length;
		for (let i = 0; i < samplers.length; i++) {
			const at = (first + i) % samplers.length;
			samples[at].push(samplers[at]());
		}
	}
	return samples;
}

/** The ratio of two things measured in turn: median over the rounds, with its interval. */
export function ratio(numerator: readonly number[], denominator: readonly number[]): Estimate {
	return estimate(numerator.map((value, round) => value / denominator[round]));
}
