// Does the planner refuse a program in which a call writes over what a later one reads, and no other?

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/compile/network.ts";
import { type Purpose, writeProgram } from "../../src/compile/program.ts";
import { type KernelName, kernels } from "../../src/engine/kernels.ts";
import {
	Adadelta,
	Adam,
	ASGD,
	dense,
	embedding,
	gru,
	indRnn,
	type Layer,
	lstm,
	minGru,
	minLstm,
	RMSprop,
	rnn,
	SGD,
	sLstm,
} from "../../src/index.ts";
import { lossOf } from "../../src/losses/index.ts";
import { Capacity } from "../../src/plan/capacity.ts";
import { planProgram } from "../../src/plan/plan.ts";
import {
	type Address,
	at,
	type Buffer,
	bufferOf,
	type Call,
	callsOf,
	isBuffer,
	type Operand,
	PHASES,
	type Phase,
	type Program,
} from "../../src/plan/program.ts";
import { type HandProgram, placeOf, writeByHand } from "./hand.ts";
import { purposes, stacks } from "./stacks.ts";

const capacity = new Capacity({ batchSize: 3, steps: 5, total: 11 });
const training: Purpose = { kind: "train", loss: lossOf("test", "meanSquaredError"), rule: new Adam() };

const programOf = (layers: readonly Layer[], purpose: Purpose = training) =>
	writeProgram(connect(layers, "test"), purpose);
const plan = (program: Program) => planProgram(program, capacity);

/** The sentence of a program that is refused. */
function sentence(over: string, name: string, reader: string): string {
	return `internal: ${over} writes over ${name}, which ${reader} reads after it; please report this.`;
}

function edited(program: Program, phase: Phase, edit: (calls: readonly Call[]) => readonly Call[]): Program {
	return { ...program, phases: { ...program.phases, [phase]: edit(program.phases[phase]) } };
}

/** A program whose calls use one place instead of a buffer. */
function replaced(program: Program, from: Buffer, to: Address): Program {
	const other = (operand: Operand): Operand => {
		if (bufferOf(operand) !== from) return operand;
		const { offset } = isBuffer(operand as Buffer) ? at(from) : (operand as Address);
		return { buffer: to.buffer, offset: (size) => to.offset(size) + offset(size) };
	};
	const change = (call: Call): Call => ({
		...call,
		operands: Object.fromEntries(Object.entries(call.operands).map(([name, operand]) => [name, other(operand)])),
	});
	return PHASES.reduce((result, phase) => edited(result, phase, (calls) => calls.map(change)), program);
}

function callOf(program: Program, kernel: KernelName, layer?: string): Call {
	return callsOf(program).find(
		(call) => call.kernel === kernel && (layer === undefined || call.layer === layer),
	) as Call;
}

function bufferIn({ operands }: Call, name: string): Buffer {
	return bufferOf(operands[name] as Operand) as Buffer;
}

/** Moves a call before another of the same phase, or after it. */
function moved(program: Program, phase: Phase, call: Call, where: "before" | "after", other: Call): Program {
	return edited(program, phase, (calls) =>
		calls
			.filter((one) => one !== call)
			.flatMap((one) => (one !== other ? [one] : where === "before" ? [call, one] : [one, call])),
	);
}

/** A call that writes a buffer. */
function zeroing({ axis }: Program, target: Buffer): Call {
	return {
		kernel: "zeroRows",
		layer: "planted",
		operands: { packing: axis.packing, target, ldt: 4 },
		equation: "= 0",
		cost: { shapes: "", operations: () => 0 },
	};
}

const cells = {
	rnn: { layer: rnn({ inputSize: 3, hiddenSize: 4 }), back: "rnnBackward" },
	lstm: { layer: lstm({ inputSize: 3, hiddenSize: 4 }), back: "lstmBackward" },
	gru: { layer: gru({ inputSize: 3, hiddenSize: 4 }), back: "gruBackward" },
	"gru reset-before": { layer: gru({ inputSize: 3, hiddenSize: 4, reset: "before" }), back: "gruBeforeBackward" },
	indRnn: { layer: indRnn({ inputSize: 3, hiddenSize: 4 }), back: "indRnnBackward" },
	minGru: { layer: minGru({ inputSize: 3, hiddenSize: 4 }), back: "minGruBackward" },
	minLstm: { layer: minLstm({ inputSize: 3, hiddenSize: 4 }), back: "minLstmBackward" },
	sLstm: { layer: sLstm({ inputSize: 3, hiddenSize: 4 }), back: "sLstmBackward" },
} as const;

