// Runs the training program of a network on a random batch: its calls one by one, as the runtime does.

import { layoutOf } from "../../../src/compile/layout.ts";
import { connect, type Network, sizeOf } from "../../../src/compile/network.ts";
import { writeProgram } from "../../../src/compile/program.ts";
import {
	Adam,
	bidirectional,
	dense,
	embedding,
	gru,
	indRnn,
	type Layer,
	type LossName,
	lastStep,
	lstm,
	minGru,
	minLstm,
	type Optimizer,
	RMSprop,
	rnn,
	SGD,
	sLstm,
} from "../../../src/index.ts";
import { lossOf } from "../../../src/losses/index.ts";
import { Capacity } from "../../../src/plan/capacity.ts";
import { packingOf } from "../../../src/plan/packing.ts";
import { planProgram } from "../../../src/plan/plan.ts";
import {
	type Address,
	ALL,
	type Buffer,
	type Call,
	isBuffer,
	type Operand,
	PHASES,
	type Program,
} from "../../../src/plan/program.ts";
import { randomFloats } from "../compare.ts";
import type { Engine, Place } from "../harness.ts";

interface Trained {
	readonly layers: readonly Layer[];
	readonly optimizer: Optimizer;
	/** Weight of Omega, if it is in the gradient. */
	readonly omega?: number;
}

export const networks: Readonly<Record<string, Trained>> = {
	"ids, lstm": {
		layers: [embedding({ vocabSize: 7, embeddingSize: 5 }), lstm({ hiddenSize: 6 }), dense({ outputSize: 7 })],
		optimizer: new Adam({ weightDecay: 0.1 }),
	},
	"gru, lastStep": {
		layers: [gru({ inputSize: 3, hiddenSize: 9 }), lastStep(), dense({ outputSize: 3 })],
		optimizer: new SGD({ momentum: 0.9 }),
	},
	"rnn, Omega": {
		layers: [
			bidirectional(rnn({ inputSize: 3, hiddenSize: 5 })),
			lstm({ hiddenSize: 4 }),
			rnn({ hiddenSize: 6, activation: "relu" }),
			dense({ outputSize: 3 }),
		],
		optimizer: new SGD(),
		omega: 2,
	},
	"cells without a matrix": {
		layers: [
			indRnn({ inputSize: 3, hiddenSize: 7 }),
			bidirectional(minGru({ hiddenSize: 5 })),
			bidirectional(indRnn({ hiddenSize: 6, activation: "tanh" })),
			minLstm({ hiddenSize: 5, initialState: "learned" }),
			bidirectional(sLstm({ hiddenSize: 6, heads: 2 })),
			sLstm({ hiddenSize: 5, initialState: "learned" }),
			dense({ outputSize: 4 }),
		],
		optimizer: new Adam(),
	},
	"bidirectional stack": {
		layers: [
			bidirectional(rnn({ inputSize: 3, hiddenSize: 7 })),
			bidirectional(gru({ hiddenSize: 3, reset: "before" })),
			bidirectional(lstm({ hiddenSize: 5 })),
			dense({ outputSize: 4 }),
			rnn({ hiddenSize: 6, activation: "relu" }),
			lastStep(),
			dense({ outputSize: 5 }),
		],
		optimizer: new RMSprop({ centered: true, momentum: 0.5 }),
	},
};

export const losses: readonly LossName[] = ["crossEntropy", "meanSquaredError"];

const LENGTHS = [3, 5, 1, 2, 5];
const PACKING = packingOf(LENGTHS.length, 5, LENGTHS);
const ENDS = packingOf(LENGTHS.length, 1);

/** Just enough room, and more than enough. */
export const capacities: Readonly<Record<string, Capacity>> = {
	"as small as can be": new Capacity(PACKING),
	"for larger batches": new Capacity({ batchSize: 8, steps: 9, total: 70 }),
};

export interface ProgramJob {
	readonly network: Network;
	readonly program: Program;
	readonly loss: LossName;
	readonly optimizer: Optimizer;
	readonly capacity: Capacity;
	readonly stateful: boolean;
}

