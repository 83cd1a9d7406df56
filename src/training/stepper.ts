import type { Origin } from "../batch/origin.ts";
import type { LossPurpose } from "../compile/program.ts";
import { OptionError } from "../errors.ts";
import type { Meters } from "../metrics/meters.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { power } from "../optimizers/power.ts";
import { checkNumber } from "../options.ts";
import type { Size } from "../plan/capacity.ts";
import type { Buffer } from "../plan/program.ts";
import { Carry } from "../run/carry.ts";
import type { Job } from "../run/job.ts";
import { Resident } from "../run/resident.ts";
import type { Runtime } from "../run/runtime.ts";
import { rateAt } from "../schedules/schedule.ts";
import type { Batch, States } from "../sequences.ts";
import { type BatchResult, type BatchRun, runBatch } from "./batch.ts";
import type { Gathered } from "./gathered.ts";
import { type HealthReport, layersSeen, parametersSeen } from "./inspect.ts";
import { lost, type Progress } from "./nonFinite.ts";
import type { OnNonFinite } from "./options.ts";
import { type Groups, settingsOf } from "./parameterOptions.ts";
import { readSlot } from "./slots.ts";
import { type HealthNorms, noHealth, StepHealth } from "./stepHealth.ts";

/** What came of a step. */
export interface StepResult extends BatchResult {
	/** Whether it updated nothing. */
	readonly isSkipped: boolean;
}

/** How a trainer makes its steps. */
export interface StepSettings {
	readonly purpose: LossPurpose;
	readonly optimizer: Optimizer;
	/** Settings of clipping. */
	readonly limits: Readonly<Record<string, number>>;
	/** The seed of what layers draw, as settings. */
	readonly drawing: Readonly<Record<string, number>>;
	readonly onNonFinite: OnNonFinite;
	readonly leavesHealth: boolean;
	/** Parameters in groups, where not all are updated alike. */
	readonly groups: Groups | undefined;
	/** How much of the past the moving average of the parameters keeps, if there is one. */
	readonly average: number | undefined;
}

interface StepOptions {
	/** How errors name the batch's rows. */
	readonly origin?: Origin | undefined;
	/** What the gradients are gathered in, in place of an update. */
	readonly gathered?: Gathered | undefined;
	/** Metrics that see the outputs. */
	readonly meters?: Meters | undefined;
}

/** A stepper between two steps. */
export interface SavedSteps {
	readonly updateCount: number;
	readonly skippedCount: number;
	readonly gradientNorm: number;
	readonly lastLoss: number;
	/** A region for each of `slotNames`; none before the first update. */
	readonly slots: readonly Float32Array[];
}

/** The phases of a step that leave the gradients behind. */
const GRADIENTS = ["draw", "zero", "forward", "backward"] as const;

/** Makes steps: gradients of a batch, their clipping, an update. It has all that training changes besides the parameters. */
export class Stepper {
	readonly #runtime: Runtime;
	readonly #settings: StepSettings;
	/** Where metrics see the outputs. */
	readonly #seenPurpose: LossPurpose;
	readonly #health: StepHealth | undefined;
	/** The names of all that is kept of each parameter. */
	readonly slotNames: readonly string[];
	readonly #slots: Resident;
	/** Of the steps that the user makes. */
	readonly carry: Carry;
	/** Of the last training batch, a user's or one of fit's. */
	#lastCarry: Carry;
	#updateCount = 0;
	#skippedCount = 0;
	#gradientNorm = Number.NaN;
	#lastLoss = Number.NaN;

	constructor(runtime: Runtime, settings: StepSettings) {
		this.#runtime = runtime;
		this.#settings = settings;
		this.#seenPurpose = { ...settings.purpose, keepsOutput: true };
		this.#health = settings.leavesHealth ? new StepHealth(runtime) : undefined;
		const own = settings.average === undefined ? [] : ["average"];
		this.slotNames = [...settings.optimizer.slots, ...own];
		this.#slots = new Resident(() => this.slotNames.map((name) => runtime.slot(name)));
		this.carry = new Carry(runtime);
		this.#lastCarry = this.carry;
	}

	/** Floats of all gradients together. */
	get gradientCount(): number {
		return this.#runtime.layout.bytes / 4;
	}

	get updateCount(): number {
		return this.#updateCount;
	}

	get skippedCount(): number {
		return this.#skippedCount;
	}

	get gradientNorm(): number {
		return this.#gradientNorm;
	}

