// Does every kernel that can be cut give the same bits whole and in ranges? And is the order in which the gradient of weights
// adds up the one that it says?

import { describe, expect, it } from "vitest";
import { DEPTH } from "../../src/engine/blocking.ts";
import { type Kernel, type KernelName, kernels } from "../../src/engine/kernels.ts";
import { type Case, cases } from "./cases/cuttable.ts";
import { type Factor, type GradientSizes, oneStep, pastRows, runWeightGradient } from "./cases/weightGradient.ts";
import { expectSame, range } from "./compare.ts";
import { type Arguments, builds, type Descriptor, Engine, type Operand, Region } from "./harness.ts";

interface Recorded {
	readonly kernel: KernelName;
	readonly result: number;
	/** Contents of what it wrote or changed, and of scratch that has rows for sequences: a range has its own. */
	readonly written: readonly (readonly [name: string, values: Int32Array])[];
}

/** Keeps what every call leaves behind. */
class Recorder extends Engine {
	calls: Recorded[] = [];

	override call<K extends KernelName>(kernel: K, operands: Arguments<K>, size?: number): number {
		const result = super.call(kernel, operands, size);
		const { writes = [], updates = [], scratch = [], cut }: Kernel = kernels[kernel];
		const given = operands as Readonly<Record<string, Operand>>;
		const written = [...writes, ...updates, ...(cut === "sequences" ? scratch : [])].flatMap((name) => {
			const operand = given[name] as Operand;
			if (typeof operand === "number") return [];
			const region = operand instanceof Region ? operand : operand.region;
			return [[name, region.i32.slice()] as const];
		});
		this.calls.push({ kernel, result, written });
		return result;
	}

	/** What the calls of a case leave behind, each run in `parts` ranges. */
	record(run: (engine: Engine) => void, parts: number, spare: number): readonly Recorded[] {
		this.begin();
		this.calls = [];
		this.parts = parts;
		this.spare = spare;
		run(this);
		return this.calls;
	}
}

/** Ranges, more of them in the end than anything has parts; and ranges for a larger batch than there is. */
const WAYS = [
	[2, 0],
	[3, 0],
	[7, 0],
	[400, 0],
	[1, 5],
	[3, 5],
	[7, 100],
] as const;

describe.each(builds)("$name", (build) => {
	const engine = new Recorder(build);

	it.each(Object.keys(cases))("%s: the same bits in any ranges", (name) => {
		const run = cases[name] as Case;
		const whole = engine.record(run, 1, 0);
		for (const [parts, spare] of build.checked ? WAYS.slice(1, 3) : WAYS) {
			const cut = engine.record(run, parts, spare);
			expect(cut.length).toBe(whole.length);
			for (const [index, { kernel, result, written }] of whole.entries()) {
				const what = `call ${index} of ${name}, ${kernel}, in ${parts} ranges (${spare} to spare)`;
				const other = cut[index] as Recorded;
				expect(other.kernel, what).toBe(kernel);
				expect(other.result, what).toBe(result);
				for (const [at, [operand, values]] of written.entries())
					expectSame(other.written[at]?.[1] ?? [], values, `${operand} of ${what}`);
			}
		}
	});
});

it("every kernel that can be cut is among them", () => {
	const engine = new Recorder(builds[0]);
	const run = Object.values(cases).flatMap((one) => engine.record(one, 1, 0).map(({ kernel }) => kernel));
	const cuttable = Object.entries(kernels).filter(([, kernel]: [string, Kernel]) => kernel.cut !== undefined);
	expect(cuttable.length).toBeGreaterThan(0);
	expect(cuttable.map(([kernel]) => kernel).filter((kernel) => !run.includes(kernel as KernelName))).toEqual([]);
});

