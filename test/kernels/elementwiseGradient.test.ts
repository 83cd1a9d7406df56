// Does the gradient of weights that multiply a state unit by unit add up in the order that it says, and so in any spans of steps to
// the same bits?

import { describe, expect, it } from "vitest";
import { type Span, writeSpan } from "../../src/plan/packing.ts";
import { at } from "../reference/matrix.ts";
import { expectSame, randomFloats, range } from "./compare.ts";
import { Engine, plainBuilds } from "./harness.ts";

interface Sizes {
	readonly H: number;
	readonly lengths: readonly number[];
	readonly reverse: boolean;
	readonly stateful: boolean;
}

const LENGTHS = [[4, 1, 6, 6, 2, 3, 6, 1, 5], [7], [1, 1, 1], [90, 50, 50, 40, 30, 7]];

/** Initial rows that there is room for, more than there are sequences. */
const SPARE = 2;

const everySize: readonly Sizes[] = LENGTHS.flatMap((lengths, index) =>
	[false, true].flatMap((reverse) =>
		[false, true].map((stateful) => ({ H: [7, 4, 1, 10][index] as number, lengths, reverse, stateful })),
	),
);

/** Runs the kernel on one span of steps after another. */
function run(engine: Engine, sizes: Sizes, spans: readonly Span[] | undefined) {
	const { H, lengths, reverse, stateful } = sizes;
	engine.begin();
	const P = Math.ceil(H / 4) * 4;
	const room = lengths.length + SPARE;
	const descriptor = engine.packing(lengths, { stateful });
	const { packing } = descriptor;
	const floats = randomFloats(H);
	const dz = engine.floats("dz", floats(packing.total * P));
	const h = engine.floats("h", floats((room + packing.total) * P));
	const before = floats(H);
	const du = engine.floats("du", before);
	for (const span of spans ?? [{ from: 0, to: packing.steps }]) {
		writeSpan(descriptor.region.i32, 0, span, false);
		const walk = { packing: descriptor, reverse: +reverse, H, R: H, room, h: h.at(room * P) };
		engine.call("elementwiseGradient", { ...walk, ldh: 4 * P, dz, lddz: 4 * P, blocks: 1, after: 0, du });
	}
	return { packing, P, room, dz: dz.f32, h: h.f32, before, du: du.f32.slice() };
}

/** Two blocks of rows that are no state's, at once or one by one. */
function runBlocks(engine: Engine, { H, lengths, reverse }: Sizes, atOnce: boolean): Float32Array {
	engine.begin();
	const P = Math.ceil(H / 4) * 4;
	const descriptor = engine.packing(lengths);
	const { total } = descriptor.packing;
	const floats = randomFloats(H);
	const dz = engine.floats("dz", floats(total * 3 * P));
	const h = engine.floats("h", floats(total * 2 * P));
	const du = engine.zeros("du", 2 * H);
	const walk = { packing: descriptor, reverse: +reverse, H, R: H, room: 0, ldh: 8 * P, lddz: 12 * P, after: 1 };
	if (atOnce) engine.call("elementwiseGradient", { ...walk, h, dz: dz.at(P), blocks: 2, du });
	for (const block of atOnce ? [] : [0, 1]) {
		const one = { h: h.at(block * P), dz: dz.at((1 + block) * P), blocks: 1, du: du.at(block * H) };
		engine.call("elementwiseGradient", { ...walk, ...one });
	}
	return du.f32.slice();
}

/** What float32 makes of the order: each step's sum from zero, row by row, from the last step of the walk to the first. */
function expectedOf({ H, reverse, stateful }: Sizes, made: ReturnType<typeof run>): Float32Array {
	const { packing, P, room, dz, h, before } = made;
	const { alive, offset, steps } = packing;
	const walked = range(0, steps - 1);
	if (reverse) walked.reverse();
	return Float32Array.from(before, (value, j) => {
		let du = value;
		for (const [index, t] of [...walked.entries()].reverse()) {
			let sum = 0;
			for (let r = 0; r < at(alive, t); r++) {
				const last = walked[index - 1];
				const isFirst = last === undefined || r >= at(alive, last);
				if (isFirst && !stateful) continue;
				const past = isFirst ? r : room + at(offset, last) + r;
				sum = Math.fround(sum + Math.fround(at(dz, (at(offset, t) + r) * P + j) * at(h, past * P + j)));
			}
			du = Math.fround(du + sum);
		}
		return du;
	}).subarray(0, H);
}

describe.each(plainBuilds)("$name", (build) => {
	const engine = new Engine(build);

	it.each(everySize)("in spans of $lengths, reverse $reverse, stateful $stateful: the bits of the whole", (sizes) => {
		const whole = run(engine, sizes, undefined);
		const { steps } = whole.packing;
		for (const length of [1, 2, 3]) {
			const spans = range(0, Math.ceil(steps / length) - 1).map((part) => {
				return { from: part * length, to: Math.min(steps, (part + 1) * length) };
			});
			if (!sizes.reverse) spans.reverse();
			expectSame(run(engine, sizes, spans).du, whole.du, `du in spans of ${length} steps`);
		}
	});

	it.each(everySize)("of two blocks of $lengths, reverse $reverse: what each alone has", (sizes) => {
		const both = runBlocks(engine, sizes, true);
		expectSame(both, runBlocks(engine, sizes, false), "du");
		expect(both.every((value) => value !== 0)).toBe(true);
	});

	if (build.name === "portable")
		it.each(everySize)("of $lengths, reverse $reverse, stateful $stateful: step by step from the last", (sizes) => {
			const made = run(engine, sizes, undefined);
			expectSame(made.du, expectedOf(sizes, made), "du");
			if (made.packing.steps > 1) expect([...made.du]).not.toEqual([...made.before].map(Math.fround));
		});
});
