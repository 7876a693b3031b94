// `@username` next to a display name that says something else. As handles.py.

export function handleOf({ username, name }) {
  if (!username) return ""; // a former member
  return username.toLowerCase() === name.toLowerCase() ? "" : `@${username}`;
}

// Puts it after the element with the name, or takes it away.
export function showHandle(nameElement, handle) {
  const next = nameElement.nextElementSibling;
  if (next?.matches(".handle")) next.remove();
  if (!handle) return;
  const element = document.createElement("span");
  element.className = "handle";
  element.textContent = handle;
  nameElement.after(" ", element);
}
