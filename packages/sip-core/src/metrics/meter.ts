/** What distinguishes one series of a metric from another. */
export type MetricAttributes = Record<string, string>;

/** What a metric says of itself. */
export interface MetricOptions {
  /** What is measured, in words. */
  description?: string;
  /** Unit as UCUM writes it: `s`, `{request}`. */
  unit?: string;
  /** Bounds of the buckets of a histogram, in its unit. */
  advice?: { explicitBucketBoundaries?: number[] };
}

/** Counts what happens. */
export interface MetricCounter {
  /** Counts this many more. */
  add(value: number, attributes?: MetricAttributes): void;
}

/** Keeps a distribution. */
export interface MetricHistogram {
  /** Takes one value into the distribution. */
  record(value: number, attributes?: MetricAttributes): void;
}

/** Takes what is observed now. */
export interface MetricObservation {
  /** Says what the value is now. */
  observe(value: number, attributes?: MetricAttributes): void;
}

/** Asks for a value when it is wanted. */
export interface MetricGauge {
  /** Has this asked whenever a value is wanted. */
  addCallback(callback: (observation: MetricObservation) => void): void;
  /** Asks it no more. */
  removeCallback(callback: (observation: MetricObservation) => void): void;
}

/** Makes metrics. A `Meter` of `@opentelemetry/api` fits as it is, and nothing of that package is needed here. */
export interface MetricMeter {
  /** Makes what counts. */
  createCounter(name: string, options?: MetricOptions): MetricCounter;
  /** Makes what keeps a distribution. */
  createHistogram(name: string, options?: MetricOptions): MetricHistogram;
  /** Makes what asks for its value. */
  createObservableGauge(name: string, options?: MetricOptions): MetricGauge;
}
