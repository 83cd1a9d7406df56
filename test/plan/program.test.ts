// Does a planned program give every operand a place that nothing else uses meanwhile, and is a batch packed as it should be?

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/compile/network.ts";
import { type Purpose, writeProgram } from "../../src/compile/program.ts";
import { bidirectional, dense, embedding, gru, lastStep, lstm, rnn } from "../../src/index.ts";
import { packingOf, recordBytes, tableOffset, writeHeader, writeSteps, writeTables } from "../../src/plan/packing.ts";
import { planProgram } from "../../src/plan/plan.ts";
import { type Buffer, type Capacity, isBuffer, type Program } from "../../src/plan/program.ts";

const networks = {
	"character model": [
		embedding({ vocabSize: 65, embeddingSize: 32 }),
		lstm({ hiddenSize: 50 }),
		dense({ outputSize: 65 }),
	],
	forecast: [gru({ inputSize: 3, hiddenSize: 9 }), dense({ outputSize: 1 })],
	classifier: [
		rnn({ inputSize: 5, hiddenSize: 7 }),
		bidirectional(lstm({ hiddenSize: 6 })),
		lastStep(),
		dense({ outputSize: 4 }),
	],
	stack: [
		embedding({ vocabSize: 10, embeddingSize: 5 }),
		bidirectional(gru({ hiddenSize: 3, reset: "before" })),
		dense({ outputSize: 8 }),
		bidirectional(rnn({ hiddenSize: 4, activation: "relu" })),
		lstm({ hiddenSize: 11 }),
		dense({ outputSize: 2 }),
	],
};

const purposes: readonly Purpose[] = [
	{ kind: "predict" },
	{ kind: "evaluate", loss: "crossEntropy" },
	{ kind: "train", loss: "crossEntropy" },
	{ kind: "train", loss: "meanSquaredError" },
];

const capacities: readonly Capacity[] = [
	{ batchSize: 1, steps: 1, total: 1 },
	{ batchSize: 4, steps: 7, total: 19 },
	{ batchSize: 32, steps: 50, total: 1600 },
];

/** The workspace buffers that each call touches. */
function buffersOf({ calls }: Program): ReadonlySet<Buffer>[] {
	return calls.map(({ operands }) => {
		const places = operands.filter((operand) => typeof operand !== "number");
		const buffers = places.map((place) => (isBuffer(place) ? place : place.buffer));
		return new Set(buffers.filter(({ space }) => space === "work"));
	});
}

/** What the caller has written before the first call, and what it reads after the last. */
function boundary(program: Program) {
	const { inputs, sequence, rows, targets, weights, states } = program;
	const given = [inputs, sequence, rows, targets, weights];
	const taken = [program.output.address.buffer, program.result];
	return {
		before: [...given, ...states.map(({ initial }) => initial.buffer)],
		after: [...taken, ...states.map(({ steps }) => steps.buffer)],
	};
}

/** The buffers whose contents matter while each call runs: touched now, or both before and after. */
function alive(program: Program): Buffer[][] {
	const touched = buffersOf(program);
	const { before, after } = boundary(program);
	const all = new Set(touched.flatMap((buffers) => [...buffers]));
	return touched.map((now, index) =>
		[...all].filter((buffer) => {
			const earlier = before.includes(buffer) || touched.slice(0, index).some((buffers) => buffers.has(buffer));
			const later = after.includes(buffer) || touched.slice(index + 1).some((buffers) => buffers.has(buffer));
			return now.has(buffer) || (earlier && later);
		}),
	);
}

describe.each(Object.entries(networks))("%s", (_name, layers) => {
	const network = connect(layers, "test");

	describe.each(purposes)("to $kind, $loss", (purpose) => {
		const program = writeProgram(network, purpose);

		it.each(capacities)(
			"every buffer has a place of its own as long as it is needed, $batchSize × $steps",
			(capacity) => {
				const { offsets, bytes } = planProgram(program, capacity);
				const placeOf = (buffer: Buffer) => {
					const begin = offsets.get(buffer);
					expect(begin, buffer.name).toBeDefined();
					const end = (begin as number) + buffer.bytes(capacity);
					expect(end, buffer.name).toBeLessThanOrEqual(bytes);
					return { name: buffer.name, begin: begin as number, end };
				};
				for (const [index, buffers] of alive(program).entries()) {
					const places = buffers.map(placeOf).sort((a, b) => a.begin - b.begin);
					for (const [next, { name, begin }] of places.slice(1).entries()) {
						const before = places[next] as (typeof places)[number];
						expect(begin, `${name} beside ${before.name} at call ${index}`).toBeGreaterThanOrEqual(before.end);
					}
				}
			},
		);

		it("operands lie inside their buffers", () => {
			for (const capacity of capacities)
				for (const { kernel, operands } of program.calls)
					for (const operand of operands) {
						if (typeof operand === "number" || isBuffer(operand)) continue;
						const { buffer, offset } = operand;
						if (buffer.space !== "work") continue;
						const where = `${kernel} in ${buffer.name}`;
						expect(offset(capacity), where).toBeLessThan(buffer.bytes(capacity));
						expect(offset(capacity), where).toBeGreaterThanOrEqual(0);
					}
		});

		it("a larger batch never needs less memory", () => {
			const bytesOf = (batchSize: number, steps: number) =>
				planProgram(program, { batchSize, steps, total: batchSize * steps }).bytes;
			for (let batchSize = 1; batchSize <= 12; batchSize++)
				for (let steps = 1; steps <= 12; steps++) {
					const bytes = bytesOf(batchSize, steps);
					const what = `${batchSize} × ${steps}`;
					expect(bytesOf(batchSize + 1, steps), what).toBeGreaterThanOrEqual(bytes);
					expect(bytesOf(batchSize, steps + 1), what).toBeGreaterThanOrEqual(bytes);
				}
		});
	});
});

