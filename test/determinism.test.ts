// Does the same seed give the same bits: again, in a fresh process, on every Node and every machine?
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { trainedChecksum } from "./deterministic.ts";
import { engines } from "./engines.ts";

/** Of the portable engine. It changes when a kernel sums in another order or an initial distribution changes: then
 * `npx tsx test/deterministic.ts` prints the new one, and the changelog says that trained parameters differ. */
const PORTABLE =
	"f33387e31b2152cf376a637829184546e55bc02b5a7fede8f94a949d1c16cac6";

describe("the portable engine", () => {
	it("trains to the bits that every machine has", async () => {
		expect(await trainedChecksum("portable")).toBe(PORTABLE);
	});

	it("trains to the same bits in a fresh process", () => {
		const program = fileURLToPath(new URL("deterministic.ts", import.meta.url));
		const output = execFileSync(
			process.execPath,
			["--import", "tsx", program],
			{ encoding: "utf8" },
		);
		expect(output.trim()).toBe(PORTABLE);
	});
});

describe.each(engines)("%s", (engine) => {
	it("trains to the same bits again, and to others from another seed", async () => {
		const first = await trainedChecksum(engine);
		expect(await trainedChecksum(engine)).toBe(first);
		expect(await trainedChecksum(engine, 2)).not.toBe(first);
	});
});
