// Gradients of random weights by the engine, compared with float64: sequence by sequence, step by step.

import { expectClose, randomFloats, range, strided } from "../compare.ts";
import { type Arguments, type Descriptor, type Engine, type Region, scratchFloats } from "../harness.ts";

/** Sums of one element may cancel to almost nothing; their terms are random in ±1. */
const LEAST = 0.1;

/** How the state before each row enters: with initial rows that were given, or with none. */
type State = "given" | "not given";

export interface GradientSizes {
	/** Of the sequences, longest first as they are packed. */
	readonly lengths: readonly number[];
	readonly reverse?: boolean;
	readonly blocks?: number;
	readonly rows: number;
	readonly stride?: number;
	/** Of x; 0 for none. */
	readonly columns?: number;
	/** Of what came before; 0 for none. */
	readonly pastColumns?: number;
	/** By itself what came before is rows that enter as they are. */
	readonly state?: State;
	readonly bias?: boolean;
}

/** `count` sequences of one step. */
export function oneStep(count: number): number[] {
	return new Array<number>(count).fill(1);
}

/** A factor of the product: rows of floats, a little apart, and the gradient that its product is added to. */
export interface Factor {
	readonly columns: number;
	readonly ld: number;
	readonly values: Float64Array;
	/** The gradient before. */
	readonly before: Float64Array;
	readonly region: Region | undefined;
	readonly target: Region | undefined;
}

type Floats = (length: number) => Float64Array;

function placeFactor(
	engine: Engine,
	[name, gradient]: readonly [string, string],
	[values, before]: readonly [Float64Array, Float64Array],
	columns: number,
): Factor {
	const ld = columns + 2;
	const isThere = columns > 0;
	const region = isThere ? engine.floats(name, strided(values, columns, ld).subarray(0, -2)) : undefined;
	const target = isThere ? engine.floats(gradient, before) : undefined;
	return { columns, ld, values, before, region, target };
}

/** Initial rows that a state has room for, two more than there are sequences. */
function roomOf({ lengths, state }: GradientSizes): number {
	return state ? lengths.length + 2 : 0;
}

/** For every packed row, the row of the past that enters with it, counted from the first initial one: of a state, the
 * sequence's step before, or its initial row; else the packed row itself. */
export function pastRows(
	{ lengths, reverse = false, state }: GradientSizes,
	{ packing }: Descriptor,
	room: number,
): number[] {
	const rows = new Array<number>(packing.total);
	for (const [r, length] of lengths.entries())
		for (let t = 0; t < length; t++) {
			const k = (packing.offset[t] as number) + r;
			const before = reverse ? t + 1 : t - 1;
			const isFirst = before < 0 || before >= length;
			if (state) rows[k] = isFirst ? r : room + (packing.offset[before] as number) + r;
			else rows[k] = k;
		}
	return rows;
}

/** Rows of a state: initial ones as they are given. If they are not, those of sequences that begin with the walk may be
 * anything, and the others are zeros. What there is room for besides may be anything. */
function pastValues(sizes: GradientSizes, { packing }: Descriptor, floats: Floats): Float64Array {
	const { lengths, reverse = false, pastColumns = 0, state } = sizes;
	const room = roomOf(sizes);
	const values = floats((room + packing.total) * pastColumns);
	for (let r = 0; r < room; r++) {
		const row = values.subarray(r * pastColumns, (r + 1) * pastColumns);
		const isSpare = r >= lengths.length;
		const beginsWithWalk = !reverse || lengths[r] === packing.steps;
		if (isSpare || (state === "not given" && beginsWithWalk)) row.fill(Number.NaN);
		else if (state === "not given") row.fill(0);
	}
	return values;
}

/** Runs the kernel on random factors. */
export function runWeightGradient(engine: Engine, sizes: GradientSizes) {
	const { lengths, reverse = false, blocks = 1, rows, columns = 0, pastColumns = 0 } = sizes;
	const { stride = rows, state, bias = true } = sizes;
	const packing = engine.packing(lengths, { stateful: state !== "not given" });
	const { total } = packing.packing;
	const floats = randomFloats(total * 1009 + rows * 53 + columns);
	const size = blocks * rows;
	const dy = floats(total * blocks * stride);
	const db = floats(size);
	const room = roomOf(sizes);
	const x = placeFactor(engine, ["x", "dW"], [floats(total * columns), floats(size * columns)], columns);
	const pastOf = [pastValues(sizes, packing, floats), floats(size * pastColumns)] as const;
	const past = placeFactor(engine, ["past", "dU"], pastOf, pastColumns);
	const dbRegion = bias ? engine.floats("db", db) : undefined;
	const lddy = blocks * stride + 1;
	const operands: Arguments<"weightGradient"> = {
		packing,
		reverse: +reverse,
		dy: engine.floats("dy", strided(dy, blocks * stride, lddy).subarray(0, -1)),
		lddy: 4 * lddy,
		blocks,
		rows,
		stride,
		db: dbRegion ?? 0,
		x: x.region ?? 0,
		ldx: 4 * x.ld,
		columns,
		dW: x.target ?? 0,
		past: past.region?.at(room * past.ld) ?? 0,
		ldPast: 4 * past.ld,
		isState: +(state !== undefined),
		room,
		pastColumns,
		dU: past.target ?? 0,
		scratch: engine.floats("scratch", scratchFloats(columns, pastColumns)),
	};
	engine.call("weightGradient", operands);
	return { packing, room, dy, db, dbRegion, x, past };
}

export function checkWeightGradient(engine: Engine, sizes: GradientSizes): void {
	const { blocks = 1, rows, stride = rows, state } = sizes;
	const { packing, room, dy, db, dbRegion, x, past } = runWeightGradient(engine, sizes);
	const size = blocks * rows;
	const steps = range(0, packing.packing.total - 1);
	const what = JSON.stringify(sizes);
	/** dy[k], of row m of the weights. */
	const at = (k: number, m: number) => dy[(k * blocks + Math.floor(m / rows)) * stride + (m % rows)] as number;
	/** The sum over the packed rows k, with row rowOf[k] of a factor. */
	const expectProduct = ({ values, before, target, columns }: Factor, rowOf: readonly number[], name: string) => {
		const expected = Float64Array.from(before);
		for (const k of steps) {
			const from = (rowOf[k] as number) * columns;
			if (state === "not given" && from < room * columns && name === "dU") continue;
			for (let m = 0; m < size; m++)
				for (let n = 0; n < columns; n++) expected[m * columns + n] += at(k, m) * (values[from + n] as number);
		}
		expectClose(target?.f32 ?? [], expected, `${name} of ${what}`, LEAST);
	};
	expectProduct(x, steps, "dW");
	expectProduct(past, pastRows(sizes, packing, room), "dU");
	if (dbRegion)
		expectClose(
			dbRegion.f32,
			db.map((sum, m) => steps.reduce((all, k) => all + at(k, m), sum)),
			`db of ${what}`,
			LEAST,
		);
}
