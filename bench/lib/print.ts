/** Rows as aligned columns: numbers to the right, all else to the left. */
export function columns(rows: readonly (readonly string[])[]): string {
	const [, ...body] = rows;
	const places = rows[0].map((_, column) => ({
		width: Math.max(...rows.map((row) => row[column].length)),
		isNumber: body.every((row) => /^([\d+-]|$)/.test(row[column])),
	}));
	return rows
		.map((row) =>
			places
				.map(({ width, isNumber }, column) => (isNumber ? row[column].padStart(width) : row[column].padEnd(width)))
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}

export function percent(share: number): string {
	return `${(100 * share).toFixed(1)} %`;
}

/** Milliseconds as a short text. */
export function time(milliseconds: number): string {
	return milliseconds < 1 ? `${(milliseconds * 1e3).toPrecision(3)} µs` : `${milliseconds.toPrecision(3)} ms`;
}
