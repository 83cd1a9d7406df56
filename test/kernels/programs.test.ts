// Do the layers' programs stay inside the buffers they ask for, and compute the same whether or not buffers share memory?

import { describe, expect, it } from "vitest";
import { connect, type Network, sizeOf } from "../../src/compile/network.ts";
import { writeProgram } from "../../src/compile/program.ts";
import { bidirectional, dense, embedding, gru, lastStep, lstm, rnn } from "../../src/index.ts";
import { packingOf } from "../../src/plan/packing.ts";
import { addressOf, planProgram } from "../../src/plan/plan.ts";
import { type Address, type Buffer, type Capacity, isBuffer, type Program } from "../../src/plan/program.ts";
import { expectSame, randomFloats } from "./compare.ts";
import { builds, Engine, type Place } from "./harness.ts";

const networks = {
	"ids, lstm": [embedding({ vocabSize: 7, embeddingSize: 5 }), lstm({ hiddenSize: 6 }), dense({ outputSize: 7 })],
	"gru, lastStep": [gru({ inputSize: 3, hiddenSize: 9 }), lastStep(), dense({ outputSize: 3 })],
	"bidirectional stack": [
		bidirectional(rnn({ inputSize: 3, hiddenSize: 7 })),
		bidirectional(gru({ hiddenSize: 3, reset: "before" })),
		bidirectional(lstm({ hiddenSize: 5 })),
		dense({ outputSize: 4 }),
		rnn({ hiddenSize: 6, activation: "relu" }),
		lastStep(),
		dense({ outputSize: 5 }),
	],
};

const losses = ["crossEntropy", "meanSquaredError"] as const;

const LENGTHS = [3, 5, 1, 2, 5];
const PACKING = packingOf(LENGTHS.length, 5, LENGTHS);
const ROWS = packingOf(LENGTHS.length, 1);

/** Just enough room, and more than enough. */
const capacities = {
	"as small as can be": PACKING,
	"for larger batches": { batchSize: 8, steps: 9, total: 70 },
} satisfies Record<string, Capacity>;

interface Job {
	readonly network: Network;
	readonly program: Program;
	readonly capacity: Capacity;
	readonly stateful: boolean;
}

type Find = (place: Buffer | Address) => Place;

/** Gives every buffer a place: of its own, or (those of the workspace) as planned. What was there before is NaN. */
function placing(engine: Engine, job: Job, shared: boolean): Find {
	const { network, program, capacity } = job;
	const floats = randomFloats(5);
	const nans = (count: number) => new Float32Array(count).fill(Number.NaN);
	const plan = planProgram(program, capacity);
	const workspace = shared ? engine.floats("workspace", nans(plan.bytes / 4)) : undefined;
	const parameters = new Map(network.parameters.map(({ name, shape }) => [name, sizeOf(shape)]));
	const places = new Map<Buffer | string, Place>();
	const placeOf = (buffer: Buffer): Place => {
		const { space, name, bytes } = buffer;
		const count = bytes(capacity) / 4;
		if (space === "work") {
			if (workspace) return workspace.at((plan.offsets.get(buffer) as number) / 4);
			return engine.floats(`${name} (${places.size})`, nans(count)).at(0);
		}
		const size = space === "packed" ? count : (parameters.get(name) as number);
		const values = space === "parameters" ? floats(size) : new Float32Array(size);
		return engine.floats(`${space} ${name}`, values).at(0);
	};
	const begin = (buffer: Buffer): Place => {
		const key = buffer.space === "work" ? buffer : `${buffer.space} ${buffer.name}`;
		const place = places.get(key) ?? placeOf(buffer);
		places.set(key, place);
		return place;
	};
	return (place) => {
		if (isBuffer(place)) return begin(place);
		const { region } = begin(place.buffer);
		const address = addressOf(place, capacity, (buffer) => begin(buffer).address);
		return { region, address };
	};
}

/** Runs a training program on a random batch; gives its loss and every gradient. */
function train(engine: Engine, job: Job, shared: boolean) {
	const { network, program, capacity, stateful } = job;
	engine.begin();
	const find = placing(engine, job, shared);
	// Parameters are drawn first, so that they are the same wherever buffers are.
	const own = (space: "parameters" | "gradients", name: string) => find({ space, name, bytes: () => 0 });
	for (const { name } of network.parameters) own("parameters", name);

	const floats = randomFloats(11);
	const offset = ({ region, address }: Place) => (address - region.address) / 4;
	/** Writes rows of `size` values, `stride` bytes apart. */
	const write = (
		place: Buffer | Address,
		[rows, size, stride]: readonly [number, number, number],
		value = () => floats(1)[0] as number,
	) => {
		const found = find(place);
		const f32 = found.region.f32;
		for (let row = 0; row < rows; row++)
			for (let j = 0; j < size; j++) f32[offset(found) + (row * stride) / 4 + j] = value();
	};
	const writeIds = (place: Buffer, count: number, most: number) => {
		const found = find(place);
		for (let k = 0; k < count; k++) found.region.i32[offset(found) + k] = (k * 3) % most;
	};

	const header = { lossScale: 0.125, stateful };
	engine.writeRecord(find(program.sequence), PACKING, header, capacity);
	engine.writeRecord(find(program.rows), ROWS, header);
	const { kind, size } = network.input;
	if (kind === "ids") writeIds(program.inputs, PACKING.total, size);
	else write(program.inputs, [PACKING.total, size, program.inputStride]);
	for (const { initial, size, stride } of program.states) {
		write(initial, [PACKING.batchSize, stride / 4, stride], () => 0);
		if (stateful) write(initial, [PACKING.batchSize, size, stride]);
	}
	const { output, targets, weights, result } = program;
	const count = output.axis === "steps" ? PACKING.total : PACKING.batchSize;
	if (!targets || !weights || !result) throw new Error("no loss");
	if (targets.bytes(PACKING) === 4 * count) writeIds(targets, count, output.size);
	else write(targets, [count, output.size, output.stride]);
	write(weights, [count, 1, 4], () => 0.5);

	for (const { kernel, operands } of [...program.packs, ...program.calls])
		engine.run(
			kernel,
			operands.map((operand) => (typeof operand === "number" ? operand : find(operand))),
		);
	const [loss] = find(result).region.f64.slice(offset(find(result)) / 2);
	const gradients = network.parameters.map(({ name }): [string, Float32Array] => [
		name,
		own("gradients", name).region.f32.slice(),
	]);
	return { loss: loss as number, gradients };
}

describe.each(builds)("$name", (build) => {
	const engine = new Engine(build);

	describe.each(Object.entries(networks))("%s", (_name, layers) => {
		const network = connect(layers, "test");

		describe.each(losses)("%s", (loss) => {
			const program = writeProgram(network, { kind: "train", loss });

			it.each(Object.entries(capacities))("planned %s", (_size, capacity) => {
				for (const stateful of [false, true]) {
					const job = { network, program, capacity, stateful };
					const apart = train(engine, job, false);
					expect(apart.loss).toBeGreaterThan(0);
					for (const [name, gradient] of apart.gradients) {
						expect(gradient.every(Number.isFinite), name).toBe(true);
						expect(
							gradient.some((value) => value !== 0),
							name,
						).toBe(true);
					}
					const together = train(engine, job, true);
					expect(together.loss).toBe(apart.loss);
					for (const [index, [name, gradient]] of together.gradients.entries())
						expectSame(gradient, apart.gradients[index]?.[1] ?? [], name);
				}
			});
		});
	});
});
