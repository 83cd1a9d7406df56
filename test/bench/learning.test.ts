// Are the sequences of the learning experiments those of the papers, and does their command run?
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { adding } from "../../bench/learning/adding.ts";
import { svgOf } from "../../bench/learning/chart.ts";
import { copying } from "../../bench/learning/copying.ts";
import type { Experiment } from "../../bench/learning/experiment.ts";
import { irnn } from "../../bench/learning/irnn.ts";
import { order } from "../../bench/learning/order.ts";
import { page } from "../../bench/learning/page.ts";
import { legalNext, reber, SYMBOLS } from "../../bench/learning/reber.ts";
import { experiments } from "../../bench/learning/registry.ts";
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

describe("embedded Reber grammar", () => {
	const { isRight, draw } = reber();
	const { inputs, targets } = draw(new Random(1), 300);
	const strings = (inputs as number[][][]).map((steps) => steps.map((step) => SYMBOLS[step.indexOf(1)]).join(""));
	const next = targets as number[][];

	it("has strings of the grammar, each the next symbols of the other", () => {
		for (const [row, string] of strings.entries()) {
			expect(string).toMatch(/^B([TP])B(TS*X(XT*VP)*(S|XT*VV)|PT*V(PXT*V)*(V|PS))E\1$/);
			expect(next[row]?.map((symbol) => SYMBOLS[symbol]).join("")).toBe(`${string.slice(1)}E`);
		}
	});

	it("takes T or P as legal at first, later only that of the two which was there", () => {
		for (const symbols of next) {
			const legal = legalNext(symbols).map((set) => [...set].map((symbol) => SYMBOLS[symbol]).join(""));
			expect(legal[0]).toBe("TP");
			expect(legal.at(-2)).toBe(SYMBOLS[symbols[0] as number]);
			expect(legal.at(-1)).toBe("E");
		}
	});

	it("is right where all legal symbols are above all others, and nowhere else", () => {
		const [symbols] = next as [number[]];
		const outputs = Float32Array.from(legalNext(symbols).flatMap((legal) => SYMBOLS.map((_, s) => +legal.has(s))));
		expect(isRight(outputs, symbols)).toBe(true);
		const last = outputs.length - SYMBOLS.length;
		for (const step of [0, last - SYMBOLS.length, last]) {
			const wrong = outputs.slice();
			wrong[step + SYMBOLS.indexOf("X")] = 1;
			expect(isRight(wrong, symbols)).toBe(false);
		}
	});
});

it("copying: ten symbols, blanks, a delimiter; and the symbols again in their order", () => {
	const { inputs, targets, steps } = copying(20, 1).draw(new Random(1), 50) as {
		inputs: Float32Array;
		targets: Int32Array;
		steps: number;
	};
	expect(steps).toBe(40);
	for (let row = 0; row < 50; row++) {
		const symbols = Array.from({ length: 40 }, (_, t) =>
			inputs.subarray((row * 40 + t) * 10, (row * 40 + t + 1) * 10).indexOf(1),
		);
		const kept = symbols.slice(0, 10);
		expect(Math.max(...kept)).toBeLessThan(8);
		expect(symbols.slice(10)).toEqual([...Array(19).fill(8), 9, ...Array(10).fill(8)]);
		expect([...targets.subarray(row * 40, (row + 1) * 40)]).toEqual([...Array(30).fill(8), ...kept]);
	}
});

it("irnn: one value of each half is marked, the target is their sum", () => {
	const { inputs, targets } = irnn(30).draw(new Random(1), 200) as { inputs: Float32Array; targets: Float32Array };
	for (const [row, target] of targets.entries()) {
		const marked = Array.from({ length: 30 }, (_, t) => t).filter((t) => inputs[2 * (row * 30 + t) + 1] === 1);
		expect(marked).toHaveLength(2);
		expect(marked[0]).toBeLessThan(15);
		expect(marked[1]).toBeGreaterThanOrEqual(15);
		const values = marked.map((t) => inputs[2 * (row * 30 + t)] as number);
		expect(target).toBeCloseTo((values[0] as number) + (values[1] as number), 6);
	}
});

it.each([
	[2, [1, 5]],
	[3, [1, 3, 6]],
] as const)("temporal order of the RNN paper, %i symbols: A or B in tenths %j, counted from 0", (count, tenths) => {
	const { draw } = order([40, 60], count);
	const random = new Random(1);
	for (let batch = 0; batch < 20; batch++) {
		const { inputs, targets, steps } = draw(random, 5) as { inputs: Float32Array; targets: Int32Array; steps: number };
		for (const [row, target] of targets.entries()) {
			const symbols = Array.from({ length: steps }, (_, t) =>
				inputs.subarray((row * steps + t) * 6, (row * steps + t + 1) * 6).indexOf(1),
			);
			const places = symbols.flatMap((symbol, t) => (symbol < 2 ? [t] : []));
			expect(places.map((t) => Math.floor((10 * t) / steps))).toEqual(tenths);
			expect(target).toBe(Number.parseInt(places.map((t) => symbols[t]).join(""), 2));
		}
	}
});

describe("each kind of experiment, for two updates", () => {
	const names = [
		...["temporal-order-2", "reber", "copying-200", "irnn-100", "gradient-lag", "regularisation"],
		...["temporal-order-rnn", "temporal-order-rnn-3", "temporal-order-sgd"],
	];

	it.each(names)("%s runs, and the page has it", async (name) => {
		const experiment = experiments[name]?.() as Experiment;
		const [network = ""] = Object.keys(experiment.networks);
		const outcome = await experiment.run(network, 1, 2);
		expect(outcome).toMatchObject({ network, seed: 1, updates: 2 });
		expect(outcome.isSolved ?? false).toBe(false);
		const outcomes = JSON.parse(JSON.stringify([outcome]));
		const svg = experiment.chart && svgOf(experiment.chart(outcomes));
		const html = page([{ name, experiment, outcomes, ...(svg !== undefined && { svg }) }]);
		expect(html).toContain(`<td>${network}</td><td>${outcome.isSolved === undefined ? "" : "0 of 1"}</td><td>2</td>`);
		if (svg === undefined) return;
		expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
		expect(svg).not.toMatch(/NaN|undefined/);
		expect(html).toContain(encodeURIComponent(svg));
	});
});

describe("npm run learn", () => {
	const names = Object.keys(experiments).join(", ");

	it("tells what it took, beside the paper", async () => {
		const { stdout, code } = await learn("temporal-order-2", "--seeds", "2", "--updates", "2", "--network", "gru");
		expect(stdout).toMatch(/^The paper: LSTM .* 31,390 sequences/m);
		expect(
			stdout.match(/^gru, seed [12]: not solved after 2 updates \(64 sequences, \d+ s\); \d+ of 2560 wrong$/gm),
		).toHaveLength(2);
		expect(code).toBe(0);
	}, 60_000);

	it.each([
		[["tetris"], `learn: no experiment "tetris"; there are ${names}.`],
		[[], `learn: no experiment ""; there are ${names}.`],
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
