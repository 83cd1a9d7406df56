// Runs a cell's kernels over a batch as its layer does, and the textbook over the same rows one by one.

import { type CellRun, type CellTensors, everyCell, firstColumns } from "../reference/everyCell.ts";
import { add, at, concat, type Matrix, matrix, row, type Vector } from "../reference/matrix.ts";
import { omegaGradient, omegaTerms } from "../reference/omega.ts";
import { type Activation, rnnForward } from "../reference/rnn.ts";
import { randomFloats, range } from "./compare.ts";
import { type Arguments, type Descriptor, type Engine, type Place, type Region, scratchFloats } from "./harness.ts";
import {
	arrivalsOf,
	asStabilised,
	asUnstabilised,
	headSize,
	initialOf,
	recurrentGradients,
	sLstmBack,
	sLstmForth,
} from "./sLstmCell.ts";

export type CellName = keyof typeof everyCell;
export const cellNames = Object.keys(everyCell) as CellName[];

/** How gates lie in memory: how many blocks, and which of them each block of the parameters is. */
const layouts: Readonly<Record<CellName, { readonly blocks: number; readonly order: number[] }>> = {
	"rnn tanh": { blocks: 1, order: [0] },
	"rnn relu": { blocks: 1, order: [0] },
	lstm: { blocks: 4, order: [0, 1, 2, 3] },
	"lstm peepholes": { blocks: 4, order: [3, 0, 1, 2] },
	"lstm coupled": { blocks: 4, order: [0, 1, 2] },
	"lstm hard": { blocks: 4, order: [3, 0, 1, 2] },
	"lstm all": { blocks: 4, order: [0, 1, 2] },
	gru: { blocks: 4, order: [1, 2, 0] },
	"gru hard": { blocks: 4, order: [1, 2, 0] },
	"gru reset-before": { blocks: 4, order: [1, 2, 0] },
	"gru reset-before hard": { blocks: 4, order: [1, 2, 0] },
	"indRnn relu": { blocks: 1, order: [0] },
	"indRnn tanh": { blocks: 1, order: [0] },
	minGru: { blocks: 2, order: [0, 1] },
	minLstm: { blocks: 3, order: [0, 1, 2] },
	sLstm: { blocks: 5, order: [0, 1, 2, 3] },
	"sLstm heads": { blocks: 5, order: [0, 1, 2, 3] },
};

/** What enters one row: what its input adds to the gates, [T, gates · H], and gradients that arrive. */
export interface CellRow {
	readonly x: Matrix;
	readonly h0: Vector;
	readonly c0: Vector;
	/** Of an sLstm, at least 0. */
	readonly n0: Vector;
	/** Of an sLstm. */
	readonly m0: Vector;
	/** [T, H] */
	readonly dy: Matrix;
	readonly dhFinal: Vector;
	/** Of an sLstm the gradients that arrive at c/n and at m + log n, which do not depend on m alone. */
	readonly dcFinal: Vector;
	readonly dnFinal: Vector;
}

export interface CellBatch {
	readonly cell: CellName;
	readonly H: number;
	readonly reverse: boolean;
	readonly rows: readonly CellRow[];
	readonly Wh: Matrix;
	readonly bn: Vector;
	readonly u: Vector;
	/** As everyCell has them. */
	readonly p: Vector;
	/** Whether the engine is told that states are given; if not, they must be zero. */
	readonly stateful?: boolean;
	/** Whether one step of dy, which must be zeros, serves all. */
	readonly silent?: boolean;
	/** Whether gradients of gates have memory of their own, not that of the gates, and norms are left behind. */
	readonly apart?: boolean;
	/** Of an rnn, the weight of Omega, if its gradient is added. */
	readonly omega?: number;
}

/** What comes out for one row, steps in time order. Of an sLstm cFinal and dc0 are of c/n, nFinal and dn0 of m + log n; so is dm0,
 * which is the kernel's own. Of a cell without such states they are empty. */
export interface CellRowResult {
	readonly h: ArrayLike<number>;
	readonly hFinal: ArrayLike<number>;
	readonly cFinal: ArrayLike<number>;
	readonly nFinal: ArrayLike<number>;
	/** Gradient of x. */
	readonly dx: ArrayLike<number>;
	readonly dh0: ArrayLike<number>;
	readonly dc0: ArrayLike<number>;
	readonly dn0: ArrayLike<number>;
	readonly dm0: ArrayLike<number>;
}

