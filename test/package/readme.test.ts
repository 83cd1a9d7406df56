// Do the programs of README.md run as they stand, compile in strict TypeScript, and do what it says?
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const readme = readFileSync("README.md", "utf8");
/** Each program, and what README says that it prints. */
const programs = [...readme.matchAll(/^```ts\n(.*?)^```\n\n```\n(.*?)^```$/gms)].map(([, code, printed]) => ({
	code,
	printed,
}));
let folder: string;

beforeAll(() => {
	// inside the repository, so that "bptt" is this package
	mkdirSync("build", { recursive: true });
	folder = mkdtempSync("build/readme-");
	programs.forEach(({ code }, i) => {
		writeFileSync(join(folder, `${i}.ts`), code);
		const portable = code.replace("\n], { seed: 1 });", `\n${PORTABLE};`);
		writeFileSync(join(folder, `${i}-portable.ts`), portable);
	});
});

afterAll(() => rmSync(folder, { recursive: true }));

const PORTABLE = '], { seed: 1, engine: "portable" })';

async function output(program: number | string): Promise<string> {
	const { stdout } = await run(process.execPath, ["node_modules/tsx/dist/cli.mjs", join(folder, `${program}.ts`)]);
	return stdout;
}

/** The first number of a text. */
function numberIn(text: string): number {
	return Number.parseFloat(text.match(/-?\d+(\.\d+)?/)?.[0] ?? "NaN");
}

describe("README.md", () => {
	it("has three programs", () => {
		expect(programs).toHaveLength(3);
	});

	it("writes text nearly as predictable as it is", async () => {
		const text = await output(0);
		expect(numberIn(text)).toBeLessThan(0.26);
		expect(text).toMatch(/\nthe \w{3} \w{3} (sees|bites) me\. the /);
	});

	it("forecasts", async () => {
		const [unexplained, next] = (await output(1)).split("\n");
		expect(numberIn(unexplained)).toBeLessThan(0.5);
		const [, said, truth] = next.match(/next: (.*), in truth (.*)/) ?? [];
		expect(Math.abs(Number(said) - Number(truth))).toBeLessThan(0.5);
	});

	it("tells waves apart", async () => {
		expect(numberIn(await output(2))).toBeGreaterThan(90);
	});

	it.each([0, 1, 2])("program %i prints, with the portable engine, what README shows", async (i) => {
		expect(readFileSync(join(folder, `${i}-portable.ts`), "utf8")).toContain(PORTABLE);
		expect(await output(`${i}-portable`)).toBe(programs[i].printed);
	});

	it("compiles in strict TypeScript", async () => {
		const config = {
			extends: resolve("tsconfig.json"),
			include: ["*.ts"],
			exclude: [],
		};
		writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
		const compiled = run(process.execPath, ["node_modules/typescript/bin/tsc", "--project", folder]);
		await expect(compiled).resolves.toMatchObject({ stdout: "" });
	});
});
