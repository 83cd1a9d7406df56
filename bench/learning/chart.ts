// Line charts as SVG, readable on light and on dark pages.
import { init } from "echarts";

export interface Chart {
	readonly title: string;
	readonly x: Axis;
	readonly y: Axis;
	readonly lines: readonly Line[];
}

export interface Axis {
	readonly name: string;
	/** Powers of ten at equal distances. Default: linear. */
	readonly isLog?: boolean;
	readonly least?: number;
	readonly most?: number;
}

export interface Line {
	/** Lines of one name have one colour and one entry in the legend. */
	readonly name: string;
	readonly points: readonly (readonly [number, number])[];
	readonly isDashed?: boolean;
	/** Which colour, if not that of the name's place among the names. */
	readonly colour?: number;
}

/** Each stands out from white and from near-black. */
const COLOURS = [
	...["#2f7fd6", "#d9641e", "#2a9d5c", "#a65fd0", "#c2922a", "#888888"],
	...["#d0436a", "#2aa5a0", "#8a6a4f", "#6f7fd0"],
];

const STYLE =
	"svg{background:#fff;color:#24292f}@media(prefers-color-scheme:dark){svg{background:#14171c;color:#d6dae0}}";

const FAINT = { show: true, lineStyle: { color: "currentColor", opacity: 0.12 } };

export function svgOf({ title, x, y, lines }: Chart): string {
	const names = [...new Set(lines.map(({ name }) => name))];
	const chart = init(null, null, { renderer: "svg", ssr: true, width: 720, height: 400 });
	chart.setOption({
		animation: false,
		textStyle: { color: "currentColor", fontFamily: "system-ui, sans-serif" },
		title: { text: title, left: 12, top: 8, textStyle: { color: "currentColor", fontSize: 15, fontWeight: 600 } },
		legend: { top: 36, left: 12, itemGap: 28, icon: "roundRect", textStyle: { color: "currentColor" } },
		grid: { left: 64, right: 24, top: 76, bottom: 52 },
		xAxis: axis(x, 30),
		yAxis: axis(y, 46),
		series: lines.map(({ name, points, isDashed = false, colour = names.indexOf(name) }) => {
			const color = COLOURS[colour % COLOURS.length] as string;
			return {
				name,
				type: "line",
				data: points.map((point) => [...point]),
				symbol: isDashed || points.length > 12 ? "none" : "circle",
				itemStyle: { color },
				lineStyle: { color, width: 1.8, type: isDashed ? "dashed" : "solid" },
			};
		}),
	});
	const svg = chart.renderToSVGString();
	chart.dispose();
	return `${svg.replace(/<svg[^>]*>/, (head) => `${head}<style>${STYLE}</style>`)}\n`;
}

function axis({ name, isLog = false, least, most }: Axis, nameGap: number) {
	return {
		type: isLog ? "log" : "value",
		name,
		nameLocation: "middle",
		nameGap,
		...(least !== undefined && { min: least }),
		...(most !== undefined && { max: most }),
		axisLabel: { color: "currentColor", ...(isLog && { formatter: power }) },
		axisLine: { show: true, lineStyle: { color: "currentColor" } },
		splitLine: FAINT,
	} as const;
}

function power(value: number): string {
	return Math.abs(Math.log10(value)) < 3 ? String(Number(value.toPrecision(1))) : value.toExponential(0);
}