/** A training job of a network of the list. */
export function jobOf(name: string, loss: LossName, capacity: Capacity, stateful: boolean): ProgramJob {
	const { layers, optimizer, omega } = networks[name] as Trained;
	const network = connect(layers, "test");
	const program = writeProgram(network, { kind: "train", loss: lossOf("test", loss), rule: optimizer, omega });
	return { network, program, loss, optimizer, capacity, stateful };
}

/** What comes of a step. */
export interface Outcome {
	readonly loss: number;
	readonly norm: number;
	readonly gradients: ReadonlyMap<string, Float32Array>;
	/** After the update. */
	readonly parameters: ReadonlyMap<string, Float32Array>;
}

type Parallel = "parameters" | "gradients";

/** Where buffers are in an engine: each of the workspace in a region of its own, or as planned, and parameters so too. What
 * was there before is NaN. */
class Places {
	readonly #engine: Engine;
	readonly #job: ProgramJob;
	readonly #places = new Map<Buffer | string, Place>();
	readonly #layout: ReturnType<typeof layoutOf>;
	readonly #workspace: { readonly offsets: ReadonlyMap<Buffer, number>; readonly begin: Place } | undefined;

	constructor(engine: Engine, job: ProgramJob, shared: boolean) {
		this.#engine = engine;
		this.#job = job;
		this.#layout = layoutOf(job.network);
		if (!shared) return;
		const { bytes, offsets } = planProgram(job.program, job.capacity);
		this.#workspace = { offsets, begin: engine.floats("workspace", nans(bytes / 4)).at(0) };
	}

