// Runs the forward and backward calls of a job over a batch in parts, as its schedule says.

import type { InputsWriter } from "../batch/feeder.ts";
import type { BatchShape } from "../batch/shape.ts";
import { emptyStates, readStatesOf } from "../batch/states.ts";
import type { Engine } from "../engine/engine.ts";
import { aligned } from "../plan/memory.ts";
import { type Packing, writeSpan } from "../plan/packing.ts";
import type { Address, Buffer, Call } from "../plan/program.ts";
import { walkBack } from "../plan/recompute/checkpoints.ts";
import { type Part, partsOf, wholeOf } from "../plan/recompute/parts.ts";
import type { Segments, Walks } from "../plan/recompute/schedule.ts";
import type { States } from "../sequences.ts";
import type { Job, Run } from "./job.ts";

/** What a batch gives a job part by part, and what it takes. */
export interface Source {
	/** Puts the inputs of a part in place. */
	inputs(part: Part): void;
	/** Puts its targets in place. */
	targets(part: Part): void;
	/** Takes what the part leaves, once its states are known. */
	take(part: Part): void;
	/** Sees its outputs, once they are compared with the targets. */
	outputs(part: Part): void;
}

/** Rows that go from part to part. */
interface Carried {
	/** Those of the part. */
	readonly rows: Address;
	readonly stride: number;
	/** Where those before the first part are. */
	readonly initial: Address | Buffer;
	/** Where those before another part are, if there are so many. */
	readonly before: (count: number) => number;
}

/** The parts of one job's batch. */
export class PartRunner {
	readonly #engine: Engine;
	readonly #job: Job;
	readonly #packing: Packing;

	constructor(engine: Engine, job: Job, packing: Packing) {
		this.#engine = engine;
		this.#job = job;
		this.#packing = packing;
	}

	/** Runs every forward and backward call. */
	run(source: Source): void {
		const { schedule } = this.#job.plan;
		if (schedule?.kind === "walks") this.#walks(schedule);
		else if (schedule?.kind === "segments") this.#segments(schedule, source);
	}

	#walks({ loops, rows }: Walks): void {
		for (const { calls, walk } of loops) {
			if (walk === undefined) {
				this.#calls(calls);
				continue;
			}
			const parts = partsOf(this.#packing, rows, walk.reverse);
			if (walk.isBack) parts.reverse();
			for (const part of parts) {
				if (walk.again.length > 0) {
					this.#enter(part, true);
					this.#calls(walk.again);
				}
				this.#enter(part);
				this.#calls(calls);
			}
			this.#enter(wholeOf(this.#packing));
		}
	}

	#segments({ rows, slots, start, advance, head, back, end }: Segments, source: Source): void {
		const parts = partsOf(this.#packing, rows);
		const enter = (index: number): Part => {
			const part = parts[index] as Part;
			this.#enter(part);
			source.inputs(part);
			return part;
		};
		this.#calls(start);
		let isFirst = true;
		for (const move of walkBack(parts.length, slots)) {
			if (move.kind === "keep") this.#keep(parts, move.part, move.slot);
			if (move.kind === "restore") this.#restore(parts, move.part, move.slot);
			if (move.kind === "advance") {
				const part = enter(move.part);
				this.#calls(advance);
				this.#carry(part);
			}
			if (move.kind === "back") {
				const part = enter(move.part);
				source.targets(part);
				this.#calls(advance);
				source.take(part);
				if (isFirst) this.#calls(head);
				isFirst = false;
				this.#calls(back);
				source.outputs(part);
			}
		}
		this.#calls(end);
		this.#enter(wholeOf(this.#packing));
	}

	/** Computes the states of all parts once more, from the first to the last. */
	again(source: Pick<Source, "inputs" | "take">): void {
		const { schedule } = this.#job.plan;
		if (schedule?.kind !== "segments") return;
		const parts = partsOf(this.#packing, schedule.rows);
		this.#restore(parts, 0, 0);
		for (const part of parts) {
			this.#enter(part);
			source.inputs(part);
			this.#calls(schedule.advance);
			source.take(part);
			this.#carry(part);
		}
		this.#enter(wholeOf(this.#packing));
	}

	#calls(calls: readonly Call[]): void {
		const { runs } = this.#job;
		for (const call of calls) (runs.get(call) as Run)();
	}

