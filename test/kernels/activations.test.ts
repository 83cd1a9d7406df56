// How far are exp4, sigmoid4 and tanh4 from the truth, and what do they give at the ends?
import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import { describe, expect, it } from "vitest";
import { engines } from "../engines.ts";

/** The error bounds that assembly/activations.ts states, in units in the last place of
 * the true value as a float32. */
const EXP_ULP = 2.75;
const SIGMOID_ULP = 3;
const TANH_ULP = 5.75;
const LOG_SIGMOID_ULP = 4.75;

/** Below it eˣ is less than any normal float. */
const LEAST_LOG = Math.fround(-87.3365402);
/** The last float whose eˣ is finite as a float32. */
const LARGEST_LOG = Math.fround(88.7228317);
const LEAST_NORMAL = 2 ** -126;

declare const WebAssembly: {
	readonly Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer };
	validate(bytes: Uint8Array): boolean;
};

type Loop = (x: number, y: number, n: number) => void;
const loops = [
	"expArray",
	"logSigmoidArray",
	"logSigmoidRowArray",
	"sigmoidArray",
	"sigmoidRowArray",
	"sigmoidSlopeArray",
	"tanhArray",
	"tanhRowArray",
	"tanhSlopeArray",
] as const;
type LoopName = (typeof loops)[number];

const truths = {
	expArray: Math.exp,
	sigmoidArray: sigmoid,
	sigmoidRowArray: sigmoid,
	tanhArray: Math.tanh,
	tanhRowArray: Math.tanh,
	logSigmoidArray: logSigmoid,
	logSigmoidRowArray: logSigmoid,
};

function logSigmoid(x: number): number {
	return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
}

function sigmoid(x: number): number {
	if (x >= 0) return 1 / (1 + Math.exp(-x));
	return Math.exp(x) / (1 + Math.exp(x));
}

const CHUNK = 1 << 16;
const INPUT = 1 << 16;
const OUTPUT = INPUT + 4 * CHUNK;

function instantiate(bytes: Uint8Array) {
	const memory = new WebAssembly.Memory({ initial: 16 });
	const exports = instantiateSync(bytes, { env: { memory } }).exports as unknown as Record<LoopName, Loop>;
	const x = new Float32Array(memory.buffer, INPUT, CHUNK);
	const y = new Float32Array(memory.buffer, OUTPUT, CHUNK);
	return {
		x,
		y,
		xBits: new Uint32Array(memory.buffer, INPUT, CHUNK),
		yBits: new Uint32Array(memory.buffer, OUTPUT, CHUNK),
		run(name: LoopName, n = CHUNK) {
			exports[name](INPUT, OUTPUT, n);
		},
		runInPlace(name: LoopName) {
			exports[name](INPUT, INPUT, CHUNK);
		},
		/** The results for a few values, whatever their number. */
		of(name: LoopName, values: readonly number[]): number[] {
			x.fill(0).set(values);
			exports[name](INPUT, OUTPUT, (values.length + 3) & ~3);
			return [...y.subarray(0, values.length)];
		},
	};
}

const scratch = new DataView(new ArrayBuffer(8));

function bitsOf(value: number): number {
	scratch.setFloat32(0, value);
	return scratch.getUint32(0);
}

function floatOf(bits: number): number {
	scratch.setUint32(0, bits);
	return scratch.getFloat32(0);
}

