import type { Buffer, Call, Program } from "../program.ts";
import { buffersOf, hostBuffers, isWalk, type Segments, spans } from "./schedule.ts";

/** The schedule of a training program that keeps `slots` states, and all else of parts of at most `rows` packed rows. None where a
 * layer walks from the last step to the first: then no part can be computed before those after it. */
export function scheduleSegments(program: Program, rows: number, slots: number): Segments | undefined {
	const { states, borders, phases } = program;
	if (states.length === 0 || states.some(({ reverse }) => reverse)) return undefined;
	const { forward, backward } = phases;
	const bordering = new Set(borders.map(({ value }) => value.address.buffer));
	const goesOn = (call: Call) => isWalk(call) || buffersOf(call).changed.some((buffer) => bordering.has(buffer));
	const reaches = (call: Call) => spans(program, call) && (goesOn(call) || call.kernel === "lastStepForward");
	const last = forward.findLastIndex(reaches);
	const advance = forward.slice(0, last + 1).filter((call) => spans(program, call));
	const back = [...forward.slice(last + 1), ...backward].filter((call) => spans(program, call));
	const start = forward.filter(setsInitial);
	const others = [...forward, ...backward].filter((call) => !spans(program, call) && !setsInitial(call));
	const late = lateOf([...forward, ...backward], new Set(back));
	return {
		...{ kind: "segments", rows, slots, start, advance, back },
		head: others.filter((call) => !late.has(call)),
		end: others.filter((call) => late.has(call)),
		local: localOf(program, [...advance, ...back]),
	};
}

/** The calls that need what parts leave behind on their way back, or add to a gradient that parts add to. */
function lateOf(calls: readonly Call[], back: ReadonlySet<Call>): Set<Call> {
	const late = new Set<Call>();
	const changed = new Set<Buffer | string>();
	for (const call of calls) {
		const [own, gradients] = [buffersOf(call), buffersOf(call, "gradients")];
		const named = (buffers: readonly Buffer[]) => buffers.map(({ name }) => name);
		const isLate = [...own.read, ...named(gradients.read)].some((buffer) => changed.has(buffer));
		if (isLate) late.add(call);
		if (isLate || back.has(call))
			for (const buffer of [...own.changed, ...named(gradients.changed)]) changed.add(buffer);
	}
	return late;
}

/** The buffers that only calls on a part use: what the host fills or sees part by part, what is computed, the states. */
function localOf(program: Program, calls: readonly Call[]): Set<Buffer> {
	const { inputs, loss, states, phases, axis, output } = program;
	const mine = new Set(calls);
	const others = [...phases.forward, ...phases.backward].filter((call) => !mine.has(call));
	const whole = new Set(
		others.filter((call) => !setsInitial(call)).flatMap((call) => Object.values(buffersOf(call)).flat()),
	);
	const host = hostBuffers(program);
	const seen = [output.address.buffer, loss?.targets, loss?.weights];
	const filled = [inputs, ...seen, ...states.map(({ steps }) => steps.buffer)];
	for (const buffer of filled) if (buffer !== undefined) host.delete(buffer);
	const used = calls.flatMap((call) => Object.values(buffersOf(call)).flat());
	return new Set(used.filter((buffer) => buffer.rows?.axis === axis && !whole.has(buffer) && !host.has(buffer)));
}

/** Whether a call sets the initial rows of a state, which are there before the first part. */
function setsInitial({ kernel }: Call): boolean {
	return kernel === "initialForward" || kernel === "initialFill";
}
