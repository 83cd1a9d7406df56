// Do the examples run from end to end in a few seconds, and are their baselines right?
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { ngramBits } from "../../examples/character-model/ngram.ts";
import { autoregression } from "../../examples/temperature-forecast/baselines.ts";

const execute = promisify(execFile);

interface Outcome {
	readonly stdout: string;
	readonly stderr: string;
	readonly code: number;
}

function example(file: string, ...args: string[]): Promise<Outcome> {
	const tsx = "node_modules/tsx/dist/cli.mjs";
	const started = execute(process.execPath, [tsx, `examples/${file}.ts`, ...args]);
	return started.then(
		(outputs) => ({ ...outputs, code: 0 }),
		(failure: Outcome) => failure,
	);
}

/** The numbers after each place where a name begins a line. */
function figures(output: string, name: string): number[] {
	const [, rest] = output.match(new RegExp(`^\\s*${name}(.*)$`, "m")) ?? [];
	return (rest?.match(/\d+\.\d+/g) ?? []).map(Number);
}

describe("npm start", () => {
	let stdout: string;
	let stderr: string;
	let code: number;

	beforeAll(async () => {
		({ stdout, stderr, code } = await example("start", "--minutes", "0.1"));
	}, 120_000);

	it("ends well", () => {
		expect(stderr).toBe("");
		expect(code).toBe(0);
	});

	it("scores the character model beside n-grams", () => {
		expect(figures(stdout, "3-gram")).toEqual([2.893]);
		expect(figures(stdout, "4-gram")[0]).toBeCloseTo(2.405, 2);
		expect(figures(stdout, "5-gram")).toEqual([2.226]);
		const [bits] = figures(stdout, "LSTM");
		expect(bits).toBeGreaterThan(1);
		expect(bits).toBeLessThan(4.5);
	});

	it("writes, and loads what it saved", () => {
		expect(stdout).toMatch(/The white whale .{20}/s);
		expect(stdout).toContain("its predictions differ by 0.");
	});

	it("goes on to the forecast", () => {
		const errors = figures(stdout, "GRU");
		expect(errors).toHaveLength(2);
		for (const error of errors) expect(error).toBeLessThan(8);
	});
});

describe("the forecast", () => {
	it("beats its baselines", async () => {
		const { stdout } = await example("temperature-forecast/main");
		const linear = figures(stdout, "autoregression on 10 days");
		expect(figures(stdout, "tomorrow as today")).toEqual([2.353, 2.234]);
		expect(linear).toEqual([2.258, 2.128]);
		const errors = figures(stdout, "GRU");
		expect(errors).toHaveLength(2);
		for (const [i, error] of errors.entries()) expect(error).toBeLessThan(linear[i]);
	});
});

describe("wrong options", () => {
	it.each([
		[["--minute", "2"], "Unknown option '--minute'. Options: --minutes N"],
		[["--minutes", "0"], '--minutes must be a number above 0, got "0".'],
		[["--minutes", "soon"], '--minutes must be a number above 0, got "soon".'],
		[["--seed", "1.5"], '--seed must be a whole number from 0, got "1.5".'],
	])("%j: %s", async (args, sentence) => {
		const { stderr, code } = await example("start", ...args);
		expect(stderr).toContain(sentence);
		expect(stderr.trim().split("\n")).toHaveLength(1);
		expect(code).toBe(1);
	});

	it("names the examples there are", async () => {
		const { stderr, code } = await example("run", "tetris");
		expect(stderr).toMatch(/^There is no example "tetris"\. Examples: .*character-model.*\.\n$/);
		expect(code).toBe(1);
	});
});

describe("baselines", () => {
	it("counts n-grams as Witten and Bell", () => {
		const train = Uint8Array.of(0, 0, 1, 0);
		const [unigram, bigram] = ngramBits(train, Uint8Array.of(0), {
			vocabSize: 2,
			order: 2,
		});
		// counts in "a a b a": a 3, b 1, two kinds: p(a) = (3 + 2/2) / (4 + 2) = 2/3
		expect(unigram).toBeCloseTo(-Math.log2(2 / 3), 12);
		// after a: a once, b once, two kinds: p(a | a) = (1 + 2 · 2/3) / (2 + 2) = 7/12
		expect(bigram).toBeCloseTo(-Math.log2(7 / 12), 12);
	});

	it("fits an autoregression exactly where there is one", () => {
		const values = [1, 2];
		for (let t = 2; t < 40; t++) values.push(0.5 + 0.9 * values[t - 1] - 0.6 * values[t - 2]);
		autoregression(values, 30, 2).forEach((value, i) => {
			expect(value).toBeCloseTo(values[30 + i], 9);
		});
	});
});