export interface CellResult {
	readonly rows: readonly CellRowResult[];
	/** Of a cell without such weights empty. */
	readonly dWh: ArrayLike<number>;
	/** Of an indRnn; otherwise empty. */
	readonly du: ArrayLike<number>;
	/** Of an lstm with peepholes; otherwise empty. */
	readonly dp: ArrayLike<number>;
	readonly db: ArrayLike<number>;
	/** Of a GRU with reset after the product; otherwise empty. */
	readonly dbn: ArrayLike<number>;
}

/** A random batch: weights as large as they start in training, states and gradients never zero. */
export function randomBatch(
	cell: CellName,
	H: number,
	lengths: readonly number[],
	reverse: boolean,
	seed = H,
): CellBatch {
	const floats = randomFloats(seed);
	const { gates } = everyCell[cell];
	const scale = (values: Vector) => values.map((value) => Math.fround(value / Math.sqrt(H)));
	// From numbers of their own, so that all others are what they would be without.
	const more = randomFloats(seed + 1000);
	const memory = () => ({
		n0: more(H).map((value) => Math.fround(Math.abs(value) + 0.2)),
		m0: more(H).map((value) => Math.fround(3 * value)),
		dnFinal: more(H),
	});
	return {
		cell,
		H,
		reverse,
		Wh: matrix(gates * H, H, scale(floats(gates * H * H))),
		bn: floats(H),
		rows: lengths.map((T) => ({
			x: matrix(T, gates * H, floats(T * gates * H)),
			h0: floats(H),
			c0: floats(H),
			...memory(),
			dy: matrix(T, H, floats(T * H)),
			dhFinal: floats(H),
			dcFinal: floats(H),
		})),
		u: floats(H),
		p: floats(3 * H),
	};
}

/** The row from zero states. */
export function fromZero(row: CellRow): CellRow {
	const zeros = new Float64Array(row.h0.length);
	return { ...row, h0: zeros, c0: zeros, n0: zeros, m0: zeros };
}

/** The textbook: the input's weights are the identity, so that the gradient of x is that of the gates. */
export function textbook(batch: CellBatch): CellResult {
	const { cell, reverse, rows, Wh, bn, u, p } = batch;
	const identity = matrix(Wh.rows, Wh.rows);
	for (let j = 0; j < Wh.rows; j++) identity.values[j * Wh.rows + j] = 1;
	const b = new Float64Array(Wh.rows);
	const runs = rows.map((given) => {
		const { x, h0, c0, n0, dy, dhFinal, dcFinal } = given;
		const states = isStabilised(cell) ? asUnstabilised(given) : { c0, n0 };
		const tensors: CellTensors = { Wx: identity, Wh, u, p, b, bn, x, h0, ...states };
		const run: CellRun = everyCell[cell].run(tensors, reverse);
		const finals = isStabilised(cell) ? arrivalsOf(given, run.cFinal, run.nFinal) : { dcFinal };
		return { run, given: states, gradients: run.backward(dy, { dhFinal, ...finals }) };
	});
	const valuesOf = (tensor: Matrix | Vector | undefined): Vector =>
		tensor instanceof Float64Array ? tensor : (tensor?.values ?? new Float64Array());
	const sumOf = (name: string): Vector =>
		runs.map(({ gradients }) => valuesOf(gradients[name])).reduce((a, c) => add(a, c));
	const sum = sumOf("dWh");
	const dWh = isStabilised(cell) ? firstColumns(matrix(Wh.rows, batch.H, sum), headSize(batch)).values : sum;
	return {
		rows: runs.map(({ run, given, gradients }) => ({
			h: run.h.values,
			hFinal: run.hFinal,
			dx: valuesOf(gradients.dx),
			dh0: valuesOf(gradients.dh0),
			...(isStabilised(cell)
				? asStabilised(run, given, gradients)
				: { ...NO_MEMORY, cFinal: valuesOf(run.cFinal), dc0: valuesOf(gradients.dc0) }),
		})),
		dWh: batch.omega === undefined ? dWh : add(dWh, omegaOf(batch, batch.omega, identity, b)),
		du: sumOf("du"),
		dp: hasPeepholes(cell) ? sumOf("dp").slice(0, peepholesOf(cell).length * batch.H) : [],
		db: sumOf("db"),
		dbn: sumOf("dbn"),
	};
}

