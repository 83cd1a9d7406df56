// One instance of the engine on a memory of its own. Every region of a test stands alone between canaries; a kernel may read
// the regions it is handed and write those it says it writes, and nothing else.

import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { DEPTH, ROWS } from "../../src/engine/blocking.ts";
import { type Kernel, type KernelName, kernels, type OperandKinds, recordLayout } from "../../src/engine/kernels.ts";
import {
	descriptorBytes,
	type Header,
	type Packing,
	packingOf,
	writeHeader,
	writeSteps,
} from "../../src/plan/packing.ts";
import { engines } from "../engines.ts";

declare const WebAssembly: {
	readonly Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer };
	readonly Module: new (bytes: Uint8Array) => object;
	readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

/** A kernel's operands by name. */
export type Arguments<K extends KernelName> = Readonly<Record<keyof OperandKinds<K>, Operand>>;

/** Floats of scratch that weightGradient needs (assembly/product/gradient.ts). */
export function scratchFloats(columns: number, pastColumns = 0): number {
	const panels = Math.ceil(columns / 8) + Math.ceil(pastColumns / 8);
	return DEPTH * (ROWS + 8 * panels);
}

type Export = (...args: readonly number[]) => number;

/** A binary of the engine; the checked ones report every load and store. */
export interface Build {
	readonly name: string;
	readonly checked: boolean;
}

export const builds: readonly Build[] = engines.flatMap((name) => [
	{ name, checked: false },
	{ name: `checked-${name}`, checked: true },
]);

/** The shipped ones: what is asked of bits needs no second look at addresses. */
export const plainBuilds = builds.filter(({ checked }) => !checked);

/** A stretch of memory that a test has placed. */
export class Region {
	readonly name: string;
	readonly address: number;
	readonly length: number;
	readonly #memory: ArrayBuffer;

	constructor(memory: ArrayBuffer, name: string, address: number, length: number) {
		this.#memory = memory;
		this.name = name;
		this.address = address;
		this.length = length;
	}

