import { DataError, ShapeError } from "../errors.ts";
import { show } from "../options.ts";
import type { Packing } from "../plan/packing.ts";
import type { Address, Buffer, State } from "../plan/program.ts";
import { type Part, wholeOf } from "../plan/recompute/parts.ts";
import type { States } from "../sequences.ts";
import { checkMemory, got, isFinite32, isList, isMap } from "./arrays.ts";
import type { Origin } from "./origin.ts";

/** Views on the engine's memory. */
interface Views {
	readonly f32: Float32Array;
	readonly i32: Int32Array;
}

/** The part of a job that is read here. */
interface Places {
	readonly program: { readonly states: readonly State[] };
	address(place: Buffer | Address): number;
}

/** Where rows begin: those that go on from a batch before, with the states it left; the others with what the user gives. */
export interface Beginning {
	readonly given?: States | undefined;
	readonly carried?: { readonly states: States; readonly rows: readonly boolean[] } | undefined;
}

/** Writes the initial rows of every state: carried, given, learned (which the program sets) or zero. */
export function writeStates(
	where: string,
	{ program, address }: Places,
	packing: Packing,
	{ f32, i32 }: Views,
	{ given, carried }: Beginning,
	origin: Origin | undefined,
): void {
	if (given !== undefined) checkStates(where, program.states, given, packing.batchSize, origin);
	for (const { name, initial, size, stride, learned } of program.states) {
		const begin = address(initial) / 4;
		const width = stride / 4;
		f32.fill(0, begin, begin + packing.batchSize * width);
		for (let place = 0; place < packing.batchSize; place++) {
			const row = packing.order[place];
			const values = carried?.rows[row] ? carried.states.get(name) : given?.get(name);
			if (learned !== undefined) i32[address(learned.begins) / 4 + place] = +(values === undefined);
			if (values === undefined) continue;
			for (let j = 0; j < size; j++) f32[begin + place * width + j] = values[row * size + j];
		}
	}
}

/** The states after each row's own last step, or `back` steps before that (a row of `back` steps: the state it began
 * from); of a reversed layer, after its first. */
export function readStates(places: Places, packing: Packing, f32: Float32Array, back = 0): States {
	const states = emptyStates(places, packing);
	readStatesOf(wholeOf(packing), states, places, packing, f32, back);
	return states;
}

/** States of every row, all zero. */
export function emptyStates({ program }: Places, { batchSize }: Packing): States {
	return new Map(program.states.map(({ name, size }) => [name, new Float32Array(batchSize * size)]));
}

/** Reads those of these states that a part has in the workspace. */
export function readStatesOf(
	{ from, to, origin }: Part,
	states: States,
	{ program, address }: Places,
	packing: Packing,
	f32: Float32Array,
	back = 0,
): void {
	const { steps: T, alive, offset, order } = packing;
	for (const { name, size, stride, reverse, initial, steps } of program.states) {
		const values = states.get(name) as Float32Array;
		const first = from === 0 ? 0 : from + back;
		for (let t = first; t < Math.min(T, to + back); t++) {
			for (let place = alive[t + 1] ?? 0; place < alive[t]; place++) {
				const step = reverse ? 0 : t - back;
				const row = step < 0 ? place : offset[step] - origin + place;
				const at = address(step < 0 ? initial : steps) / 4 + row * (stride / 4);
				values.set(f32.subarray(at, at + size), order[place] * size);
			}
		}
	}
}

/** The gradients of the initial rows, after a job that was given some. */
export function readInitialGradients({ program, address }: Places, packing: Packing, f32: Float32Array): States {
	const gradients = program.states.map(({ name, size, stride, gradient }): [string, Float32Array] => {
		const begin = address(gradient as Buffer) / 4;
		const values = new Float32Array(packing.batchSize * size);
		for (const [place, row] of packing.order.entries()) {
			const from = begin + place * (stride / 4);
			values.set(f32.subarray(from, from + size), row * size);
		}
		return [name, values];
	});
	return new Map(gradients);
}

/** Checks that states given by a user are those of a model, for as many rows, and finite. */
function checkStates(
	where: string,
	states: readonly State[],
	given: States,
	batchSize: number,
	origin: Origin | undefined,
): void {
	checkMap(where, given);
	checkNames(where, states, given);
	for (const state of states) {
		const values = given.get(state.name);
		if (values === undefined) continue;
		checkTogether(where, state, given);
		checkState(where, state, values, batchSize, origin);
	}
}

/** Checks that states are a Map whose keys are names. */
export function checkMap(where: string, given: unknown): void {
	if (!isMap(given))
		throw new DataError(`${where}: initialState must be a Map as predict gives it, got ${show(given)}.`);
	for (const name of given.keys()) {
		if (typeof name !== "string")
			throw new DataError(`${where}: names of initialState must be strings, got ${show(name)}.`);
	}
}

function checkNames(where: string, states: readonly State[], given: States): void {
	for (const name of given.keys()) {
		if (states.some((state) => state.name === name)) continue;
		const names = states.map((state) => state.name).join(", ");
		throw new DataError(
			`${where}: initialState has ${show(name)}, which this model has not. Its states: ${names || "none"}.`,
		);
	}
}

function checkTogether(where: string, { name, together = [] }: State, given: States): void {
	const missing = together.find((other) => !given.has(other));
	if (missing === undefined) return;
	const all = together.map((other) => JSON.stringify(other)).join(", ");
	throw new DataError(
		`${where}: initialState has "${name}" but not "${missing}". Give all of ${all}, as finalState has them, or none of them.`,
	);
}

function checkState(
	where: string,
	{ name, size, least = Number.NEGATIVE_INFINITY }: State,
	values: Float32Array,
	batchSize: number,
	origin: Origin | undefined,
): void {
	checkMemory(where, `initialState "${name}"`, values);
	if (!isList(values)) {
		throw new DataError(`${where}: initialState "${name}" must be a Float32Array, ${got(values)}`);
	}
	if (values.length !== batchSize * size) {
		throw new ShapeError(
			`${where}: initialState "${name}" has ${values.length} values; batchSize ${batchSize} × ${size} needs ${batchSize * size}.`,
		);
	}
	for (let i = 0; i < values.length; i++) {
		const value: unknown = values[i];
		const isReal = isFinite32(value);
		if (isReal && (value as number) >= least) continue;
		const row = Math.floor(i / size);
		const at = i + ((origin?.rows[row] ?? row) - row) * size;
		const needs = isReal ? `at least ${least}` : "finite in float32";
		throw new DataError(`${where}: initialState "${name}"[${at}] is ${show(value)}; values must be ${needs}.`);
	}
}
