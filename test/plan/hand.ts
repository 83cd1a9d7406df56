// Programs that a test writes by itself, with the builder's own means, and runs on an engine.

import { Feeder } from "../../src/batch/feeder.ts";
import { layoutOf, type ParameterLayout } from "../../src/compile/layout.ts";
import type { Network } from "../../src/compile/network.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { Sequences } from "../../src/index.ts";
import { layerType } from "../../src/layers/index.ts";
import type { LayerType, ParameterSpec } from "../../src/layers/layer.ts";
import { Builder } from "../../src/plan/builder.ts";
import { Capacity, type Size } from "../../src/plan/capacity.ts";
import { parametersCost } from "../../src/plan/cost.ts";
import { aligned } from "../../src/plan/memory.ts";
import type { Header, Packing } from "../../src/plan/packing.ts";
import { type Plan, planProgram } from "../../src/plan/plan.ts";
import {
	type Address,
	at,
	type Buffer,
	type Phase,
	type Program,
	strideOf,
	type Value,
} from "../../src/plan/program.ts";
import { addRows, copyRows } from "../../src/plan/rows.ts";
import { bindPlan, type Job } from "../../src/run/job.ts";
import { planStorage, type Storage } from "../../src/run/storage.ts";
import type { Kind } from "../../src/sequences.ts";
import { layerOf } from "../models.ts";
import type { Wiring } from "../reference/graph.ts";
import type { Layer } from "../reference/layers.ts";

/** What a program by hand begins with: ids, or `size` features a step. */
export interface Input {
	readonly kind: Kind;
	readonly size: number;
}

/** A program and what it takes to run it. */
export interface HandProgram {
	readonly network: Network;
	readonly program: Program;
	/** What enters the loss, Σ c⊙y, each with the place of its c and of its copy. */
	readonly outputs: readonly Output[];
}

interface Output {
	readonly value: Value;
	readonly weights: Address;
	readonly copy: Address;
}

/** Writes layers and sums of values through a builder. What it lacks, a test writes itself. */
export class Sketch implements Wiring<Value> {
	readonly builder: Builder;
	readonly parameters: ParameterSpec[] = [];
	#layers = 0;

	constructor(builder: Builder) {
		this.builder = builder;
	}

	layer(description: Layer, x: Value, reverse = false): Value {
		const layer = layerOf(description, x.size);
		const type = layerType(layer) as LayerType;
		const index = this.#layers++;
		const specs = type.parameters(layer, x.size);
		this.parameters.push(...specs.map((spec) => ({ ...spec, name: `${index}.${spec.name}` })));
		return this.builder.within(`${index}.${layer.type}`, `${index}.`, () =>
			type.program(layer, this.builder, [x], reverse),
		);
	}

	/** y = a + b. */
	add(a: Value, b: Value, whole = false): Value {
		const { builder } = this;
		const { axis, size, stride, parts } = a;
		return builder.within("add", "", () => {
			const y = builder.value("y", axis, size, parts);
			copyRows(builder, axis, a, { address: y.address, stride, zeros: stride / 4 - size }, size, "y = a");
			addRows(builder, axis, b, y, size, "y += b");
			builder.onBackward(() => {
				const { gradients } = builder;
				for (const x of [a, b]) {
					const { every, end } = whole ? { every: gradients.everyRowOf(y) } : gradients.of(y);
					if (every) gradients.give(x, every, stride, "dx = dy");
					if (end) gradients.giveEnd(x, end);
				}
			});
			return y;
		});
	}
}

/** Writes a program by hand: forward, Σ c⊙y of the values that `write` gives as its loss, and back. */
export function writeByHand(input: Input, write: (sketch: Sketch, x: Value) => readonly Value[]): HandProgram {
	const drafted = new Sketch(new Builder(0));
	write(drafted, givenTo(drafted.builder, input));
	const flow = { ...input, perStep: true, causal: true };
	const network = { layers: [], input: flow, output: flow, parameters: drafted.parameters };

	const builder = new Builder(layoutOf(network).bytes);
	const x = givenTo(builder, input);
	const values = write(new Sketch(builder), x);
	zeroGradients(builder);
	const { outputs, loss } = writeLoss(builder, values);
	builder.backward();
	const { buffer: inputs } = x.address;
	const program = builder.program({ inputs, inputStride: x.stride, output: values[0] as Value, loss });
	return { network, program, outputs };
}

function givenTo(builder: Builder, { kind, size }: Input): Value {
	const axis = builder.steps;
	const stride = kind === "ids" ? 4 : strideOf(size);
	const address = at(builder.rows("inputs", axis, stride));
	return builder.give({ axis, size, stride, address, parts: [{ size, reverse: false }] });
}

function zeroGradients(builder: Builder): void {
	const count = builder.parameterBytes / 16;
	const account = { equation: "g = 0", cost: parametersCost(4 * count), count };
	builder.during("zero", () => builder.call("zero", { target: builder.region("gradients") }, account));
}

