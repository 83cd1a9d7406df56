import { demangle } from "@assemblyscript/loader";
import { BpttError, OptionError, ShapeError } from "../errors.ts";
import { pieces } from "./binaries.ts";
import type { KernelName, Kernels } from "./kernels.ts";

/** `portable` gives the same bits on every machine; `fast` fuses multiply and add where the machine can. */
export type EngineName = "portable" | "fast";

/** Bytes that WebAssembly's 32-bit addresses can reach. */
export const MEMORY_LIMIT = 2 ** 32;

const PAGE = 65536;

// What is needed of WebAssembly, so that no user needs its types.
interface Memory {
	readonly buffer: ArrayBuffer;
	grow(pages: number): number;
}
declare const WebAssembly: {
	readonly Memory: new (limits: { initial: number; maximum: number }) => Memory;
	readonly Module: new (bytes: Uint8Array) => object;
	readonly Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
	validate(bytes: Uint8Array): boolean;
};

/** One instance of the engine on a memory of its own. */
export interface Engine {
	readonly name: EngineName;
	readonly kernels: Kernels;
	/** The first address that is free for the host: below it lie the engine's constants. */
	readonly heapBase: number;
	/** Views on all of the memory; made anew when it grows. */
	readonly f32: Float32Array;
	readonly i32: Int32Array;
	readonly f64: Float64Array;
	readonly byteLength: number;
	/** Lends it a function that runs the calls `ownLoss`. */
	lend(kernel: Kernels["ownLoss"] | undefined): void;
	/** Makes the memory at least `bytes` long. */
	reserve(bytes: number, where: string): void;
}

/** Whether this machine runs the fused multiply-add of the `fast` engine. */
export function supportsFast(): boolean {
	fastWorks ??= "WebAssembly" in globalThis && WebAssembly.validate(bytesOf(binaryOf("fast")));
	return fastWorks;
}

let fastWorks: boolean | undefined;

/** A binary, in hexadecimal. */
export function binaryOf(name: EngineName): string {
	const first = name === "portable" ? 0 : 1;
	return pieces.filter((_, index) => index % 2 === first).join("");
}

/** Instantiates the engine: the fast one where the machine can, unless told otherwise.
 * @param where Who speaks in error messages. */
export function createEngine(choice: EngineName | "auto", where = "Model.create"): Engine {
	const auto = choice === "auto" && supportsFast() ? "fast" : "portable";
	const name = choice === "auto" ? auto : choice;
	if (name === "fast" && !supportsFast()) {
		throw new OptionError(
			`${where}: engine "fast" needs relaxed SIMD, which this JavaScript engine lacks. Use "auto" or "portable".`,
		);
	}
	compiled[name] ??= compile(where, binaryOf(name));
	return instantiate(where, name, compiled[name]);
}

function compile(where: string, binary: string): object {
	try {
		return new WebAssembly.Module(bytesOf(binary));
	} catch (error) {
		throw new BpttError(
			`${where}: WebAssembly may not be compiled here (${(error as Error).message}). In a page, add 'wasm-unsafe-eval' to script-src of its content security policy.`,
		);
	}
}

function createMemory(where: string): Memory {
	try {
		return new WebAssembly.Memory({
			initial: 1,
			maximum: MEMORY_LIMIT / PAGE,
		});
	} catch (error) {
		throw new BpttError(
			`${where}: there is no room for another memory (${(error as Error).message}). Each model that is alive has one, and a page can have about a hundred: let go of models that are not needed.`,
		);
	}
}

/** The modules, each compiled once and instantiated for each model. */
const compiled: { portable?: object; fast?: object } = {};

/** What the loader makes of the engine's exports. */
type Exports = { readonly heapBase: { readonly value: number } } & Readonly<
	Record<KernelName, { readonly original: Kernels[KernelName] }>
>;

function instantiate(where: string, name: EngineName, module: object): Engine {
	const memory = createMemory(where);
	const { exports } = new WebAssembly.Instance(module, { env: { memory } });
	const { heapBase, ...wrapped } = demangle<Exports>(exports);
	// The loader's functions count arguments, which costs as much as a small kernel: what they wrap is called.
	const originals = Object.entries(wrapped).map(([kernel, { original }]) => [kernel, original]);
	let lent: Kernels["ownLoss"] | undefined;
	const kernels: Kernels = { ...Object.fromEntries(originals), ownLoss: (...operands) => lent?.(...operands) };
	let f32 = new Float32Array(memory.buffer);
	let i32 = new Int32Array(memory.buffer);
	let f64 = new Float64Array(memory.buffer);
	return {
		name,
		kernels,
		heapBase: heapBase.value,
		get f32() {
			return f32;
		},
		get i32() {
			return i32;
		},
		get f64() {
			return f64;
		},
		get byteLength() {
			return f32.byteLength;
		},
		lend(kernel) {
			lent = kernel;
		},
		reserve(bytes, where) {
			if (bytes <= f32.byteLength) return;
			grow(memory, bytes, where);
			f32 = new Float32Array(memory.buffer);
			i32 = new Int32Array(memory.buffer);
			f64 = new Float64Array(memory.buffer);
		},
	};
}

function grow(memory: Memory, bytes: number, where: string): void {
	if (bytes <= MEMORY_LIMIT) {
		try {
			memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE));
			return;
		} catch {
			throw new ShapeError(
				`${where}: this needs ${gib(bytes)} GiB of memory, which the machine refused. Use fewer rows, shorter rows or a smaller model.`,
			);
		}
	}
	throw new ShapeError(
		`${where}: this needs ${gib(bytes)} GiB of memory; WebAssembly has 4 GiB. Use fewer rows, shorter rows or a smaller model.`,
	);
}

/** Bytes in GiB, as error sentences print them. */
export function gib(bytes: number): string {
	return (bytes / 2 ** 30).toPrecision(3);
}

/** Decodes hexadecimal by the platform's own decoder where it has one: until it is optimized, a loop takes longer than compiling the
 * binary does. */
function bytesOf(hex: string): Uint8Array {
	const { fromHex } = Uint8Array as Decoders;
	if (fromHex !== undefined) return fromHex.call(Uint8Array, hex);
	const { Buffer } = globalThis as Decoders;
	if (Buffer !== undefined) return Buffer.from(hex, "hex");
	const digit = (at: number) => {
		const code = hex.charCodeAt(at);
		return code > 64 ? code - 87 : code - 48;
	};
	return Uint8Array.from({ length: hex.length / 2 }, (_, index) => 16 * digit(2 * index) + digit(2 * index + 1));
}

/** Decoders of hexadecimal: the first is in new JavaScript engines, the second in Node.js. */
interface Decoders {
	readonly fromHex?: (hex: string) => Uint8Array;
	readonly Buffer?: { from(text: string, encoding: "hex"): Uint8Array };
}
