import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** What a file that is not whole yet is called. */
export const PARTIAL = ".partial";

/** Writes a file so that whoever reads it, whenever this process ends, finds all of the old one or all of the new one: beside it first, flushed
 * to the disk, then renamed.
 * @throws Error Node.js' own, as of a full disk; then the old file is as it was. */
export async function writeFileWhole(path: string, bytes: Uint8Array): Promise<void> {
	const beside = `${path}.${process.pid}${PARTIAL}`;
	try {
		const file = await open(beside, "w");
		try {
			await file.writeFile(bytes);
			await file.sync();
		} finally {
			await file.close();
		}
		await rename(beside, path);
	} catch (error) {
		await rm(beside, { force: true });
		throw error;
	}
	await syncFolder(dirname(path));
}

/** Flushes the names in a folder, where the system can: Windows has no such thing, and needs none. */
async function syncFolder(path: string): Promise<void> {
	try {
		const folder = await open(path, "r");
		try {
			await folder.sync();
		} finally {
			await folder.close();
		}
	} catch {
		// The file is written; only a power failure could still take its name back.
	}
}
