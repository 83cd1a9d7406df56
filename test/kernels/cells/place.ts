// Where a batch lies in the engine's memory, and the operands that all cells have.

import { everyCell, firstColumns } from "../../reference/everyCell.ts";
import { at, row, type Vector } from "../../reference/matrix.ts";
import { range } from "../compare.ts";
import { type Arguments, type Descriptor, type Engine, type Place, type Region, scratchFloats } from "../harness.ts";
import type { CellBatch, CellRow, ParameterGradients } from "./batch.ts";
import { gainsInOrder, peepholesInOrder } from "./gains.ts";
import { hasPeepholes, isNormed, isStabilised, layouts } from "./layout.ts";
import { arrivalsOf, headSize } from "./stabilised.ts";

/** Stands in all padding up to whole vectors: it may hold any finite value. */
export const FILLER = 0.75;

/** Regions of a batch in memory. */
export interface Placed {
	readonly batch: CellBatch;
	readonly descriptor: Descriptor;
	readonly P: number;
	readonly blocks: number;
	/** Packed rows of what enters the gates. */
	readonly x: Region;
	readonly gates: Region;
	/** Initial rows, then packed rows. */
	readonly h: Region;
	readonly c: Region | undefined;
	/** Of an sLstm. */
	readonly n: Region | undefined;
	readonly m: Region | undefined;
	readonly Wh: Region;
	/** Where an rnn leaves the terms of Omega. */
	readonly omega: { readonly dBack: Region; readonly terms: Region } | undefined;
	readonly u: Region;
	/** Where layer norms leave 1 / √(variance + ε), four a row. */
	readonly scales: Region | undefined;
	/** Peepholes, and what layer norms need. */
	readonly p: Region | undefined;
	readonly gains: Region | undefined;
}

/** Packed row of each step of the batch's rows. */
export function placesOf({ packing }: Descriptor) {
	const sorted = [...packing.order];
	const rank = (index: number) => sorted.indexOf(index);
	return {
		rank,
		step: (index: number, t: number) => at(packing.offset, t) + rank(index),
	};
}

export function place(engine: Engine, batch: CellBatch): Placed {
	const { cell, H, rows, Wh, u, stateful = true } = batch;
	const { blocks } = layouts[cell];
	const P = Math.ceil(H / 4) * 4;
	const lengths = rows.map(({ x }) => x.rows);
	// Only the losses care for the scale.
	const descriptor = engine.packing(lengths, { stateful, lossScale: 0.125 });
	const { batchSize, total } = descriptor.packing;
	const places = placesOf(descriptor);

	const gates = new Float32Array(total * blocks * P).fill(Number.NaN);
	const width = Wh.rows;
	const inputs = new Float32Array(total * width);
	const states = (initial: "h0" | "c0" | "n0" | "m0") => {
		const values = new Float32Array(batchSize * P).fill(FILLER);
		rows.forEach((given, index) => {
			values.set(given[initial], places.rank(index) * P);
		});
		const region = engine.floats(initial.slice(0, 1), (batchSize + total) * P);
		region.f32.set(values);
		return region;
	};
	rows.forEach((given, index) => {
		for (let t = 0; t < given.x.rows; t++) inputs.set(row(given.x, t), places.step(index, t) * width);
	});
	return {
		batch,
		descriptor,
		P,
		blocks,
		x: engine.floats("x", inputs),
		gates: engine.floats("gates", gates),
		h: states("h0"),
		c: cell.startsWith("lstm") || isStabilised(cell) ? states("c0") : undefined,
		n: isStabilised(cell) ? states("n0") : undefined,
		m: isStabilised(cell) ? states("m0") : undefined,
		Wh: engine.floats("Wh", isStabilised(cell) ? firstColumns(Wh, headSize(batch)).values : Wh.values),
		omega: batch.omega ? { dBack: engine.floats("dBack", total * P), terms: engine.floats("terms", total) } : undefined,
		u: engine.floats("u", padded(u, H)),
		p: hasPeepholes(cell) ? engine.floats("p", padded(peepholesInOrder(batch), H)) : undefined,
		gains: isNormed(cell) ? engine.floats("gains", padded(gainsInOrder(batch), H, 0)) : undefined,
		scales: isNormed(cell) ? engine.floats("scales", 4 * total) : undefined,
	};
}

