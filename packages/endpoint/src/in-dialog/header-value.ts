/** The value of a header field without its parameters, in lower case: `application/sdp`, `talk`. */
export function bareValue(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const end = value.indexOf(';');
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
}