	get health(): HealthNorms {
		return this.#health?.norms ?? noHealth();
	}

	get finalState(): States | undefined {
		return this.#lastCarry.states();
	}

	/** The gradients of a batch, in their place; they change nothing else. */
	gradients(where: string, batch: Batch, purpose = this.#settings.purpose) {
		this.#lastCarry.leave();
		this.carry.leave();
		return this.#run(where, batch, this.carry, {}, purpose);
	}

	/** What a batch shows of the gradients, and of the update that a step would make. */
	inspect(where: string, batch: Batch): HealthReport {
		const runtime = this.#runtime;
		const { optimizer, purpose: train, limits } = this.#settings;
		setLearningRate(where, optimizer, this.#updateCount + 1);
		const purpose = { ...train, seen: "all", memoryLimit: undefined } as LossPurpose;
		const { loss, feed } = this.gradients(where, batch, purpose);
		const layers = layersSeen(runtime, feed.job, feed.packing);
		this.#enterSlots();
		const before = runtime.parameters().slice();
		const slots = this.slotNames.map((name) => runtime.slot(name).slice());
		feed.job.set(limits);
		feed.job.set(this.#rates(this.#updateCount + 1));
		runtime.runPhases(feed.job, ["norm", "update"]);
		const parameters = parametersSeen(runtime, before);
		runtime.parameters().set(before);
		for (const [index, name] of this.slotNames.entries()) runtime.slot(name).set(slots[index] as Float32Array);
		return { loss, layers, parameters };
	}

	/** Computes the gradients of a batch, as the next update takes them. */
	#run(
		where: string,
		batch: Batch,
		carry: Carry,
		{ origin, gathered, meters }: StepOptions = {},
		purpose = this.#settings.purpose,
	): BatchRun {
		const skips = this.#settings.onNonFinite === "skip";
		const drawing = () => ({ ...this.#settings.drawing, update: this.#updateCount + 1 });
		const options = { origin, drawing, skips, rowsBefore: gathered?.rows ?? 0, meters };
		return runBatch(where, this.#runtime, purpose, GRADIENTS, batch, carry, options);
	}

	/** Makes one update; or, where there is something that the gradients are gathered in, adds them to that. */
	step(where: string, batch: Batch, carry: Carry, options: StepOptions = {}): StepResult {
		const { gathered, meters } = options;
		const runtime = this.#runtime;
		setLearningRate(where, this.#settings.optimizer, this.#updateCount + 1);
		const forget = this.#settings.onNonFinite === "skip" ? meters?.mark() : undefined;
		const purpose = this.#purposeFor(meters);
		const result = this.#run(where, batch, carry, options, purpose);
		const { feed, loss } = result;
		const norm = this.#clip(feed.job);
		if (gathered !== undefined) gathered.batches++;
		if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
			if (this.#settings.onNonFinite === "throw") throw lost(where, runtime, result, norm, this.#last());
			carry.skip(feed);
			forget?.();
			this.#skippedCount++;
			this.#gradientNorm = norm;
			return { ...result, isSkipped: true };
		}
		this.#health?.see(feed.job, feed.packing);
		if (gathered === undefined) this.#update(feed.job, loss, norm);
		else gathered.add(runtime.gradients(), result, feed.packing);
		meters?.add(result);
		carry.keep(feed);
		this.#lastCarry = carry;
		return { ...result, isSkipped: false };
	}

	#purposeFor(meters: Meters | undefined): LossPurpose {
		return meters?.seesRows ? this.#seenPurpose : this.#settings.purpose;
	}

	/** Makes the update of gradients that were gathered, the last of them from a batch of this size, which metrics may have seen. */
	finish(where: string, carry: Carry, gathered: Gathered, size: Size, meters: Meters | undefined): void {
		const { optimizer } = this.#settings;
		const runtime = this.#runtime;
		setLearningRate(where, optimizer, this.#updateCount + 1);
		// Meanwhile others may have had the workspace.
		const job = runtime.job(where, this.#purposeFor(meters), size);
		if (carry.job !== job) runtime.watch(undefined);
		runtime.occupyWorkspace(undefined);
		gathered.mean(runtime.gradients());
		this.#update(job, gathered.loss, this.#clip(job));
	}

	/** Computes the norm of all gradients, and what clips them. */
	#clip(job: Job): number {
		job.set(this.#settings.limits);
		this.#runtime.runPhases(job, ["norm"]);
		return this.#runtime.engine.f64[job.address(job.program.norm as Buffer) / 8] as number;
	}

	#update(job: Job, loss: number, norm: number): void {
		this.#enterSlots();
		const count = this.#updateCount + 1;
		this.#health?.begin();
		const { average } = this.#settings;
		job.set(this.#rates(count));
		if (average !== undefined) job.set({ averageShare: (1 - average) / (1 - power(average, count)) });
		this.#runtime.runPhases(job, ["update"]);
		this.#runtime.touch();
		this.#health?.end();
		this.#updateCount = count;
		this.#gradientNorm = norm;
		this.#lastLoss = loss;
	}

	/** What the optimizer sets for an update. */
	#rates(count: number): Readonly<Record<string, number>> {
		const { optimizer, groups } = this.#settings;
		return groups === undefined ? optimizer.settings(count) : settingsOf(groups, optimizer, count);
	}

	/** Where training stands, for a sentence. */
	#last(): Progress {
		const { learningRate } = this.#settings.optimizer;
		return { updates: this.#updateCount, loss: this.#lastLoss, norm: this.#gradientNorm, learningRate };
	}

	/** Checks that there is an average. */
	checkAverage(where: string): void {
		if (!this.slotNames.includes("average"))
			throw new OptionError(
				`${where}: this trainer keeps no average. Make it with { average: 0.999 }, or with an ASGD as its optimizer.`,
			);
	}

	/** The average of all parameters, where one is kept; before the first update the parameters themselves. */
	averages(where: string): Float32Array {
		this.checkAverage(where);
		if (this.#updateCount === 0) return this.parameters;
		const averages = this.#slotOf("average") as Float32Array;
		for (const { group, begin, bytes } of this.#settings.groups?.ranges ?? []) {
			const [from, to] = [begin / 4, (begin + bytes) / 4];
			if (group < 0) averages.set(this.#runtime.parameters().subarray(from, to), from);
		}
		return averages;
	}

	/** Puts other parameters in the model's place while `run` runs. */
	holding<T>(values: Float32Array, run: () => T): T {
		const before = this.parameters;
		this.parameters = values;
		try {
			return run();
		} finally {
			this.parameters = before;
		}
	}

	/** A copy of all parameters. */
	get parameters(): Float32Array {
		return this.#runtime.parameters().slice();
	}

	set parameters(values: Float32Array) {
		this.#runtime.parameters().set(values);
		this.#runtime.touch();
	}

	/** All that decides the next step besides the parameters and the optimizer. */
	save(): SavedSteps {
		return {
			...{ updateCount: this.#updateCount, skippedCount: this.#skippedCount },
			...{ gradientNorm: this.#gradientNorm, lastLoss: this.#lastLoss },
			slots: this.#updateCount > 0 ? (this.#slots.read() ?? []) : [],
		};
	}

	/** Takes up what `save` gave. */
	restore({ updateCount, skippedCount, gradientNorm, lastLoss, slots }: SavedSteps): void {
		this.#updateCount = updateCount;
		this.#skippedCount = skippedCount;
		this.#gradientNorm = gradientNorm;
		this.#lastLoss = lastLoss;
		this.#slots.keep(slots);
	}

	/** Whether the last batch was one of this carry's. */
	isLast(carry: Carry | undefined): boolean {
		return this.#lastCarry === carry;
	}

	/** Says whose the last batch was. */
	setLast(carry: Carry): void {
		this.#lastCarry = carry;
	}

	/** What the optimizer keeps of each parameter under a name; zeros before the first update. */
	slot(name: string): ReadonlyMap<string, Float32Array> {
		return readSlot(this.#runtime, this.#slotOf(name));
	}

	/** A copy of a slot; undefined before the first update. */
	#slotOf(name: string): Float32Array | undefined {
		return this.#slots.read()?.[this.slotNames.indexOf(name)];
	}

	/** Puts this trainer's slots in their place. */
	#enterSlots(): void {
		const isThere = this.#runtime.occupySlots(this.#slots);
		if (!isThere || !this.#slots.isInside) this.#slots.enter();
	}
}

/** Sets the learning rate of an update, and checks it again, since it may have been set after the optimizer was made. */
function setLearningRate(where: string, optimizer: Optimizer, update: number): void {
	const { schedule } = optimizer;
	if (schedule !== undefined) optimizer.learningRate = rateAt(where, schedule, update);
	checkNumber(where, "learningRate", optimizer.learningRate, { least: 0 });
}