describe("packing", () => {
	const batches = fc.array(fc.integer({ min: 1, max: 9 }), {
		minLength: 1,
		maxLength: 12,
	});

	/** Every live step as [step, row of the user's batch], in the order of its packing. */
	function liveSteps(lengths: readonly number[]): [number, number][] {
		const sorted = [...lengths.keys()].sort((a, b) => (lengths[b] as number) - (lengths[a] as number));
		const steps = [...new Array(Math.max(...lengths)).keys()];
		return steps.flatMap((t) =>
			sorted.filter((row) => (lengths[row] as number) > t).map((row): [number, number] => [t, row]),
		);
	}

	const packed = (lengths: readonly number[], steps = Math.max(...lengths)) =>
		packingOf(lengths.length, steps, lengths);

	it("stores the live steps and no others, longest rows first", () => {
		fc.assert(
			fc.property(batches, fc.nat(3), (lengths, more) => {
				const packing = packed(lengths, Math.max(...lengths) + more);
				const { order, alive, offset } = packing;
				const stored = [...alive].flatMap((count, t) => [...order].slice(0, count).map((row) => [t, row]));
				const live = liveSteps(lengths);
				expect(stored).toEqual(live);
				expect([...offset]).toEqual([...alive.keys()].map((t) => live.findIndex(([step]) => step === t)));
				expect(packing).toMatchObject({
					batchSize: lengths.length,
					steps: Math.max(...lengths),
					total: live.length,
				});
			}),
		);
	});

	it("of rows of one length is the same as without lengths", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (batchSize, steps) => {
				const lengths = new Array<number>(batchSize).fill(steps);
				expect(packingOf(batchSize, steps)).toEqual(packed(lengths));
			}),
		);
	});

	/** Room for a batch, with more of everything than it needs. */
	const room = fc.record({
		lengths: batches,
		moreRows: fc.nat(3),
		moreSteps: fc.nat(3),
		moreTotal: fc.nat(5),
	});
	const CANARY = -77_777_777;
	const ADDRESS = 64;

	function written({
		lengths,
		moreRows,
		moreSteps,
		moreTotal,
	}: {
		lengths: number[];
		moreRows: number;
		moreSteps: number;
		moreTotal: number;
	}) {
		const packing = packed(lengths);
		const capacity = {
			batchSize: packing.batchSize + moreRows,
			steps: packing.steps + moreSteps,
			total: packing.total + moreTotal,
		};
		const end = ADDRESS + recordBytes(capacity);
		const i32 = new Int32Array(end / 4 + 16).fill(CANARY);
		const f32 = new Float32Array(i32.buffer);
		return { packing, capacity, end, i32, f32 };
	}

	it("its record says how many rows are alive at each step and where they begin", () => {
		fc.assert(
			fc.property(room, fc.boolean(), (given, stateful) => {
				const { packing, end, i32, f32 } = written(given);
				const header = { lossScale: 0.25, stateful };
				writeHeader({ i32, f32 }, ADDRESS, packing, header);
				writeSteps(i32, ADDRESS, packing);
				const [first, steps] = [ADDRESS / 4, ADDRESS / 4 + 8];
				expect([...i32.subarray(first, first + 3)]).toEqual([packing.batchSize, packing.steps, packing.total]);
				expect(f32[first + 3]).toBe(0.25);
				expect(i32[first + 4]).toBe(+stateful);
				const live = liveSteps(given.lengths);
				for (let t = 0; t < packing.steps; t++) {
					const rows = live.filter(([step]) => step === t);
					expect(i32[steps + 2 * t]).toBe(rows.length);
					expect(i32[steps + 2 * t + 1]).toBe(live.findIndex(([step]) => step === t));
				}
				const untouched = [...i32.subarray(0, first), ...i32.subarray(steps + 2 * packing.steps)];
				expect(untouched.every((word) => word === CANARY)).toBe(true);
				expect(end).toBeGreaterThanOrEqual(4 * (steps + 2 * packing.steps));
			}),
		);
	});

	it("its tables name the packed row of the step before, or an initial row", () => {
		fc.assert(
			fc.property(room, (given) => {
				const { packing, capacity, end, i32 } = written(given);
				writeTables(i32, ADDRESS, packing, capacity);
				const live = liveSteps(given.lengths);
				const rank = (row: number) => packing.order.indexOf(row);
				const indexOf = (t: number, row: number) => {
					const found = live.findIndex(([s, r]) => s === t && r === row);
					return found < 0 ? rank(row) - capacity.batchSize : found;
				};
				const expected = new Int32Array(i32.length).fill(CANARY);
				for (const reverse of [false, true]) {
					const table = (ADDRESS + tableOffset(capacity, reverse)) / 4;
					for (const [k, [t, row]] of live.entries()) expected[table + k] = indexOf(reverse ? t + 1 : t - 1, row);
				}
				expect(i32).toEqual(expected);
				expect([...i32.subarray(end / 4)].every((v) => v === CANARY)).toBe(true);
			}),
		);
	});
});