/** Copies the values that enter the loss to where nothing touches them, and gives them their gradients c. */
function writeLoss(
	builder: Builder,
	values: readonly Value[],
): Pick<HandProgram, "outputs"> & Required<Pick<Program, "loss">> {
	const bytesOf = ({ stride, axis }: Value, capacity: Capacity) => aligned(stride * capacity.of(axis).total);
	const bytesBefore = (index: number, capacity: Capacity) =>
		values.slice(0, index).reduce((sum, value) => sum + bytesOf(value, capacity), 0);
	const room = (name: string) => builder.work(name, (capacity) => bytesBefore(values.length, capacity));
	const [weights, copies] = [room("c"), room("copies")];
	const outputs = values.map((value, index) => {
		const offset = (capacity: Capacity) => bytesBefore(index, capacity);
		return { value, weights: { buffer: weights, offset }, copy: { buffer: copies, offset } };
	});
	builder.within("loss", "", () => {
		for (const { value, copy } of outputs)
			copyRows(builder, value.axis, value, { address: copy, stride: value.stride }, value.size, "copy = y");
		builder.during("backward", () => {
			for (const { value, weights } of outputs) builder.gradients.give(value, weights, value.stride, "dy = c");
		});
	});
	return { outputs, loss: { targets: weights, targetStride: 0, weights, result: copies, keepsOutput: false } };
}

/** A program in an engine's memory. What nobody has written is NaN. */
export class Bench {
	readonly engine: Engine;
	readonly job: Job;
	readonly plan: Plan;
	readonly storage: Storage;
	readonly layout: ParameterLayout;
	readonly #feeder: Feeder;

	constructor(engine: Engine, { network, program }: Pick<HandProgram, "network" | "program">, plan: Plan) {
		this.engine = engine;
		this.plan = plan;
		this.layout = layoutOf(network);
		this.storage = planStorage(engine.heapBase, this.layout, [program]);
		const end = this.storage.end + plan.bytes;
		engine.reserve(end, "test");
		const { gradients } = this.storage;
		engine.f32.fill(Number.NaN, this.storage.end / 4, end / 4);
		// Programs that take no gradients have no room for them.
		if (gradients > 0) engine.f32.fill(Number.NaN, gradients / 4, (gradients + this.layout.bytes) / 4);
		this.job = bindPlan(plan, engine, this.storage, this.layout, () => ({ version: -1 }));
		this.#feeder = new Feeder(network, engine);
	}

	parameter(name: string, size: number): Float32Array {
		return this.#view(this.storage.parameters, name, size);
	}

	gradient(name: string, size: number): Float32Array {
		return this.#view(this.storage.gradients, name, size);
	}

	#view(region: number, name: string, size: number): Float32Array {
		const begin = (region + (this.layout.offsets.get(name) as number)) / 4;
		return this.engine.f32.subarray(begin, begin + size);
	}

	/** Writes inputs and descriptors; gives how the rows are packed. */
	feed(sequences: Sequences, header: Header = { lossScale: 1, stateful: false }): Packing {
		const { shape, packing } = this.#feeder.measure("test", sequences);
		const { inputs, initialState: given } = sequences;
		this.#feeder.inputs("test", this.job, shape, packing, inputs).all();
		this.#feeder.begin("test", this.job, shape, packing, { given });
		this.#feeder.writeHeaders(this.job, packing, header);
		return packing;
	}

	run(...phases: readonly Phase[]): void {
		for (const phase of phases) for (const call of this.job.phases[phase]) call();
	}

	/** Of each row of the batch, its values of all its steps, one after another. */
	read(value: Omit<Value, "parts">, packing: Packing): Float32Array[] {
		return this.#rows(value, packing).map((places) =>
			Float32Array.from(places.flatMap((begin) => [...this.engine.f32.subarray(begin, begin + value.size)])),
		);
	}

	write(
		value: Omit<Value, "parts">,
		packing: Packing,
		rows: readonly ArrayLike<number>[],
		view: Float32Array | Int32Array = this.engine.f32,
	): void {
		for (const [row, places] of this.#rows(value, packing).entries())
			for (const [step, begin] of places.entries())
				for (let j = 0; j < value.size; j++) view[begin + j] = rows[row]?.[step * value.size + j] as number;
	}

	/** Where each row of the batch has its steps. */
	#rows({ axis, address, stride }: Omit<Value, "parts">, { order, alive, offset }: Packing): number[][] {
		const rows = Array.from(order, (): number[] => []);
		const first = this.job.address(address) / 4;
		for (const [step, count] of axis.perStep ? alive.entries() : [[0, order.length] as const])
			for (let place = 0; place < count; place++)
				rows[order[place] as number]?.push(first + ((offset[step] as number) + place) * (stride / 4));
		return rows;
	}
}

/** A program in an engine's memory, planned for a batch of this size. */
export function benchFor(engine: Engine, hand: Pick<HandProgram, "network" | "program">, size: Size): Bench {
	return new Bench(engine, hand, planProgram(hand.program, new Capacity(size)));
}

/** A buffer's place in the memory that a plan has given out. */
export function placeOf({ offsets, capacity }: Plan, buffer: Buffer): { begin: number; end: number } {
	const begin = offsets.get(buffer) as number;
	return { begin, end: begin + buffer.bytes(capacity) };
}
