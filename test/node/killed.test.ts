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

/** When a child is killed: so many milliseconds after it was started, or after it has written its first file. */
interface Moment {
	readonly milliseconds: number;
	readonly hasWritten: boolean;
}

/** Runs the child to its end, or kills it. */
function run(folder: string, kind: string, engine: string, moment?: Moment): Promise<"killed" | number | null> {
	const before = newest(folder);
	const child = spawn(process.execPath, [CHILD, folder, kind, engine], { stdio: ["ignore", "inherit", "inherit"] });
	const kill = () => child.kill("SIGKILL");
	let timer: ReturnType<typeof setTimeout> | undefined;
	const watch = ({ milliseconds, hasWritten }: Moment) => {
		if (!hasWritten || newest(folder) !== before) timer = setTimeout(kill, milliseconds);
		else timer = setTimeout(() => watch({ milliseconds, hasWritten }), 1);
	};
	if (moment) watch(moment);
	return new Promise((resolve) => {
		child.on("exit", (code, signal) => {
			clearTimeout(timer);
			resolve(signal === "SIGKILL" ? "killed" : code);
		});
	});
}

function newest(folder: string): string | undefined {
	return readdirSync(folder)
		.filter((name) => name.endsWith(".safetensors"))
		.sort()
		.at(-1);
}

describe.each(engines)("%s", (engine) => {
	it.each(["windows", "streams"])(
		"%s",
		async (kind) => {
			const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), "bptt-killed-"))) as [string, string];
			try {
				expect(await run(folders[0], kind, engine)).toBe(0);
				const random = new Random(engine.length + kind.length);
				let kills = 0;
				while (kills < KILLS && !existsSync(join(folders[1], "result"))) {
					// Most of them while it trains, some before it is ready.
					const hasWritten = random.uniform(0, 1) < 0.8;
					const milliseconds = hasWritten ? random.uniform(0, 50) : random.uniform(0, 150);
					const came = await run(folders[1], kind, engine, { hasWritten, milliseconds });
					if (came === "killed") kills++;
					else expect(came).toBe(0);
				}
				expect(kills, "kills").toBeGreaterThan(KILLS / 4);
				expect(newest(folders[1])).toBeDefined();
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
