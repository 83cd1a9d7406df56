// What is said where the platform refuses memory or compilation?

import { afterEach, expect, it, vi } from "vitest";
import { BpttError, dense } from "../../src/index.ts";

const layers = [dense({ inputSize: 1, outputSize: 1 })] as const;

const platform = globalThis as unknown as { readonly WebAssembly: object };

afterEach(() => {
	vi.unstubAllGlobals();
	vi.resetModules();
});

async function errorWith(broken: object): Promise<Error> {
	vi.resetModules();
	vi.stubGlobal("WebAssembly", Object.assign(Object.create(platform.WebAssembly), broken));
	const fresh = await import("../../src/index.ts");
	return fresh.Model.create(layers, { engine: "portable" }).then(
		() => new Error("none"),
		(error: Error) => error,
	);
}

function refusing(message: string) {
	return class {
		constructor() {
			throw new RangeError(message);
		}
	};
}

it("a memory that the machine refuses", async () => {
	const error = await errorWith({
		Memory: refusing("could not allocate memory"),
	});
	expect(error.name).toBe(BpttError.name);
	expect(error.message).toBe(
		"Model.create: there is no room for another memory (could not allocate memory). Each model that is alive has one, and a page can have about a hundred: let go of models that are not needed.",
	);
});

it("a page that may not compile", async () => {
	const error = await errorWith({
		Module: refusing("Wasm code generation disallowed"),
	});
	expect(error.message).toBe(
		"Model.create: WebAssembly may not be compiled here (Wasm code generation disallowed). In a page, add 'wasm-unsafe-eval' to script-src of its content security policy.",
	);
});
