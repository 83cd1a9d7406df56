import { DataError, ShapeError } from "../errors.ts";
import { checkInteger, show } from "../options.ts";
import type { Batch } from "../sequences.ts";
import { type Origin, rowName } from "./origin.ts";

/** Which rows of a batch go on from where the batch before left them. */
export interface Going {
	readonly rows: readonly boolean[];
	/** How many of their first steps repeat the last ones of the batch before. */
	readonly overlap: number;
}

interface Rows {
	readonly batchSize: number;
	readonly steps: number;
	readonly lengths: ArrayLike<number> | undefined;
	readonly origin: Origin | undefined;
}

/** What a batch says of it; undefined where it says nothing. */
export function goingOf(
	where: string,
	{ continues, overlap }: Pick<Batch, "continues" | "overlap">,
	{ batchSize, steps, lengths, origin }: Rows,
): Going | undefined {
	if (continues === undefined && overlap === undefined) return undefined;
	const repeated = checkInteger(where, "overlap", overlap ?? 0, { least: 0, most: 2 ** 31 - 1 });
	const rows = flagsOf(where, continues ?? false, batchSize);
	for (const [row, goes] of rows.entries()) {
		const length = lengths?.[row] ?? steps;
		if (goes && repeated >= length)
			throw new ShapeError(
				`${where}: row ${rowName(origin, row)} has ${length} ${length === 1 ? "step" : "steps"}, but "overlap" is ${repeated}, which leaves nothing new. Give longer rows or a smaller overlap.`,
			);
	}
	return { rows, overlap: repeated };
}

function flagsOf(where: string, continues: unknown, batchSize: number): readonly boolean[] {
	if (typeof continues === "boolean") return new Array<boolean>(batchSize).fill(continues);
	if (!Array.isArray(continues))
		throw new DataError(
			`${where}: continues must be true, false or an array with one of them for each row, got ${show(continues)}.`,
		);
	if (continues.length !== batchSize)
		throw new ShapeError(
			`${where}: continues must have one entry for each of the ${batchSize} rows, got ${continues.length}.`,
		);
	return Array.from(continues, (flag: unknown, row) => {
		if (typeof flag === "boolean") return flag;
		throw new DataError(`${where}: continues[${row}] must be true or false, got ${show(flag)}.`);
	});
}

/** How many first steps of a row carry no loss. */
export function silentSteps(going: Going | undefined, row: number): number {
	return going?.rows[row] ? going.overlap : 0;
}
