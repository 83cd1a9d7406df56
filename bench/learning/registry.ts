// Every experiment by its name.
import { adding } from "./adding.ts";
import { copying } from "./copying.ts";
import type { Experiment } from "./experiment.ts";
import { gradientLag } from "./gradientLag.ts";
import { irnn } from "./irnn.ts";
import { reber } from "./reber.ts";
import { regularisation } from "./regularisation.ts";
import { solving } from "./solve.ts";
import { temporalOrder } from "./temporalOrder.ts";
import { temporalOrderRnn } from "./temporalOrderRnn.ts";
import { temporalOrderSgd } from "./temporalOrderSgd.ts";
import { watching } from "./watch.ts";

export const experiments: Readonly<Record<string, () => Experiment>> = {
	"adding-100": () => solving(adding(100)),
	"adding-500": () => solving(adding(500)),
	"adding-1000": () => solving(adding(1000)),
	"temporal-order-2": () => solving(temporalOrder(2)),
	"temporal-order-3": () => solving(temporalOrder(3)),
	reber: () => solving(reber()),
	"copying-200": () => watching(copying(200, 10_000)),
	"copying-500": () => watching(copying(500, 5000)),
	"irnn-100": () => watching(irnn(100)),
	"irnn-200": () => watching(irnn(200)),
	"gradient-lag": gradientLag,
	"temporal-order-rnn": () => temporalOrderRnn(2),
	"temporal-order-rnn-3": () => temporalOrderRnn(3),
	"temporal-order-sgd": temporalOrderSgd,
	regularisation,
};
