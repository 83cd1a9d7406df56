// Does the package work where it is installed: its files, a program in JavaScript, and its types under every setting?
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
let folder: string;
let files: string[];

interface Packed {
	readonly filename: string;
	readonly size: number;
	readonly unpackedSize: number;
	readonly files: readonly { readonly path: string }[];
}

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), "bptt-package-"));
	const { stdout } = await npm(".", ["pack", "--json", "--ignore-scripts", `--pack-destination=${folder}`]);
	const [packed]: Packed[] = JSON.parse(stdout);
	files = packed.files.map(({ path }) => path);
	console.log(`${packed.filename}: ${kilobytes(packed.size)} packed, ${kilobytes(packed.unpackedSize)} unpacked`);
	write("package.json", JSON.stringify({ private: true, type: "module" }));
	await npm(folder, ["install", "--prefer-offline", "--no-audit", "--no-fund", join(folder, packed.filename)]);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

function npm(cwd: string, args: string[]) {
	return run("npm", args, { cwd, shell: process.platform === "win32" });
}

function kilobytes(bytes: number): string {
	return `${(bytes / 1000).toFixed(1)} kB`;
}

function write(name: string, text: string): void {
	mkdirSync(join(folder, name, ".."), { recursive: true });
	writeFileSync(join(folder, name), text);
}

const program = `
import { Adam, dense, embedding, lstm, Model, Trainer } from "bptt";

const model = await Model.create([
	embedding({ vocabSize: 3, embeddingSize: 4 }),
	lstm({ hiddenSize: 8 }),
	dense({ outputSize: 3 }),
], { seed: 1 });
const trainer = new Trainer(model, {
	loss: "crossEntropy",
	optimizer: new Adam({ learningRate: 0.02 }),
	clipNorm: 1,
});
const batch = { inputs: [[0, 1, 2, 0, 1], [2, 0]], targets: [[1, 2, 0, 1, 2], [0, 1]] };
const first = trainer.step(batch);
for (let i = 0; i < 100; i++) trainer.step(batch);
const last = trainer.evaluate(batch).loss;
const same = await Model.load(model.save());
const { outputs, shape } = model.predict({ inputs: batch.inputs });
const again = same.predict({ inputs: batch.inputs }).outputs;
console.log(JSON.stringify({
	first, last, shape, isSame: outputs.every((value, i) => value === again[i]),
}));
`;

const types = `
import { type Batch, dense, embedding, lstm, Model, Random, SeriesData, TextData, Trainer, SGD } from "bptt";

const model = await Model.create([
	embedding({ vocabSize: 3, embeddingSize: 4 }),
	lstm({ hiddenSize: 8 }),
	dense({ outputSize: 3 }),
]);
const loss = "crossEntropy";
const trainer = new Trainer(model, { loss, optimizer: new SGD({ learningRate: 0.1 }) });
const batch: Batch<"ids", "ids"> = { inputs: [[0, 1]], targets: [[1, 2]] };
const first: number = trainer.step(batch);
const outputs: Float32Array = model.predict({ inputs: Uint8Array.of(0, 1), batchSize: 1, steps: 2 }).outputs;
const bytes: Uint8Array = model.save();
await trainer.fit(TextData.from("abcabc").windows({ steps: 2 }), { epochs: 1 });
SeriesData.from([1, 2, 3]).scaler.transform([new Random(1).uniform(0, 1)]);
// @ts-expect-error: this model eats ids
model.predict({ inputs: new Float32Array(2), batchSize: 1, steps: 2 });
// @ts-expect-error: this loss wants class ids
trainer.step({ inputs: [[0, 1]], targets: new Float32Array(6) });
// @ts-expect-error: misspelt
lstm({ hiddensize: 8 });
export { bytes, first, outputs };
`;

const page = `
import { type Model, writeSafetensors } from "bptt";

export function download(model: Model): string {
	return URL.createObjectURL(new Blob([model.save(), writeSafetensors([])]));
}
`;

/** What a compiler says of a program that stands in a folder of its own. */
async function compile(compiler: string, name: string, text: string, options: object): Promise<string> {
	const where = `${compiler}-${name}`;
	write(`${where}/index.ts`, text);
	const compilerOptions = {
		...options,
		target: "ES2022",
		types: [],
		strict: true,
		exactOptionalPropertyTypes: true,
		skipLibCheck: false,
		noEmit: true,
	};
	write(`${where}/tsconfig.json`, JSON.stringify({ compilerOptions }));
	const tsc = resolve("node_modules", compiler, "bin/tsc");
	const compiled = run(process.execPath, [tsc, "--project", join(folder, where)]);
	const { stdout } = await compiled.catch(({ stdout }: { stdout: string }) => ({ stdout }));
	return stdout;
}

