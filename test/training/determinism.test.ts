// Does the same seed give the same bits: again, in a fresh process, on every Node and every machine?
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Adam } from "../../src/index.ts";
import { engines } from "../engines.ts";
import { trainedChecksum } from "./deterministic.ts";

/** Of the portable engine. It changes when a kernel sums in another order or an initial distribution changes: then
 * `npx tsx test/training/deterministic.ts` prints the new one, and, once a version is out, the changelog says that trained parameters
 * differ. */
const PORTABLE = {
	cells: "00e6d3a65da9899237b69342cd129b8f6c7086587f3a32c30bfbc0a9303861b0",
	regularised: "fd9780add29ea8e693ab4de1299c672940c519ae64fb9dbd51713160558dec32",
} as const;
const names = ["cells", "regularised"] as const;

describe("the portable engine", () => {
	it.each(names)("trains to the bits that every machine has: %s", async (network) => {
		expect(await trainedChecksum("portable", { network })).toBe(PORTABLE[network]);
	});

	it("trains to the same bits in a fresh process", () => {
		const program = fileURLToPath(new URL("deterministic.ts", import.meta.url));
		const output = execFileSync(process.execPath, ["--import", "tsx", program], { encoding: "utf8" });
		expect(output.trim().split("\n")).toEqual(Object.values(PORTABLE));
	});
});

it("Adam's powers are by squaring, the same bits on every JavaScript engine", () => {
	const { rate, beta1 } = { rate: 1, beta1: 0.9 };
	const adam = new Adam({ learningRate: rate, beta1 });
	for (let count = 1; count < 200; count++) {
		// The squares whose exponents make up `count`, smallest first.
		let power = 1;
		for (let bit = 0, square = beta1; 2 ** bit <= count; bit++, square *= square)
			if (Math.floor(count / 2 ** bit) % 2 === 1) power *= square;
		expect(adam.settings(count).rate, `update ${count}`).toBe(rate / (1 - power));
	}
});

describe.each(engines)("%s", (engine) => {
	it("trains to the same bits again, and to others from another seed", async () => {
		for (const network of names) {
			const first = await trainedChecksum(engine, { network });
			expect(await trainedChecksum(engine, { network })).toBe(first);
			expect(await trainedChecksum(engine, { network, seed: 2 })).not.toBe(first);
		}
	});
});