describe("weightGradient adds up", () => {
	const engine = new Engine(builds.find(({ name }) => name === "portable") as (typeof builds)[number]);

	/** The packed rows of each block, in the order in which the blocks' sums are added. */
	type Order = readonly (readonly number[])[];

	/** As it says: whole steps of at most DEPTH rows together, from the walk's last step to its first, which is a block of its
	 * own where the past is a state; of a step with more rows, the last DEPTH that begin at a multiple of it, then those before. */
	function blocksOf({ packing }: Descriptor, { reverse = false, state }: GradientSizes): Order {
		const { offset, alive, steps } = packing;
		const left = range(0, steps - 1);
		if (reverse) left.reverse();
		const blocks: number[][] = [];
		while (left.length > 0) {
			const rows: number[] = [];
			do {
				const t = left.pop() as number;
				rows.push(...range(offset[t] as number, (offset[t] as number) + (alive[t] as number) - 1));
			} while (left.length > +(state !== undefined) && rows.length + (alive[left.at(-1) as number] as number) <= DEPTH);
			rows.sort((a, b) => a - b);
			const begins = range(0, Math.ceil(rows.length / DEPTH) - 1).reverse();
			blocks.push(...begins.map((part) => rows.slice(part * DEPTH, (part + 1) * DEPTH)));
		}
		return blocks;
	}

	/** Other orders that one could think of. */
	const others: Readonly<Record<string, (blocks: Order) => Order>> = {
		"from the first block to the last": (blocks) => [...blocks].reverse(),
		"row by row": (blocks) => blocks.flatMap((rows) => rows.map((k) => [k])),
		"all rows at once": (blocks) => [blocks.flat().sort((a, b) => a - b)],
		"rows of a block from the last to the first": (blocks) => blocks.map((rows) => [...rows].reverse()),
	};

	type Sums = Readonly<Record<"dW" | "dU" | "db", Float32Array>>;

	/** What float32 makes of an order. */
	function sumsOf(order: Order, sizes: GradientSizes, made: ReturnType<typeof runWeightGradient>): Sums {
		const { rows } = sizes;
		const { packing, room, dy, db, x, past } = made;
		const { fround } = Math;
		const rowOf = pastRows(sizes, packing, room);
		const add = (before: Float64Array, columns: number, term: (k: number, m: number, n: number) => number) =>
			Float32Array.from(before, (value, j) => {
				const [m, n] = [Math.floor(j / columns), j % columns];
				let sum = value;
				for (const block of order) {
					const part = block.reduce((all, k) => fround(all + fround(term(k, m, n))), 0);
					sum = fround(sum + part);
				}
				return sum;
			});
		const isLeftOut = (k: number) => sizes.state === "not given" && (rowOf[k] as number) < room;
		const product = ({ before, columns, values }: Factor, row: (k: number) => number, skips = (_: number) => false) =>
			add(before, columns, (k, m, n) =>
				skips(k) ? 0 : (dy[k * rows + m] as number) * (values[row(k) * columns + n] as number),
			);
		return {
			dW: product(x, (k) => k),
			dU: product(past, (k) => rowOf[k] as number, isLeftOut),
			db: add(db, 1, (k, m) => dy[k * rows + m] as number),
		};
	}

	const BATCHES = [
		[90, 50, 50, 40, 30, 7],
		[9, ...new Array<number>(100).fill(5), 4, ...oneStep(300)],
		new Array<number>(64).fill(9),
		oneStep(600),
		[70, 2, 1],
	];

	describe.each(["given", "not given", undefined] as const)("past a state with initial rows %s", (state) => {
		it.each([false, true])("block by block from the last of the walk to the first, reverse %s", (reverse) => {
			for (const lengths of BATCHES) {
				const sizes = { lengths, reverse, rows: 5, columns: 9, pastColumns: 6, ...(state && { state }) };
				engine.begin();
				const made = runWeightGradient(engine, sizes);
				const actual = [made.x.target?.f32, made.past.target?.f32, made.dbRegion?.f32] as Float32Array[];
				const order = blocksOf(made.packing, sizes);
				const expected = sumsOf(order, sizes, made);
				const what = JSON.stringify(sizes);
				for (const [index, [name, values]] of Object.entries(expected).entries())
					expectSame(actual[index] ?? [], values, `${name} of ${what}`);
				for (const [name, other] of Object.entries(others)) {
					const sums = Object.values(sumsOf(other(order), sizes, made));
					const differs = sums.some((values, index) => values.some((value, j) => value !== actual[index]?.[j]));
					if (order.length > 1) expect(differs, `${name} gives other bits of ${what}`).toBe(true);
				}
			}
		});
	});
});
