// What this device remembers. What its storage has no space for, or must not keep, this page remembers.

const unsaved = new Map();

export function recall(storage, key) {
  return unsaved.get(key) ?? storage.getItem(key);
}

// Returns whether it lasts longer than this page.
export function remember(storage, key, text) {
  try {
    storage.setItem(key, text);
    return unsaved.delete(key) || true;
  } catch {
    unsaved.set(key, text);
    return false;
  }
}
