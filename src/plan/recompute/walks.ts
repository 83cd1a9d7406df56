import { type Buffer, bufferOf, type Call, type Operand, type Program } from "../program.ts";
import { buffersOf, hostBuffers, isWalk, isWalkBack, type Loop, spans, type Walks } from "./schedule.ts";

/** The schedule of a program that keeps states, but gates only of parts of at most `rows` packed rows. */
export function scheduleWalks(program: Program, rows: number): Walks {
	const { forward, backward } = program.phases;
	const loops = [...forward.map((call) => walkLoop(call)), ...loopsBack(program, forward, backward)];
	return { kind: "walks", rows, loops, local: localOf(program, loops) };
}

function walkLoop(call: Call): Loop {
	if (!isWalk(call)) return { calls: [call] };
	return { calls: [call], walk: { reverse: isReverse(call), isBack: false, again: [] } };
}

function isReverse({ operands }: Call): boolean {
	return operands.reverse === 1;
}

/** Each walk back, with what takes the gradients of its gates further. */
function loopsBack(program: Program, forward: readonly Call[], backward: readonly Call[]): Loop[] {
	const taken = new Set<Call>();
	const loops: Loop[] = [];
	for (const [index, call] of backward.entries()) {
		if (taken.has(call)) continue;
		if (!isWalkBack(call)) {
			loops.push({ calls: [call] });
			continue;
		}
		const dz = bufferOf(call.operands.dz as Operand) as Buffer;
		const users = backward.slice(index + 1).filter((other) => buffersOf(other).read.includes(dz));
		if (!users.every((user) => spans(program, user)))
			throw new Error(`internal: ${call.kernel} can't be walked in parts.`);
		for (const user of users) taken.add(user);
		const needed = new Set([call, ...users].flatMap((user) => buffersOf(user).read));
		const again = forward.filter((walk) => isWalk(walk) && leaves(program, walk).some((buffer) => needed.has(buffer)));
		loops.push({ calls: [call, ...users], walk: { reverse: isReverse(call), isBack: true, again } });
	}
	return loops;
}

/** What a walk leaves behind besides states. */
function leaves({ states }: Program, walk: Call): Buffer[] {
	return buffersOf(walk).changed.filter((buffer) => states.every(({ steps }) => steps.buffer !== buffer));
}

/** The buffers that only the walks of one layer use, each part for itself. */
function localOf(program: Program, loops: readonly Loop[]): Set<Buffer> {
	const users = new Map<Buffer, Set<Buffer | undefined>>();
	for (const { calls, walk } of loops)
		for (const call of calls) {
			const { read, changed } = buffersOf(call);
			const layer = walk && bufferOf((calls[0] as Call).operands.h as Operand);
			for (const buffer of [...read, ...changed]) users.set(buffer, (users.get(buffer) ?? new Set()).add(layer));
		}
	const host = hostBuffers(program);
	const local = [...users].filter(
		([buffer, layers]) =>
			buffer.rows?.axis === program.axis && !host.has(buffer) && layers.size === 1 && !layers.has(undefined),
	);
	return new Set(local.map(([buffer]) => buffer));
}
