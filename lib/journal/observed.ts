/**
 * `part` (the journal, or a part of it) as it is, but what its methods throw is shown to `failed`
 * before it is thrown on.
 */
export function observed<T extends object>(part: T, failed: (error: unknown) => void): T {
  const parts = new Map<object, object>();
  return new Proxy(part, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value === "function") {
        return (...values: unknown[]) => {
          try {
            return Reflect.apply(value, target, values);
          } catch (error) {
            failed(error);
            throw error;
          }
        };
      }
      if (typeof value !== "object" || value === null) return value;
      const known = parts.get(value) ?? observed(value, failed);
      parts.set(value, known);
      return known;
    },
  });
}