describe("the packed package", () => {
	it("holds what users need and nothing else", () => {
		const expected = /^(dist\/.+\.(js|d\.ts)|dist\/(LICENSE|NOTICE)-.+|(README|LICENSE|CHANGELOG).*)$/;
		expect(files.filter((path) => !expected.test(path) && path !== "package.json")).toEqual([]);
		for (const name of [
			"README.md",
			"LICENSE",
			"CHANGELOG.md",
			"dist/LICENSE-assemblyscript",
			"dist/NOTICE-assemblyscript",
			"dist/LICENSE-cli-progress",
		])
			expect(files).toContain(name);
	});

	it("has a README that opens with how it is installed, and leads nowhere but to what it holds", () => {
		const text = readFileSync(join(folder, "node_modules/bptt/README.md"), "utf8");
		const [, first] = text.match(/^```sh\n(.*?)^```$/ms) ?? [];
		expect(first).toBe("npm install bptt\n");
		const prose = text.replaceAll(/^```.*?^```$/gms, "");
		const links = [...prose.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
		const anchors = [...prose.matchAll(/^#+ (.*)$/gm)].map(
			([, title]) => `#${title.toLowerCase().replaceAll(" ", "-")}`,
		);
		const known = [...files, ...anchors];
		expect(links).toContain("CHANGELOG.md");
		expect(links.filter((target) => !/^https?:/.test(target) && !known.includes(target))).toEqual([]);
	});

	it("trains, predicts, saves and loads", async () => {
		write("program.js", program);
		const { stdout } = await run(process.execPath, ["program.js"], {
			cwd: folder,
		});
		const { first, last, shape, isSame } = JSON.parse(stdout);
		expect(first).toBeGreaterThan(0.8);
		expect(last).toBeLessThan(0.1);
		expect(shape).toEqual([2, 5, 3]);
		expect(isSame).toBe(true);
	});

	it("has an entry for Node.js, whose errors are those of the main one", async () => {
		write(
			"node.js",
			`
import { OptionError, writeSafetensors } from "bptt";
import { Checkpoints, progressBar } from "bptt/node";
const files = new Checkpoints("runs");
await files.save({ save: () => writeSafetensors([]) });
progressBar({ optimizer: { learningRate: 1 } }, { epochs: 2 }).stop();
let isOption = false;
try { new Checkpoints("runs", { keep: 0 }); } catch (error) { isOption = error instanceof OptionError; }
console.log(JSON.stringify({ read: (await files.newest()).length > 8, isOption }));
`,
		);
		const { stdout } = await run(process.execPath, ["node.js"], { cwd: folder });
		expect(JSON.parse(stdout)).toEqual({ read: true, isOption: true });
	});

	describe.each(["typescript", "typescript-5.4"])("has types for %s", (compiler) => {
		it.each([
			{ module: "NodeNext", moduleResolution: "NodeNext" },
			{ module: "ESNext", moduleResolution: "bundler" },
		])("and $moduleResolution, without those of Node or the DOM", async (options) => {
			const { moduleResolution: where } = options;
			expect(await compile(compiler, where, types, { ...options, lib: ["ES2022"] })).toBe("");
		});

		it("and a page, which makes a file of what is saved", async () => {
			const options = { module: "ESNext", moduleResolution: "bundler", lib: ["ES2022", "DOM"] };
			expect(await compile(compiler, "page", page, options)).toBe("");
		});
	});

	it("gives a page that makes no model no engine to load", async () => {
		const contents = 'export { Random, TextData } from "bptt"';
		const stdin = { contents, resolveDir: folder };
		const { outputFiles } = await build({ stdin, bundle: true, minify: true, format: "esm", write: false });
		expect(outputFiles[0].contents.length).toBeLessThan(12_000);
	});

	it("declares nothing of WebAssembly, which lib ES2022 does not know", () => {
		const declarations = files.filter((path) => path.endsWith(".d.ts"));
		const withWebAssembly = declarations.filter((path) => readFileSync(path, "utf8").includes("WebAssembly."));
		expect(withWebAssembly).toEqual([]);
	});
});
