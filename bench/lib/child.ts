// The process that measures one part: told by a message what to do, it answers with the figures.
import type { Part, Settings } from "./part.ts";

interface Order {
	readonly part: string;
	readonly settings: Settings;
}

process.once("message", async ({ part, settings }: Order) => {
	const { default: chosen } = (await import(`../parts/${part}.ts`)) as {
		default: Part;
	};
	process.once("disconnect", () => process.exit());
	const figures = await chosen.measure(settings);
	const node = process.version;
	process.send?.({ node, figures }, () => process.disconnect());
});
