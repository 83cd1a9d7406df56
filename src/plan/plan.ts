import { kernels } from "../engine/kernels.ts";
import { Capacity } from "./capacity.ts";
import { aligned, planBlocks } from "./memory.ts";
import { checkOrder } from "./order.ts";
import { type Buffer, bufferOf, type Call, callsOf, isBuffer, type Operand, type Program } from "./program.ts";
import { buffersOf, type Schedule } from "./recompute/schedule.ts";

/** A program, planned for batches of some capacity: every buffer has its place in the workspace. */
export interface Plan {
	readonly program: Program;
	readonly capacity: Capacity;
	/** Bytes of workspace. */
	readonly bytes: number;
	/** Offset of a buffer in the workspace. */
	readonly offsets: ReadonlyMap<Buffer, number>;
	/** Where it runs over a batch in parts. */
	readonly schedule?: Schedule;
	/** Offset in the workspace of the states that are kept between parts, and bytes of those between two. */
	readonly kept?: { readonly offset: number; readonly bytes: number };
}

/** The first call that needs a buffer, and the last one. */
interface Life {
	first: number;
	last: number;
}

/** Gives every buffer of a program its place in the workspace. Buffers that are never needed at the same time may share memory;
 * a result that may lie over an operand does so where nobody needs that operand afterwards. Buffers that the caller fills are
 * needed from the start, those that it reads until the end. With a schedule, what is local to a part has room for one part, and
 * what is not is needed as long as anything runs in parts that uses it. */
export function planProgram(program: Program, capacity: Capacity, schedule?: Schedule): Plan {
	const calls = inOrder(program, schedule);
	checkOrder(calls);
	const lives = livesOf(program, calls, schedule);
	const bytesOf = sizes(capacity, schedule);
	const hosts = overlays(calls, lives, { capacity, bytesOf });
	const buffers = [...lives.keys()].filter((buffer) => !hosts.has(buffer));
	const { offsets, bytes } = planBlocks(
		buffers.map((buffer) => ({ bytes: bytesOf(buffer), ...(lives.get(buffer) as Life) })),
	);
	const places = new Map(buffers.map((buffer, index) => [buffer, offsets[index] as number]));
	for (const [guest, host] of hosts) places.set(guest, places.get(host) as number);
	const plan = { program, capacity, bytes, offsets: places, ...(schedule && { schedule }) };
	if (schedule?.kind !== "segments") return plan;
	const rows = capacity.of(program.axis).batchSize;
	const strides = [...program.states, ...program.borders.map(({ value }) => value)].map(({ stride }) => stride);
	const kept = { offset: bytes, bytes: strides.reduce((sum, stride) => sum + aligned(stride * rows), 0) };
	return { ...plan, bytes: bytes + schedule.slots * kept.bytes, kept };
}

/** Bytes of a buffer: of what is local to a part, for the rows of one. */
function sizes(capacity: Capacity, schedule: Schedule | undefined): (buffer: Buffer) => number {
	if (schedule === undefined) return (buffer) => buffer.bytes(capacity);
	const { batchSize, steps, total } = capacity.of({ perStep: true });
	const part = new Capacity({ batchSize, steps, total: Math.min(total, schedule.rows) });
	return (buffer) => buffer.bytes(schedule.local.has(buffer) ? part : capacity);
}

function livesOf(program: Program, calls: readonly Call[], schedule: Schedule | undefined): Map<Buffer, Life> {
	const lives = new Map<Buffer, Life>();
	const use = (buffer: Buffer | undefined, index: number) => {
		if (buffer?.space !== "work") return;
		const life = lives.get(buffer);
		if (life === undefined) lives.set(buffer, { first: index, last: index });
		else {
			life.first = Math.min(life.first, index);
			life.last = Math.max(life.last, index);
		}
	};
	const { axis, inputs, given, order, states, output, loss, norm } = program;
	const packings = [axis.packing, axis.ends.packing];
	const filled = [
		inputs,
		schedule?.kind === "segments" ? undefined : given,
		...packings,
		order,
		loss?.targets,
		loss?.weights,
		loss?.constants,
	];
	for (const buffer of [...filled, ...states.flatMap(({ initial, learned }) => [initial.buffer, learned?.begins])])
		use(buffer, -1);
	for (const [index, { operands }] of calls.entries()) {
		for (const operand of Object.values(operands)) use(bufferOf(operand), index);
	}
	const compared = loss?.keepsOutput ? [loss.targets, loss.weights] : [];
	const isOutputRead = loss === undefined || loss.keepsOutput;
	const read = [...packings, loss?.result, ...compared, isOutputRead ? output.address.buffer : undefined, norm];
	const seen = program.probes.flatMap(({ hiddenNorms, cellNorms, gates }) => [hiddenNorms, cellNorms, gates?.buffer]);
	for (const buffer of [...seen, ...read, ...states.flatMap(({ steps, gradient }) => [steps.buffer, gradient])])
		use(buffer, calls.length);
	for (const { looped, again } of loopsOf(schedule)) {
		const indices = looped.map((call) => calls.indexOf(call));
		for (const buffer of [...again, ...looped].flatMap((call) => Object.values(buffersOf(call)).flat()))
			if (!schedule?.local.has(buffer)) for (const index of indices) use(buffer, index);
	}
	return lives;
}

/** The calls in the order in which they first run. */
function inOrder(program: Program, schedule: Schedule | undefined): Call[] {
	if (schedule === undefined) return callsOf(program);
	const { pack, draw, zero, norm, update } = program.phases;
	return [...pack, ...draw, ...zero, ...scheduled(schedule), ...norm, ...update];
}

function scheduled(schedule: Schedule): Call[] {
	if (schedule.kind === "walks") return schedule.loops.flatMap(({ calls }) => calls);
	const { start, advance, head, back, end } = schedule;
	return [...start, ...advance, ...head, ...back, ...end];
}

/** The calls that run on one part after another, together, and those that they make again before. */
function loopsOf(
	schedule: Schedule | undefined,
): { readonly looped: readonly Call[]; readonly again: readonly Call[] }[] {
	if (schedule === undefined) return [];
	if (schedule.kind === "segments") return [{ looped: scheduled(schedule), again: [] }];
	return schedule.loops.flatMap(({ calls, walk }) => (walk ? [{ looped: calls, again: walk.again }] : []));
}

/** The buffers that lie over another, each with that other, whose life ends with the call that begins theirs. */
function overlays(
	calls: readonly Call[],
	lives: Map<Buffer, Life>,
	{ capacity, bytesOf }: { readonly capacity: Capacity; readonly bytesOf: (buffer: Buffer) => number },
): Map<Buffer, Buffer> {
	const hosts = new Map<Buffer, Buffer>();
	for (const [index, { kernel, operands }] of calls.entries()) {
		for (const [later, earlier] of Object.entries(kernels[kernel].over ?? {})) {
			const [guest, under] = [wholeBuffer(operands[later], capacity), wholeBuffer(operands[earlier], capacity)];
			if (guest === undefined || under === undefined) continue;
			const host = hosts.get(under) ?? under;
			const [life, hostLife] = [lives.get(guest), lives.get(host)];
			if (life?.first !== index || hostLife?.last !== index) continue;
			if (guest === host || bytesOf(guest) !== bytesOf(host)) continue;
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