/** Blocks of H floats, each padded by what may be any finite value. */
export function padded(blocks: ArrayLike<number>, H: number, filler = FILLER): number[] {
	const padding = new Array<number>(Math.ceil(H / 4) * 4 - H).fill(filler);
	return range(0, blocks.length / H - 1).flatMap((block) => [
		...Array.from(blocks).slice(block * H, (block + 1) * H),
		...padding,
	]);
}

/** Operands that let each gate begin as what enters it: its weights are the identity, in the order of the gates. */
export function inputOf(engine: Engine, { batch, P, x }: Placed) {
	const { cell, H } = batch;
	const { order } = layouts[cell];
	const width = order.length * H;
	const identity = new Float32Array(width * width);
	order.forEach((block, gate) => {
		for (let j = 0; j < H; j++) identity[(block * H + j) * width + gate * H + j] = 1;
	});
	const blocks = order.length;
	const packed = { blocks, rows: H, stride: P, depth: width };
	return {
		x,
		ldx: 4 * width,
		I: width,
		Wx: engine.transposed("Wx", engine.floats("identity", identity), packed),
		bx: isNormed(cell) ? 0 : engine.zeros("bx", blocks * P),
	};
}

/** What every walk works on. */
export function walkOf({ batch, descriptor, P, h }: Placed) {
	const room = descriptor.packing.batchSize;
	return { packing: descriptor, reverse: +batch.reverse, H: batch.H, R: batch.H, room, h: h.at(room * P) };
}

/** Rows of the recurrent weights in the order of the gates in memory. */
export function inOrder(engine: Engine, name: string, { batch: { cell, H }, Wh }: Placed): Region {
	const { order } = layouts[cell];
	const rows = range(0, order.length - 1).map((gate) => {
		const block = order.indexOf(gate);
		return Wh.f32.slice(block * H * H, (block + 1) * H * H);
	});
	return engine.floats(
		name,
		rows.flatMap((values) => [...values]),
	);
}

export interface Arrived {
	readonly dy: Region;
	readonly dh: Region;
	readonly dc: Region;
	/** Of an sLstm. */
	readonly dn: Region;
	readonly dm: Region;
}

/** The step that the walk over a row visits last. */
export function lastOf({ reverse }: CellBatch, { x }: CellRow): number {
	return reverse ? 0 : x.rows - 1;
}

/** A state of a row after a step; empty where there is none. */
export function stateOf(
	{ batch: { H }, descriptor, P }: Placed,
	state: Region | undefined,
	index: number,
	t: number,
): Vector {
	const from = (descriptor.packing.batchSize + placesOf(descriptor).step(index, t)) * P;
	return Float64Array.from(state?.f32.subarray(from, from + H) ?? []);
}

export function arrive(engine: Engine, placed: Placed): Arrived {
	const { batch, descriptor, P } = placed;
	const { batchSize, total } = descriptor.packing;
	const places = placesOf(descriptor);
	const { silent = false } = batch;
	const dy = silent ? new Float32Array(batchSize * P) : new Float32Array(total * P).fill(FILLER);
	const dh = new Float32Array(batchSize * P).fill(FILLER);
	const [dc, dn] = [dh.slice(), dh.slice()];
	batch.rows.forEach((given, index) => {
		for (let t = 0; t < given.dy.rows && !silent; t++) dy.set(row(given.dy, t), places.step(index, t) * P);
		const final = (state: Region | undefined) => stateOf(placed, state, index, lastOf(batch, given));
		const finals = isStabilised(batch.cell)
			? arrivalsOf(given, final(placed.c), final(placed.n))
			: { dcFinal: given.dcFinal, dnFinal: given.dnFinal };
		dh.set(given.dhFinal, places.rank(index) * P);
		dc.set(finals.dcFinal, places.rank(index) * P);
		dn.set(finals.dnFinal, places.rank(index) * P);
	});
	return {
		dy: engine.floats("dy", dy),
		dh: engine.floats("dh", dh),
		dc: engine.floats("dc", dc),
		dn: engine.floats("dn", dn),
		dm: engine.zeros("dm", batchSize * P),
	};
}

