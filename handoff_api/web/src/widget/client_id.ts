// The name of a message, a wish or a rating: sent again under the same name, it counts once.

export function newClientId(): string {
  // Pages without https have no crypto.randomUUID.
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
