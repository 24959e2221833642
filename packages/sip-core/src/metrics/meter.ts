/** What distinguishes one series of a metric from another. */
export type MetricAttributes = Record<string, string>;

/** What a metric says of itself. */
export interface MetricOptions {
  description?: string;
  /** Unit as UCUM writes it: `s`, `{request}`. */
  unit?: string;
  advice?: { explicitBucketBoundaries?: number[] };
}

/** Counts what happens. */
export interface MetricCounter {
  add(value: number, attributes?: MetricAttributes): void;
}

/** Keeps a distribution. */
export interface MetricHistogram {
  record(value: number, attributes?: MetricAttributes): void;
}

/** Takes what is observed now. */
export interface MetricObservation {
  observe(value: number, attributes?: MetricAttributes): void;
}

/** Asks for a value when it is wanted. */
export interface MetricGauge {
  addCallback(callback: (observation: MetricObservation) => void): void;
  removeCallback(callback: (observation: MetricObservation) => void): void;
}

/** Makes metrics. A `Meter` of `@opentelemetry/api` fits as it is, and nothing of that package is needed here. */
export interface MetricMeter {
  createCounter(name: string, options?: MetricOptions): MetricCounter;
  createHistogram(name: string, options?: MetricOptions): MetricHistogram;
  createObservableGauge(name: string, options?: MetricOptions): MetricGauge;
}
