// All that a trainer's file holds besides the model.

import { sizeOf } from "../compile/network.ts";
import type { EngineName } from "../engine/engine.ts";
import { FormatError, OptionError } from "../errors.ts";
import { type MadeOptimizer, madeOptimizer, optimizerFrom } from "../optimizers/index.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { Carry, type SavedCarry } from "../run/carry.ts";
import type { Runtime } from "../run/runtime.ts";
import { scheduleFrom } from "../schedules/index.ts";
import type { MadeSchedule, Schedule } from "../schedules/schedule.ts";
import type { SavedStopping } from "./earlyStopping.ts";
import type { Progress, SavedFit } from "./place.ts";
import { ofParameter, readSlot } from "./slots.ts";
import type { SavedSteps, Stepper } from "./stepper.ts";

/** Values of every parameter, by name. */
type Values = ReadonlyMap<string, Float32Array>;

/** What decides how training goes on: with it, and with the model and the data, the next steps give the same bits. */
export interface SavedTrainer {
	readonly engine: EngineName;
	/** The trainer's, but for the optimizer. */
	readonly options: Readonly<Record<string, unknown>>;
	readonly optimizer: SavedOptimizer;
	readonly steps: Omit<SavedSteps, "slots"> & { readonly slots: ReadonlyMap<string, Values> };
	/** Epochs fitted so far. */
	readonly epochs: number;
	/** What rows go on from: those of the user's steps, and those of a fit that was under way. */
	readonly carries: { readonly own?: SavedCarry | undefined; readonly fit?: SavedCarry | undefined };
	/** Whose the last batch was. */
	readonly last: "own" | "fit";
	readonly fit?: (Omit<SavedFit, "stopping"> & { readonly stopping?: SavedStoppingValues | undefined }) | undefined;
}

type SavedStoppingValues = Omit<SavedStopping, "weights"> & { readonly weights?: Values | undefined };

interface SavedOptimizer {
	/** Undefined of one that is not this package's. */
	readonly made?: MadeOptimizer | undefined;
	readonly schedule?: { readonly made?: MadeSchedule | undefined; readonly memory?: readonly number[] | undefined };
	/** The learning rate of the update before. */
	readonly rate: number;
	readonly memory?: readonly number[] | undefined;
}

/** The parts of a trainer that change. */
interface Parts {
	readonly runtime: Runtime;
	readonly optimizer: Optimizer;
	readonly stepper: Stepper;
	readonly progress: Progress;
}

export function checkpointOf(
	{ runtime, optimizer, stepper, progress }: Parts,
	options: Readonly<Record<string, unknown>>,
): SavedTrainer {
	const { running, saved } = progress;
	const { slots, ...steps } = stepper.save();
	const byName = stepper.slotNames.map((name, index) => [name, readSlot(runtime, slots[index])] as const);
	const fitCarry = running?.carry ?? saved?.carry;
	return {
		engine: runtime.engine.name,
		options,
		optimizer: {
			made: madeOptimizer(optimizer),
			...(optimizer.schedule && {
				schedule: { made: optimizer.schedule.made, memory: optimizer.schedule.memory?.() },
			}),
			...{ rate: optimizer.learningRate, memory: optimizer.memory?.() },
		},
		steps: { ...steps, slots: new Map(slots.length > 0 ? byName : []) },
		epochs: progress.epochs,
		carries: { own: stepper.carry.save(), fit: fitCarry?.save() },
		last: stepper.isLast(fitCarry) ? "fit" : "own",
		fit: fitOf(runtime, progress),
	};
}

/** The fit that is under way, or that is still to go on. */
function fitOf(runtime: Runtime, { running, saved }: Progress): SavedTrainer["fit"] {
	if (running === undefined && saved === undefined) return undefined;
	const place = running?.place ?? (saved as NonNullable<typeof saved>).fit.place;
	const spent = running ? Date.now() - running.begin : (saved?.fit.spent ?? 0);
	const stopping = running ? running.stopping?.save() : saved?.fit.stopping;
	const meters = running ? running.meters?.save() : saved?.fit.meters;
	const { weights, ...others } = stopping ?? {};
	return {
		...{ place, spent, meters },
		...(stopping && {
			stopping: { ...others, ...(weights && { weights: readSlot(runtime, weights) }) } as SavedStoppingValues,
		}),
	};
}

