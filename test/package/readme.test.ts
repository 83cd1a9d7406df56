// Do the programs of README.md run as they stand, compile in strict TypeScript, and do what it says?
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/index.ts";

const run = promisify(execFile);
const readme = readFileSync("README.md", "utf8");
/** Each program, and what README says that it prints. */
const programs = [...readme.matchAll(/^```ts\n(.*?)^```\n\n```\n(.*?)^```$/gms)].map(([, code, printed]) => ({
	code,
	printed,
}));
/** The program that reads a file. */
const sensors = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)]
	.map(([, code]) => code)
	.find((code) => code.includes(".csv"));
let folder: string;

/** Three sensors of a machine, by the hour. */
function csv(): string {
	const random = new Random(7);
	let heat = 40;
	const lines = Array.from({ length: 1200 }, (_, hour) => {
		const load = 50 + 30 * Math.sin((2 * Math.PI * hour) / 24) + random.uniform(-8, 8);
		heat += 0.2 * (20 + 0.6 * load - heat) + random.uniform(-1.5, 1.5);
		return [load.toFixed(1), heat.toFixed(1), (hour / 100).toFixed(2)].join();
	});
	return ["load,heat,wear", ...lines].join("\n");
}

function runIn(cwd: string) {
	// In one process, so that it can be killed.
	const loader = pathToFileURL(resolve("node_modules/tsx/dist/loader.mjs")).href;
	return run(process.execPath, ["--import", loader, resolve(folder, "sensors.ts")], { cwd });
}

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

	it("forecasts from a file, is killed, goes on, and says the same", async () => {
		writeFileSync(join(folder, "sensors.ts"), sensors ?? "");
		const [whole, killed] = ["whole", "killed"].map((name) => {
			const at = join(folder, name);
			mkdirSync(at);
			writeFileSync(join(at, "sensors.csv"), csv());
			return at;
		}) as [string, string];
		const { stdout } = await runIn(whole);
		expect(stdout).toMatch(
			/^heat of the last hour: \d+\.\d °C, in 80 of 100 cases from \d+\.\d to \d+\.\d; it was \d+/,
		);
		const [, middle, low, high] = (stdout.match(/hour: (.*) °C.*from (.*) to (.*);/) ?? []).map(Number);
		expect(low).toBeLessThan(middle as number);
		expect(high).toBeGreaterThan(middle as number);
		const child = runIn(killed);
		const hasWritten = () => existsSync(join(killed, "run")) && readdirSync(join(killed, "run")).length > 0;
		while (!hasWritten()) await new Promise((resolve) => setTimeout(resolve, 5));
		child.child.kill("SIGKILL");
		await child.catch(() => {});
		expect((await runIn(killed)).stdout).toBe(stdout);
		expect(readdirSync(join(killed, "run"))).toEqual(readdirSync(join(whole, "run")));
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
