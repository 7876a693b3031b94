// `@username` next to a different display name. As in handles.py.

export function handleOf({ username, name }) {
  if (!username) return ""; // a former member
  return username.toLowerCase() === name.toLowerCase() ? "" : `@${username}`;
}

// Inserts it after the element with the name, or removes it.
export function showHandle(nameElement, handle) {
  const next = nameElement.nextElementSibling;
  if (next?.matches(".handle")) next.remove();
  if (!handle) return;
  const element = document.createElement("span");
  element.className = "handle";
  element.textContent = handle;
  nameElement.after(" ", element);
}
