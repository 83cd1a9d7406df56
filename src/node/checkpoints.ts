import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { OptionError } from "../errors.ts";
import { readSafetensors } from "../files/safetensors.ts";
import { checkKeys, checkSize, show } from "../options.ts";
import { PARTIAL, writeFileWhole } from "./writeFileWhole.ts";

export interface CheckpointOptions {
	/** How many files are kept, the newest; older ones are deleted. Default 3. */
	readonly keep?: number | undefined;
}

/** What is saved: a trainer, or a model. */
interface Saved {
	save(): Uint8Array;
}

/** Files of a trainer in a folder, each written whole or not at all, numbered, the newest of them kept.
 *
 * ```ts
 * const files = new Checkpoints("runs/first");
 * const newest = await files.newest();
 * const trainer = newest ? await Trainer.load(newest) : new Trainer(model, options);
 * await trainer.fit(data, { epochs: 10, onEpoch: () => files.save(trainer) });
 * ```
 *
 * A run that is killed, whenever that is, and begun again so ends with the bits of one that is not. Files are called
 * `checkpoint-000017.safetensors`; one process at a time may write to a folder. */
export class Checkpoints {
	readonly folder: string;
	readonly keep: number;
	/** Ends when all that was asked for is written. */
	#last: Promise<unknown> = Promise.resolve();

	/** @throws OptionError `Checkpoints: "keep" must be a positive integer, got 0.` */
	constructor(folder: string, options: CheckpointOptions = {}) {
		checkKeys("Checkpoints", options, ["keep"]);
		if (typeof folder !== "string" || folder === "")
			throw new OptionError(`Checkpoints: it takes the path of a folder, got ${show(folder)}.`);
		this.folder = folder;
		this.keep = checkSize("Checkpoints", "keep", options.keep ?? 3);
	}

	/** Writes what the trainer, or the model, is now, even if it changes before the file is written; makes the folder where there is none. Gives
	 * the path. */
	save(trainer: Saved): Promise<string> {
		const bytes = trainer.save();
		const written = this.#last.then(() => this.#write(bytes));
		this.#last = written.catch(() => undefined);
		return written;
	}

	async #write(bytes: Uint8Array): Promise<string> {
		await mkdir(this.folder, { recursive: true });
		const numbers = await this.#numbers();
		const number = (numbers.at(-1) ?? 0) + 1;
		const path = this.#pathOf(number);
		await writeFileWhole(path, bytes);
		const old = [...numbers, number].slice(0, -this.keep);
		await Promise.all(old.map((number) => rm(this.#pathOf(number), { force: true })));
		return path;
	}

	/** The newest file that is whole, or undefined where there is none at all. `save` leaves none that isn't; a disk or another program may.
	 * @throws FormatError Where there are files, but none is whole: what is wrong with the newest. */
	async newest(): Promise<Uint8Array | undefined> {
		let first: unknown;
		for (const number of (await this.#numbers()).reverse()) {
			const path = this.#pathOf(number);
			const bytes = await readFile(path);
			try {
				readSafetensors(bytes, path);
				return bytes;
			} catch (error) {
				first ??= error;
			}
		}
		if (first !== undefined) throw first;
		return undefined;
	}

	/** The numbers of the files, in order. What a killed run left half written goes. */
	async #numbers(): Promise<number[]> {
		const names = await readdir(this.folder).catch((error) => {
			if (error.code === "ENOENT") return [];
			throw error;
		});
		const partial = names.filter((name) => FILE.test(name) && name.endsWith(PARTIAL));
		await Promise.all(partial.map((name) => rm(join(this.folder, name), { force: true })));
		return names.flatMap((name) => (partial.includes(name) ? [] : (numberOf(name) ?? []))).sort((a, b) => a - b);
	}

	#pathOf(number: number): string {
		return join(this.folder, `checkpoint-${String(number).padStart(6, "0")}.safetensors`);
	}
}

const FILE = /^checkpoint-(\d+)\.safetensors/;

function numberOf(name: string): number | undefined {
	const [, digits] = FILE.exec(name) ?? [];
	return digits === undefined ? undefined : Number(digits);
}
