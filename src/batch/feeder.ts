import type { Network } from "../compile/network.ts";
import type { Engine } from "../engine/engine.ts";
import { byName } from "../engine/kernels.ts";
import { type Header, type Packing, packingOf, writeHeader, writeSteps } from "../plan/packing.ts";
import type { Address, Buffer, Program } from "../plan/program.ts";
import { type Part, wholeOf } from "../plan/recompute/parts.ts";
import type { Sequences } from "../sequences.ts";
import type { Target } from "./field.ts";
import { idsWriter, valuesWriter } from "./rows.ts";
import { type BatchShape, shapeOf } from "./shape.ts";
import { type Beginning, writeStates } from "./states.ts";

/** The part of a job that a batch is written into. */
interface Places {
	readonly program: Program;
	address(place: Buffer | Address): number;
}

/** Writes a batch's inputs into the engine's memory: those of a part, or all of them. */
export interface InputsWriter {
	part(part: Part): void;
	all(): void;
}

/** Puts batches into the engine's memory. */
export class Feeder {
	readonly #network: Network;
	readonly #engine: Engine;
	readonly #packSteps;
	#equalLengths: Packing | undefined;
	/** The job and packing whose descriptors stand in the workspace. */
	#written: { readonly places: Places; readonly packing: Packing } | undefined;

	constructor(network: Network, engine: Engine) {
		this.#network = network;
		this.#engine = engine;
		this.#packSteps = byName(engine.kernels, "packSteps");
	}

	/** The sizes of a batch and its packing, which is the same object from batch to batch where lengths are equal. */
	measure(where: string, sequences: Sequences): { shape: BatchShape; packing: Packing } {
		const { kind, size } = this.#network.input;
		const shape = shapeOf(where, sequences, kind === "ids" ? 1 : size);
		const { batchSize, steps, lengths } = shape;
		if (lengths !== undefined) return { shape, packing: packingOf(batchSize, steps, lengths) };
		const last = this.#equalLengths;
		const isSame = last?.batchSize === batchSize && last.steps === steps;
		if (!isSame) this.#equalLengths = packingOf(batchSize, steps);
		return { shape, packing: this.#equalLengths as Packing };
	}

	/** Prepares to write a batch's inputs, which are checked when they are written. */
	inputs(where: string, places: Places, shape: BatchShape, packing: Packing, inputs: unknown): InputsWriter {
		if (this.#written?.places !== places) this.#written = undefined;
		let write: ((target: Target) => void) | undefined;
		const part = ({ from, to, origin }: Part) => {
			write ??= this.#writer(where, places.program, shape, packing, inputs);
			write({ from, to, origin, address: places.address(places.program.inputs) / 4 });
		};
		return { part, all: () => this.#packFlat(places, shape, inputs) || part(wholeOf(packing)) };
	}

	#writer(where: string, program: Program, shape: BatchShape, packing: Packing, inputs: unknown) {
		const { kind, size } = this.#network.input;
		const engine = this.#engine;
		const field = { where, name: "inputs", shape, packing, axis: "steps" } as const;
		if (kind === "ids") {
			const write = idsWriter(field, inputs, size, `vocabSize is ${size}`);
			return (target: Target) => write(engine.i32, target);
		}
		const write = valuesWriter(field, inputs, size, { stride: program.inputStride / 4 });
		return (target: Target) => write(engine.f32, target);
	}

	/** Writes initial states, which row each sequence is, and descriptors. */
	begin(where: string, places: Places, shape: BatchShape, packing: Packing, beginning: Beginning): void {
		writeStates(where, places, packing, this.#engine, beginning, shape.origin);
		const { order } = places.program;
		if (order !== undefined) this.#engine.i32.set(packing.order, places.address(order) / 4);
		this.writeSteps(places, packing);
	}

	/** Packs flat float32 inputs of equal lengths in one go. Returns whether they were that, and finite; if not, they have to be
	 * written one by one. */
	#packFlat({ program, address }: Places, { batchSize, steps, lengths }: BatchShape, inputs: unknown): boolean {
		const { given, inputs: packed, inputStride } = program;
		if (!(inputs instanceof Float32Array) || lengths !== undefined || given === undefined) return false;
		const { f32 } = this.#engine;
		const source = address(given);
		f32.set(inputs, source / 4);
		const columns = this.#network.input.size;
		const operands = { source, batchSize, steps, columns, target: address(packed), ldt: inputStride };
		return this.#packSteps(operands, 0, batchSize) === 1;
	}

	/** Writes the steps of a batch's descriptors, unless they stand there from the call before. */
	writeSteps(places: Places, packing: Packing): void {
		if (this.#written?.places === places && this.#written.packing === packing) return;
		const { axis } = places.program;
		const { i32 } = this.#engine;
		writeSteps(i32, places.address(axis.packing), packing);
		writeSteps(i32, places.address(axis.ends.packing), packingOf(packing.batchSize, 1));
		this.#written = { places, packing };
	}

	/** Writes the headers of its descriptors: that of all steps, and that of one row for each sequence. */
	writeHeaders({ program, address }: Places, packing: Packing, header: Header): void {
		const { batchSize } = packing;
		const { axis } = program;
		writeHeader(this.#engine, address(axis.packing), packing, header);
		writeHeader(this.#engine, address(axis.ends.packing), { batchSize, steps: 1, total: batchSize }, header);
	}

	/** Forgets what it has written, since another has the workspace now. */
	forget(): void {
		this.#written = undefined;
	}
}
