// Are values dropped as the textbook says, whatever order the rows are packed in, and are the words those of src/random?

import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/index.ts";
import { threefry } from "../../src/random/random.ts";
import { engines } from "../engines.ts";
import { dropoutMask, weightMask } from "../reference/dropout.ts";
import { matrix } from "../reference/matrix.ts";
import { checkDropout, checkDropWeights } from "./cases/dropout.ts";
import { range } from "./compare.ts";
import { builds, Engine, inEveryPlace } from "./harness.ts";

declare const WebAssembly: { readonly Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer } };

describe.each(engines)("%s", (name) => {
	it("four counters at a time give the words of src/random/random.ts", () => {
		const memory = new WebAssembly.Memory({ initial: 16 });
		const bytes = readFileSync(new URL(`../../build/test-${name}.wasm`, import.meta.url));
		const { threefryWords } = instantiateSync(bytes, { env: { memory } }).exports as unknown as {
			threefryWords(key0: number, key1: number, counter0: number, counter1: number, words: number): void;
		};
		const words = new Uint32Array(memory.buffer, 65536, 8);
		const random = new Random(1);
		const one = new Uint32Array(2);
		for (let k = 0; k < 1000; k++) {
			const [key0, key1, counter0, counter1] = range(1, 4).map(() => random.uint32()) as [
				number,
				number,
				number,
				number,
			];
			threefryWords(key0, key1, counter0, counter1, 65536);
			for (let lane = 0; lane < 4; lane++) {
				threefry(key0, key1, counter0 + lane, counter1, one);
				expect([words[lane], words[4 + lane]]).toEqual([...one]);
			}
		}
	});
});

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	it("drops what the textbook does, of sizes from 1 to 17, and 65", () => {
		for (const size of [...range(1, 17), 65])
			for (const lengths of [[1], [2, 3, 1, 3], [40, 50]])
				for (const adds of [false, true]) {
					engine.begin();
					checkDropout(engine, { lengths, size, rate: 0.3, adds, ...(size % 2 === 0 && { shared: "steps" }) });
				}
	});

	it("with every region at the end of memory", () => {
		for (const size of range(1, 9))
			inEveryPlace(engine, () => checkDropout(engine, { lengths: [1, 2], size, rate: 0.5, adds: true }));
	});

	it("drops the weights that the textbook does, of sizes from 1 to 33, and 1000", () => {
		for (const size of [...range(1, 33), 1000])
			for (const adds of [false, true]) inEveryPlace(engine, () => checkDropWeights(engine, { size, adds }));
	});
});

describe("masks", () => {
	const mask = (rate: number, row = 0, shared?: "steps") =>
		dropoutMask({ seed: 1, update: 1, site: 0, row }, matrix(500, 40), { rate, ...(shared && { shared }) }).values;

	it.each([0.1, 0.5, 0.9])("drop a share of %f, and keep the mean", (rate) => {
		const values = mask(rate);
		const share = values.filter((value) => value === 0).length / values.length;
		// Four standard deviations.
		expect(Math.abs(share - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / values.length));
	});

	it("of rows are independent: two at 0.5 agree in half of their values", () => {
		const [a, b] = [mask(0.5, 0), mask(0.5, 1)];
		const share = a.filter((value, j) => value === b[j]).length / a.length;
		expect(Math.abs(share - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / a.length));
	});

	it.each([0.1, 0.5, 0.9])(
		"of weights have mean 1 and variance rate / (1 - rate) at %f, each update its own",
		(rate) => {
			const [first, second] = [1, 2].map((update) => weightMask({ seed: 1, update, site: 0 }, 40_000, rate)) as [
				Float64Array,
				Float64Array,
			];
			const variance = rate / (1 - rate);
			const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
			expect(Math.abs(mean(first) - 1)).toBeLessThan(4 * Math.sqrt(variance / first.length));
			expect(Math.abs(mean(first.map((factor) => (factor - 1) ** 2)) / variance - 1)).toBeLessThan(0.08);
			const covariance = mean(first.map((factor, j) => (factor - 1) * ((second[j] as number) - 1)));
			expect(Math.abs(covariance / variance)).toBeLessThan(4 / Math.sqrt(first.length));
		},
	);

	it("that steps share are the same at each", () => {
		const values = mask(0.5, 0, "steps");
		for (let t = 1; t < 500; t++) expect(values.slice(40 * t, 40 * t + 40)).toEqual(values.slice(0, 40));
	});
});
