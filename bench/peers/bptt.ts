import type { Settings } from "../lib/part.ts";
import { taskOf } from "../lib/task.ts";
import { type Peer, parameterNames } from "./task.ts";

export const open: Peer["open"] = async (task, engine) => {
	const { sizes, inputs, targets } = task;
	const { model, trainer } = await taskOf("lstm", sizes, engine as Settings["engine"]);
	for (const [key, name] of Object.entries(parameterNames))
		model.parameters.get(name)?.write(task.weights[key as keyof typeof parameterNames]);
	const { batchSize, steps } = sizes;
	return () => trainer.step({ inputs, batchSize, steps, targets });
};