	get f32(): Float32Array {
		return new Float32Array(this.#memory, this.address, this.length);
	}

	get i32(): Int32Array {
		return new Int32Array(this.#memory, this.address, this.length);
	}

	get f64(): Float64Array {
		return new Float64Array(this.#memory, this.address, this.length / 2);
	}

	/** The place `floats` floats into it. */
	at(floats: number): Place {
		return { region: this, address: this.address + 4 * floats };
	}
}

/** An address inside a region. */
export interface Place {
	readonly region: Region;
	readonly address: number;
	/** Floats of it, where others follow that are not its own. */
	readonly length?: number;
}

/** A number, or where a region or a place in it begins. */
export type Operand = number | Region | Place;

/** The descriptor of a packed batch in memory. */
export interface Descriptor extends Place {
	readonly packing: Packing;
}

export const CANARY = 0xdeadbeef | 0;
const PAGES = 96;
const MEMORY_BYTES = PAGES * 65536;
/** Bytes of canaries on each side of a region, at least. */
const GAP = 256;
/** Where AssemblyScript puts a program's constants; below, address 0 is nobody's. */
const STATIC_BEGIN = 1024;
const READ = 1;
const WRITE = 2;

export class Engine {
	readonly build: Build;
	readonly #buffer: ArrayBuffer;
	readonly #words: Int32Array;
	readonly #exports: Readonly<Record<string, Export>>;
	readonly #heapBase: number;
	/** Of each word of memory, whether the running kernel may read or write it. */
	readonly #access = new Uint8Array(MEMORY_BYTES / 4);
	#regions: Region[] = [];
	#end = 0;
	#last: string | undefined;

	constructor(build: Build) {
		this.build = build;
		const memory = new WebAssembly.Memory({ initial: PAGES });
		this.#buffer = memory.buffer;
		this.#words = new Int32Array(memory.buffer);
		const path = new URL(`../../build/${build.name}.wasm`, import.meta.url);
		const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)), {
			env: { memory, ...(build.checked && this.#watch()) },
		});
		this.#exports = exports as Readonly<Record<string, Export>>;
		this.#heapBase = (exports.heapBase as { value: number }).value;
		this.#access.fill(READ, STATIC_BEGIN / 4, Math.ceil(this.#heapBase / 4));
		this.#words.fill(CANARY, Math.ceil(this.#heapBase / 4));
		this.begin();
	}

	/** What the instrumented binary imports: every access is checked before it happens. */
	#watch(): object {
		const check = (kind: string, needed: number) => (_id: number, bytes: number, offset: number, base: number) => {
			const begin = (base >>> 0) + offset;
			for (let at = begin; at < begin + bytes; at += 4) {
				if (((this.#access[at >>> 2] as number) & needed) === 0)
					throw new Error(`${kind} of ${bytes} bytes at ${begin}: ${this.#describe(at)}`);
			}
			return base;
		};
		const same = (_id: number, value: unknown) => value;
		const types = ["i32", "i64", "f32", "f64"];
		return {
			load_ptr: check("load", READ),
			store_ptr: check("store", WRITE),
			memory_grow_pre: same,
			memory_grow_post: same,
			...Object.fromEntries(
				types.flatMap((type) => [
					[`load_val_${type}`, same],
					[`store_val_${type}`, same],
				]),
			),
		};
	}

	/** Where an address is, seen from the region nearest to it. */
	#describe(address: number): string {
		const distances = this.#regions.map((region) => {
			const end = region.address + 4 * region.length;
			if (address >= end) return { by: address - end, text: `past the end of ${region.name}` };
			if (address < region.address)
				return {
					by: region.address - address,
					text: `before ${region.name}`,
				};
			return { by: 0, text: `of ${region.name}, not allowed` };
		});
		const nearest = distances.sort((a, b) => a.by - b.by)[0];
		return nearest ? `${nearest.by} bytes ${nearest.text}` : "nothing placed";
	}

	/** Takes all regions away. The next one called `last` will end where the memory ends. */
	begin(last?: string): void {
		for (const { address, length } of this.#regions) this.#words.fill(CANARY, address / 4, address / 4 + length);
		this.#regions = [];
		this.#end = Math.ceil(this.#heapBase / 64) * 64;
		this.#last = last;
	}

	get regionNames(): string[] {
		return this.#regions.map(({ name }) => name);
	}

	#place(name: string, length: number): Region {
		const bytes = 4 * length;
		const address = name === this.#last ? MEMORY_BYTES - bytes : this.#end + GAP;
		if (name !== this.#last) this.#end = Math.ceil((address + bytes) / 16) * 16 + GAP;
		const region = new Region(this.#buffer, name, address, length);
		if (this.#end > MEMORY_BYTES || this.regionNames.includes(name)) throw new Error(`no place for ${name}`);
		this.#regions.push(region);
		return region;
	}

	/** Places floats: these values, or as many canaries, for a kernel to write. */
	floats(name: string, values: number | ArrayLike<number>): Region {
		if (typeof values === "number") return this.#place(name, values);
		const region = this.#place(name, values.length);
		region.f32.set(values);
		return region;
	}

	/** Places zeros. */
	zeros(name: string, length: number): Region {
		return this.floats(name, new Float32Array(length));
	}

	ids(name: string, values: ArrayLike<number>): Region {
		const region = this.#place(name, values.length);
		region.i32.set(values);
		return region;
	}

	/** Places the descriptor of a batch of sequences of these lengths. */
	packing(lengths: readonly number[], header: Partial<Header> = {}): Descriptor {
		const packing = packingOf(lengths.length, Math.max(...lengths), lengths);
		const region = this.#place("packing", descriptorBytes(packing) / 4);
		this.writeDescriptor(region, packing, header);
		return { region, address: region.address, packing };
	}

	/** Writes a batch's descriptor where there is room for it. */
	writeDescriptor(
		{ address }: { readonly address: number },
		packing: Packing,
		{ lossScale = 0, stateful = true }: Partial<Header>,
	): void {
		const memory = { i32: this.#words, f32: new Float32Array(this.#buffer) };
		writeHeader(memory, address, packing, { lossScale, stateful });
		writeSteps(this.#words, address, packing);
	}

	/** Places the descriptor of `count` rows of one step. */
	rows(count: number, lossScale = 0): Descriptor {
		return this.packing(new Array<number>(count).fill(1), { lossScale });
	}

	/** Places a weight matrix [blocks · rows, depth] packed for x·Wᵀ, each block at a multiple of `stride` columns. */
	transposed(name: string, source: Region, { blocks = 1, rows, stride = rows, depth }: Packed): Region {
		const panels = Math.ceil((blocks * stride) / 8);
		const region = this.zeros(name, panels * depth * 8);
		this.call("packTransposed", {
			source,
			blocks,
			rows,
			stride,
			depth,
			panels: region,
			column: 0,
		});
		return region;
	}

	/** Places rows of a weight matrix [blocks · rows, columns] packed for dy·W. */
	plain(name: string, source: Region | Place, { blocks = 1, rows, stride = rows, depth: columns }: Packed): Region {
		const depth = blocks * stride;
		const region = this.zeros(name, Math.ceil(columns / 8) * depth * 8);
		this.call("packPlain", {
			source,
			blocks,
			rows,
			stride,
			columns,
			panels: region,
			depth,
			row: 0,
		});
		return region;
	}

	/** In how many ranges, the last one first, each call of a kernel that can be cut is run. */
	parts = 1;

	/** How many more sequences and steps these ranges reach over than the batch has: the host binds a call to ranges of the
	 * largest batch. */
	spare = 0;

	/** Runs a kernel, and throws if it has changed anything that is not its to write.
	 * @param size How many things it is cut along; by itself as many as there are, and `spare`.
	 * @returns What it gives: the least of all ranges. NaN if it gives nothing. */
	call<K extends KernelName>(kernel: K, operands: Arguments<K>, size?: number): number {
		const { operands: kinds, writes = [], updates = [], scratch = [], record, cut }: Kernel = kernels[kernel];
		const run = this.#exports[kernel];
		const given = operands as Readonly<Record<string, Operand>>;
		const numbers = Object.keys(kinds).map((name) => {
			const operand = given[name] as Operand;
			return typeof operand === "number" ? operand : operand.address;
		});
		const handed = new Map<Region, boolean>();
		for (const name of Object.keys(kinds)) {
			const operand = given[name] as Operand;
			if (typeof operand === "number") continue;
			const region = operand instanceof Region ? operand : operand.region;
			const isWritten = [...writes, ...updates, ...scratch].includes(name);
			handed.set(region, (handed.get(region) ?? false) || isWritten);
		}
		const args = record ? [this.#record(kernel, numbers, handed)] : numbers;
		if (run?.length !== args.length + (cut ? 2 : 0)) throw new Error(`${kernel} takes ${run?.length} arguments now`);
		for (const [region, written] of handed) this.#allow(region, written ? READ | WRITE : READ);
		const before = this.#regions.map((region) => region.i32.slice());
		const ranges = cut ? this.#ranges(kernel, cut, this.#sizeOf(cut, given, writes[0] ?? updates[0]), size) : [[]];
		const results = ranges.map((range) => run(...args, ...range));
		for (const region of handed.keys()) this.#allow(region, 0);
		for (const [index, region] of this.#regions.entries()) {
			const old = before[index];
			if (old && handed.get(region) !== true && !same(old, region.i32))
				throw new Error(`${kernel} changed ${region.name}`);
		}
		this.#checkCanaries(kernel);
		return Math.min(...results);
	}

	/** The record of a kernel, its fields written. */
	#record(kernel: KernelName, numbers: readonly number[], handed: Map<Region, boolean>): number {
		const name = `record of ${kernel}`;
		const { bytes, fields } = recordLayout(kernel);
		const region = this.#regions.find((other) => other.name === name) ?? this.#place(name, bytes / 4);
		for (const [index, { kind, offset }] of [...fields.values()].entries()) {
			const value = numbers[index] as number;
			const at = region.address + offset;
			if (kind === "f64") new Float64Array(this.#buffer)[at / 8] = value;
			else if (kind === "f32") new Float32Array(this.#buffer)[at / 4] = value;
			else this.#words[at / 4] = value;
		}
		handed.set(region, false);
		return region.address;
	}

	/** What each part of a call gets of the `size` things that it is cut along, which are at least as many as there are. */
	#ranges(kernel: string, along: string, count: number, size: number | undefined): (readonly [number, number])[] {
		const spare = along === "sequences" || along === "steps" ? this.spare : 0;
		const whole = size ?? count + spare;
		if (whole < count)
			throw new Error(`${kernel} is cut into ranges of ${whole} ${along}, of which there are ${count}`);
		const border = (part: number) => Math.floor((part * whole) / this.parts);
		return Array.from({ length: this.parts }, (_, part) => [border(part), border(part + 1)] as const).reverse();
	}

	#sizeOf(along: string, operands: Readonly<Record<string, Operand>>, changed = ""): number {
		const { packing } = operands;
		if (along === "sequences" || along === "steps") {
			const word = (packing as Place).address / 4 + (along === "steps" ? 2 : 0);
			return this.#words[word] as number;
		}
		const size = operands[along];
		if (typeof size === "number") return size;
		// Vectors of a region of parameters: as many as are left of it.
		const operand = operands[changed] as Region | Place;
		const region = operand instanceof Region ? operand : operand.region;
		if (operand.length !== undefined) return operand.length / 4;
		return (region.address + 4 * region.length - operand.address) / 16;
	}

	#allow({ address, length }: Region, access: number): void {
		if (this.build.checked) this.#access.fill(access, address / 4, address / 4 + length);
	}

	/** The canaries on both sides of every region. */
	#checkCanaries(kernel: string): void {
		for (const { address, length } of this.#regions) {
			const begin = address / 4;
			const end = begin + length;
			for (let word = begin - GAP / 4; word < begin; word++) this.#checkCanary(kernel, word);
			const behind = Math.min(end + GAP / 4, this.#words.length);
			for (let word = end; word < behind; word++) this.#checkCanary(kernel, word);
		}
	}

	#checkCanary(kernel: string, word: number): void {
		if (this.#words[word] !== CANARY) throw new Error(`${kernel} wrote to ${4 * word}: ${this.#describe(4 * word)}`);
	}
}

interface Packed {
	readonly blocks?: number;
	readonly rows: number;
	readonly stride?: number;
	/** Columns of the matrix. */
	readonly depth: number;
}

function same(a: Int32Array, b: Int32Array): boolean {
	return (
		Buffer.compare(
			new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
			new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
		) === 0
	);
}

/** Runs a case with its regions between canaries, then once more for each region with that one ending where the memory
 * ends: there a read past it traps, of whatever kind it is. The checked builds do not report loads and stores of single
 * lanes (v128.load32_zero, load64_zero, store64_lane: weightGradient's packing) and memory.fill (zero, zeroRows). */
export function inEveryPlace(engine: Engine, run: () => void): void {
	engine.begin();
	run();
	for (const name of engine.regionNames) {
		engine.begin(name);
		run();
	}
}
