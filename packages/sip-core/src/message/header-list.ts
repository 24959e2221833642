/** Header fields to add, in order. */
export type HeaderList = readonly (readonly [name: string, value: string])[];