/** The optimizer of a file, or the one that is given in its place.
 * @throws OptionError Where the file has none and none is given. */
export function restoredOptimizer(
	where: string,
	{ made, schedule, rate, memory }: SavedOptimizer,
	given: { readonly optimizer?: Optimizer | undefined; readonly schedule?: Schedule | undefined },
): Optimizer {
	if (
		schedule !== undefined &&
		schedule.made === undefined &&
		given.schedule === undefined &&
		given.optimizer === undefined
	)
		throw new OptionError(
			`${where}: the learning rate follows a function of yours, which no file can hold. Give it again: { schedule }.`,
		);
	if (made === undefined && given.optimizer === undefined)
		throw new OptionError(
			`${where}: the optimizer is one of yours, which no file can hold. Give it again: { optimizer }.`,
		);
	try {
		const own = given.schedule ?? (schedule?.made && scheduleFrom(schedule.made));
		const optimizer = given.optimizer ?? optimizerFrom(made as MadeOptimizer, own);
		if (schedule?.memory) optimizer.schedule?.recall?.(schedule.memory);
		if (memory) optimizer.recall?.(memory);
		optimizer.learningRate = rate;
		return optimizer;
	} catch (error) {
		if (!(error instanceof OptionError)) throw error;
		throw new FormatError(`${where}: the file's optimizer is wrong. ${error.message}`);
	}
}

/** Puts a trainer that was just made where the saved one stood. */
export function restore(where: string, { runtime, stepper, progress }: Parts, saved: SavedTrainer): void {
	const { slots, ...steps } = saved.steps;
	const isBegun = steps.updateCount > 0;
	stepper.restore({
		...steps,
		slots: isBegun ? stepper.slotNames.map((name) => regionOf(where, runtime, name, slots.get(name))) : [],
	});
	progress.epochs = saved.epochs;
	const { own, fit: fitted } = saved.carries;
	const states = [own, fitted].flatMap((carry) => carry?.states ?? []);
	checkStates(where, runtime, [own, fitted], states.length);
	if (own) stepper.carry.restore(own);
	const { fit } = saved;
	if (fit === undefined) return;
	const carry = new Carry(runtime);
	if (fitted) carry.restore(fitted);
	if (saved.last === "fit") stepper.setLast(carry);
	const { stopping, ...others } = fit;
	const { weights, ...seen } = stopping ?? {};
	const best = weights && { weights: regionOf(where, runtime, "best", weights) };
	progress.saved = { fit: { ...others, ...(stopping && { stopping: { ...seen, ...best } as SavedStopping }) }, carry };
}

/** Values of every parameter, laid out as the engine has them. */
function regionOf(where: string, { layout, network }: Runtime, what: string, values: Values | undefined): Float32Array {
	const region = new Float32Array(layout.bytes / 4);
	for (const { name, shape } of network.parameters) {
		const own = values?.get(name);
		if (own?.length !== sizeOf(shape))
			throw new FormatError(
				`${where}: the file's trainer keeps no "${what}" of ${name} that fits [${shape.join(", ")}].`,
			);
		ofParameter(layout, name, region).set(own);
	}
	return region;
}

/** Checks that states are those that the model has, of as many rows as are said. */
function checkStates(
	where: string,
	runtime: Runtime,
	carries: readonly (SavedCarry | undefined)[],
	count: number,
): void {
	if (count === 0) return;
	const { states } = runtime.program({ kind: "predict" });
	for (const carry of carries)
		for (const { states: saved } of carry?.states ?? [])
			for (const { name, size } of states)
				if (saved.get(name)?.length !== size * (carry?.lengths.length ?? 0))
					throw new FormatError(`${where}: the file's trainer has no states "${name}" of all rows.`);
}