	find(place: Buffer | Address): Place {
		if (!isBuffer(place)) {
			const { region, address } = this.find(place.buffer);
			return { region, address: address + place.offset(this.#job.capacity) };
		}
		const key = place.space === "work" ? place : `${place.space} ${place.name}`;
		const found = this.#places.get(key) ?? this.#place(place);
		this.#places.set(key, found);
		return found;
	}

	#place(buffer: Buffer): Place {
		const { space, name } = buffer;
		const engine = this.#engine;
		const count = buffer.bytes(this.#job.capacity) / 4;
		if (space === "work") {
			if (!this.#workspace) return engine.floats(`${name} (${this.#places.size})`, nans(count)).at(0);
			const { offsets, begin } = this.#workspace;
			return { ...begin.region.at((offsets.get(buffer) as number) / 4), length: count };
		}
		if (space === "panels" || space === "slots") return engine.zeros(`${space} ${name}`, count).at(0);
		if (name === ALL) return engine.zeros(`all ${space}`, this.#layout.bytes / 4).at(0);
		if (this.#workspace) return this.whole(space).region.at(this.offsetOf(name));
		return engine.zeros(`${space} ${name}`, this.#sizeOf(name)).at(0);
	}

	/** The region of all parameters or gradients. */
	whole(space: Parallel): Place {
		return this.find({ space, name: ALL, bytes: () => this.#layout.bytes });
	}

	/** Floats before a parameter in such a region. */
	offsetOf(name: string): number {
		return (this.#layout.offsets.get(name) as number) / 4;
	}

	#sizeOf(name: string): number {
		return sizeOf(this.#job.network.parameters.find((spec) => spec.name === name)?.shape ?? []);
	}

	/** The values of each parameter, or its gradient, where the calls of its layer see them. */
	each(space: Parallel): Map<string, Float32Array> {
		return new Map(
			this.#job.network.parameters.map(({ name, shape }) => {
				const { region, address } = this.find({ space, name, bytes: () => 0 });
				const begin = (address - region.address) / 4;
				return [name, region.f32.subarray(begin, begin + sizeOf(shape))];
			}),
		);
	}

	/** Puts the parameters or gradients that are apart where all are one region. */
	gather(space: Parallel): Float32Array {
		const all = this.whole(space).region.f32;
		for (const [name, values] of this.each(space)) all.set(values, this.offsetOf(name));
		return all;
	}
}

function nans(count: number): Float32Array {
	return new Float32Array(count).fill(Number.NaN);
}

/** Runs a step on a random batch. */
export function runProgram(engine: Engine, job: ProgramJob, shared: boolean): Outcome {
	const { program, optimizer } = job;
	engine.begin();
	const places = new Places(engine, job, shared);
	const floats = randomFloats(5);
	for (const values of places.each("parameters").values()) values.set(floats(values.length));
	writeBatch(engine, job, places);
	const settings = { clipNorm: 1, limit: 0.5, omega: 2, ...optimizer.settings(1) };
	for (const phase of PHASES) {
		if (phase === "norm") for (const space of ["parameters", "gradients"] as const) places.gather(space);
		for (const call of program.phases[phase]) runCall(engine, job, places, call, settings);
	}
	const { region, address } = places.find(program.loss?.result as Buffer);
	const norm = places.find(program.norm as Buffer);
	const read = (from: Place) => from.region.f64[(from.address - from.region.address) / 8] as number;
	const all = places.whole("parameters").region.f32;
	const sliced = [...places.each("parameters")].map(([name, { length }]): [string, Float32Array] => {
		const begin = places.offsetOf(name);
		return [name, all.slice(begin, begin + length)];
	});
	return {
		loss: read({ region, address }),
		norm: read(norm),
		gradients: new Map([...places.each("gradients")].map(([name, values]) => [name, values.slice()])),
		parameters: new Map(sliced),
	};
}

function runCall(
	engine: Engine,
	{ capacity }: ProgramJob,
	places: Places,
	{ kernel, operands, cut }: Call,
	settings: Readonly<Record<string, number>>,
): void {
	const resolve = (operand: Operand): number | Place => {
		if (typeof operand === "number") return operand;
		if (typeof operand === "function") return operand(capacity);
		return "setting" in operand ? (settings[operand.setting] as number) : places.find(operand);
	};
	const given = Object.fromEntries(Object.entries(operands).map(([name, operand]) => [name, resolve(operand)]));
	engine.call(kernel, given as never, cut?.size(capacity));
}

/** Writes inputs, states, targets and descriptors. */
function writeBatch(engine: Engine, { network, program, loss, stateful }: ProgramJob, places: Places): void {
	const floats = randomFloats(11);
	const offset = ({ region, address }: Place) => (address - region.address) / 4;
	/** Writes rows of `size` values, `stride` bytes apart. */
	const write = (
		place: Buffer | Address,
		[rows, size, stride]: readonly [number, number, number],
		value = () => floats(1)[0] as number,
	) => {
		const found = places.find(place);
		const { f32 } = found.region;
		for (let row = 0; row < rows; row++)
			for (let j = 0; j < size; j++) f32[offset(found) + (row * stride) / 4 + j] = value();
	};
	const writeIds = (place: Buffer, count: number, most: number) => {
		const found = places.find(place);
		for (let k = 0; k < count; k++) found.region.i32[offset(found) + k] = (k * 3) % most;
	};

	const { axis, inputs, inputStride, states, output } = program;
	const header = { lossScale: 0.125, stateful };
	engine.writeDescriptor(places.find(axis.packing), PACKING, header);
	engine.writeDescriptor(places.find(axis.ends.packing), ENDS, header);
	const { kind, size } = network.input;
	if (kind === "ids") writeIds(inputs, PACKING.total, size);
	else write(inputs, [PACKING.total, size, inputStride]);
	for (const { initial, size: width, stride } of states) {
		write(initial, [PACKING.batchSize, stride / 4, stride], () => 0);
		if (stateful) write(initial, [PACKING.batchSize, width, stride]);
	}
	if (!program.loss) throw new Error("no loss");
	const { targets, weights } = program.loss;
	const count = output.axis.perStep ? PACKING.total : PACKING.batchSize;
	if (loss === "crossEntropy") writeIds(targets, count, output.size);
	else write(targets, [count, output.size, output.stride]);
	write(weights, [count, 1, 4], () => 0.5);
}
