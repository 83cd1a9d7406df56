// Does a planned program give every operand a place that nothing else uses meanwhile, and is a batch packed as it should be?

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layoutOf } from "../../src/compile/layout.ts";
import { connect, sizeOf } from "../../src/compile/network.ts";
import { type Purpose, writeProgram } from "../../src/compile/program.ts";
import { kernels } from "../../src/engine/kernels.ts";
import { Adam, bidirectional, dense, embedding, gru, lastStep, lstm, RMSprop, rnn } from "../../src/index.ts";
import { lossOf } from "../../src/losses/index.ts";
import { Capacity, type Size } from "../../src/plan/capacity.ts";
import { ALIGNMENT } from "../../src/plan/memory.ts";
import { descriptorBytes, packingOf, writeHeader, writeSteps } from "../../src/plan/packing.ts";
import { planProgram } from "../../src/plan/plan.ts";
import { type Buffer, bufferOf, type Call, callsOf, isBuffer, type Program } from "../../src/plan/program.ts";

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
	{ kind: "stream" },
	{ kind: "evaluate", loss: lossOf("test", "crossEntropy") },
	{ kind: "train", loss: lossOf("test", "crossEntropy"), rule: new Adam() },
	{ kind: "train", loss: lossOf("test", "meanSquaredError"), rule: new RMSprop({ centered: true, momentum: 0.9 }) },
];

const sizes: readonly Size[] = [
	{ batchSize: 1, steps: 1, total: 1 },
	{ batchSize: 4, steps: 7, total: 19 },
	{ batchSize: 32, steps: 50, total: 1600 },
];

function isWork(buffer: Buffer | undefined): buffer is Buffer {
	return buffer?.space === "work";
}

/** The workspace buffers that each call touches. */
function buffersOf(calls: readonly Call[]): ReadonlySet<Buffer>[] {
	return calls.map(({ operands }) => new Set(Object.values(operands).map(bufferOf).filter(isWork)));
}

/** What the caller has written before the first call, and what it reads after the last. */
function boundary({ axis, inputs, given, states, output, loss, norm }: Program) {
	const packings = [axis.packing, axis.ends.packing];
	const initial = states.map((state) => state.initial.buffer);
	const steps = states.map((state) => state.steps.buffer);
	return {
		before: [inputs, given, ...packings, loss?.targets, loss?.weights, ...initial].filter(isWork),
		after: [...packings, loss ? loss.result : output.address.buffer, norm, ...steps].filter(isWork),
	};
}

/** The buffers whose contents matter before the first call and while each call runs: touched now, or both before and after. */
function alive(program: Program): Buffer[][] {
	const touched = buffersOf(callsOf(program));
	const { before, after } = boundary(program);
	const all = new Set(touched.flatMap((buffers) => [...buffers]));
	const during = touched.map((now, index) =>
		[...all].filter((buffer) => {
			const earlier = before.includes(buffer) || touched.slice(0, index).some((buffers) => buffers.has(buffer));
			const later = after.includes(buffer) || touched.slice(index + 1).some((buffers) => buffers.has(buffer));
			return now.has(buffer) || (earlier && later);
		}),
	);
	return [[...new Set(before)], ...during];
}

/** Pairs of buffers of which a call may write the first over the second: nobody has used the one before, and nobody will use
 * the other after it. */
function overlays(program: Program, index: number): (readonly [guest: Buffer, host: Buffer])[] {
	const calls = callsOf(program);
	const touched = buffersOf(calls);
	const { before, after } = boundary(program);
	const { kernel, operands } = calls[index] as Call;
	return Object.entries(kernels[kernel].over ?? {}).flatMap(([later, earlier]) => {
		const [guest, host] = [bufferOf(operands[later] ?? 0), bufferOf(operands[earlier] ?? 0)];
		if (!isWork(guest) || !isWork(host) || guest === host) return [];
		const isNew = !before.includes(guest) && !touched.slice(0, index).some((buffers) => buffers.has(guest));
		const isOver = !after.includes(host) && !touched.slice(index + 1).some((buffers) => buffers.has(host));
		return isNew && isOver ? [[guest, host] as const] : [];
	});
}

