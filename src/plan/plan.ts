import { kernels } from "../engine/kernels.ts";
import type { Capacity } from "./capacity.ts";
import { planBlocks } from "./memory.ts";
import { checkOrder } from "./order.ts";
import { type Buffer, bufferOf, type Call, callsOf, isBuffer, type Operand, type Program } from "./program.ts";

/** A program, planned for batches of some capacity: every buffer has its place in the workspace. */
export interface Plan {
	readonly program: Program;
	readonly capacity: Capacity;
	/** Bytes of workspace. */
	readonly bytes: number;
	/** Offset of a buffer in the workspace. */
	readonly offsets: ReadonlyMap<Buffer, number>;
}

/** The first call that needs a buffer, and the last one. */
interface Life {
	first: number;
	last: number;
}

/** Gives every buffer of a program its place in the workspace. Buffers that are never needed at the same time may share memory;
 * a result that may lie over an operand does so where nobody needs that operand afterwards. Buffers that the caller fills are
 * needed from the start, those that it reads until the end. */
export function planProgram(program: Program, capacity: Capacity): Plan {
	const calls = callsOf(program);
	checkOrder(calls);
	const lives = livesOf(program, calls);
	const hosts = overlays(calls, lives, capacity);
	const buffers = [...lives.keys()].filter((buffer) => !hosts.has(buffer));
	const { offsets, bytes } = planBlocks(
		buffers.map((buffer) => ({ bytes: buffer.bytes(capacity), ...(lives.get(buffer) as Life) })),
	);
	const places = new Map(buffers.map((buffer, index) => [buffer, offsets[index] as number]));
	for (const [guest, host] of hosts) places.set(guest, places.get(host) as number);
	return { program, capacity, bytes, offsets: places };
}

function livesOf(program: Program, calls: readonly Call[]): Map<Buffer, Life> {
	const lives = new Map<Buffer, Life>();
	const use = (buffer: Buffer | undefined, index: number) => {
		if (buffer?.space !== "work") return;
		const life = lives.get(buffer);
		if (life === undefined) lives.set(buffer, { first: index, last: index });
		else life.last = Math.max(life.last, index);
	};
	const { axis, inputs, given, states, output, loss, norm } = program;
	const packings = [axis.packing, axis.ends.packing];
	const filled = [inputs, given, ...packings, loss?.targets, loss?.weights];
	for (const buffer of [...filled, ...states.flatMap(({ initial, learned }) => [initial.buffer, learned?.begins])])
		use(buffer, -1);
	for (const [index, { operands }] of calls.entries()) {
		for (const operand of Object.values(operands)) use(bufferOf(operand), index);
	}
	const read = [...packings, loss ? loss.result : output.address.buffer, norm];
	const seen = program.probes.flatMap(({ hiddenNorms, cellNorms, gates }) => [hiddenNorms, cellNorms, gates?.buffer]);
	for (const buffer of [...seen, ...read, ...states.flatMap(({ steps, gradient }) => [steps.buffer, gradient])])
		use(buffer, calls.length);
	return lives;
}

/** The buffers that lie over another, each with that other, whose life ends with the call that begins theirs. */
function overlays(calls: readonly Call[], lives: Map<Buffer, Life>, capacity: Capacity): Map<Buffer, Buffer> {
	const hosts = new Map<Buffer, Buffer>();
	for (const [index, { kernel, operands }] of calls.entries()) {
		for (const [later, earlier] of Object.entries(kernels[kernel].over ?? {})) {
			const [guest, under] = [wholeBuffer(operands[later], capacity), wholeBuffer(operands[earlier], capacity)];
			if (guest === undefined || under === undefined) continue;
			const host = hosts.get(under) ?? under;
			const [life, hostLife] = [lives.get(guest), lives.get(host)];
			if (life?.first !== index || hostLife?.last !== index) continue;
			if (guest === host || guest.bytes(capacity) !== host.bytes(capacity)) continue;
			hosts.set(guest, host);
			hostLife.last = life.last;
		}
	}
	return hosts;
}

/** The buffer at whose beginning an operand points; undefined where it points elsewhere. */
function wholeBuffer(operand: Operand | undefined, capacity: Capacity): Buffer | undefined {
	if (typeof operand !== "object" || "setting" in operand) return undefined;
	if (isBuffer(operand)) return operand;
	return operand.offset(capacity) === 0 ? operand.buffer : undefined;
}