const NO_MEMORY = { nFinal: [], dn0: [], dm0: [] };

/** Whether a cell keeps its states in units of e^m. */
export function isStabilised(cell: CellName): boolean {
	return cell.startsWith("sLstm");
}

/** The textbook's gradient of Omega, times its weight. */
function omegaOf(
	{ cell, reverse, rows, Wh, stateful = true }: CellBatch,
	weight: number,
	Wx: Matrix,
	b: Vector,
): Vector {
	const activation = cell.slice("rnn ".length) as Activation;
	const terms = rows.flatMap(({ x, h0, dy, dhFinal }) => {
		const pass = rnnForward({ Wx, Wh, b }, x, h0, { activation, reverse });
		return omegaTerms(Wh, pass, dy, { dhFinal, isGiven: stateful });
	});
	return omegaGradient(Wh, terms).values.map((value) => weight * value);
}

/** Stands in all padding up to whole vectors: it may hold any finite value. */
const FILLER = 0.75;

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
	readonly bn: Region | undefined;
	/** Where an rnn leaves the terms of Omega. */
	readonly omega: { readonly dBack: Region; readonly terms: Region } | undefined;
	readonly u: Region;
	/** Peepholes in the order f, o, i, each padded. */
	readonly p: Region;
}

/** Packed row of each step of the batch's rows. */
function placesOf({ packing }: Descriptor) {
	const sorted = [...packing.order];
	const rank = (index: number) => sorted.indexOf(index);
	return {
		rank,
		step: (index: number, t: number) => at(packing.offset, t) + rank(index),
	};
}

function place(engine: Engine, batch: CellBatch): Placed {
	const { cell, H, rows, Wh, bn, u, p, stateful = true } = batch;
	const { blocks } = layouts[cell];
	const P = Math.ceil(H / 4) * 4;
	const lengths = rows.map(({ x }) => x.rows);
	// Only the losses care for the scale.
	const descriptor = engine.packing(lengths, { stateful, lossScale: 0.125 });
	const { batchSize, total } = descriptor.packing;
	const places = placesOf(descriptor);
	const padding = new Array<number>(P - H).fill(FILLER);

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
		bn: isResetAfter(cell) ? engine.floats("bn", [...bn, ...padding]) : undefined,
		omega: batch.omega ? { dBack: engine.floats("dBack", total * P), terms: engine.floats("terms", total) } : undefined,
		u: engine.floats("u", [...u, ...padding]),
		p: engine.floats(
			"p",
			peepholesOf(cell).flatMap((block) => [...p.slice(block * H, (block + 1) * H), ...padding]),
		),
	};
}

/** Operands that let each gate begin as what enters it: its weights are the identity, in the order of the gates. */
function inputOf(engine: Engine, { batch, P, x }: Placed) {
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
		bx: engine.zeros("bx", blocks * P),
	};
}

/** What every walk works on. */
function walkOf({ batch, descriptor, P, h }: Placed) {
	const room = descriptor.packing.batchSize;
	return { packing: descriptor, reverse: +batch.reverse, H: batch.H, R: batch.H, room, h: h.at(room * P) };
}

/** Nothing between the cell and its state. */
const HIDDEN = { read: 0, mask: 0, Wr: 0, projected: 0, u: 1, updates: 0 };
const HIDDEN_BACK = { mask: 0, Wr: 0, dProjected: 0, updates: 0 };

function hasPeepholes(cell: CellName): boolean {
	return cell === "lstm peepholes" || cell === "lstm all";
}

/** Which block of the parameter each of the peepholes of f, o and i is. */
function peepholesOf(cell: CellName): number[] {
	if (!hasPeepholes(cell)) return [];
	return isCoupled(cell) ? [0, 1] : [1, 2, 0];
}