/** Where a walk leaves norms, if it does. */
export function norms(engine: Engine, { batch, descriptor }: Placed, name: string): Region | 0 {
	return batch.apart || batch.omega ? engine.floats(name, 2 * descriptor.packing.total) : 0;
}

/** What a walk forward works on besides, with nothing between the cell and its state. */
export function hiddenOf(placed: Placed) {
	return { m: walkOf(placed).h, read: 0, mask: 0, Wr: 0, projected: 0, u: 1, updates: 0 };
}

/** The same of a walk back. */
export function hiddenBackOf(placed: Placed, { dy, dh }: Arrived) {
	const from = { dm: dh, above: dy, everyAbove: +!placed.batch.silent, dRead: dh };
	return { m: walkOf(placed).h, mask: 0, Wr: 0, dProjected: 0, updates: 0, ...from };
}

/** What every walk back works on. */
export function walkBackOf(engine: Engine, placed: Placed, { dy, dh }: Arrived, dz: Region) {
	const hiddenNorms = norms(engine, placed, "hiddenNorms");
	return { ...walkOf(placed), dy, everyStep: +!placed.batch.silent, dh, dz, hiddenNorms };
}

/** The recurrent weights, or some of their blocks, for the way forward, and for the way back. */
export function packForward(engine: Engine, { batch: { cell, H }, P }: Placed, Wh: Region): Region {
	return engine.transposed("Whᵀ panels", Wh, { blocks: everyCell[cell].gates, rows: H, stride: P, depth: H });
}

export function packBack(
	engine: Engine,
	{ batch: { H }, P }: Placed,
	name: string,
	Wh: Region | Place,
	blocks: number,
): Region {
	return engine.plain(name, Wh, { blocks, rows: H, stride: P, depth: H });
}

/** The kernels of a family of cells, as its layer calls them. */
export interface Family {
	forward(engine: Engine, placed: Placed): void;
	backward(engine: Engine, placed: Placed, arrived: Arrived, dz: Region): void;
	/** The gradients of the parameters, those of weights one product for each group of gates that has the same past. */
	gradients(engine: Engine, placed: Placed, dz: Region): Partial<ParameterGradients>;
}

/** What products of gradients are called with, and what they may be multiplied by. */
export function productsOf(engine: Engine, { batch, descriptor, P, blocks, h }: Placed, dz: Region) {
	const { H, reverse } = batch;
	const room = descriptor.packing.batchSize;
	const lddy = 4 * blocks * P;
	const common = {
		...{ packing: descriptor, reverse: +reverse, lddy, rows: H, stride: P, room },
		...{ x: 0, ldx: 0, columns: 0, dW: 0, scratch: engine.floats("scratch", scratchFloats(0, H)) },
	};
	const run = (operands: Omit<Arguments<"weightGradient">, keyof typeof common> & { rows?: number; stride?: number }) =>
		engine.call("weightGradient", { ...common, ...operands });
	return {
		run,
		past: { past: h.at(room * P), ldPast: 4 * P, isState: 1, pastColumns: H },
		none: { past: 0, ldPast: 0, isState: 0, pastColumns: 0, dU: 0 },
		/** Blocks of dz as rows to multiply by. */
		rows: (block: number) => ({ past: dz.at(block * P), ldPast: lddy, isState: 0, pastColumns: H }),
		block: (block: number) => dz.at(block * P),
	};
}
