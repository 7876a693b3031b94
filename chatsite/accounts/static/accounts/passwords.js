// A Show button in every password field. A page without scripts has plain fields. The field stays
// where it is: one that moves loses the focus, and somebody may be typing in it.

const { dataset: words = {} } = document.getElementById("password-script") ?? {};

for (const input of document.querySelectorAll('input[type="password"]')) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  const showState = () => {
    const hidden = input.type === "password";
    button.textContent = hidden ? (words.show ?? "Show") : (words.hide ?? "Hide");
    button.ariaLabel = hidden ? (words.showLabel ?? "Show the password") : (words.hideLabel ?? "Hide the password");
  };
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    showState();
  });
  // Never sent as text, which browsers would offer to complete.
  input.form.addEventListener("submit", () => (input.type = "password"));
  input.after(button);
  showState();
}