function isCoupled(cell: CellName): boolean {
	return cell === "lstm coupled" || cell === "lstm all";
}

function isVariant(cell: CellName): boolean {
	return cell.startsWith("lstm ");
}

function isResetAfter(cell: CellName): boolean {
	return cell === "gru" || cell === "gru hard";
}

function isResetBefore(cell: CellName): boolean {
	return cell.startsWith("gru reset-before");
}

/** Whether gates are hard sigmoids, as a number. */
function isHard(cell: CellName): number {
	return +(cell.endsWith("hard") || cell === "lstm all");
}

/** What makes an lstm another one. */
function variantOf({ batch: { cell }, p }: Placed) {
	return { peepholes: hasPeepholes(cell) ? p : 0, coupled: +isCoupled(cell), hard: isHard(cell) };
}

/** Rows of the recurrent weights in the order of the gates in memory. */
function inOrder(engine: Engine, name: string, { batch: { cell, H }, Wh }: Placed): Region {
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

function isIndependent(cell: CellName): boolean {
	return cell.startsWith("indRnn");
}

function forward(engine: Engine, placed: Placed): void {
	const { batch, descriptor, P, gates, c, bn, u } = placed;
	const { cell, H } = batch;
	const walk = { ...walkOf(placed), ...inputOf(engine, placed), gates };
	const hidden = { ...walk, ...HIDDEN, m: walk.h };
	const U = () =>
		engine.transposed("Whᵀ panels", placed.Wh, { blocks: everyCell[cell].gates, rows: H, stride: P, depth: H });
	if (isStabilised(cell)) sLstmForth(engine, placed, walk);
	else if (cell === "minGru") engine.call("minGruForward", walk);
	else if (cell === "minLstm") engine.call("minLstmForward", walk);
	else if (isIndependent(cell)) engine.call("indRnnForward", { ...walk, relu: +cell.endsWith("relu"), u });
	else if (isVariant(cell) && c)
		engine.call("lstmVariantForward", {
			...{ ...hidden, ...variantOf(placed), c: c.at(descriptor.packing.batchSize * P) },
			...{ fresh: c.at(descriptor.packing.batchSize * P), uc: 1, updatesC: 0 },
			Wh: engine.transposed("Whᵀ panels", inOrder(engine, "Wh forward", placed), {
				...{ blocks: everyCell[cell].gates, rows: H, stride: P, depth: H },
			}),
		});
	else if (cell === "lstm" && c)
		engine.call("lstmForward", { ...walk, c: c.at(descriptor.packing.batchSize * P), Wh: U() });
	else if (isResetAfter(cell)) engine.call("gruForward", { ...hidden, U: U(), bq: bn ?? 0, hard: isHard(cell) });
	else if (isResetBefore(cell)) engine.call("gruBeforeForward", { ...hidden, U: U(), hard: isHard(cell) });
	else engine.call("rnnForward", { ...hidden, relu: +(cell === "rnn relu"), Wh: U() });
}

export interface Arrived {
	readonly dy: Region;
	readonly dh: Region;
	readonly dc: Region;
	readonly dn: Region;
	readonly dm: Region;
}

function arrive(engine: Engine, placed: Placed): Arrived {
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

/** The step that the walk over a row visits last. */
function lastOf({ reverse }: CellBatch, { x }: CellRow): number {
	return reverse ? 0 : x.rows - 1;
}

/** A state of a row after a step; empty where there is none. */
function stateOf({ batch: { H }, descriptor, P }: Placed, state: Region | undefined, index: number, t: number): Vector {
	const from = (descriptor.packing.batchSize + placesOf(descriptor).step(index, t)) * P;
	return Float64Array.from(state?.f32.subarray(from, from + H) ?? []);
}

function backward(engine: Engine, placed: Placed, arrived: Arrived, dz: Region): void {
	const { dy, dh, dc } = arrived;
	const { batch, descriptor, P, gates, c, Wh, u } = placed;
	const { cell, H } = batch;
	const { batchSize } = descriptor.packing;
	const pack = (name: string, source: Region | Place, blocks: number) =>
		engine.plain(name, source, { blocks, rows: H, stride: P, depth: H });
	const norms = (name: string) => (batch.apart || batch.omega ? engine.floats(name, 2 * descriptor.packing.total) : 0);
	const hiddenNorms = norms("hiddenNorms");
	const walk = { ...walkOf(placed), dy, everyStep: +!batch.silent, dh, dz, hiddenNorms };
	const hidden = { ...walk, ...HIDDEN_BACK, m: walk.h, dm: dh, above: dy, everyAbove: walk.everyStep, dRead: dh };
	if (isStabilised(cell)) sLstmBack(engine, placed, { ...walk, cellNorms: norms("cellNorms") }, arrived);
	else if (cell === "minGru") engine.call("minGruBackward", { ...walk, gates });
	else if (cell === "minLstm") engine.call("minLstmBackward", { ...walk, gates });
	else if (isIndependent(cell)) engine.call("indRnnBackward", { ...walk, relu: +cell.endsWith("relu"), u });
	else if (isVariant(cell) && c)
		engine.call("lstmVariantBackward", {
			...{ ...hidden, ...variantOf(placed), gates, c: c.at(batchSize * P), dc, cellNorms: norms("cellNorms") },
			...{ kept: 0, updatesC: 0 },
			Wh: pack("Wh panels", inOrder(engine, "Wh back", placed), everyCell[cell].gates),
		});
	else if (cell === "lstm" && c)
		engine.call("lstmBackward", {
			...walk,
			gates,
			c: c.at(batchSize * P),
			dc,
			cellNorms: norms("cellNorms"),
			Wh: pack("Wh panels", Wh, 4),
		});
	else if (isResetAfter(cell))
		engine.call("gruBackward", { ...hidden, gates, U: pack("U panels", Wh, 3), hard: isHard(cell) });
	else if (isResetBefore(cell))
		engine.call("gruBeforeBackward", {
			...hidden,
			...{ gates, read: 0 },
			dq: engine.floats("dq", batchSize * P),
			Urz: pack("Urz panels", Wh, 2),
			Un: pack("Un panels", Wh.at(2 * H * H), 1),
			hard: isHard(cell),
		});
	else {
		const relu = +(cell === "rnn relu");
		engine.call("rnnBackward", {
			...hidden,
			...(placed.omega ?? { dBack: 0, terms: 0 }),
			relu,
			Wh: pack("Wh panels", Wh, 1),
		});
	}
}

/** The gradients of the parameters, one product for each group of gates that has the same past. */
function parameterGradients(engine: Engine, placed: Placed, dz: Region) {
	const { batch, descriptor, P, blocks, h, c } = placed;
	const { cell, H, reverse } = batch;
	const count = everyCell[cell].gates;
	const isLinear = isIndependent(cell) || cell.startsWith("min");
	const width = isStabilised(cell) ? headSize(batch) : H;
	const dWh = engine.zeros("dWh", isLinear ? 0 : count * H * width);
	const du = engine.zeros("du", isIndependent(cell) ? H : 0);
	const dp = engine.zeros("dp", peepholesOf(cell).length * H);
	const db = engine.zeros("db", count * H);
	const dbn = isResetAfter(cell) ? engine.zeros("dbn", H) : undefined;
	const lddy = 4 * blocks * P;
	const room = descriptor.packing.batchSize;
	const common = {
		packing: descriptor,
		reverse: +reverse,
		lddy,
		rows: H,
		stride: P,
		x: 0,
		ldx: 0,
		columns: 0,
		dW: 0,
		room,
		scratch: engine.floats("scratch", scratchFloats(0, H)),
	};
	const past = { past: h.at(room * P), ldPast: 4 * P, isState: 1, pastColumns: H };
	const resetPast = { past: dz.at(3 * P), ldPast: lddy, isState: 0, pastColumns: H };
	const none = { past: 0, ldPast: 0, isState: 0, pastColumns: 0, dU: 0 };
	const run = (operands: Arguments<"weightGradient">) => engine.call("weightGradient", operands);
	if (isLinear) {
		run({ ...common, ...none, dy: dz, blocks, db });
		const rows = { dz, lddz: 4 * P, after: 0 };
		if (isIndependent(cell)) engine.call("elementwiseGradient", { ...walkOf(placed), ...rows, du });
	} else if (isVariant(cell) && c) {
		for (const [block, gate] of layouts[cell].order.entries())
			run({ ...common, ...past, blocks: 1, dy: dz.at(gate * P), dU: dWh.at(block * H * H), db: db.at(block * H) });
		// Gates f, o and i; o sees the cell after the step.
		for (const [index, block] of peepholesOf(cell).entries())
			engine.call("elementwiseGradient", {
				...{ ...walkOf(placed), h: c.at(room * P), dz: dz.at((index === 0 ? 0 : index + 1) * P), lddz: lddy },
				...{ after: +(index === 1), du: dp.at(block * H) },
			});
	} else if (isStabilised(cell)) {
		recurrentGradients(placed, dz, dWh).forEach((part, index) => {
			run({ ...common, ...past, ...part, db: index === 0 ? db : 0 });
		});
	} else if (blocks === count) {
		run({ ...common, ...past, dy: dz, blocks, dU: dWh, db });
	} else {
		const dUn = dWh.at(2 * H * H);
		const dbLast = db.at(2 * H);
		const one = { ...common, blocks: 1 };
		run({ ...common, ...past, blocks: 2, dy: dz.at(P), dU: dWh, db });
		if (dbn) {
			run({ ...one, ...past, dy: dz.at(3 * P), dU: dUn, db: dbn });
			run({ ...one, ...none, dy: dz, db: dbLast });
		} else {
			run({ ...one, ...resetPast, dy: dz, dU: dUn, db: dbLast });
		}
	}
	const { omega } = placed;
	if (omega) {
		const [sum, terms] = [engine.zeros("sum", H * H), engine.zeros("count", 2)];
		run({ ...common, blocks: 1, ...none, past: omega.dBack, ldPast: 4 * P, pastColumns: H, dy: dz, dU: sum, db: 0 });
		engine.call("countTerms", { packing: descriptor, terms: omega.terms, count: terms });
		engine.call("addOmega", { omega: batch.omega ?? 0, sum, count: terms, rows: H, columns: H, dU: dWh });
	}
	return { dWh: dWh.f32, du: du.f32, dp: dp.f32, db: db.f32, dbn: dbn?.f32 ?? [] };
}

/** The kernels, forward and backward. */
export function runCell(engine: Engine, batch: CellBatch): CellResult {
	const placed = place(engine, batch);
	const { descriptor, P, blocks, gates, h, c, n, m } = placed;
	const { packing } = descriptor;
	const dz = batch.apart ? engine.floats("dz", gates.length) : gates;
	const { H } = batch;
	const { order } = layouts[batch.cell];
	const places = placesOf(descriptor);
	const initialWords = (region: Region | undefined) => region?.i32.slice(0, packing.batchSize * P).join();
	const initial = [h, c, n, m].map(initialWords);
	forward(engine, placed);
	const arrived = arrive(engine, placed);
	backward(engine, placed, arrived, dz);
	if ([h, c, n, m].map(initialWords).join("|") !== initial.join("|"))
		throw new Error(`${batch.cell} changed its initial states`);

	const vector = (region: Region, from: number) => region.f32.subarray(from, from + H);
	const rows = batch.rows.map((given, index) => {
		const steps = range(0, given.x.rows - 1);
		const state = (region: Region | undefined, t = lastOf(batch, given)) => stateOf(placed, region, index, t);
		const initialGradient = (region: Region) => concat(vector(region, places.rank(index) * P));
		const gradients = {
			dc0: c ? initialGradient(arrived.dc) : [],
			dn0: n ? initialGradient(arrived.dn) : [],
			dm0: m ? initialGradient(arrived.dm) : [],
		};
		return {
			h: concat(...steps.map((t) => state(h, t))),
			hFinal: state(h),
			dx: concat(
				...steps.flatMap((t) => order.map((block) => vector(dz, (places.step(index, t) * blocks + block) * P))),
			),
			dh0: initialGradient(arrived.dh),
			...(isStabilised(batch.cell)
				? initialOf(given, { c: state(c), n: state(n), m: state(m) }, gradients)
				: { ...gradients, cFinal: state(c), nFinal: [] }),
		};
	});
	return { rows, ...parameterGradients(engine, placed, dz) };
}
