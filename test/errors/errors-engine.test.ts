// What is said where the platform refuses memory or compilation?

import { afterEach, expect, it, vi } from "vitest";
import { BpttError, dense, Model } from "../../src/index.ts";

const layers = [dense({ inputSize: 1, outputSize: 1 })] as const;

const platform = globalThis as unknown as { readonly WebAssembly: object };

afterEach(() => {
	vi.unstubAllGlobals();
	vi.resetModules();
});

async function errorWith(broken: object, file?: Uint8Array): Promise<Error> {
	vi.resetModules();
	vi.stubGlobal("WebAssembly", Object.assign(Object.create(platform.WebAssembly), broken));
	const { Model: Fresh } = await import("../../src/index.ts");
	const options = { engine: "portable" } as const;
	return (file ? Fresh.load(file, options) : Fresh.create(layers, options)).then(
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

it("a loaded model that has no memory speaks as load", async () => {
	const file = (await Model.create(layers)).save();
	const error = await errorWith({ Memory: refusing("could not allocate memory") }, file);
	expect(error.message).toMatch(/^Model\.load: there is no room for another memory /);
});