describe.each(Object.entries(networks))("%s", (_name, layers) => {
	const network = connect(layers, "test");

	it("every parameter begins at a cache line, right after the one before", () => {
		const { offsets, bytes } = layoutOf(network);
		let end = 0;
		for (const { name, shape } of network.parameters) {
			expect(offsets.get(name), name).toBe(end);
			end += Math.ceil((4 * sizeOf(shape)) / ALIGNMENT) * ALIGNMENT;
		}
		expect(bytes).toBe(end);
	});

	describe.each(purposes)("to $kind, $loss.name", (purpose) => {
		const program = writeProgram(network, purpose);

		it.each(sizes)("every buffer has a place of its own as long as it is needed, $batchSize × $steps", (size) => {
			const capacity = new Capacity(size);
			const { offsets, bytes } = planProgram(program, capacity);
			const placeOf = (buffer: Buffer) => {
				const begin = offsets.get(buffer);
				expect(begin, buffer.name).toBeDefined();
				const end = (begin as number) + buffer.bytes(capacity);
				expect(end, buffer.name).toBeLessThanOrEqual(bytes);
				return { buffer, begin: begin as number, end };
			};
			for (const [index, buffers] of alive(program).entries()) {
				// What is written over another is there in its place.
				const hosts =
					index > 0 ? overlays(program, index - 1).filter(([a, b]) => offsets.get(a) === offsets.get(b)) : [];
				const replaced = hosts.map(([, host]) => host);
				const places = buffers.filter((buffer) => !replaced.includes(buffer)).map(placeOf);
				places.sort((a, b) => a.begin - b.begin || a.end - b.end);
				for (const [next, { buffer, begin }] of places.slice(1).entries()) {
					const before = places[next] as (typeof places)[number];
					const where = `${buffer.name} beside ${before.buffer.name} at call ${index - 1}`;
					expect(begin, where).toBeGreaterThanOrEqual(before.end);
				}
				for (const [guest, host] of hosts) expect(guest.bytes(capacity), guest.name).toBe(host.bytes(capacity));
			}
		});

		it("what a call may write over its operand, as large as that, lies there", () => {
			const capacity = new Capacity({ batchSize: 4, steps: 7, total: 19 });
			const { offsets } = planProgram(program, capacity);
			const pairs = callsOf(program).flatMap((_, index) => overlays(program, index));
			for (const [guest, host] of pairs)
				if (guest.bytes(capacity) === host.bytes(capacity))
					expect(offsets.get(guest), guest.name).toBe(offsets.get(host));
			if (purpose.kind === "train") expect(pairs.length).toBeGreaterThan(0);
		});

		it("operands lie inside their buffers", () => {
			for (const capacity of sizes.map((size) => new Capacity(size)))
				for (const { kernel, operands } of callsOf(program))
					for (const operand of Object.values(operands)) {
						if (typeof operand !== "object" || "setting" in operand || isBuffer(operand)) continue;
						const { buffer, offset } = operand;
						if (buffer.space === "parameters" || buffer.space === "gradients") continue;
						const where = `${kernel} in ${buffer.space} ${buffer.name}`;
						expect(offset(capacity), where).toBeLessThan(buffer.bytes(capacity));
						expect(offset(capacity), where).toBeGreaterThanOrEqual(0);
					}
		});

		it("the initial rows of a state stand right before those of its steps", () => {
			for (const size of sizes) {
				const capacity = new Capacity(size);
				for (const { initial, steps, stride, room } of program.states) {
					expect(initial.buffer).toBe(steps.buffer);
					expect(room(capacity)).toBe(size.batchSize);
					expect(steps.offset(capacity) - initial.offset(capacity)).toBe(stride * size.batchSize);
					expect(steps.buffer.bytes(capacity)).toBe(steps.offset(capacity) + stride * size.total);
				}
			}
		});

		it("a larger batch never needs less memory", () => {
			const bytesOf = (batchSize: number, steps: number) =>
				planProgram(program, new Capacity({ batchSize, steps, total: batchSize * steps })).bytes;
			const known = Array.from({ length: 14 }, (_, batchSize) =>
				Array.from({ length: 14 }, (_, steps) => (batchSize && steps ? bytesOf(batchSize, steps) : 0)),
			);
			for (let batchSize = 1; batchSize <= 12; batchSize++)
				for (let steps = 1; steps <= 12; steps++) {
					const bytes = known[batchSize]?.[steps] as number;
					const what = `${batchSize} × ${steps}`;
					expect(known[batchSize + 1]?.[steps], what).toBeGreaterThanOrEqual(bytes);
					expect(known[batchSize]?.[steps + 1], what).toBeGreaterThanOrEqual(bytes);
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

	/** Room for a batch, with more of it than it needs. */
	const room = fc.record({ lengths: batches, moreSteps: fc.nat(3) });
	const CANARY = -77_777_777;
	const ADDRESS = 64;

	it("its descriptor says how many rows are alive at each step and where they begin", () => {
		fc.assert(
			fc.property(room, fc.boolean(), ({ lengths, moreSteps }, stateful) => {
				const packing = packed(lengths);
				const end = ADDRESS + descriptorBytes({ ...packing, steps: packing.steps + moreSteps });
				const i32 = new Int32Array(end / 4 + 16).fill(CANARY);
				const f32 = new Float32Array(i32.buffer);
				const header = { lossScale: 0.25, stateful };
				writeHeader({ i32, f32 }, ADDRESS, packing, header);
				writeSteps(i32, ADDRESS, packing);
				const [first, steps] = [ADDRESS / 4, ADDRESS / 4 + 8];
				expect([...i32.subarray(first, first + 3)]).toEqual([packing.batchSize, packing.steps, packing.total]);
				expect(f32[first + 3]).toBe(0.25);
				expect(i32[first + 4]).toBe(+stateful);
				const live = liveSteps(lengths);
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
});
