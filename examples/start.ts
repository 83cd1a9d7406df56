// What `npm start` does after the build: both first examples, one after the other.
//
//   npm start -- --minutes 10
import { main as characterModel } from "./character-model/main.ts";
import { readOptions } from "./shared/options.ts";
import { main as temperatureForecast } from "./temperature-forecast/main.ts";

/** For the forecast; it rarely needs as much. */
const FORECAST_SHARE = 0.1;

const options = readOptions(process.argv.slice(2), 1.4);
const forecastMinutes = FORECAST_SHARE * options.minutes;
await characterModel({
	...options,
	minutes: options.minutes - forecastMinutes,
});
console.log();
await temperatureForecast({ ...options, minutes: forecastMinutes });
