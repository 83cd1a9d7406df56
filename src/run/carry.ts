import type { BatchShape } from "../batch/shape.ts";
import { type Beginning, readStates } from "../batch/states.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { lengthsOf, type Packing, packingOf } from "../plan/packing.ts";
import type { States } from "../sequences.ts";
import type { Job } from "./job.ts";
import type { Feed, Runtime, Watcher } from "./runtime.ts";

/** A carry between two batches. */
export interface SavedCarry {
	/** Steps of each row of the batch that the states are of, one more than the overlap at most. */
	readonly lengths: readonly number[];
	readonly overlap: number;
	readonly isAsked: boolean;
	/** So many steps before the end. */
	readonly states: readonly { readonly back: number; readonly states: States }[];
	readonly skipped?: { readonly lengths: readonly number[]; readonly anew: readonly boolean[] };
}

/** The states that rows had at the end of a batch, for those of the next one to go on from. They stay where they were
 * computed until something else needs the place. */
export class Carry implements Watcher {
	readonly #runtime: Runtime;
	/** The batch whose states stand in the workspace. */
	#there: Pick<Feed, "job" | "packing"> | undefined;
	/** States that were taken out, by how many steps before the end they are. */
	readonly #taken = new Map<number, States>();
	/** Of the batch that they are of. */
	#packing: Packing | undefined;
	/** The last batch, where it updated nothing and its states are nobody's, and which of its rows have none from before. */
	#skipped: { readonly packing: Packing; readonly anew: readonly boolean[] } | undefined;
	/** How many steps the next batch will probably repeat: as many as this one says. */
	#overlap = 0;
	/** Whether anybody has asked for states: then they also outlive a batch that fails. */
	#isAsked = false;

	constructor(runtime: Runtime) {
		this.#runtime = runtime;
	}

	get job(): Job | undefined {
		return this.#there?.job;
	}

	/** Remembers a batch that has run. */
	keep({ job, packing, shape, parts }: Feed): void {
		this.#taken.clear();
		for (const [back, states] of parts.ends ?? []) this.#taken.set(back, states);
		this.#there = this.#taken.size > 0 ? undefined : { job, packing };
		this.#packing = packing;
		this.#skipped = undefined;
		this.#overlap = shape.going?.overlap ?? 0;
		this.#isAsked ||= shape.going !== undefined;
		this.#runtime.watch(this);
	}

	/** Remembers that a batch has been skipped. The next one goes on as if it had not been: rows that went on in it go on from the
	 * states before it, rows that began in it begin anew. */
	skip({ packing, shape }: Feed): void {
		const before = this.#skipped?.anew;
		const anew = Array.from({ length: packing.batchSize }, (_, row) => {
			const goesOn = shape.going?.rows[row] ?? false;
			return !goesOn || (before?.[row] ?? false);
		});
		this.#skipped = { packing, anew };
	}

	leave(): void {
		if (this.#there === undefined) return;
		for (const back of new Set([0, this.#overlap])) this.#take(back);
		this.#there = undefined;
	}

	/** The states `back` steps before the end of each row; undefined before the first batch, and where one failed before anybody
	 * had asked. */
	states(back = 0): States | undefined {
		this.#isAsked = true;
		return this.#take(back);
	}

	#take(back: number): States | undefined {
		const known = this.#taken.get(back);
		if (known !== undefined || this.#there === undefined) return known;
		const { job, packing } = this.#there;
		const states = readStates(job, packing, this.#runtime.engine.f32, back);
		this.#taken.set(back, states);
		return states;
	}

	/** All that decides what rows go on from, as plain data and arrays. Changes nothing. */
	save(): SavedCarry | undefined {
		const packing = this.#packing;
		if (packing === undefined) return undefined;
		const backs = [...new Set([0, this.#overlap])];
		const states = backs.flatMap((back) => {
			const taken = this.#take(back);
			return taken ? [{ back, states: taken }] : [];
		});
		const skipped = this.#skipped;
		// Of a row's length it matters only whether it has as many steps as the next batch may repeat.
		const enough = (of: Packing) => lengthsOf(of).map((length) => Math.min(length, this.#overlap + 1));
		return {
			...{ lengths: enough(packing), overlap: this.#overlap, isAsked: this.#isAsked, states },
			...(skipped && { skipped: { lengths: enough(skipped.packing), anew: skipped.anew } }),
		};
	}

	/** Takes up what `save` gave. */
	restore({ lengths, overlap, isAsked, states, skipped }: SavedCarry): void {
		this.#packing = packingOf(lengths.length, Math.max(...lengths), lengths);
		this.#overlap = overlap;
		this.#isAsked = isAsked;
		this.#there = undefined;
		this.#taken.clear();
		for (const { back, states: taken } of states) this.#taken.set(back, taken);
		this.#skipped = skipped && {
			packing: packingOf(skipped.lengths.length, Math.max(...skipped.lengths), skipped.lengths),
			anew: skipped.anew,
		};
	}

	carried(where: string, job: Job, shape: BatchShape): Beginning["carried"] {
		const { going } = shape;
		if (this.#isAsked) this.leave();
		if (!going?.rows.includes(true)) {
			this.#there = undefined;
			return undefined;
		}
		const reversed = job.program.states.find(({ reverse }) => reverse);
		if (reversed !== undefined)
			throw new OptionError(
				`${where}: rows can't continue, since "${reversed.name}" of a bidirectional layer comes from their end. Leave "continues" out, or use a model without it.`,
			);
		const skipped = this.#skipped;
		const before = skipped?.packing ?? this.#packing;
		if (before === undefined)
			throw new DataError(
				`${where}: rows can't continue, since there was no batch before. Leave "continues" out of the first batch.`,
			);
		checkRows(where, before, shape);
		const rows = going.rows.map((goesOn, row) => goesOn && !skipped?.anew[row]);
		const states = rows.includes(true) ? this.#take(going.overlap) : new Map();
		this.#there = undefined;
		if (states !== undefined) return { states, rows };
		throw new DataError(
			`${where}: the states ${going.overlap} steps before the end of the batch before are gone, since the model was used in between. Say the same "overlap" in every batch.`,
		);
	}
}

/** That a batch goes on with the rows of the one before, each of which has as many steps as are repeated. */
function checkRows(where: string, before: Packing, { batchSize, going }: BatchShape): void {
	if (batchSize !== before.batchSize)
		throw new ShapeError(
			`${where}: the batch continues one of ${before.batchSize} rows, but has ${batchSize}. Give the same rows in the same places.`,
		);
	for (let t = 0; t < before.steps; t++) {
		for (let place = before.alive[t + 1] ?? 0; place < before.alive[t]; place++) {
			const row = before.order[place];
			if (going?.rows[row] && going.overlap > t + 1)
				throw new ShapeError(
					`${where}: row ${row} had ${t + 1} ${t === 0 ? "step" : "steps"} in the batch before, but "overlap" is ${going.overlap}. Repeat no more steps than there were.`,
				);
		}
	}
}
