import { countOf } from "../batch/field.ts";
import { OptionError } from "../errors.ts";
import { show } from "../options.ts";
import type { Packing } from "../plan/packing.ts";
import type { Address, Buffer, Program, ProgramLoss } from "../plan/program.ts";
import type { Part } from "../plan/recompute/parts.ts";
import type { Meter, Metered, Subject } from "./meter.ts";

/** Views on the engine's memory. */
interface Views {
	readonly f32: Float32Array;
	readonly i32: Int32Array;
}

/** The part of a job that outputs are read from. */
interface Places {
	readonly program: Program;
	address(place: Buffer | Address): number;
}

/** Metrics between two batches. */
export interface SavedMeters {
	readonly hits: readonly number[];
	readonly kept: readonly (readonly number[])[];
}

/** Metrics that are being computed, batch by batch. */
export class Meters {
	/** One each, in the order of the options. What each has `kept`, and `hits`, are all of the state. */
	readonly each: readonly Meter[];
	/** Of the batches so far: the weight on rows whose largest output was the target's, and all of it. */
	readonly hits: Float64Array = new Float64Array(2);
	readonly #seeing: readonly Meter[];
	readonly #hasAccuracy: boolean;

	/** @throws OptionError Where one does not fit the loss, or has the name of another. */
	constructor(where: string, metrics: readonly Metered[], subject: Subject) {
		for (const [index, metric] of metrics.entries()) checkName(where, metrics, metric, index);
		this.each = metrics.map((metric) => metric.meter(where, subject));
		this.#hasAccuracy = subject.loss.hasAccuracy;
		this.#seeing = this.each.filter(({ seesRows }) => seesRows);
	}

	/** Whether a program must keep outputs for them. */
	get seesRows(): boolean {
		return this.#seeing.length > 0;
	}

	/** A function that sees a part of a batch, once its outputs are in place. */
	viewer(engine: Views, { program, address }: Places, packing: Packing): ((part: Part) => void) | undefined {
		if (!this.seesRows) return undefined;
		const { output } = program;
		const { targets, weights } = program.loss as ProgramLoss;
		const axis = output.axis.perStep ? "steps" : "rows";
		return (part) => {
			const rows = {
				...{ f32: engine.f32, i32: engine.i32, count: countOf({ axis, packing }, part) },
				outputs: { at: address(output.address) / 4, stride: output.stride / 4 },
				targets: { at: address(targets) / 4, stride: (targets.rows?.bytes as number) / 4 },
				weights: { at: address(weights) / 4, stride: 1 },
			};
			for (const meter of this.#seeing) meter.see(rows);
		};
	}

	/** Remembers what has been seen so far. Returns a function that forgets what came after. */
	mark(): () => void {
		const before = this.#seeing.map(({ kept }) => kept.slice());
		return () => {
			for (const [index, { kept }] of this.#seeing.entries()) kept.set(before[index] as Float64Array);
		};
	}

	/** Counts a batch: what share of its weight was right. */
	add({ right, counted }: { readonly right: number; readonly counted: number }): void {
		this.hits[0] += right * counted;
		this.hits[1] += counted;
	}

	/** What has been seen so far. */
	save(): SavedMeters {
		return { hits: Array.from(this.hits), kept: this.each.map(({ kept }) => Array.from(kept)) };
	}

	/** Takes up what `save` gave, of the same metrics.
	 * @throws OptionError Where they are others. */
	restore(where: string, { hits, kept }: SavedMeters): void {
		const isSame =
			kept.length === this.each.length && this.each.every((each, index) => each.kept.length === kept[index]?.length);
		if (!isSame || hits.length !== this.hits.length)
			throw new OptionError(
				`${where}: this trainer was saved while it was fitting, with other "metrics". Give the same to go on, or set resume: false to begin anew.`,
			);
		this.hits.set(hits);
		for (const [index, each] of this.each.entries()) each.kept.set(kept[index] as readonly number[]);
	}

	/** What comes of all, by its name, where the mean loss is this. */
	results(loss: number): Readonly<Record<string, unknown>> {
		const figures = { loss, ...(this.#hasAccuracy && { accuracy: this.hits[0] / this.hits[1] }) };
		return Object.fromEntries(this.each.map((meter) => [meter.name, meter.result(figures)]));
	}
}

function checkName(where: string, metrics: readonly Metered[], metric: Metered, index: number): void {
	if (metrics.findIndex(({ name }) => name === metric.name) === index) return;
	throw new OptionError(`${where}: "metrics" has two that are called ${show(metric.name)}. Leave one out.`);
}
