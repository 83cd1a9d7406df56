// Does the bundled package leave the world alone, and run where that is frozen or lacks something? Each in a process of its
// own.
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const dist = JSON.stringify(pathToFileURL(resolve("dist/index.js")));

async function output(program: string, ...flags: string[]): Promise<string> {
	const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--input-type=module", "--eval", program]);
	return stdout.trimEnd();
}

const train = `
	const { dense, lastStep, lstm, Model, SGD, Trainer } = await import(${dist});
	const model = await Model.create([lstm({ inputSize: 1, hiddenSize: 2 }), lastStep(), dense({ outputSize: 1 })]);
	const trainer = new Trainer(model, { loss: "meanSquaredError", optimizer: new SGD({ learningRate: 0.1 }) });
	const batch = { inputs: [[[1], [2]]], targets: [[1]] };
	const first = trainer.step(batch);
	console.log(trainer.step(batch) < first);
`;

describe("a step is trained", () => {
	it("where the intrinsics are frozen", async () => {
		expect(await output(train, "--frozen-intrinsics")).toBe("true");
	});

	it("where there is no TextDecoder", async () => {
		expect(await output(`delete globalThis.TextDecoder;${train}`)).toBe("true");
	});
});

it("no global is changed, nor assigned what it has, by the import or by a step", async () => {
	const program = `
		const { hasOwn } = Object;
		Object.defineProperty(Object, "hasOwn", { get: () => hasOwn, set: () => console.log("assigned") });
		const names = Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Z]/.test(name));
		const constructors = names.map((name) => globalThis[name]);
		const places = [globalThis, ...constructors, ...constructors.map(({ prototype }) => prototype).filter(Object)];
		const look = () => places.map((place) => Object.getOwnPropertyDescriptors(Object(place)));
		const before = look();
		const changed = () => {
			const now = look();
			return before.flatMap((descriptors, i) => {
				const keys = new Set([...Reflect.ownKeys(descriptors), ...Reflect.ownKeys(now[i])]);
				const parts = ["value", "get", "set", "writable", "enumerable", "configurable"];
				return [...keys].filter((key) =>
					parts.some((part) => !Object.is(descriptors[key]?.[part], now[i][key]?.[part])));
			});
		};
		console.log(places.length > 100);
		await import(${dist});
		console.log(changed());
		${train}
		console.log(changed());
	`;
	expect(await output(program)).toBe("true\n[]\ntrue\n[]");
});

describe("without WebAssembly", () => {
	const create = (engine: string) => `
		const { dense, Model } = await import(${dist});
		const layers = [dense({ inputSize: 1, outputSize: 1 })];
		await Model.create(layers, { engine: "${engine}" }).catch((error) => console.log(String(error)));
	`;

	it.each(["auto", "portable"])("engine %s says so", async (engine) => {
		expect(await output(create(engine), "--jitless", "--no-warnings")).toBe(
			"BpttError: Model.create: WebAssembly may not be compiled here (WebAssembly is not defined). In a page, add 'wasm-unsafe-eval' to script-src of its content security policy.",
		);
	});
});
