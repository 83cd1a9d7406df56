import { originOf } from "../batch/origin.ts";
import type { LossPurpose } from "../compile/program.ts";
import { noBatches } from "../data/iterable.ts";
import { Pull } from "../data/pull.ts";
import { OptionError } from "../errors.ts";
import type { Loss } from "../losses/loss.ts";
import type { LossFigures } from "../metrics/meter.ts";
import type { Meters } from "../metrics/meters.ts";
import type { Metric, MetricValues } from "../metrics/metric.ts";
import { show } from "../options.ts";
import { Carry } from "../run/carry.ts";
import type { Runtime } from "../run/runtime.ts";
import type { Batch } from "../sequences.ts";
import { runBatch } from "./batch.ts";
import type { Batches } from "./data.ts";
import type { Parts } from "./pauses.ts";

/** The loss on data, with class ids the accuracy, and the results of metrics by their names. */
export type Evaluation<M extends readonly Metric[] = readonly []> = LossFigures & MetricValues<M>;

/** The meters of what options give as `metrics`, if any.
 * @throws OptionError `Trainer.fit: "metrics" must be a list of metrics, as [accuracy(), topK(5)], got "accuracy".` */
export function metersOf(
	where: string,
	{ network }: Runtime,
	loss: Loss,
	metrics: readonly Metric[] | undefined,
): Meters | undefined {
	if (metrics === undefined) return undefined;
	if (!Array.isArray(metrics))
		throw new OptionError(
			`${where}: "metrics" must be a list of metrics, as [accuracy(), topK(5)], got ${show(metrics)}.`,
		);
	const wrong = metrics.findIndex((metric) => typeof metric?.meters !== "function");
	if (wrong >= 0)
		throw new OptionError(
			`${where}: "metrics[${wrong}]" must be a metric, as accuracy() or topK(5), got ${show(metrics[wrong])}. Your own: metric({ name, begin, see, result }).`,
		);
	const { size } = network.output;
	return (metrics as readonly Metric[])[0]?.meters(where, metrics, {
		...{ loss, lossName: loss.name },
		...{ outputSize: size, targetSize: size / loss.outputs },
	});
}

/** The loss on data, with class ids the accuracy, and what meters say: computed batch by batch, so that something else may have a turn
 * in between. */
export function* evaluating(
	where: string,
	runtime: Runtime,
	purpose: LossPurpose,
	data: Batches,
	batchSize: number,
	meters?: Meters,
): Parts<Evaluation> {
	let [loss, right, weight, counted] = [0, 0, 0, 0];
	const carry = new Carry(runtime);
	const settled = meters?.seesRows ? { ...purpose, keepsOutput: true } : purpose;
	const pull = new Pull(data.batches({ batchSize }));
	try {
		for (let count = 1; ; count++) {
			const coming = pull.next(`${where}, batch ${count}`);
			const batch = (coming instanceof Promise ? yield coming : coming) as Batch | undefined;
			if (batch === undefined) break;
			const origin = originOf(batch);
			const part = runBatch(where, runtime, settled, ["forward"], batch, carry, { origin, meters });
			carry.keep(part.feed);
			meters?.add(part);
			loss += part.loss * part.weight;
			right += part.right * part.counted;
			counted += part.counted;
			weight += part.weight;
			yield;
		}
	} finally {
		pull.close()?.catch(() => {});
	}
	if (weight === 0) throw noBatches(where);
	const { hasAccuracy } = purpose.loss;
	const figures = { loss: loss / weight, ...(hasAccuracy && { accuracy: right / counted }) };
	return { ...figures, ...meters?.results(figures.loss) };
}