/** The float `count` places further from zero. */
function outward(value: number, count: number): number {
	return floatOf(bitsOf(value) + count);
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const perUlp = Float64Array.from({ length: 256 }, (_, i) => 2 ** (23 - (i - 127)));

/** 1 / the distance of float32 neighbours at `truth`. */
function ulpsAt(truth: number): number {
	double[0] = truth;
	const exponent = (words[1] >>> 20) & 0x7ff;
	return perUlp[Math.max(exponent - 1023 + 127, 1)];
}

/** All floats from `from` outward to `to` (of one sign), or every `stride`-th of them from
 * a start that differs from call to call. */
interface Stretch {
	readonly from: number;
	readonly to: number;
	readonly stride: number;
}

describe.each(engines)("%s", (build) => {
	const path = new URL(`../../build/test-${build}.wasm`, import.meta.url);
	const bytes = readFileSync(path);
	const engine = instantiate(bytes);
	const { x, y, xBits, yBits, run, runInPlace } = engine;

	function worst(name: keyof typeof truths, stretches: readonly Stretch[]) {
		const truth = truths[name];
		let ulp = 0;
		let at = 0;
		for (const { from, to, stride } of stretches) {
			const last = bitsOf(to);
			let bits = bitsOf(from) + Math.floor(Math.random() * stride);
			while (bits <= last) {
				let n = 0;
				for (; n < CHUNK && bits <= last; n++, bits += stride) xBits[n] = bits;
				for (; n % 4 !== 0; n++) xBits[n] = last;
				run(name, n);
				for (let i = 0; i < n; i++) {
					const expected = truth(x[i]);
					const given = y[i];
					const error = Number.isNaN(given) ? Infinity : Math.abs(given - expected) * ulpsAt(expected);
					if (error <= ulp) continue;
					ulp = error;
					at = x[i];
				}
			}
		}
		return { ulp, at };
	}

	function expectWithin(bound: number, name: keyof typeof truths, stretches: readonly Stretch[]) {
		const { ulp, at } = worst(name, stretches);
		expect(ulp, `${name}(${at})`).toBeLessThanOrEqual(bound);
	}

	/** 64 floats on both sides of each value. */
	const around = (values: readonly number[]): Stretch[] =>
		values.map((value) => ({
			from: outward(value, -64),
			to: outward(value, 64),
			stride: 1,
		}));

	/** Where the reduction by ln 2 turns to the next power of two, inside (low, high). */
	const turns = (step: number, low: number, high: number): number[] =>
		Array.from({ length: 256 }, (_, i) => (i - 127.5) * step).filter((turn) => turn > low && turn < high);

	const timeout = 120_000;

	it(
		"exp4 is within its bound",
		() => {
			expectWithin(EXP_ULP, "expArray", [
				{ from: 2 ** -126, to: 2 ** -12, stride: 4099 },
				{ from: -(2 ** -126), to: -(2 ** -12), stride: 4099 },
				{ from: 2 ** -12, to: 0.25, stride: 37 },
				{ from: -(2 ** -12), to: -0.25, stride: 37 },
				{ from: 0.25, to: LARGEST_LOG, stride: 3 },
				{ from: -0.25, to: LEAST_LOG, stride: 3 },
				{ from: 0.5, to: 1, stride: 1 },
				...around(turns(Math.LN2 / 0.99605, LEAST_LOG + 1, LARGEST_LOG - 1)),
			]);
		},
		timeout,
	);

	it(
		"sigmoid4 is within its bound, relative to results as small as 1e-38",
		() => {
			expectWithin(SIGMOID_ULP, "sigmoidArray", [
				{ from: 2 ** -126, to: 2 ** -12, stride: 4099 },
				{ from: -(2 ** -126), to: -(2 ** -12), stride: 4099 },
				{ from: 2 ** -12, to: 0.25, stride: 37 },
				{ from: -(2 ** -12), to: -0.25, stride: 37 },
				{ from: 0.25, to: 20, stride: 3 },
				{ from: -0.25, to: LEAST_LOG, stride: 3 },
				{ from: -1, to: -2, stride: 1 },
				{ from: 20, to: 3e38, stride: 4099 },
				...around(turns(Math.LN2, LEAST_LOG + 1, 80)),
			]);
		},
		timeout,
	);

	it(
		"logSigmoid4 is within its bound, relative to results as small as 1e-38",
		() => {
			expectWithin(LOG_SIGMOID_ULP, "logSigmoidArray", [
				{ from: 2 ** -126, to: 2 ** -12, stride: 4099 },
				{ from: -(2 ** -126), to: -(2 ** -12), stride: 4099 },
				{ from: 2 ** -12, to: 0.25, stride: 37 },
				{ from: -(2 ** -12), to: -0.25, stride: 37 },
				{ from: 0.25, to: -LEAST_LOG, stride: 3 },
				{ from: -0.25, to: -20, stride: 3 },
				{ from: -20, to: -3e38, stride: 4099 },
				...around(turns(Math.LN2 / 0.99605, 1, -LEAST_LOG - 1)),
			]);
		},
		timeout,
	);

	it(
		"tanh4 is within its bound, at every float from 1/8 to saturation",
		() => {
			expectWithin(TANH_ULP, "tanhArray", [
				{ from: 2 ** -126, to: 2 ** -12, stride: 4099 },
				{ from: 2 ** -12, to: 0.125, stride: 37 },
				{ from: 0.125, to: 10, stride: 1 },
				{ from: 10, to: 3e38, stride: 4099 },
			]);
		},
		timeout,
	);

	it("tanh4 never passes 1 and is exactly 1 from its clamp on", () => {
		let one = 0;
		for (let bits = bitsOf(7); bits < bitsOf(10); ) {
			for (let i = 0; i < CHUNK; i++) xBits[i] = bits++;
			run("tanhArray");
			for (let i = 0; i < CHUNK; i++) {
				if (y[i] > 1) throw new Error(`tanh4(${x[i]}) = ${y[i]}`);
				if (y[i] !== 1) one = x[i];
			}
		}
		expect(one).toBeLessThan(7.93);
	});

	it("tanh4 is odd to the bit", () => {
		for (let chunk = 0; chunk < 64; chunk++) {
			for (let i = 0; i < CHUNK; i++) xBits[i] = Math.floor(Math.random() * 0x41800000);
			run("tanhArray");
			const positive = yBits.slice();
			for (let i = 0; i < CHUNK; i++) xBits[i] |= 0x80000000;
			run("tanhArray");
			const isOdd = positive.every((bits, i) => (bits | 0x80000000) >>> 0 === yBits[i]);
			expect(isOdd).toBe(true);
		}
	});

	it("what is exact is exact", () => {
		const far = [18, 87, 88, 1e30, 3e38, Infinity];
		const near = [-0, 0, 2 ** -149, -(2 ** -149)];
		const beyond = [outward(LEAST_LOG, 1), -88, -104, -1e30, -3e38, -Infinity];
		expect(engine.of("tanhArray", far)).toEqual(far.map(() => 1));
		expect(engine.of("tanhArray", near.slice(0, 2))).toEqual([-0, 0]);
		expect(engine.of("sigmoidArray", far)).toEqual(far.map(() => 1));
		expect(engine.of("sigmoidArray", near)).toEqual(near.map(() => 0.5));
		expect(engine.of("sigmoidArray", beyond)).toEqual(beyond.map(() => 0));
		expect(engine.of("expArray", near)).toEqual(near.map(() => 1));
		expect(engine.of("expArray", beyond)).toEqual(beyond.map(() => 0));
		expect(engine.of("logSigmoidArray", [88, 1e30, Infinity])).toEqual([0, 0, 0]);
		expect(engine.of("logSigmoidArray", [-88, -1e30, -Infinity])).toEqual([-88, Math.fround(-1e30), -Infinity]);
		const over = [outward(LARGEST_LOG, 1), 89, 100, 1e30, 3e38, Infinity];
		expect(engine.of("expArray", over)).toEqual(over.map(() => Infinity));
		for (const name of ["expArray", "sigmoidArray"] as const) {
			const [least] = engine.of(name, [LEAST_LOG]);
			expect(least).toBeGreaterThanOrEqual(LEAST_NORMAL);
		}
	});

	it("NaN in, NaN out, whatever its bits", () => {
		for (const name of loops) {
			for (let i = 0; i < CHUNK; i++) {
				xBits[i] = 0x7f800001 + Math.floor(Math.random() * 0x7ffffe);
				if (i % 2 === 1) xBits[i] |= 0x80000000;
			}
			run(name);
			expect(y.every(Number.isNaN), name).toBe(true);
		}
	});

	it("a result depends neither on its lane nor on its neighbours", () => {
		const values = [-80.5, -3.25, -0.7, 1e-20, 0.3, 2.5, 9, 60, NaN, Infinity];
		for (const name of loops) {
			for (const value of values) {
				const alone = engine.of(name, [value, value, value, value]);
				expect(new Set(alone).size).toBe(1);
				for (let lane = 0; lane < 4; lane++) {
					const mixed = [-1e9, 88, 0.1, NaN];
					mixed[lane] = value;
					expect(engine.of(name, mixed)[lane]).toBe(alone[0]);
				}
			}
		}
	});

	it.each(["sigmoid", "logSigmoid", "tanh"] as const)("%sRow gives the same bits, in place too", (name) => {
		for (let i = 0; i < CHUNK; i++) x[i] = (Math.random() - 0.5) * 2 ** (i % 9);
		run(`${name}Array`);
		const expected = yBits.slice();
		run(`${name}RowArray`);
		expect(yBits).toEqual(expected);
		runInPlace(`${name}RowArray`);
		expect(xBits).toEqual(expected);
	});

	it("slopes come from the results", () => {
		for (let i = 0; i < CHUNK; i++) y[i] = x[i] = i / (CHUNK - 1);
		run("sigmoidSlopeArray");
		for (let i = 0; i < CHUNK; i++) {
			const given = x[i];
			const error = Math.abs(y[i] - given * (1 - given));
			if (!(error <= 2 ** -25 && y[i] >= 0)) throw new Error(`sigmoidSlope4(${given}) = ${y[i]}`);
		}
		for (let i = 0; i < CHUNK; i++) x[i] = (2 * i) / (CHUNK - 1) - 1;
		run("tanhSlopeArray");
		for (let i = 0; i < CHUNK; i++) {
			const given = x[i];
			const error = Math.abs(y[i] - (1 - given * given));
			if (!(error <= 2 ** -24 && y[i] >= 0)) throw new Error(`tanhSlope4(${given}) = ${y[i]}`);
		}
	});
});