	/** Sets the steps that calls work on. */
	#enter(part: Part, known = false): void {
		const { program } = this.#job;
		writeSpan(this.#engine.i32, this.#job.address(program.axis.packing), part, known);
		this.#job.moveTo(part.origin);
	}

	/** Moves what a part leaves to where the next one finds it before its own rows. */
	#carry({ to, origin }: Part): void {
		const { alive, offset } = this.#packing;
		const count = alive[to - 1] as number;
		const last = (offset[to - 1] as number) - origin;
		for (const { rows, before, stride } of this.#carried()) {
			const from = this.#row(rows, stride, last);
			this.#engine.f32.copyWithin(before(count), from, from + (count * stride) / 4);
		}
	}

	#keep(parts: readonly Part[], index: number, slot: number): void {
		for (const { there, kept, length } of this.#borders(parts, index, slot))
			this.#engine.f32.copyWithin(kept, there, there + length);
	}

	#restore(parts: readonly Part[], index: number, slot: number): void {
		for (const { there, kept, length } of this.#borders(parts, index, slot))
			this.#engine.f32.copyWithin(there, kept, kept + length);
	}

	/** Of each state: where the rows before a part are, where a slot keeps them, and how many floats they have. */
	*#borders(
		parts: readonly Part[],
		index: number,
		slot: number,
	): Generator<{ readonly there: number; readonly kept: number; readonly length: number }> {
		const { program, capacity } = this.#job;
		const { alive, batchSize } = this.#packing;
		const { from } = parts[index] as Part;
		let kept = this.#job.keptAt(slot) / 4;
		const count = from === 0 ? batchSize : (alive[from - 1] as number);
		for (const { before, initial, stride } of this.#carried()) {
			const there = from === 0 ? this.#job.address(initial) / 4 : before(count);
			yield { there, kept, length: (count * stride) / 4 };
			kept += aligned(stride * capacity.of(program.axis).batchSize) / 4;
		}
	}

	/** What goes from part to part: states, whose rows before a part stand right before its own, and borders, which have a place for
	 * them. */
	#carried(): Carried[] {
		const { states, borders } = this.#job.program;
		return [
			...states.map(({ initial, steps, stride }) => ({
				...{ rows: steps, initial, stride },
				before: (count: number) => this.#row(steps, stride, -count),
			})),
			...borders.map(({ value: { address, stride }, rows }) => ({
				...{ rows: address, initial: rows, stride },
				before: () => this.#row(rows, stride, 0),
			})),
		];
	}

	/** The place of a row, counted from the first of the part. */
	#row(rows: Buffer | Address, stride: number, row: number): number {
		return (this.#job.address(rows) + row * stride) / 4;
	}
}

/** What a batch has for its parts. */
export interface PartHooks {
	/** Puts targets in place. */
	targets?: (part: Part) => void;
	/** Puts the targets of the whole batch in place once more, where it is run again: the way back may have written over them. */
	again?: () => void;
	/** Sees its outputs. */
	outputs?: (part: Part) => void;
	/** The states of each row so many steps before its end, which are read as parts go by. */
	ends?: ReadonlyMap<number, States>;
}

/** A batch whose job can run. */
export interface Running {
	readonly job: Job;
	readonly packing: Packing;
	/** Whether sequences begin with states that may differ from zero. */
	readonly stateful: boolean;
	readonly inputs?: InputsWriter;
	readonly parts?: PartHooks;
}

/** A batch as a source of its parts. */
export function sourceOf(engine: Engine, { job, packing, inputs, parts }: Running): Source {
	return {
		inputs: (part) => inputs?.part(part),
		targets: (part) => parts?.targets?.(part),
		outputs: (part) => parts?.outputs?.(part),
		take(part) {
			for (const [back, states] of parts?.ends ?? []) readStatesOf(part, states, job, packing, engine.f32, back);
		},
	};
}

/** Room for the states that the next batch may go on from: at the ends of rows, and as far before as it may repeat steps. */
export function emptyEnds(job: Job, packing: Packing, { going }: BatchShape): ReadonlyMap<number, States> {
	const backs = new Set([0, going?.overlap ?? 0]);
	return new Map(Array.from(backs, (back) => [back, emptyStates(job, packing)]));
}

/** Whether a job takes its batch part by part. */
export function isSegmented({ plan }: Job): boolean {
	return plan.schedule?.kind === "segments";
}
