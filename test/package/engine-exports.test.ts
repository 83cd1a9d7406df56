// Is the shipped engine what it says: its kernels, on a memory that it is given, and nothing else?

import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { binaryOf, type EngineName } from "../../src/engine/engine.ts";
import { kernels } from "../../src/engine/kernels.ts";
import { engines } from "../engines.ts";

interface Entry {
	readonly module?: string;
	readonly name: string;
	readonly kind: string;
}

declare const WebAssembly: {
	readonly Module: {
		new (bytes: Uint8Array): object;
		imports(module: object): Entry[];
		exports(module: object): Entry[];
	};
};

const bytesOf = (name: EngineName) => Buffer.from(binaryOf(name), "hex");

describe.each(engines)("%s", (name) => {
	const module = new WebAssembly.Module(bytesOf(name));

	it("imports a memory and nothing else", () => {
		expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
	});

	it("exports every kernel but the one that is lent to it, and where free memory begins", () => {
		const own = Object.keys(kernels).filter((kernel) => kernel !== "ownLoss");
		const functions = own.map((kernel) => ({
			name: kernel,
			kind: "function",
		}));
		const heapBase = { name: "heapBase", kind: "global" };
		const byName = (a: Entry, b: Entry) => a.name.localeCompare(b.name);
		const exports = WebAssembly.Module.exports(module).map((entry) => ({
			name: entry.name,
			kind: entry.kind,
		}));
		expect(exports.sort(byName)).toEqual([...functions, heapBase].sort(byName));
	});
});

it("only the fast one fuses multiply and add", () => {
	// The bytes of f32x4.relaxed_madd.
	const fused = Buffer.from([0xfd, 0x85, 0x02]);
	expect(bytesOf("portable").includes(fused)).toBe(false);
	expect(bytesOf("fast").includes(fused)).toBe(true);
});
