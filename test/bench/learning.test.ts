// Are the sequences of the learning experiments those of the papers, and does their command run?
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { adding } from "../../bench/learning/adding.ts";
import { temporalOrder } from "../../bench/learning/temporalOrder.ts";
import { Random } from "../../src/index.ts";

const execute = promisify(execFile);

interface Result {
	readonly stdout: string;
	readonly stderr: string;
	readonly code: number;
}

function learn(...args: string[]): Promise<Result> {
	const started = execute(process.execPath, ["node_modules/tsx/dist/cli.mjs", "bench/learning/main.ts", ...args]);
	return started.then(
		(outputs) => ({ ...outputs, code: 0 }),
		(failure: Result) => failure,
	);
}

describe("adding", () => {
	const { inputs, targets } = adding(100).draw(new Random(1), 300);
	const rows = inputs as number[][][];

	it("marks two values, one of the first ten and one of the first half, and both ends", () => {
		for (const [row, steps] of rows.entries()) {
			const markers = steps.map(([, marker]) => marker);
			const marked = markers.flatMap((marker, t) => (marker === 1 ? [t] : []));
			expect(marked).toHaveLength(2);
			expect(Math.min(...marked)).toBeLessThan(10);
			expect(Math.max(...marked)).toBeLessThan(50);
			expect(markers.flatMap((marker, t) => (marker === -1 ? [t] : []))).toEqual([0, steps.length - 1]);
			const sum = marked.reduce((total, t) => total + ((steps[t] as number[])[0] as number), 0);
			expect((targets as number[][])[row]).toEqual([0.5 + sum / 4]);
		}
	});

	it("has lengths from 100 to 110, and values from -1 to 1", () => {
		const lengths = rows.map((steps) => steps.length);
		expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([100, 110]);
		const values = rows.flatMap((steps) => steps.map(([value]) => value as number));
		expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
		expect(Math.max(...values)).toBeLessThan(1);
		expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThan(0.02);
	});
});

describe.each([2, 3] as const)("temporal order of %i symbols", (count) => {
	const { inputs, targets } = temporalOrder(count).draw(new Random(1), 400);
	const rows = (inputs as number[][][]).map((steps) => steps.map((step) => step.indexOf(1)));

	it("has one symbol at each step, E first and B last", () => {
		for (const step of (inputs as number[][][]).flat()) expect(step.filter((value) => value !== 0)).toEqual([1]);
		for (const symbols of rows) expect([symbols[0], symbols.at(-1)]).toEqual([0, 1]);
		expect(new Set(rows.flat())).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
	});

	it("asks for the X and Y in their order", () => {
		const begins = count === 2 ? [10, 50] : [10, 33, 66];
		for (const [row, symbols] of rows.entries()) {
			const places = symbols.flatMap((symbol, t) => (symbol > 5 ? [t] : []));
			expect(places).toHaveLength(count);
			for (const [index, t] of places.entries()) {
				expect(t).toBeGreaterThanOrEqual(begins[index] as number);
				expect(t).toBeLessThanOrEqual((begins[index] as number) + 10);
			}
			const bits = places.map((t) => (symbols[t] as number) - 6).join("");
			expect((targets as number[])[row]).toBe(Number.parseInt(bits, 2));
		}
		expect(new Set(targets as number[]).size).toBe(2 ** count);
	});
});

describe("npm run learn", () => {
	it("tells what it took, beside the paper", async () => {
		const { stdout, code } = await learn("temporal-order-2", "--seeds", "2", "--updates", "2", "--network", "gru");
		expect(stdout).toMatch(/^The paper: LSTM .* 31,390 sequences/m);
		expect(
			stdout.match(/^gru, seed [12]: not solved after 2 updates \(64 sequences, \d+ s\); \d+ of 2560 wrong$/gm),
		).toHaveLength(2);
		expect(code).toBe(0);
	}, 60_000);

	it.each([
		[
			["tetris"],
			'learn: no experiment "tetris"; there are adding-100, adding-500, adding-1000, temporal-order-2, temporal-order-3.',
		],
		[[], 'learn: no experiment ""; there are adding-100, adding-500, adding-1000, temporal-order-2, temporal-order-3.'],
		[["adding-100", "--seeds", "0"], 'learn: --seeds must be a positive whole number, got "0".'],
		[["adding-100", "--network", "rnn"], 'learn: no network "rnn" for adding-100; there are lstm, gru.'],
		[["adding-100", "--seed", "1"], "learn: Unknown option '--seed'"],
	])("%j: %s", async (args, sentence) => {
		const { stderr, code } = await learn(...args);
		expect(stderr).toContain(sentence);
		expect(stderr.trim().split("\n")).toHaveLength(1);
		expect(code).toBe(1);
	});
});