describe("the loss's gradient over the states of a bare cell, which the way back reads", () => {
	it.each(Object.entries(cells))("%s", (_name, { layer, back }) => {
		const program = programOf([layer]);
		const call = callOf(program, "meanSquaredError");
		const wrong = replaced(program, bufferIn(call, "dy"), program.output.address);
		const { type } = layer;
		expect(() => plan(program)).not.toThrow();
		expect(() => plan(wrong)).toThrow(sentence("meanSquaredError of loss", "0.h", `${back} of 0.${type}`));
	});
});

describe("the gradients of gates", () => {
	const gated = Object.entries(cells).filter(([name]) => !/rnn/i.test(name));
	/** A call that reads the gates. */
	const read = ({ axis }: Program, gates: Buffer): Call => ({
		kernel: "copyRows",
		layer: "0.late",
		operands: { packing: axis.packing, source: gates, target: { space: "work", name: "copy", bytes: gates.bytes } },
		equation: "",
		cost: { shapes: "", operations: () => 0 },
	});

	/** Whether two buffers have no byte of a plan in common. */
	function areApart(program: Program, one: Buffer, other: Buffer): boolean {
		const planned = plan(program);
		const [a, b] = [placeOf(planned, one), placeOf(planned, other)];
		return a.end <= b.begin || b.end <= a.begin;
	}

	it.each(gated)("%s: lie over the gates, unless either is needed beside the other", (_name, { layer, back }) => {
		const program = programOf([layer]);
		const walk = callOf(program, back);
		const [gates, dz] = [bufferIn(walk, "gates"), bufferIn(walk, "dz")];
		const together = plan(program);
		expect(placeOf(together, dz)).toEqual(placeOf(together, gates));
		const late = edited(program, "backward", (calls) => [...calls, read(program, gates)]);
		expect(areApart(late, gates, dz)).toBe(true);
		const next = edited(program, "backward", (calls) =>
			calls.flatMap((call) => (call === walk ? [call, read(program, gates)] : [call])),
		);
		expect(areApart(next, gates, dz)).toBe(true);
		const early = edited(program, "forward", (calls) => [zeroing(program, dz), ...calls]);
		expect(areApart(early, gates, dz)).toBe(true);
		const larger = { ...dz, bytes: (size: Capacity) => 2 * dz.bytes(size) };
		expect(areApart(replaced(program, dz, at(larger)), gates, larger)).toBe(true);
		const shifted = { ...dz };
		expect(areApart(replaced(program, dz, at(shifted, 16)), gates, shifted)).toBe(true);
	});

	it.each(gated)("%s: may not be written over gates that are read once more", (_name, { layer, back }) => {
		const program = programOf([layer]);
		const walk = callOf(program, back);
		const gates = bufferIn(walk, "gates");
		const over = replaced(program, bufferIn(walk, "dz"), at(gates));
		const wrong = edited(over, "backward", (calls) => {
			const index = calls.findIndex(({ kernel }) => kernel === back);
			return [...calls.slice(0, index + 1), read(program, gates)];
		});
		const where = `${back} of 0.${layer.type}`;
		expect(() => plan(wrong)).toThrow(sentence(where, gates.name, "copyRows of 0.late"));
	});
});

describe("an update", () => {
	const layers = [embedding({ vocabSize: 5, embeddingSize: 3 }), dense({ outputSize: 2 })];
	const rules = {
		adam: new Adam(),
		sgd: new SGD({ momentum: 0.9 }),
		rmsprop: new RMSprop({ centered: true }),
		asgd: new ASGD(),
		adadelta: new Adadelta(),
	};

	it.each(Object.entries(rules))("of gradients that are not yet whole: %s", (kernel, rule) => {
		const program = programOf(layers, { ...training, rule } as Purpose);
		const update = callOf(program, kernel as KernelName);
		const early = edited(program, "update", () => []);
		const wrong = edited(early, "backward", (calls) => [update, ...calls]);
		const late = "weightGradient of 1.dense";
		expect(() => plan(wrong)).toThrow(sentence(late, "*", "squareSums of clipping"));
	});

	it("of weights that are put into panels after it", () => {
		const program = programOf(layers);
		const again = program.phases.pack[0] as Call;
		const wrong = edited(program, "pack", (calls) => [...calls, callOf(program, "adam"), again]);
		expect(() => plan(wrong)).toThrow(sentence("adam of optimizer", "1.weight", `${again.kernel} of 1.dense`));
	});

	it("may come twice", () => {
		const program = programOf(layers);
		const twice = edited(program, "update", (calls) => [...calls, ...calls]);
		expect(() => plan(twice)).not.toThrow();
	});
});

