// Does a run that is killed at any moment, and begun again each time, end with the bits of one that is not?

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/index.ts";
import { engines } from "../engines.ts";

const CHILD = new URL("training.mjs", import.meta.url).pathname;
/** A hundred take two minutes: `KILLS=100 EPOCHS=900 npx vitest run test/node/killed.test.ts` (longer, so that they come before the end). */
const KILLS = Number(process.env.KILLS ?? 8);

/** Runs the child to its end, or kills it after so many milliseconds. */
function run(folder: string, kind: string, engine: string, milliseconds?: number): Promise<"killed" | number | null> {
	const child = spawn(process.execPath, [CHILD, folder, kind, engine], { stdio: ["ignore", "inherit", "inherit"] });
	const timer = milliseconds === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), milliseconds);
	return new Promise((resolve) => {
		child.on("exit", (code, signal) => {
			clearTimeout(timer);
			resolve(signal === "SIGKILL" ? "killed" : code);
		});
	});
}

describe.each(engines)("%s", (engine) => {
	it.each(["windows", "streams"])(
		"%s",
		async (kind) => {
			const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), "bptt-killed-"))) as [string, string];
			try {
				const begin = Date.now();
				expect(await run(folders[0], kind, engine)).toBe(0);
				const whole = Date.now() - begin;
				const random = new Random(engine.length + kind.length);
				let kills = 0;
				let reached = 0;
				while (kills < KILLS && !existsSync(join(folders[1], "result"))) {
					// As if at any moment: from before it is ready to a good part of the way.
					const came = await run(folders[1], kind, engine, 40 + random.uniform(0, 100 + whole / KILLS));
					if (came === "killed") kills++;
					else expect(came).toBe(0);
					reached = Math.max(reached, readdirSync(folders[1]).length);
				}
				expect(kills, "kills").toBeGreaterThan(KILLS / 5);
				expect(reached).toBeGreaterThan(0);
				if (!existsSync(join(folders[1], "result"))) expect(await run(folders[1], kind, engine)).toBe(0);
				expect(readFileSync(join(folders[1], "result"))).toEqual(readFileSync(join(folders[0], "result")));
				// Two checkpoints, and the result; nothing half written.
				expect(readdirSync(folders[1])).toHaveLength(3);
			} finally {
				for (const folder of folders) rmSync(folder, { recursive: true });
			}
		},
		600_000,
	);
});