it("new panels under a product that reads the old ones", () => {
	const program = programOf([dense({ inputSize: 3, outputSize: 2 })]);
	const product = callOf(program, "project");
	const panels = { ...bufferIn(product, "W") };
	const wrong = edited(program, "forward", (calls) => [...calls, zeroing(program, panels), product]);
	expect(() => plan(wrong)).toThrow(sentence("zeroRows of planted", panels.name, "project of 0.dense"));
});

describe("a gradient with two readers", () => {
	/** Two dense layers, 2 and 3, read the dense layer 1. */
	const { program }: HandProgram = writeByHand({ kind: "ids", size: 5 }, (g, x) => {
		const y = g.layer(
			{ type: "dense", outputSize: 4 },
			g.layer({ type: "embedding", vocabSize: 5, embeddingSize: 3 }, x),
		);
		return [g.layer({ type: "dense", outputSize: 2 }, y), g.layer({ type: "dense", outputSize: 2 }, y)];
	});
	const second = callOf(program, "projectBack", "2.dense");

	it("waits for both", () => {
		expect(second.operands.adds).toBe(1);
		expect(() => plan(program)).not.toThrow();
		const wrong = moved(program, "backward", second, "after", callOf(program, "weightGradient", "1.dense"));
		expect(() => plan(wrong)).toThrow(
			sentence("projectBack of 2.dense", bufferIn(second, "dx").name, "projectBack of 1.dense"),
		);
	});
});

function readsOf({ kernel, operands }: Call): Buffer[] {
	const { writes = [], updates = [], scratch = [] } = kernels[kernel];
	const others = [...writes, ...updates, ...scratch];
	return Object.entries(operands).flatMap(([name, operand]) => {
		const buffer = bufferOf(operand);
		return buffer === undefined || others.includes(name) ? [] : [buffer];
	});
}

/** A program with a call that zeroes `target` before its call number `index`. */
function planted(program: Program, target: Buffer, index: number): Program {
	const call = zeroing(program, target);
	let before = 0;
	return PHASES.reduce((result, phase) => {
		const begin = before;
		const { length } = program.phases[phase];
		before += length;
		const isHere = begin <= index && (index < before || (index === before && phase === "update"));
		return isHere ? edited(result, phase, (calls) => calls.toSpliced(index - begin, 0, call)) : result;
	}, program);
}

describe("any layers, any purpose", () => {
	it("pass", () => {
		fc.assert(
			fc.property(stacks, purposes, (layers, purpose) => {
				expect(() => plan(programOf(layers, purpose))).not.toThrow();
			}),
			{ seed: 1, numRuns: 300 },
		);
	});

	it("with a write planted after a buffer's first reader and before its last, don't; after its last they do", () => {
		fc.assert(
			fc.property(stacks, purposes, fc.nat(), fc.nat(), (layers, purpose, which, when) => {
				const program = programOf(layers, purpose);
				const calls = callsOf(program);
				const buffers = [...new Set(calls.flatMap(readsOf))].filter(({ space }) => space === "work");
				const target = buffers[which % buffers.length] as Buffer;
				const readers = [...calls.keys()].filter((index) => readsOf(calls[index] as Call).includes(target));
				const [first, last] = [readers[0] as number, readers.at(-1) as number];
				expect(() => plan(planted(program, target, last + 1))).not.toThrow();
				fc.pre(first < last);
				const wrong = planted(program, target, first + 1 + (when % (last - first)));
				expect(() => plan(wrong)).toThrow(`writes over ${target.name}, which`);
			}),
			{ seed: 1, numRuns: 300 },
		);
	});
});
